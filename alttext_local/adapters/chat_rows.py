"""A chat model by its own `generate`: each ask is a row of a left-padded batch.

For models whose books (masks, positions) we do not know. Pictures are still encoded once where the model takes
features.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from transformers.modeling_outputs import BaseModelOutputWithPooling

from alttext_local.adapters.counters import Counters
from alttext_local.adapters.labels import build_trie, read_scores, share_out
from alttext_local.adapters.loading import Parts, all_to_device
from alttext_local.adapters.stock import generate, search
from alttext_local.adapters.wording import Wording, fit, to_answer
from alttext_local.types import Answer, Ask


@dataclass(eq=False)
class ChatRows:
    """Answers asks row by row. Owners say which picture a row is about."""

    parts: Parts
    processor: Any
    wording: Wording
    window: int
    counters: Counters
    beams: int = 1
    """Texts side by side for each ask."""
    as_list: bool = True
    """Whether the model gives features as a list, one tensor for each picture."""

    @property
    def takes_features(self) -> bool:
        """Whether the model takes features in place of pixels."""
        return "mm_encoder_outputs" in inspect.signature(self.parts.model.forward).parameters

    def answer(self, asks: Sequence[Ask], owners: Sequence[int], images: Sequence[Image.Image]) -> list[Answer]:
        """One answer for each ask, in their order."""
        features = self.encode(images)
        answers: dict[int, Answer] = {}
        for number, ask in enumerate(asks):
            if ask.labels:
                own = features[owners[number]] if features else None
                answers[number] = self._score(ask, images[owners[number]], own)
        written = [number for number, ask in enumerate(asks) if not ask.labels]
        if written:
            rows = [owners[number] for number in written]
            found = self._write([asks[number] for number in written], rows, images, features)
            answers.update(zip(written, found, strict=True))
        return [answers[number] for number in range(len(asks))]

    def encode(self, images: Sequence[Image.Image]) -> list[Tensor] | None:
        """Features of each picture by one forward of the vision tower; None where the model takes only pixels."""
        if not self.takes_features:
            return None
        inputs = self.parts.pictures(images=[[image] for image in images], return_tensors="pt")
        self.counters.pictures += len(images)
        self.counters.vision_forwards += 1
        found = features_of(self.parts, inputs)
        self.as_list = not isinstance(found, Tensor)
        if len(found) != len(images):
            return None
        return list(found) if self.as_list else list(found.split(1))

    def inputs(
        self, texts: Sequence[str], images: Sequence[Image.Image], features: Sequence[Tensor] | None
    ) -> dict[str, Any]:
        """What the model is fed for rows of texts, each with its picture, as pixels or as features."""
        found = self.processor(
            text=list(texts),
            images=[[image] for image in images],
            return_tensors="pt",
            padding=True,
            add_special_tokens=not self.wording.starts_itself(texts[0]),
        )
        inputs = all_to_device(found, self.parts)
        if features is not None:
            pixels = {"pixel_values", "pixel_attention_mask"}
            inputs = {name: value for name, value in inputs.items() if name not in pixels}
            # A fresh container each time: `generate` may change it in place.
            flat: Any = list(features) if self.as_list else torch.cat(list(features))
            inputs["mm_encoder_outputs"] = {"image": BaseModelOutputWithPooling(pooler_output=flat)}
        return inputs

    def _write(
        self,
        asks: Sequence[Ask],
        owners: Sequence[int],
        images: Sequence[Image.Image],
        features: Sequence[Tensor] | None,
    ) -> list[Answer]:
        fitted = [self._fit(ask.prompt, images[owner], ask.budget) for ask, owner in zip(asks, owners, strict=True)]
        texts, budgets = [text for text, _ in fitted], [budget for _, budget in fitted]
        own = [features[owner] for owner in owners] if features else None
        seen = [images[owner] for owner in owners]
        if self.beams == 1:
            written = generate(self.parts.model, self.inputs(texts, seen, own), budgets, self.parts.stops)
        else:
            rows = [
                self.inputs([text], [image], [own[number]] if own else None)
                for number, (text, image) in enumerate(zip(texts, seen, strict=True))
            ]
            written = [
                search(self.parts.model, row, budget, self.parts.stops, self.beams)
                for row, budget in zip(rows, budgets, strict=True)
            ]
        return [to_answer(self.parts.tokenizer, row, ask) for row, ask in zip(written, asks, strict=True)]

    def _score(self, ask: Ask, image: Image.Image, features: Tensor | None) -> Answer:
        """Each label as a row after the same prompt, its tokens padded on the right where nothing sees them."""
        text = self.wording.text(ask.prompt)
        labels = [self.wording.label(text, label) for label in ask.labels]
        longest = max(map(len, labels))
        text, _ = self._fit(ask.prompt, image, longest)
        count, pad, device = len(labels), self.parts.pad, self.parts.device
        inputs = self.inputs([text] * count, [image] * count, None if features is None else [features] * count)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in labels], device=device)
        ids = torch.tensor([row + [pad] * (longest - len(row)) for row in labels], device=device)
        inputs["input_ids"] = torch.cat([inputs["input_ids"], ids], 1)
        inputs["attention_mask"] = torch.cat([inputs["attention_mask"], mask], 1)
        for kind in ("token_type_ids", "mm_token_type_ids"):
            if kind in inputs:
                inputs[kind] = torch.cat([inputs[kind], torch.zeros_like(ids)], 1)
        logits = self.parts.model(**inputs, logits_to_keep=longest + 1).logits
        trie = build_trie(labels)
        nodes = {node: logits[row, depth + 1] for row, path in enumerate(trie.paths) for depth, node in enumerate(path)}
        flat = torch.stack([logits[0, 0], *(nodes[node] for node in range(len(trie.tokens)))])
        return Answer(scores=share_out(ask.labels, read_scores(flat, trie, self.parts.stops)))

    def _fit(self, prompt: str, image: Image.Image, budget: int) -> tuple[str, int]:
        """The whole text and the budget, the prompt's middle left out where the window is too small for both."""
        text = self.wording.text(prompt)
        length = self.inputs([text], [image], None)["input_ids"].shape[1]
        if length + budget <= self.window:
            return text, budget
        words = self.parts.tokenizer(self.wording.neutral(prompt), add_special_tokens=False)["input_ids"]
        # One token is kept back for what decoding and encoding again may add.
        kept, budget = fit(length - len(words) + 1, words, budget, self.window)
        return self.wording.text(self.parts.tokenizer.decode(kept, skip_special_tokens=True)), budget


def features_of(parts: Parts, inputs: Any) -> Any:
    """What a model makes of the pixels of all pictures, in one forward: a list of tensors, or one tensor."""
    wanted = inspect.signature(parts.model.get_image_features).parameters
    given = {name: value for name, value in all_to_device(inputs, parts).items() if name in wanted}
    return parts.model.get_image_features(**given, return_dict=True).pooler_output
