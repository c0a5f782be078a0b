"""What a site sets about quality reaches the cards, is said there, and is never chosen silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from alttext_local.adapters.adapter import Flying
from alttext_local.assemble import read_catalogue, ways_of
from alttext_local.errors import BadSettings
from alttext_local.settings import load_settings

MODELS = Path(__file__).resolve().parents[1] / "models"


@pytest.fixture
def cards(tmp_path):
    def read(device="cpu", **settings):
        return read_catalogue(load_settings(data_dir=tmp_path, models_dir=MODELS, **settings), device).cards

    return read


def test_without_settings_the_cards_stand_with_auto_settled(cards):
    assert cards()["alttext-mini-llava"].dtype == "float32"
    assert cards("cuda")["alttext-mini-llava"].dtype == "bfloat16"
    assert cards()["llava-onevision-7b"].tiles == 5


@pytest.mark.parametrize("tiles", [0, 1, 5])
def test_tiles_of_the_site_stand_for_those_of_the_cards(cards, tiles):
    assert {card.tiles for card in cards(tiles=tiles).values()} == {tiles}


def test_a_number_format_of_the_site(cards):
    assert cards(dtype="int8")["alttext-mini-llava"].dtype == "int8"
    assert cards(dtype="bfloat16")["alttext-mini-blip2"].dtype == "bfloat16"
    with pytest.raises(BadSettings, match="int8 is for CPUs"):
        cards("cuda", dtype="int8")
    with pytest.raises(BadSettings, match="tiles"):
        cards(tiles=-1)
    with pytest.raises(BadSettings, match="dtype"):
        cards(dtype="int4")


@pytest.mark.parametrize("beams", [1, 4])
def test_beams_of_the_site_stand_for_those_of_the_cards(cards, beams):
    assert {card.beams for card in cards().values()} == {1}
    assert {card.beams for card in cards(beams=beams).values()} == {beams}
    with pytest.raises(BadSettings, match="beams"):
        cards(beams=0)


def test_slots_are_off_unless_the_site_turns_them_on():
    assert ways_of(load_settings()).flying is None
    assert ways_of(load_settings(cuda_graphs=True)).flying is None
    chosen = ways_of(load_settings(slots="on", slots_memory=5 << 20, cuda_graphs=True))
    assert chosen.flying == Flying(kv_bytes=5 << 20, graphs=True)
