"""The gate of int8, on the small shipped model and on weights that were really spoilt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from alttext_local.adapters.adapter import Adapter, load_adapter
from alttext_local.adapters.int8 import Int8Linear
from alttext_local.assemble import selftest_asks
from alttext_local.catalogue import INT8, Card, load_catalogue
from alttext_local.engine.agreement import check_agreement, compare
from alttext_local.engine.engine import Engine
from alttext_local.errors import BrokenModel
from alttext_local.types import Answer, Token

MODELS = Path(__file__).resolve().parents[2] / "models"


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def card() -> Card:
    return replace(load_catalogue(MODELS / "catalogue.toml").cards["alttext-mini-llava"], dtype=INT8)


class Loading:
    """Loads, and remembers; where asked to, it spoils the scales of int8 layers, as a fault in their making would."""

    def __init__(self, spoil: bool = False) -> None:
        self.spoil = spoil
        self.adapters: list[Adapter] = []

    def __call__(self, card: Card, device: str = "cpu") -> Adapter:
        adapter = load_adapter(card, device)
        self.adapters.append(adapter)
        if self.spoil:
            for layer in adapter.model.modules():  # type: ignore[attr-defined]
                if isinstance(layer, Int8Linear):
                    layer.scale[:] = layer.scale.roll(1)
        return adapter

    @property
    def closed(self) -> list[bool]:
        return ["model" not in vars(adapter) for adapter in self.adapters]


def test_a_sound_model_agrees_and_the_full_one_is_let_go(card: Card) -> None:
    loading = Loading()
    adapter, degree = check_agreement(card, loading, selftest_asks(card))
    assert loading.closed == [True, False] and adapter is loading.adapters[1]
    assert degree.labels < 0.05 and degree.lost == 0 and degree.words > 0.8
    adapter.close()


def test_spoilt_weights_are_refused_with_what_to_do(card: Card) -> None:
    loading = Loading(spoil=True)
    with pytest.raises(BrokenModel, match="in int8 it does not say what it says otherwise") as refusal:
        check_agreement(card, loading, selftest_asks(card))
    assert 'dtype to "auto"' in str(refusal.value)
    assert loading.closed == [True, True]


def test_the_engine_serves_no_int8_that_is_unproven(card: Card) -> None:
    catalogue = replace(load_catalogue(MODELS / "catalogue.toml"), cards={card.name: card}, aliases={})
    engine = Engine(catalogue, device="cpu", load=Loading(spoil=True), selftest_asks=selftest_asks)
    with pytest.raises(BrokenModel, match="in int8"):
        engine.start([card.name])
    with pytest.raises(BrokenModel, match="nothing to ask"):
        check_agreement(card, Loading(), ())


def test_each_measure() -> None:
    def said(text: str, logprob: float) -> Answer:
        return Answer(text, (Token(text, logprob),))

    scores = Answer(scores={"map": 0.9, "table": 0.1})
    turned = Answer(scores={"map": 0.4, "table": 0.6})
    degree = compare([(scores, said("a red house", -0.2))], [(turned, said("a red car", -0.7))])
    assert (degree.labels, degree.lost) == (pytest.approx(0.5), 1)
    assert (degree.words, degree.sureness) == (pytest.approx(2 / 3), pytest.approx(0.5))
    same = compare([(scores, said("a", -0.2))], [(scores, said("a", -0.2))])
    assert (same.labels, same.lost, same.words, same.sureness) == (0, 0, 1, 0)
