"""The rivals are written right: on each family they say what our adapters say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch

from alttext_local.adapters.adapter import load_adapter
from alttext_local.catalogue import Card
from alttext_local.types import Ask, Shot
from scripts.bench.cost import cost_of
from scripts.bench.looking import answered
from scripts.bench.pictures import images, shots
from scripts.bench.stock import Stock

ASKS = (Ask("kind", "kind:", 0, ("map", "text")), Ask("caption", "describe the picture", 9), Ask("keywords", "of", 5))


@pytest.fixture(scope="module")
def tiny():
    path = Path(__file__).resolve().parents[1] / "adapters" / "tiny_models.py"
    spec = importlib.util.spec_from_file_location("bench_tiny_models", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("family", "kind"), [("llava", "llava"), ("llava", "llava_onevision"), ("blip2", "blip2")])
def test_they_write_what_ours_write(tmp_path, tiny, family, kind):
    folder = getattr(tiny, kind)(tmp_path / kind)
    card = Card(kind, family, "instruct", "random weights", "", "", folder, "float32")
    stock, adapter = Stock(card, "cpu", torch.float32), load_adapter(card, "cpu")
    small = [image.resize((90, 60)) for image in images(3)]
    asked = [
        Shot(type(one.picture)(image, one.picture.facts, one.picture.sha256, "PNG"), ASKS)
        for one, image in zip(shots(3, ASKS), small, strict=True)
    ]
    ours = [row[1:] for row in answered(adapter, asked, 3)]
    assert [row[1:] for row in stock.plain_loop(asked)] == ours
    assert [row[1:] for row in stock.expert(asked, 6)] == ours
    assert stock.shortfall(small[0], ASKS[1], ours[0][0]) == pytest.approx(0, abs=1e-4)
    assert stock.shortfall(small[0], ASKS[1], "w90 w91 w92") > 0.5


def test_what_a_picture_costs_is_counted_on_the_layers(tmp_path, tiny):
    folder = tiny.llava(tmp_path / "llava")
    stock = Stock(Card("llava", "llava", "instruct", "", "", "", folder, "float32"), "cpu", torch.float32)
    text = 2 * (64 * 64 * 2 + 64 * 32 * 2 + 3 * 64 * 96)
    eyes = 2 * (4 * 32 * 32 + 2 * 32 * 48) + 3 * 14 * 14 * 32 + 32 * 64 + 64 * 64
    found = cost_of(stock, ASKS)
    words = sum(len(stock.wording.ids(stock.wording.text(ask.prompt))) for ask in ASKS)
    assert found.flops == 2 * (eyes * 16 + text * (16 + words + 14) + 240 * 64 * (3 + 14))
    assert found.bytes == 4 * (eyes + (text + 240 * 64) * 10)
