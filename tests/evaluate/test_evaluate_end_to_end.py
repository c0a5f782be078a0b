"""Answers of the API, summed up."""

from __future__ import annotations

from pathlib import Path

from scripts.evaluate.end_to_end import summary
from scripts.train.fresh import Fresh
from scripts.train.shards import Truth

TITLED = Fresh(Path("1.png"), Truth("bar chart", ("Bar chart.", "It has 4 bars."), facts={"title": "Wool by year"}))
PLAIN = Fresh(Path("2.png"), Truth("map", ("Map.",)))


def answer(alt_text: str, read: str) -> dict[str, str]:
    return {"alt_text": alt_text, "description": f"{alt_text}\n{read}", "ocr_text": read}


def test_titles_count_where_they_were_read() -> None:
    assert (
        summary([TITLED], [answer("Bar chart with the text “Wool by year”.", "Wool by year")])[
            "titles_said_where_read"
        ]["share"]
        == 1
    )
    assert summary([TITLED], [answer("Bar chart.", "Wool by year")])["titles_said_where_read"]["share"] == 0
    assert summary([TITLED], [answer("Bar chart.", "W")])["titles_said_where_read"]["count"] == 0


def test_broken_rules_and_loose_numbers_are_named() -> None:
    figures = summary(
        [TITLED, PLAIN], [answer("Bar chart. It has 4 bars.", ""), answer("This is an image of 3 <b>maps", "")]
    )
    assert set(figures["rules_broken"]) >= {"A04", "A07"}
    assert figures["rules_broken"]["A04"] == ["2.png"]
    assert figures["texts_without_broken_rule"] == 1
    assert figures["loose_numbers"] == {"2.png": ["3"]}
