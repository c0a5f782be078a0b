"""What fails in a batch costs the others time and not a token: every family, through the engine that halves it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import ModuleType
from typing import Any

import pytest
import torch
from PIL import Image

from alttext_local.adapters.adapter import Adapter, Ways, load_adapter
from alttext_local.catalogue import Catalogue
from alttext_local.engine.engine import Engine
from alttext_local.errors import AltTextError
from alttext_local.types import Ask, Facts, Picture, Shot


def beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"faults_{name}", Path(__file__).parent / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tiny = beside("tiny_models")
FAMILY_OF = {
    "llava": "llava",
    "llava_next": "llava",
    "llava_onevision": "llava",
    "blip2": "blip2",
    "blip2_t5": "blip2",
    "instructblip": "blip2",
    "qwen2_5_vl": "chat_vlm",
    "idefics3": "chat_vlm",
    "smolvlm": "chat_vlm",
    "gemma3": "chat_vlm",
}
CAPTION = Ask("caption", "describe the picture in one short sentence", 8)
KIND = Ask("kind", "what kind: is this", 1, ("photograph", "bar chart", "line chart"))
SOON = 60


@dataclass
class House:
    """One model behind an engine, and a gate in front of its eyes."""

    adapter: Adapter
    engine: Engine
    tower: Any

    def asked(self, shots: list[Shot]) -> list[Future[Any]]:
        return [self.engine.submit(self.adapter.card, shot) for shot in shots]


@pytest.fixture(scope="module", params=[*FAMILY_OF, "qwen2_5_vl forked", "llava forked"])
def house(request: Any, tmp_path_factory: pytest.TempPathFactory, card: Any) -> Iterator[House]:
    kind, _, forked = request.param.partition(" ")
    folder = getattr(tiny, kind)(tmp_path_factory.mktemp(kind))
    adapter = load_adapter(card(folder, FAMILY_OF[kind]), "cpu", Ways(tree=not forked))
    tower = next(
        module
        for name, module in adapter.model.named_modules()  # type: ignore[attr-defined]
        if name.split(".")[-1] in ("vision_tower", "vision_model", "visual")
    )
    engine = Engine(
        Catalogue({adapter.card.name: adapter.card}, {}), load=lambda _, __: adapter, selftest_asks=lambda _: ()
    )
    engine.start([adapter.card.name])
    yield House(adapter, engine, tower)
    engine.close()


@pytest.fixture(scope="module")
def shots(picture: Any) -> list[Shot]:
    return [Shot(picture(120 - 9 * number, 70), (CAPTION, KIND)) for number in range(3)]


def words(answers: Any) -> list[tuple[str, ...]]:
    return [tuple(token.text for token in answer.tokens) for answer in answers]


def held(house: House, before: Shot) -> tuple[Event, Any, Future[Any]]:
    """The model thread busy with one shot until the event is set, so that what comes next is one batch."""
    gate, busy = Event(), Event()

    def wait(*_: Any) -> None:
        busy.set()
        assert gate.wait(SOON)

    handle = house.tower.register_forward_pre_hook(wait)
    first = house.asked([before])[0]
    assert busy.wait(SOON)
    return gate, handle, first


def test_a_poison_picture_and_who_left_cost_the_others_no_token(house: House, shots: list[Shot]) -> None:
    expected = [words(house.adapter.answer([shot])[0]) for shot in shots]
    broken = Image.new("RGB", (50, 50))
    facts = Facts(50, 50, 0.5, 0.2, 0.5, 36, 0.1, 0.1, 0.1)
    poison = Shot(Picture(broken, facts, "poison", "PNG"), (CAPTION,))
    broken.close()
    gate, handle, first = held(house, shots[0])
    futures = house.asked([*shots, poison, shots[2]])
    assert futures[4].cancel()
    handle.remove()
    gate.set()
    assert words(first.result(SOON)) == expected[0]
    assert [words(future.result(SOON)) for future in futures[:3]] == expected
    assert isinstance(futures[3].exception(SOON), AltTextError)


def test_too_little_memory_is_halved_and_changes_no_token(house: House, shots: list[Shot]) -> None:
    expected = [words(house.adapter.answer([shot])[0]) for shot in shots]
    gate, handle, first = held(house, shots[0])
    left = [1]

    def fail(*_: Any) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise torch.OutOfMemoryError

    futures = house.asked(shots)
    handle.remove()
    second = house.tower.register_forward_pre_hook(fail)
    gate.set()
    try:
        found = [words(future.result(SOON)) for future in futures]
    finally:
        second.remove()
    assert words(first.result(SOON)) == expected[0]
    assert found == expected
    assert left[0] < 0
