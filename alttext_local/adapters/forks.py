"""Which chat models fork one prefix, and what each of them wants for it: data, held by the contract tests.

A model type that is not named here keeps books that we do not know: it is answered by its own `generate`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import Idefics3Processor

from alttext_local.adapters.adapter import Way
from alttext_local.adapters.generation import Opening, causal


@dataclass(frozen=True)
class Fork:
    """What a model type wants of whoever keeps its prefix."""

    best: Way = "tree"
    grid: bool = False
    """Tokens of a picture have positions in three dimensions (Qwen2.5-VL, section 2.1.3 of its report); words behind it
    go on at the highest of them, the same in all three."""
    both_ways: bool = False
    """Tokens of one view of a picture see each other in both directions."""
    windows: bool = False
    """Some layers see the last tokens alone. What is fed is never longer than that (`answering.window_of`), but pads
    would count: so all layers are given one mask of ours."""


FORKS: Mapping[str, Fork] = {
    "gemma3": Fork(both_ways=True, windows=True),
    "idefics3": Fork(),
    "qwen2_5_vl": Fork(grid=True),
    "smolvlm": Fork(),
}

PROCESSORS: Mapping[str, Any] = {"smolvlm": Idefics3Processor}
"""In place of a model type's own processor: SmolVLM's writes the same for a picture, and needs a package for videos."""


class OneMask:
    """A model with sliding windows that is given the same mask for all of its layers."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def __call__(self, *, attention_mask: Tensor, **given: Any) -> Any:
        """As the model. A mask that is (rows, keys) becomes (rows, 1, tokens fed, keys), which it takes as it is."""
        if attention_mask.ndim == 2:
            fed = given["inputs_embeds"] if given.get("inputs_embeds") is not None else given["input_ids"]
            attention_mask = causal(attention_mask, fed.shape[1], self.model.dtype)
        return self.model(attention_mask=attention_mask, **given)


def speaker(model: Any, fork: Fork) -> Any:
    """What takes ids or embeddings of such a model and gives logits."""
    return OneMask(model) if fork.windows else model


def embed(model: Any, ids: Sequence[int], features: Tensor, image: int) -> Tensor:
    """(tokens, hidden size): words embedded, and the features of a picture, (its tokens, hidden size), in their places.

    `ValueError` where there are not as many of them as places.
    """
    row = torch.tensor(ids, dtype=torch.long, device=features.device)
    places = row == image
    if int(places.sum()) != len(features):
        raise ValueError(f"{int(places.sum())} places for {len(features)} tokens of a picture")
    # The id of a picture may lie beyond the vocabulary.
    words: Tensor = model.get_input_embeddings()(row.masked_fill(places, 0)).to(features)
    return words.masked_scatter(places[:, None], features)


def open_with(model: Any, fork: Fork, ids: Sequence[int], features: Tensor, grid: Tensor | None) -> Opening:
    """The prefix of a picture, ids that end with its last token. `grid` (1, 3) where positions want it."""
    image = int(model.config.image_token_id)
    embeds = embed(model, ids, features, image)
    seen = torch.tensor(ids, device=embeds.device) == image
    if fork.grid:
        row = torch.tensor([ids], device=embeds.device)
        places = model.model.get_rope_index(row, seen[None].int(), image_grid_thw=grid)[0][:, 0]
        return Opening(embeds, places, int(places.max()) + 1)
    return Opening(embeds, views=number_views(seen) if fork.both_ways else None)


def number_views(seen: Tensor) -> Tensor:
    """For tokens (booleans, true where one is of a picture) the number of the run that each is in; -1 for words."""
    begins = seen & ~torch.cat([seen.new_zeros(1), seen[:-1]])
    return torch.where(seen, begins.cumsum(0) - 1, -1)
