"""One look at a picture that is in a batch more than once: counted, and answered in place."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from alttext_local.adapters.adapter import load_adapter
from alttext_local.assemble import selftest_asks
from alttext_local.catalogue import Card, load_catalogue
from alttext_local.engine.merging import merged
from alttext_local.engine.sample_pictures import sample_pictures
from alttext_local.errors import EmptyAnswer
from alttext_local.types import Shot
from tests.doubles.honest import Honest, look
from tests.doubles.house import CAPTION, KIND, Loader, a_shot

CARD = Card("one", "double", "double", "example/double", "0", "Apache-2.0", Path("/nowhere"))


def test_each_picture_is_looked_at_once_and_each_ask_put_once():
    model = Honest(CARD)
    shots = [a_shot(1, (CAPTION,)), a_shot(2), a_shot(1, (KIND, CAPTION)), a_shot(1, ()), a_shot(2)]
    asked = []

    def answer(given):
        asked.extend(shot.asks for shot in given)
        return model.answer(given)

    assert merged(answer, shots) == [look(shot) for shot in shots]
    assert model.calls == [("shot-1", "shot-2")]
    assert asked == [(CAPTION, KIND), (CAPTION, KIND)]


def test_the_same_hash_at_another_size_is_another_picture():
    first = a_shot(1)
    other = replace(first.picture, image=first.picture.image.resize((4, 4)))
    model = Honest(CARD)
    merged(model.answer, [first, Shot(other, first.asks)])
    assert model.calls == [("shot-1", "shot-1")]


@pytest.mark.parametrize("wrong", [lambda found: found + found[:1], lambda found: [row[:1] for row in found]])
def test_miscounted_answers_go_to_nobody(wrong):
    with pytest.raises(EmptyAnswer):
        merged(lambda given: wrong([look(shot) for shot in given]), [a_shot(1), a_shot(1), a_shot(2)])


def test_the_engine_merges_what_came_at_once(engine_of):
    begun, go = threading.Event(), threading.Event()

    class Waits(Honest):
        def serve(self, shots):
            begun.set()
            assert go.wait(20)
            return super().serve(shots)

    loader = Loader(Waits)
    engine = engine_of(loader)
    card = engine.card("one")
    first = engine.submit(card, a_shot(0))
    assert begun.wait(20)
    futures = [engine.submit(card, a_shot(number)) for number in (1, 2, 1, 1)]
    go.set()
    assert [future.result(20) for future in (first, *futures)] == [look(a_shot(n)) for n in (0, 1, 2, 1, 1)]
    assert loader.last.looked_at == ["shot-0", "shot-1", "shot-2"]


def test_a_real_models_eyes_open_once():
    card = load_catalogue(Path(__file__).resolve().parents[2] / "models" / "catalogue.toml").cards["alttext-mini-llava"]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    adapter = load_adapter(card, "cpu")
    seen = []
    hook = adapter.model.model.vision_tower.register_forward_hook(lambda _, given, __: seen.append(len(given[0])))
    kind = selftest_asks(card)[0]
    shots = [Shot(picture, (kind,)) for picture in sample_pictures()[:2]]
    doubled = merged(adapter.answer, [*shots, shots[0], shots[1], shots[0]])
    hook.remove()
    assert seen == [2]
    assert doubled == [doubled[0], doubled[1], doubled[0], doubled[1], doubled[0]]
    assert doubled[0][0].scores != doubled[1][0].scores
    adapter.close()
    torch.set_num_threads(threads)
