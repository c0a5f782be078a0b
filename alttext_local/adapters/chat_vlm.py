"""Any chat model that sees: what `AutoModelForImageTextToText` loads and that has a chat template.

Qwen2.5-VL, Idefics3, SmolVLM and Gemma 3 prefill a picture once for all that is asked about it (`forks` says what each
of them wants for that); the others, and templates that put an ask's words before the picture, go row by row.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from transformers import AutoModelForImageTextToText
from transformers.models.auto.processing_auto import PROCESSOR_MAPPING

from alttext_local.adapters.adapter import ALL_WAYS, Abilities, Flight, Ways
from alttext_local.adapters.answering import Decoder, Question, by_shot, window_of
from alttext_local.adapters.chat_rows import ChatRows, features_of
from alttext_local.adapters.counters import Counters
from alttext_local.adapters.flight import SlotFlight
from alttext_local.adapters.forks import FORKS, PROCESSORS, Fork, open_with, speaker
from alttext_local.adapters.generation import Language, Opening, prefill
from alttext_local.adapters.loading import (
    Parts,
    broken_unless_loaded,
    free_memory,
    load_parts,
    memory_guard,
    read_json,
    to_device,
)
from alttext_local.adapters.packed import pack
from alttext_local.adapters.views import limit_views
from alttext_local.adapters.wording import Wording
from alttext_local.catalogue import Card
from alttext_local.errors import BrokenModel
from alttext_local.pictures.letterbox import letterbox
from alttext_local.types import Answer, Shot

WIDEST = 4.0
"""Longer side over shorter side that a processor is given at most."""


class Unshared(ValueError):
    """The asks about a picture have different words before it."""


def load(card: Card, device: str, ways: Ways = ALL_WAYS) -> ChatVlm:
    """Load a model with a chat template. `BrokenModel` where the folder has none."""
    parts = load_parts(card, device, AutoModelForImageTextToText, reordered=ways.reordered)
    if not parts.template:
        raise BrokenModel(f"{card.name}: the folder has no chat template.")
    limit_views(parts.pictures, card.tiles)
    with broken_unless_loaded(card, "the processor"):
        processor = still_processor(card, parts)
    return ChatVlm(card, parts, ways, processor)


def still_processor(card: Card, parts: Parts) -> Any:
    """The model's own processor without its video part, which would need torchvision."""
    config = parts.model.config
    known: Any = PROCESSORS.get(config.model_type) or PROCESSOR_MAPPING[type(config)]
    attributes = [name for name in known.get_attributes() if name != "video_processor"]
    still = type(known.__name__, (known,), {"get_attributes": classmethod(lambda _: attributes)})
    wanted = inspect.signature(known.__init__).parameters
    said = read_json(card, "processor_config.json") if (card.folder / "processor_config.json").is_file() else {}
    taken = {"self", "args", "kwargs", "image_processor", "tokenizer", "video_processor", "chat_template"}
    options = {name: value for name, value in said.items() if name in wanted and name not in taken}
    if "video_processor" in wanted:
        options["video_processor"] = None
    return still(image_processor=parts.pictures, tokenizer=parts.tokenizer, chat_template=parts.template, **options)


@dataclass(frozen=True, eq=False)
class Seen:
    """One picture as the model sees it."""

    words: str
    """What stands for it in a text, all its tokens written out."""
    features: Tensor
    """(tokens, hidden size)."""
    grid: Tensor | None
    """(1, 3): patches in time, height and width, where the processor says so."""


