"""The door to all drawings: shares, the same pictures in every process, facts that agree with the pixels, strangers."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytesseract
import pytest
from PIL import Image

from alttext_local.types import KINDS
from scripts.train.drawings import chart_facets, strangers
from scripts.train.drawings.chart_pyramids import draw_two_sided_bars
from scripts.train.drawings.drawing import UNKNOWN, Drawing, shared
from scripts.train.drawings.manuscripts import draw_manuscript
from scripts.train.drawings.printed_pages import draw_lettering
from scripts.train.drawings.programs import ALL, DRAWS
from scripts.train.drawings.table_forms import draw_table_form

PRINTS_DIGESTS = """
import hashlib, numpy as np
from scripts.train.drawings.programs import ALL
for kind, draw in ALL.items():
    made = draw(np.random.default_rng([11, 4]))
    print(hashlib.sha256(made.image.tobytes() + repr((made.sentences, made.keywords)).encode()).hexdigest())
"""


def digest(made: Drawing) -> str:
    return hashlib.sha256(made.image.tobytes() + repr((made.sentences, made.keywords)).encode()).hexdigest()


def test_the_door_leads_to_every_kind_and_to_strangers() -> None:
    assert tuple(DRAWS) == KINDS
    assert set(ALL) == {*KINDS, UNKNOWN}


def test_shares_say_how_often_a_program_draws() -> None:
    blank = Image.new("RGB", (1, 1))
    often, seldom = (lambda _rng, name=name: Drawing(blank, name, (), ()) for name in ("often", "seldom"))
    draw, rng = shared((0.9, often), (0.1, seldom)), np.random.default_rng(0)
    assert 0.85 < np.mean([draw(rng).kind == "often" for _ in range(1000)]) < 0.95
    with pytest.raises(ValueError, match="add up"):
        shared((0.5, often), (0.4, seldom))


def test_another_process_draws_the_same_bytes() -> None:
    env = {**os.environ, "PYTHONHASHSEED": "123", "PYTHONPATH": os.pathsep.join(sys.path)}
    told = subprocess.run([sys.executable, "-c", PRINTS_DIGESTS], env=env, capture_output=True, text=True, check=True)
    assert told.stdout.split() == [digest(draw(np.random.default_rng([11, 4]))) for draw in ALL.values()]


@pytest.mark.parametrize("kind", ALL)
def test_facts_are_plain_data(kind: str) -> None:
    for seed in range(6):
        facts = ALL[kind](np.random.default_rng([2, seed])).facts
        assert facts and json.loads(json.dumps(facts)).keys() == facts.keys()


@pytest.mark.parametrize("form", strangers.FORMS)
def test_a_stranger_is_an_opaque_picture(form: str) -> None:
    image = strangers.FORMS[form](np.random.default_rng(1))
    assert min(image.size) >= 40 and max(image.size) <= 960
    assert len(set(image.convert("L").resize((40, 40)).tobytes())) > 1


def test_nothing_is_said_of_a_stranger() -> None:
    made = strangers.draw_stranger(np.random.default_rng(3))
    assert (made.kind, made.sentences, made.keywords) == (UNKNOWN, (), ())
    assert made.facts["form"] in strangers.FORMS


def bars_seen(image: Image.Image) -> int:
    """Runs of full colour along a row, in the row that has the most of them."""
    pixels = np.asarray(image).astype(int)
    coloured = pixels.max(2) - pixels.min(2) > 50
    rows = coloured[int(len(coloured) * 0.35) : int(len(coloured) * 0.98) : 4].tolist()
    return max(int(row[0]) + sum(not before and now for before, now in pairwise(row)) for row in rows)


def test_bars_are_as_many_as_is_said() -> None:
    seen = []
    for seed in range(200):
        made = chart_facets.draw_bar_forms(np.random.default_rng(seed))
        facts = made.facts
        upright = made.sentences[0] == "Bar chart with vertical bars." and facts.get("layout") == "single"
        if upright and facts.get("series") == 1 and facts["colours"][0] not in ("grey", "black", "white", "brown"):
            seen.append((bars_seen(made.image), facts["groups"]))
    assert len(seen) >= 15
    assert all(runs <= said for runs, said in seen)
    assert np.mean([runs == said for runs, said in seen]) > 0.45  # bars that touch, or are low, cannot be told apart


def test_bars_above_and_below_add_up() -> None:
    for seed in range(20):
        facts = draw_two_sided_bars(np.random.default_rng(seed)).facts
        parts = (facts["above"], facts["below"]) if "above" in facts else (facts["rows"], facts["rows"])
        assert sum(parts) == facts["bars"]  # type: ignore[arg-type]


def test_a_manuscript_says_its_columns() -> None:
    for seed in range(8):
        made = draw_manuscript(np.random.default_rng(seed))
        assert f"It has {made.facts['columns']} column" in made.sentences[2]
        assert (made.facts["initials"] > 0) == ("Coloured initials stand in the text." in made.sentences)  # type: ignore[operator]


@pytest.mark.parametrize("draw", [draw_table_form, draw_lettering])
def test_type_can_be_read(draw: object) -> None:
    read = 0
    for seed in range(6):
        image = draw(np.random.default_rng(seed)).image  # type: ignore[operator]
        image = image.resize((image.width * 2, image.height * 2), Image.Resampling.BICUBIC)
        found = pytesseract.image_to_data(image, config="--psm 6", output_type=pytesseract.Output.DICT)
        read += any(
            float(sure) > 70 and len(word.strip()) > 2 for sure, word in zip(found["conf"], found["text"], strict=True)
        )
    assert read >= 4
