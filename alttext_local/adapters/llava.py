"""LLaVA 1.5, LLaVA-NeXT and LLaVA-OneVision, told apart by the folder's own `model_type`.

A picture is encoded once and its prefix prefilled once for all that is asked about it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor
from transformers import (
    LlavaForConditionalGeneration,
    LlavaNextForConditionalGeneration,
    LlavaOnevisionForConditionalGeneration,
)

from alttext_local.adapters.adapter import ALL_WAYS, Abilities, Flight, Way, Ways
from alttext_local.adapters.answering import Decoder, Question, by_shot, window_of
from alttext_local.adapters.counters import Counters
from alttext_local.adapters.flight import SlotFlight
from alttext_local.adapters.generation import Language, Opening
from alttext_local.adapters.loading import Parts, free_memory, load_parts, memory_guard, read_config, to_device
from alttext_local.adapters.packed import pack
from alttext_local.adapters.wording import Wording
from alttext_local.catalogue import Card
from alttext_local.errors import BrokenModel
from alttext_local.pictures.letterbox import letterbox, shrink
from alttext_local.types import Answer, Shot

CLASSES = {
    "llava": LlavaForConditionalGeneration,
    "llava_next": LlavaNextForConditionalGeneration,
    "llava_onevision": LlavaOnevisionForConditionalGeneration,
}
BEST: Way = "tree"
WIDEST = 4.0
"""Longer side over shorter side that models with tiles are given at most."""


def load(card: Card, device: str, ways: Ways = ALL_WAYS) -> Llava:
    """Load a model of this family and see that its processor feeds it what it wants."""
    model_type = read_config(card)["model_type"]
    if model_type not in CLASSES:
        raise BrokenModel(f"{card.name}: {model_type} is no LLaVA; there are: {', '.join(CLASSES)}.")
    parts = load_parts(card, device, CLASSES[model_type], reordered=ways.reordered)
    tiled = model_type != "llava"
    base_only = tiled and limit_tiles(parts, card.tiles)
    return Llava(card, parts, ways, tiled, base_only)


def limit_tiles(parts: Parts, tiles: int) -> bool:
    """Leave only the grids that have at most `tiles` views (0: all), the whole picture counted as one of them.

    Returns whether none is left, so that nothing but the whole picture is looked at.
    """
    config, processor = parts.model.config, parts.pictures
    side = config.vision_config.image_size
    grids = [list(grid) for grid in config.image_grid_pinpoints]
    fitting = [grid for grid in grids if not tiles or 1 + (grid[0] // side) * (grid[1] // side) <= tiles]
    # The processor cannot do without a grid: the smallest makes the one tile that is not looked at.
    config.image_grid_pinpoints = processor.image_grid_pinpoints = fitting or [[side, side]]
    return not fitting


class Llava:
    """A loaded LLaVA."""

    def __init__(self, card: Card, parts: Parts, ways: Ways, tiled: bool, base_only: bool) -> None:
        self.card, self.device = card, parts.device
        self.parts, self.model = parts, parts.model
        self.tiled, self.base_only = tiled, base_only
        config = self.model.config
        side: int = config.vision_config.image_size
        self.sight = max(max(grid) for grid in config.image_grid_pinpoints) if tiled else side
        """Pixels of the longer side that the model sees at most."""
        self.image_id: int = self.model.config.image_token_id
        self.wording = Wording(parts.tokenizer, parts.tokenizer.convert_ids_to_tokens(self.image_id), parts.template)
        self.counters = Counters()
        way = ways.of(shares=self._check_words(), best=BEST)
        self._check_picture()
        packed = ways.packed and pack(self.model.model.language_model)
        self.abilities = Abilities(card.instructions, way != "batches", card.languages, way, packed, self.sight)
        text = self.model.config.get_text_config(decoder=True)
        language = Language(self.model, parts.stops, parts.pad, self.counters)
        self.decoder = Decoder(language, parts.tokenizer, window_of(text), way, card.beams)
        self.flying = ways.flying if way == "tree" and card.beams == 1 else None
        self._flight: SlotFlight | None = None

    def answer(self, shots: Sequence[Shot]) -> list[tuple[Answer, ...]]:
        """As `Adapter.answer` says."""
        asked = [shot for shot in shots if shot.asks]
        if not asked:
            return [() for _ in shots]
        with memory_guard(self.device), torch.inference_mode():
            return by_shot(shots, self.decoder.answer(*self.look(asked)))

    def flight(self) -> Flight | None:
        """As `Adapter.flight` says."""
        if self.flying and not (self._flight and self._flight.empty):
            self._flight = SlotFlight(self.decoder, self.look, self.device, self.flying)
        return self._flight

    def look(self, shots: Sequence[Shot]) -> tuple[list[Opening], list[Question]]:
        """Prefixes and questions of shots, each with asks; the vision tower runs once for all of them."""
        return self._ask(shots, self.encode([shot.picture.image for shot in shots]))

    def encode(self, images: Sequence[Image.Image]) -> list[Tensor]:
        """One forward of the vision tower for all pictures; for each its features, (image tokens, hidden size)."""
        widest = WIDEST if self.tiled and not self.base_only else 1.0
        boxed = [letterbox(shrink(image, self.sight), self.card.fill, widest) for image in images]
        inputs = self.parts.pictures(images=boxed, return_tensors="pt")
        pixels = to_device(inputs["pixel_values"], self.device, self.parts.dtype)
        self.counters.pictures += len(images)
        self.counters.vision_forwards += 1
        if self.base_only:
            return self._base_views(pixels[:, 0])
        sizes = {"image_sizes": inputs["image_sizes"]} if self.tiled else {}
        found = self.model.model.get_image_features(pixel_values=pixels, return_dict=True, **sizes)
        return list(found.pooler_output)

    def close(self) -> None:
        """Let go of the weights and the memory of the device."""
        device = self.device
        self.__dict__.clear()
        free_memory(device)

    def _base_views(self, pixels: Tensor) -> list[Tensor]:
        """Features of whole pictures (B, 3, side, side) with no tiles, and the line end that follows them."""
        base, config = self.model.model, self.model.config
        hidden = base.vision_tower(pixels, output_hidden_states=True, return_dict=True).hidden_states
        layers = config.vision_feature_layer
        layers = [layers] if isinstance(layers, int) else layers
        start = 1 if config.vision_feature_select_strategy == "default" else 0
        features = base.multi_modal_projector(torch.cat([hidden[layer][:, start:] for layer in layers], -1))
        end = base.image_newline[None].to(features)
        return [torch.cat([rows, end]) for rows in features]

    def _ask(self, shots: Sequence[Shot], features: Sequence[Tensor]) -> tuple[list[Opening], list[Question]]:
        """Prefixes (one for each picture, or for each ask where none can be shared) and questions."""
        prefixes: list[Opening] = []
        questions: list[Question] = []
        for shot, rows in zip(shots, features, strict=True):
            for number, ask in enumerate(shot.asks):
                before, suffix = self.wording.split(ask.prompt)
                if number == 0 or not self.abilities.shares_prefix:
                    prefixes.append(Opening(torch.cat([self._embed(before).to(rows), rows])))
                text = self.wording.text(ask.prompt)
                labels = tuple(tuple(self.wording.label(text, label)) for label in ask.labels)
                questions.append(Question(ask, len(prefixes) - 1, tuple(suffix), labels))
        return prefixes, questions

    def _embed(self, ids: Sequence[int]) -> Tensor:
        found: Tensor = self.model.get_input_embeddings()(torch.tensor(ids, dtype=torch.long, device=self.device))
        return found

    def _check_words(self) -> bool:
        """Whether all asks have the same words before the picture, looked at with two of them."""
        try:
            first, second = self.wording.split("Describe it."), self.wording.split("Which kind, and why?")
        except ValueError as error:
            raise BrokenModel(f"{self.card.name}: its words do not hold {self.wording.image} exactly once.") from error
        return first[0] == second[0]

    def _check_picture(self) -> None:
        """Feed one grey picture: `BrokenModel` where processor and model disagree on its size or its tokens."""
        grey = Image.new("RGB", (64, 64), (128, 128, 128))
        with memory_guard(self.device), torch.inference_mode():
            try:
                count = len(self.encode([grey])[0])
            except (RuntimeError, ValueError) as error:
                raise BrokenModel(f"{self.card.name}: its image processor does not fit its vision tower.") from error
        expected = self._count_of_processor(grey)
        if expected is not None and expected != count:
            raise BrokenModel(
                f"{self.card.name}: its processor counts {expected} tokens for a picture, its model gives {count}."
            )

    def _count_of_processor(self, image: Image.Image) -> int | None:
        """The image tokens of a picture by the folder's `processor_config.json`; old folders do not say."""
        path = self.card.folder / "processor_config.json"
        said = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if self.tiled or not said.get("patch_size"):
            return None
        height, width = self.parts.pictures(images=image, return_tensors="pt")["pixel_values"].shape[-2:]
        places = (height // said["patch_size"]) * (width // said["patch_size"])
        cut = said.get("vision_feature_select_strategy") == "default"
        return int(places + said.get("num_additional_image_tokens", 0) - cut)
