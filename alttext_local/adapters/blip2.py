"""BLIP-2 and InstructBLIP, each with a decoder-only language model (OPT, Vicuna) or Flan-T5.

BLIP-2 sees a picture through its query tokens alone, once for all asks. InstructBLIP shows the prompt to
its Q-Former: the vision tower still runs once a picture, the Q-Former once an ask. Query tokens stand
first in what the language model reads, the prompt follows as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from transformers import AutoTokenizer, Blip2ForConditionalGeneration, InstructBlipForConditionalGeneration

from alttext_local.adapters.adapter import ALL_WAYS, Abilities, Flight, Way, Ways
from alttext_local.adapters.answering import Decoder, Question, by_shot, window_of
from alttext_local.adapters.counters import Counters
from alttext_local.adapters.encoder_decoder import EncoderDecoder
from alttext_local.adapters.flight import SlotFlight
from alttext_local.adapters.generation import Language, Opening
from alttext_local.adapters.loading import (
    LOCAL,
    Parts,
    broken_unless_loaded,
    free_memory,
    load_parts,
    memory_guard,
    read_config,
    to_device,
)
from alttext_local.adapters.packed import pack
from alttext_local.adapters.wording import Wording, shorten
from alttext_local.catalogue import Card
from alttext_local.errors import BrokenModel
from alttext_local.pictures.letterbox import letterbox, shrink
from alttext_local.types import Answer, Ask, Shot

BEST: Way = "tree"
CLASSES = {"blip-2": Blip2ForConditionalGeneration, "instructblip": InstructBlipForConditionalGeneration}


def load(card: Card, device: str, ways: Ways = ALL_WAYS) -> Blip2:
    """Load a model of this family and see that its processor feeds it what it wants."""
    model_type = read_config(card)["model_type"]
    if model_type not in CLASSES:
        raise BrokenModel(f"{card.name}: {model_type} is no BLIP-2; there are: {', '.join(CLASSES)}.")
    parts = load_parts(card, device, CLASSES[model_type], reordered=ways.reordered)
    words = None
    if model_type == "instructblip":
        with broken_unless_loaded(card, "the tokenizer of the Q-Former"):
            words = AutoTokenizer.from_pretrained(card.folder / "qformer_tokenizer", padding_side="right", **LOCAL)
    return Blip2(card, parts, ways, words)


class Blip2:
    """A loaded BLIP-2, or an InstructBLIP where the Q-Former has a tokenizer of its own."""

    def __init__(self, card: Card, parts: Parts, ways: Ways, qformer_words: Any) -> None:
        self.card, self.device = card, parts.device
        self.parts, self.model, self.qformer_words = parts, parts.model, qformer_words
        lm = self.model.language_model
        self.encodes = bool(lm.config.is_encoder_decoder)
        self.sight: int = self.model.config.vision_config.image_size
        """Pixels of the longer side that the model sees."""
        self.counters = Counters()
        way = ways.of(shares=qformer_words is None and not self.encodes, best=BEST)
        packed = ways.packed and not self.encodes and pack(lm)
        self.abilities = Abilities(card.instructions, way != "batches", card.languages, way, packed, self.sight)
        self.flying = ways.flying if way == "tree" and card.beams == 1 else None
        self._flight: SlotFlight | None = None
        self.wording = Wording(parts.tokenizer, "<image>", pattern="{prompt}")
        self.decoder: Decoder | EncoderDecoder
        if self.encodes:
            self.decoder = EncoderDecoder(lm, parts.tokenizer, parts.stops, parts.pad, card.beams)
        else:
            language = Language(lm, parts.stops, parts.pad, self.counters)
            self.decoder = Decoder(language, parts.tokenizer, window_of(lm.config), way, card.beams)
        self._check_picture()

    def answer(self, shots: Sequence[Shot]) -> list[tuple[Answer, ...]]:
        """As `Adapter.answer` says."""
        asked = [shot for shot in shots if shot.asks]
        if not asked:
            return [() for _ in shots]
        with memory_guard(self.device), torch.inference_mode():
            return by_shot(shots, self.decoder.answer(*self.look(asked)))

    def flight(self) -> Flight | None:
        """As `Adapter.flight` says."""
        if self.flying and isinstance(self.decoder, Decoder) and not (self._flight and self._flight.empty):
            self._flight = SlotFlight(self.decoder, self.look, self.device, self.flying)
        return self._flight

    def look(self, shots: Sequence[Shot]) -> tuple[list[Opening], list[Question]]:
        """Prefixes and questions of shots, each with asks; the vision tower runs once for all of them."""
        seen = self.see([shot.picture.image for shot in shots])
        owners = [number for number, shot in enumerate(shots) for _ in shot.asks]
        asks = [ask for shot in shots for ask in shot.asks]
        if self.qformer_words is not None:
            prefixes = [Opening(rows) for rows in self._query(seen[owners], [ask.prompt for ask in asks])]
            owners = list(range(len(asks)))
        else:
            prefixes = [Opening(rows) for rows in self._query(seen)]
            if self.abilities.way == "batches" and not self.encodes:
                prefixes = [prefixes[owner] for owner in owners]
                owners = list(range(len(asks)))
        return prefixes, [self._question(ask, owner) for ask, owner in zip(asks, owners, strict=True)]

    def see(self, images: Sequence[Image.Image]) -> Tensor:
        """One forward of the vision tower for all pictures: (B, patches + 1, hidden size)."""
        boxed = [letterbox(shrink(image, self.sight), self.card.fill, 1.0) for image in images]
        pixels = self.parts.pictures(images=boxed, return_tensors="pt")["pixel_values"]
        self.counters.pictures += len(images)
        self.counters.vision_forwards += 1
        found: Tensor = self.model.vision_model(to_device(pixels, self.device, self.parts.dtype)).last_hidden_state
        return found

    def close(self) -> None:
        """Let go of the weights and the memory of the device."""
        device = self.device
        self.__dict__.clear()
        free_memory(device)

    def _query(self, seen: Tensor, prompts: Sequence[str] = ()) -> Tensor:
        """What the query tokens make of each picture (and prompt): (rows, query tokens, hidden size of the text)."""
        queries = self.model.query_tokens.expand(len(seen), -1, -1)
        words: dict[str, Tensor] = {}
        if self.qformer_words is not None:
            words = self._qformer_ids(prompts, queries.shape[1])
        found = self.model.qformer(
            query_embeds=queries,
            encoder_hidden_states=seen,
            encoder_attention_mask=torch.ones(seen.shape[:-1], dtype=torch.long, device=seen.device),
            return_dict=True,
            **words,
        ).last_hidden_state[:, : queries.shape[1]]
        features: Tensor = self.model.language_projection(found.to(seen.dtype))
        return features

    def _qformer_ids(self, prompts: Sequence[str], queries: int) -> dict[str, Tensor]:
        """Prompts for the Q-Former, padded on the right: its positions count from the left edge."""
        clean = [self.wording.neutral(prompt) for prompt in prompts]
        window = self.model.config.qformer_config.max_position_embeddings
        rows = [shorten(self.qformer_words(text)["input_ids"], window) for text in clean]
        # A row without any token would leave the text half empty: one pad stands in, unseen.
        longest = max(1, *map(len, rows))
        pad = self.qformer_words.pad_token_id or 0
        ids = torch.tensor([row + [pad] * (longest - len(row)) for row in rows], device=self.device)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=self.device)
        return {"input_ids": ids, "attention_mask": torch.cat([mask.new_ones(len(rows), queries), mask], 1)}

    def _question(self, ask: Ask, prefix: int) -> Question:
        text = self.wording.text(ask.prompt)
        suffix = self.wording.ids(text)
        if not suffix:
            suffix = [self._first_id()]
        if self.encodes:
            words = self.parts.tokenizer
            labels = [words(self.wording.neutral(label), add_special_tokens=False)["input_ids"] for label in ask.labels]
        else:
            labels = [self.wording.label(text, label) for label in ask.labels]
        return Question(ask, prefix, tuple(suffix), tuple(map(tuple, labels)))

    def _first_id(self) -> int:
        """What an empty prompt becomes where the tokenizer adds nothing itself."""
        for found in (self.model.config.text_config.bos_token_id, self.parts.tokenizer.bos_token_id):
            if isinstance(found, int):
                return found
        return self.parts.pad

    def _check_picture(self) -> None:
        """Feed one grey picture: `BrokenModel` where the image processor does not fit the vision tower."""
        with memory_guard(self.device), torch.inference_mode():
            try:
                self.see([Image.new("RGB", (64, 64), (128, 128, 128))])
            except (RuntimeError, ValueError) as error:
                raise BrokenModel(f"{self.card.name}: its image processor does not fit its vision tower.") from error
