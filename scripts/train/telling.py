"""What a saved model writes about pictures, and how much of it is true at each gate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers import AutoConfig, AutoProcessor, Blip2ForConditionalGeneration, LlavaForConditionalGeneration

from scripts.train import blip2, llava
from scripts.train.shards import Truth

TOKENS = {"caption": 64, "description": 140, "keywords": 60}
GATES = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95)
TOKEN_GATES = (*(round(0.5 + 0.02 * step, 2) for step in range(25)), 0.99, 0.995)
"""Among which the gate of a model's own sentences is chosen."""


@dataclass(frozen=True)
class Said:
    """A sentence that a model wrote, and the probability of its least likely token."""

    sentence: str
    sureness: float


class Teller:
    """A saved model that is asked as the product asks it."""

    def __init__(self, folder: Path) -> None:
        self._llava = AutoConfig.from_pretrained(folder).model_type == "llava"
        shape = LlavaForConditionalGeneration if self._llava else Blip2ForConditionalGeneration
        self._model: Any = shape.from_pretrained(folder, dtype=torch.float32)
        self._processor: Any = AutoProcessor.from_pretrained(folder)  # type: ignore[no-untyped-call]

    def tell(self, squares: NDArray[np.uint8], task: str, batch: int = 32) -> list[list[Said]]:
        """The sentences written about each square [pictures, side, side, 3]."""
        told: list[list[Said]] = []
        for start in range(0, len(squares), batch):
            told.extend(self._tell([Image.fromarray(square) for square in squares[start : start + batch]], task))
        return told

    @torch.no_grad()
    def _tell(self, images: Sequence[Image.Image], task: str) -> list[list[Said]]:
        asked = f"{llava.BEFORE_IMAGE}<image>{llava.after_image(task)}" if self._llava else blip2.after_image(task)
        inputs = self._processor(images=list(images), text=[asked] * len(images), return_tensors="pt")
        answer: Any = self._model.generate(
            **inputs, max_new_tokens=TOKENS[task], do_sample=False, output_logits=True, return_dict_in_generate=True
        )
        steps = torch.stack(answer.logits, 1).float().softmax(-1)
        written = answer.sequences[:, -steps.shape[1] :]
        chances = steps.gather(2, written[..., None])[..., 0]
        return [self._sentences(ids, chance) for ids, chance in zip(written.tolist(), chances.tolist(), strict=True)]

    def _sentences(self, ids: Sequence[int], chances: Sequence[float]) -> list[Said]:
        tokenizer = self._processor.tokenizer
        said, begun, least = [], [], 1.0
        for token, chance in zip(ids, chances, strict=True):
            if token in (tokenizer.eos_token_id, tokenizer.pad_token_id):
                break
            begun.append(token)
            least = min(least, chance)
            if tokenizer.decode([token]).endswith("."):
                said.append(Said(tokenizer.decode(begun).strip(), least))
                begun, least = [], 1.0
        return said


@dataclass(frozen=True)
class TruthRow:
    """Over all sentences about drawings at one gate: how many are true, how many are said."""

    gate: float
    true: float
    said: float


def truth_by_gate(
    told: Sequence[Sequence[Said]], truths: Sequence[Truth], gates: Sequence[float] = GATES
) -> list[TruthRow]:
    """Share of true ones among the sentences that pass each gate, and the share that passes."""
    pairs = zip(told, truths, strict=True)
    checked = [(one.sureness, one.sentence in truth.sentences) for said, truth in pairs for one in said]
    rows = []
    for gate in gates:
        kept = [true for sureness, true in checked if sureness >= gate]
        rows.append(TruthRow(gate, sum(kept) / max(1, len(kept)), len(kept) / max(1, len(checked))))
    return rows


def truth_by_kind(
    told: Sequence[Sequence[Said]], truths: Sequence[Truth], gate: float
) -> dict[str, tuple[float, float]]:
    """For each kind: (share of true sentences at the gate, sentences said a picture)."""
    kept: dict[str, list[bool]] = defaultdict(list)
    pictures: dict[str, int] = defaultdict(int)
    for said, truth in zip(told, truths, strict=True):
        pictures[truth.kind] += 1
        kept[truth.kind].extend(one.sentence in truth.sentences for one in said if one.sureness >= gate)
    return {
        kind: (sum(kept[kind]) / max(1, len(kept[kind])), len(kept[kind]) / number) for kind, number in pictures.items()
    }