class ChatVlm:
    """A loaded chat model."""

    def __init__(self, card: Card, parts: Parts, ways: Ways, processor: Any) -> None:
        self.card, self.device = card, parts.device
        self.parts, self.model, self.processor = parts, parts.model, processor
        self.wording = Wording(parts.tokenizer, str(processor.image_token), parts.template)
        self.counters = Counters()
        window = window_of(self.model.config.get_text_config(decoder=True))
        packed = ways.packed and pack(self.model.get_decoder())
        self.rows = ChatRows(parts, processor, self.wording, window, self.counters, card.beams)
        known = FORKS.get(self.model.config.model_type)
        self.fork = known or Fork(best="batches")
        language = Language(speaker(self.model, self.fork), parts.stops, parts.pad, self.counters)
        way = ways.of(shares=known is not None and self._shares(language), best=self.fork.best)
        if way == "batches":
            self._check_rows()
        self.decoder = Decoder(language, parts.tokenizer, window, way, card.beams)
        self.abilities = Abilities(card.instructions, way != "batches", card.languages, way, packed)
        self.flying = ways.flying if way == "tree" and card.beams == 1 else None
        self._flight: SlotFlight | None = None

    def answer(self, shots: Sequence[Shot]) -> list[tuple[Answer, ...]]:
        """As `Adapter.answer` says."""
        asked = [shot for shot in shots if shot.asks]
        if not asked:
            return [() for _ in shots]
        with memory_guard(self.device), torch.inference_mode():
            return by_shot(shots, self._answers(asked))

    def flight(self) -> Flight | None:
        """As `Adapter.flight` says."""
        if self.flying and not (self._flight and self._flight.empty):
            self._flight = SlotFlight(self.decoder, self.look, self.device, self.flying)
        return self._flight

    def look(self, shots: Sequence[Shot]) -> tuple[list[Opening], list[Question]]:
        """Prefixes and questions of shots, each with asks; the vision tower runs once for all of them.

        `Unshared` where a picture has no prefix that all its asks share.
        """
        seen = self.see([shot.picture.image for shot in shots])
        prefixes: list[Opening] = []
        questions: list[Question] = []
        for shot, own in zip(shots, seen, strict=True):
            texts = [self.wording.text(ask.prompt) for ask in shot.asks]
            before, suffixes = self._split([text.replace(self.wording.image, own.words) for text in texts])
            prefixes.append(open_with(self.model, self.fork, before, own.features, own.grid))
            for ask, text, suffix in zip(shot.asks, texts, suffixes, strict=True):
                labels = tuple(tuple(self.wording.label(text, label)) for label in ask.labels)
                questions.append(Question(ask, len(prefixes) - 1, suffix, labels))
        return prefixes, questions

    def see(self, images: Sequence[Image.Image]) -> list[Seen]:
        """One forward of the vision tower for all pictures."""
        boxed = [letterbox(image, self.card.fill, WIDEST) for image in images]
        text = self.wording.text("")
        found = self.processor(
            text=[text] * len(boxed), images=[[image] for image in boxed], return_text_replacement_offsets=True
        )
        words = [row[0]["replacement"] for row in found["text_replacement_offsets"]]
        arrays = {name: found[name] for name in self.parts.pictures.model_input_names if name in found}
        inputs = {name: torch.from_numpy(np.asarray(array)) for name, array in arrays.items()}
        self.counters.pictures += len(images)
        self.counters.vision_forwards += 1
        features = features_of(self.parts, inputs)
        flat = torch.cat([rows.reshape(-1, rows.shape[-1]) for rows in features])
        counts = [self.wording.ids(row).count(self.model.config.image_token_id) for row in words]
        grids = inputs.get("image_grid_thw")
        if sum(counts) != len(flat):
            raise ValueError(f"{sum(counts)} places for {len(flat)} tokens of pictures")
        parts = torch.split(flat, counts)
        return [
            Seen(row, rows, None if grids is None else to_device(grids[number : number + 1], self.device))
            for number, (row, rows) in enumerate(zip(words, parts, strict=True))
        ]

    def close(self) -> None:
        """Let go of the weights and the memory of the device."""
        device = self.device
        self.__dict__.clear()
        free_memory(device)

    def _answers(self, shots: Sequence[Shot]) -> list[Answer]:
        if self.decoder.way != "batches":
            try:
                return self.decoder.answer(*self.look(shots))
            except Unshared:
                pass
        asks = [ask for shot in shots for ask in shot.asks]
        owners = [number for number, shot in enumerate(shots) for _ in shot.asks]
        images = [letterbox(shot.picture.image, self.card.fill, WIDEST) for shot in shots]
        return self.rows.answer(asks, owners, images)

    def _split(self, texts: Sequence[str]) -> tuple[list[int], list[tuple[int, ...]]]:
        """The ids up to and with a picture's last token, the same in all texts, and those behind it in each."""
        image = self.model.config.image_token_id
        rows = [self.wording.ids(text) for text in texts]
        ends = [len(row) - row[::-1].index(image) for row in rows]
        before = rows[0][: ends[0]]
        if any(row[:end] != before for row, end in zip(rows, ends, strict=True)):
            raise Unshared("the words before the picture differ")
        suffixes = [tuple(row[end:]) for row, end in zip(rows, ends, strict=True)]
        if not all(suffixes):
            raise Unshared("nothing stands behind the picture")
        return before, suffixes

    def _shares(self, language: Language) -> bool:
        """Whether asks share a prefix, looked at with two of them and a grey picture.

        `BrokenModel` where template, processor and model do not fit.
        """
        with self._grey() as image:
            (seen,) = self.see([image])
            texts = [self.wording.text(prompt) for prompt in ("Describe it.", "Which kind, and why?")]
            try:
                before, _ = self._split([text.replace(self.wording.image, seen.words) for text in texts])
            except Unshared:
                return False
            prefill(language, [open_with(self.model, self.fork, before, seen.features, seen.grid)])
        return True

    def _check_rows(self) -> None:
        """Feed one grey picture to the model itself."""
        with self._grey() as image:
            self.model(**self.rows.inputs([self.wording.text("Describe it.")], [image], self.rows.encode([image])))

    @contextmanager
    def _grey(self) -> Iterator[Image.Image]:
        """A grey picture to be fed: what fails then is told as `BrokenModel`."""
        with memory_guard(self.device), torch.inference_mode():
            try:
                yield Image.new("RGB", (64, 64), (128, 128, 128))
            except torch.OutOfMemoryError:
                raise
            except (RuntimeError, ValueError, TypeError) as error:
                raise BrokenModel(f"{self.card.name}: template, processor and model do not fit.") from error
