"""Real models in processes of their own say what they say here, token by token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from alttext_local.adapters.adapter import Ways, load_adapter
from alttext_local.catalogue import Card, Catalogue
from alttext_local.engine.engine import Engine
from alttext_local.engine.model_process import RemoteAdapter
from alttext_local.types import Ask, Picture, Shot
from tests.adapters import tiny_models as tiny

ASKS = (Ask("kind", "kind: ", 0, ("photograph", "bar chart", "map")), Ask("caption", "describe the picture", 9))


def test_two_processes_say_what_one_model_says(
    tmp_path: Path, card: Callable[..., Card], picture: Callable[[int, int], Picture]
) -> None:
    one = card(tiny.llava(tmp_path / "llava"), "llava", dtype="float32")
    sizes = [(40 + 10 * number, 90) for number in range(12)] + [(3000, 1200), (700, 2400)]
    shots = [Shot(picture(*size), ASKS) for size in sizes]
    here = load_adapter(one, "cpu")
    expected = [here.answer([shot])[0] for shot in shots]
    load = partial(load_adapter, ways=Ways())
    engine = Engine(Catalogue({one.name: one}, {}), processes=("cpu", "cpu"), threads=1, load=load)
    engine.start([one.name])
    try:
        futures = [engine.submit(one, shot) for shot in shots]
        found = [future.result(120) for future in futures]
        served = [device.served for device in engine.health().devices]
    finally:
        engine.close()
    assert [[answer.text for answer in answers] for answers in found] == [
        [answer.text for answer in answers] for answers in expected
    ]
    for answers, wanted in zip(found, expected, strict=True):
        assert all(abs(answers[0].scores[label] - wanted[0].scores[label]) < 1e-5 for label in wanted[0].scores)
    assert sum(served) == len(shots)
    assert min(served) > 0


def test_a_picture_is_sent_no_larger_than_the_model_looks_at(
    tmp_path: Path, card: Callable[..., Card], picture: Callable[[int, int], Picture]
) -> None:
    one = card(tiny.llava(tmp_path / "llava"), "llava", dtype="float32")
    here = load_adapter(one, "cpu")

    class Pipe:
        """Takes what is sent, and answers nothing."""

        def __init__(self) -> None:
            self.sent: list[tuple[int, int]] = []

        def ask(self, message: dict[str, Any], pictures: list[Picture]) -> dict[str, Any]:
            assert [tuple(row["size"]) for row in message["shots"]] == [one.image.size for one in pictures]
            self.sent += [one.image.size for one in pictures]
            return {"answers": [], "counters": asdict(here.counters)}

    loaded = {"model": 1, "device": "cpu", "abilities": asdict(here.abilities), "counters": asdict(here.counters)}
    pipe = Pipe()
    far = RemoteAdapter(pipe, one, loaded)  # type: ignore[arg-type]
    far.answer([Shot(picture(4000, 3000), ASKS), Shot(picture(40, 30), ASKS)])
    large, small = pipe.sent
    assert 2 * here.abilities.sight <= max(large) < 4 * here.abilities.sight
    assert small == (40, 30)
