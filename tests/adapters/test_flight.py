"""Shots in mid-flight against the same shots answered each by itself."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from alttext_local.adapters.adapter import Adapter, Flight, Flying, Ways, load_adapter
from alttext_local.catalogue import Catalogue
from alttext_local.engine.engine import Engine
from alttext_local.errors import EmptyAnswer, OutOfMemory
from alttext_local.types import Ask, Shot


def beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"flight_{name}", Path(__file__).parent / f"{name}.py")
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
    "qwen2_5_vl": "chat_vlm",
    "idefics3": "chat_vlm",
    "smolvlm": "chat_vlm",
    "gemma3": "chat_vlm",
}
CAPTION = Ask("caption", "describe the picture in one short sentence", 12)
KEYWORDS = Ask("keywords", "keywords:", 3)
LONG = Ask("description", "what is in this picture and the text of a chart", 17)
KIND = Ask("kind", "what kind: is this", 1, ("photograph", "bar chart", "line chart"))
FLYING = Ways(flying=Flying(kv_bytes=3 * 161 * 512, cells=160, branches=3, round_tokens=40))


@pytest.fixture(scope="module", params=FAMILY_OF)
def adapter(request: Any, tmp_path_factory: pytest.TempPathFactory, card: Any) -> Iterator[Adapter]:
    folder = getattr(tiny, request.param)(tmp_path_factory.mktemp(request.param))
    found = load_adapter(card(folder, FAMILY_OF[request.param]), "cpu", FLYING)
    yield found
    found.close()


@pytest.fixture
def shots(picture: Any) -> list[Shot]:
    return [
        Shot(picture(120, 70), (CAPTION, KIND, KEYWORDS)),
        Shot(picture(40, 90), (LONG,)),
        Shot(picture(64, 64), (KIND,)),
        Shot(picture(300, 40), (KEYWORDS, LONG)),
        Shot(picture(50, 50), (CAPTION, LONG, KIND)),
    ]


def flight_of(adapter: Adapter) -> Flight:
    flight = adapter.flight()
    assert flight is not None
    return flight


def flown(flight: Flight, shots: list[Shot]) -> dict[int, Any]:
    """All shots, each joining as soon as it may: the outcome of each."""
    waiting, keys, found = list(range(len(shots))), {}, {}
    while len(found) < len(shots):
        if waiting and flight.free:
            key = flight.join([shots[waiting[0]]])[0]
            assert key is not None
            keys[key] = waiting.pop(0)
        found.update({keys[key]: outcome for key, outcome in flight.step()})
    return found


def same(answers: Any, others: Any) -> None:
    """The same tokens, and scores and log-probabilities as near as fp32 gives them."""
    assert [[t.text for t in a.tokens] for a in answers] == [[t.text for t in a.tokens] for a in others]
    for answer, other in zip(answers, others, strict=True):
        assert answer.scores == pytest.approx(other.scores, abs=1e-4)
        assert [t.logprob for t in answer.tokens] == pytest.approx([t.logprob for t in other.tokens], abs=1e-3)


def test_answers_are_those_of_each_shot_alone(adapter: Adapter, shots: list[Shot]) -> None:
    found = flown(flight_of(adapter), shots)
    for number, shot in enumerate(shots):
        same(found[number], adapter.answer([shot])[0])


def test_who_leaves_changes_nobody_elses_answer(adapter: Adapter, shots: list[Shot]) -> None:
    flight = flight_of(adapter)
    stays, leaves = flight.join(shots[:2])
    assert stays is not None and leaves is not None
    landed: dict[int, Any] = dict(flight.step())
    flight.leave(leaves)
    while stays not in landed:
        landed.update(flight.step())
    assert leaves not in landed
    same(landed[stays], adapter.answer(shots[:1])[0])


def test_what_goes_into_no_slot_is_not_taken(adapter: Adapter, picture: Any) -> None:
    shots = [Shot(picture(64, 64), (CAPTION,) * 4), Shot(picture(64, 64), ()), Shot(picture(64, 64), (KIND,) * 4)]
    flight = flight_of(adapter)
    keys = flight.join(shots)
    assert keys[:2] == [None, None]
    assert keys[2] is not None
    assert [key for key, _ in flight.step()] == [keys[2]]


@pytest.fixture(scope="module")
def llava(tmp_path_factory: pytest.TempPathFactory, card: Any) -> Any:
    folder = tiny.llava(tmp_path_factory.mktemp("one"))
    return load_adapter(card(folder, "llava"), "cpu", FLYING)


def test_a_poison_picture_fails_alone(llava: Any, shots: list[Shot]) -> None:
    flight = flight_of(llava)
    healthy = flight.join(shots[:1])[0]
    assert healthy is not None
    landed: dict[int, Any] = dict(flight.step())
    projector = llava.model.model.multi_modal_projector
    handle = projector.register_forward_hook(lambda _, __, found: found * torch.nan)
    poison = flight.join(shots[1:2])[0]
    handle.remove()
    assert poison is not None
    while not {healthy, poison} <= landed.keys():
        landed.update(flight.step())
    assert isinstance(landed[poison], EmptyAnswer)
    same(landed[healthy], llava.answer(shots[:1])[0])


def test_too_little_memory_for_a_newcomer_is_the_newcomers(llava: Any, shots: list[Shot]) -> None:
    flight = flight_of(llava)
    healthy = flight.join(shots[:1])[0]
    assert healthy is not None
    landed: dict[int, Any] = dict(flight.step())
    newcomer = flight.join(shots[1:2])[0]
    assert newcomer is not None

    def fail(_: Any, __: Any, given: dict[str, Any]) -> None:
        if given.get("inputs_embeds") is not None:
            raise torch.OutOfMemoryError

    handle = llava.model.register_forward_pre_hook(fail, with_kwargs=True)
    landed.update(flight.step())
    handle.remove()
    assert isinstance(landed[newcomer], OutOfMemory)
    while healthy not in landed:
        landed.update(flight.step())
    same(landed[healthy], llava.answer(shots[:1])[0])


def test_a_round_prefills_no_more_than_its_budget(llava: Any, shots: list[Shot]) -> None:
    flight = flight_of(llava)
    flight.join(shots[:3])
    before = llava.counters.prefix_tokens
    flight.step()
    assert llava.counters.prefix_tokens - before == 2 * 18
    flight.step()
    assert llava.counters.prefix_tokens - before == 3 * 18


def test_a_round_looks_at_no_more_than_its_budget(llava: Any, shots: list[Shot]) -> None:
    """The slots would take three; two of 18 tokens are what a round of 40 affords, once a picture is known."""
    fresh = load_adapter(llava.card, "cpu", FLYING)
    flight = flight_of(fresh)
    assert flight.free == 1
    first = flight.join(shots[:1])
    assert flight.free == 1
    flight.join(shots[1:2])
    assert flight.free == 0
    flight.step()
    assert flight.free == 1
    while first[0] not in dict(flight.step()):
        pass
    assert flight.free == 2
    fresh.close()


def test_without_the_lever_there_is_no_flight(card: Any, tmp_path: Path) -> None:
    assert load_adapter(card(tiny.llava(tmp_path / "llava"), "llava"), "cpu").flight() is None


def test_a_flight_is_kept_until_it_fails(llava: Any, shots: list[Shot]) -> None:
    """What is set aside once, and recorded once, is used again."""
    flight = flight_of(llava)
    assert flight_of(llava) is flight
    flight.join(shots[:1])
    flight.step()

    def fail(*_: Any) -> None:
        raise torch.OutOfMemoryError

    handle = llava.model.register_forward_pre_hook(fail)
    with pytest.raises(OutOfMemory):
        flight.step()
    handle.remove()
    newer = flight_of(llava)
    assert newer is not flight
    same(flown(newer, shots[:2])[0], llava.answer(shots[:1])[0])


def test_an_engine_serves_in_flight(llava: Any, shots: list[Shot]) -> None:
    """From submit to answer, with more shots than slots, each as it is alone."""
    one, served = llava.card, load_adapter(llava.card, "cpu", FLYING)
    engine = Engine(Catalogue({one.name: one}, {}), load=lambda _, __: served, selftest_asks=lambda _: ())
    engine.start([one.name])
    before = replace(served.counters)
    futures = [engine.submit(one, shot) for shot in [*shots, *shots[:3]]]
    found = [future.result(120) for future in futures]
    counted = served.counters.since(before)
    engine.close()
    assert counted.pictures == len(futures)
    for answers, shot in zip(found, [*shots, *shots[:3]], strict=True):
        same(answers, llava.answer([shot])[0])
