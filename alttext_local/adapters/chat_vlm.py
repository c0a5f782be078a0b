"""Any chat model that sees: what `AutoModelForImageTextToText` loads and that has a chat template.

Qwen2.5-VL, SmolVLM, Idefics3, Gemma 3 and their like keep books of their own (positions in three
dimensions, attention in both directions over a picture), so no prefix is forked here: each ask is a row
of a left-padded batch, written by the stock `generate`. Pictures are still encoded once where the model
takes features.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from transformers import AutoModelForImageTextToText
from transformers.modeling_outputs import BaseModelOutputWithPooling
from transformers.models.auto.processing_auto import PROCESSOR_MAPPING

from alttext_local.adapters.adapter import ALL_WAYS, Abilities, Ways
from alttext_local.adapters.answering import by_shot, window_of
from alttext_local.adapters.counters import Counters
from alttext_local.adapters.labels import build_trie, read_scores, share_out
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
from alttext_local.adapters.stock import generate
from alttext_local.adapters.wording import Wording, fit, to_answer
from alttext_local.catalogue import Card
from alttext_local.errors import BrokenModel
from alttext_local.pictures.letterbox import letterbox
from alttext_local.types import Answer, Ask, Shot

WIDEST = 4.0
"""Longer side over shorter side that a processor is given at most."""


def load(card: Card, device: str, ways: Ways = ALL_WAYS) -> ChatVlm:
    """Load a model with a chat template. `BrokenModel` where the folder has none."""
    parts = load_parts(card, device, AutoModelForImageTextToText, reordered=ways.reordered)
    if not parts.template:
        raise BrokenModel(f"{card.name}: the folder has no chat template.")
    if card.tiles == 1 and hasattr(parts.pictures, "do_image_splitting"):
        parts.pictures.do_image_splitting = False
    with broken_unless_loaded(card, "the processor"):
        processor = still_processor(card, parts)
    return ChatVlm(card, parts, ways, processor)


def still_processor(card: Card, parts: Parts) -> Any:
    """The model's own processor without its video part, which would need torchvision."""
    known: Any = PROCESSOR_MAPPING[type(parts.model.config)]
    attributes = [name for name in known.get_attributes() if name != "video_processor"]
    still = type(known.__name__, (known,), {"get_attributes": classmethod(lambda _: attributes)})
    wanted = inspect.signature(known.__init__).parameters
    said = read_json(card, "processor_config.json") if (card.folder / "processor_config.json").is_file() else {}
    taken = {"self", "args", "kwargs", "image_processor", "tokenizer", "video_processor", "chat_template"}
    options = {name: value for name, value in said.items() if name in wanted and name not in taken}
    if "video_processor" in wanted:
        options["video_processor"] = None
    return still(image_processor=parts.pictures, tokenizer=parts.tokenizer, chat_template=parts.template, **options)


