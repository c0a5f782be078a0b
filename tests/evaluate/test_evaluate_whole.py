"""The evaluation from the command line to the page, on a handful of drawings, with a shipped model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.evaluate.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models" / "alttext-mini-llava"
PARTS = ("kinds_alone", "texts", "own_sentences")


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluated")
    for _ in range(2):  # the second run measures nothing anew
        words = ["--model", str(MODEL), "--drawings", "10", "--texts", "10", "--api", "0", "--strangers", "0"]
        places = [
            "--work",
            str(folder / "work"),
            "--out",
            str(folder / "quality"),
            "--page",
            str(folder / "QUALITY.md"),
        ]
        main([*words, *places, "--no-cards", "--parts", *PARTS])
    return folder


def test_every_part_has_its_figures(evaluated: Path) -> None:
    figures = json.loads((evaluated / "quality" / "alttext-mini-llava.json").read_text())
    assert {"model", "seed_of_drawings", *PARTS} == set(figures)
    assert figures["kinds_alone"]["all"]["count"] == 10
    assert figures["kinds_alone"]["all"]["right"] >= 5
    assert figures["texts"]["facts"]["pictures"] == 10
    assert figures["texts"]["facts"]["topics"]["kind"]["stated"] > 0


def test_answers_are_kept_and_not_asked_again(evaluated: Path) -> None:
    (answers,) = (evaluated / "work").glob("*/*/answers.jsonl")
    assert len(answers.read_text().splitlines()) == 10


def test_the_page_has_the_tables(evaluated: Path) -> None:
    page = (evaluated / "QUALITY.md").read_text()
    assert "### Facts stated about fresh drawings, by topic" in page
    assert "| bar chart | 1 |" in page