class ChatVlm:
    """A loaded chat model."""

    def __init__(self, card: Card, parts: Parts, ways: Ways, processor: Any) -> None:
        self.card, self.device = card, parts.device
        self.parts, self.model, self.processor = parts, parts.model, processor
        self.wording = Wording(parts.tokenizer, str(processor.image_token), parts.template)
        self.window = window_of(self.model.config.get_text_config(decoder=True))
        self.counters = Counters()
        packed = ways.packed and pack(self.model.get_decoder())
        self.abilities = Abilities(card.instructions, shares_prefix=False, languages=card.languages, packed=packed)
        self.as_list = True
        self.takes_features = "mm_encoder_outputs" in inspect.signature(self.model.forward).parameters
        self._check_picture()

    def answer(self, shots: Sequence[Shot]) -> list[tuple[Answer, ...]]:
        """As `Adapter.answer` says."""
        asks = [ask for shot in shots for ask in shot.asks]
        if not asks:
            return [() for _ in shots]
        with memory_guard(self.device), torch.inference_mode():
            seen = [shot for shot in shots if shot.asks]
            images = [letterbox(shot.picture.image, self.card.fill, WIDEST) for shot in seen]
            features = self.encode(images)
            owners = [number for number, shot in enumerate(seen) for _ in shot.asks]
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
            return by_shot(shots, [answers[number] for number in range(len(asks))])

    def encode(self, images: Sequence[Image.Image]) -> list[Tensor] | None:
        """Features of each picture by one forward of the vision tower; None where the model takes only pixels."""
        if not self.takes_features:
            return None
        inputs = self.parts.pictures(images=[[image] for image in images], return_tensors="pt")
        self.counters.pictures += len(images)
        self.counters.vision_forwards += 1
        wanted = inspect.signature(self.model.get_image_features).parameters
        given = {name: value for name, value in self._to_device(inputs).items() if name in wanted}
        found = self.model.get_image_features(**given, return_dict=True).pooler_output
        self.as_list = not isinstance(found, Tensor)
        if len(found) != len(images):
            return None
        return list(found) if self.as_list else list(found.split(1))

    def flight(self) -> None:
        """None: the stock `generate` lets nobody join."""

    def close(self) -> None:
        """Let go of the weights and the memory of the device."""
        device = self.device
        self.__dict__.clear()
        free_memory(device)

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
        inputs = self._inputs(texts, [images[owner] for owner in owners], own)
        written = generate(self.model, inputs, budgets, self.parts.stops)
        return [to_answer(self.parts.tokenizer, row, ask) for row, ask in zip(written, asks, strict=True)]

    def _score(self, ask: Ask, image: Image.Image, features: Tensor | None) -> Answer:
        """Each label as a row after the same prompt, its tokens padded on the right where nothing sees them."""
        text = self.wording.text(ask.prompt)
        labels = [self.wording.label(text, label) for label in ask.labels]
        longest = max(map(len, labels))
        text, _ = self._fit(ask.prompt, image, longest)
        count, pad = len(labels), self.parts.pad
        inputs = self._inputs([text] * count, [image] * count, None if features is None else [features] * count)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in labels], device=self.device)
        ids = torch.tensor([row + [pad] * (longest - len(row)) for row in labels], device=self.device)
        inputs["input_ids"] = torch.cat([inputs["input_ids"], ids], 1)
        inputs["attention_mask"] = torch.cat([inputs["attention_mask"], mask], 1)
        for kind in ("token_type_ids", "mm_token_type_ids"):
            if kind in inputs:
                inputs[kind] = torch.cat([inputs[kind], torch.zeros_like(ids)], 1)
        logits = self.model(**inputs, logits_to_keep=longest + 1).logits
        trie = build_trie(labels)
        nodes = {node: logits[row, depth + 1] for row, path in enumerate(trie.paths) for depth, node in enumerate(path)}
        flat = torch.stack([logits[0, 0], *(nodes[node] for node in range(len(trie.tokens)))])
        return Answer(scores=share_out(ask.labels, read_scores(flat, trie, self.parts.stops)))

    def _inputs(
        self, texts: Sequence[str], images: Sequence[Image.Image], features: Sequence[Tensor] | None
    ) -> dict[str, Any]:
        """What the model is fed for rows of texts, each with its picture, as pixels or as features."""
        found = self.processor(
            text=list(texts),
            images=[[image] for image in images],
            return_tensors="pt",
            padding=True,
            add_special_tokens=not self._starts_itself(texts[0]),
        )
        inputs = self._to_device(found)
        if features is not None:
            pixels = {"pixel_values", "pixel_attention_mask"}
            inputs = {name: value for name, value in inputs.items() if name not in pixels}
            # A fresh container each time: `generate` may change it in place.
            flat: Any = list(features) if self.as_list else torch.cat(list(features))
            inputs["mm_encoder_outputs"] = {"image": BaseModelOutputWithPooling(pooler_output=flat)}
        return inputs

    def _fit(self, prompt: str, image: Image.Image, budget: int) -> tuple[str, int]:
        """The whole text and the budget, the prompt's middle left out where the window is too small for both."""
        text = self.wording.text(prompt)
        length = self._inputs([text], [image], None)["input_ids"].shape[1]
        if length + budget <= self.window:
            return text, budget
        words = self.parts.tokenizer(self.wording.neutral(prompt), add_special_tokens=False)["input_ids"]
        # One token is kept back for what decoding and encoding again may add.
        kept, budget = fit(length - len(words) + 1, words, budget, self.window)
        return self.wording.text(self.parts.tokenizer.decode(kept, skip_special_tokens=True)), budget

    def _starts_itself(self, text: str) -> bool:
        first = self.parts.tokenizer.bos_token
        return bool(first) and text.startswith(first)

    def _to_device(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Tensors on the model's device, floats in its dtype."""
        moved = {}
        for name, value in inputs.items():
            if isinstance(value, Tensor):
                moved[name] = to_device(value, self.device, self.parts.dtype if value.is_floating_point() else None)
        return moved

    def _check_picture(self) -> None:
        """Feed one grey picture: `BrokenModel` where template, processor and model do not fit."""
        image = Image.new("RGB", (64, 64), (128, 128, 128))
        with memory_guard(self.device), torch.inference_mode():
            try:
                self.model(**self._inputs([self.wording.text("Describe it.")], [image], self.encode([image])))
            except (RuntimeError, ValueError, TypeError) as error:
                raise BrokenModel(f"{self.card.name}: template, processor and model do not fit.") from error
