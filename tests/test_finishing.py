"""From one look to what is said: true, mended, never silently empty."""

from __future__ import annotations

from math import log
from pathlib import Path

from PIL import Image

from alttext_local.catalogue import Card
from alttext_local.finishing import Look, finish
from alttext_local.kinds import Calibration
from alttext_local.types import KINDS, Answer, Facts, Kind, Picture, Reading, Request, Token, Word

FACTS = Facts(
    width=640,
    height=420,
    brightness=0.6,
    contrast=0.2,
    saturation=0.3,
    unique_colours=60,
    edge_share=0.1,
    background_share=0.6,
    sharpness=0.02,
    colours=(("white", 0.6), ("blue", 0.3)),
)
SURE = Calibration(kind_gate=0.6, family_gate=0.6, token_gate=0.8)


def read(*lines: str, confidence: float = 0.95) -> Reading:
    words = [
        Word(word, confidence, (10 + 60 * i, 10 + 40 * n, 50, 30), n)
        for n, line in enumerate(lines)
        for i, word in enumerate(line.split())
    ]
    return Reading("\n".join(lines), tuple(words), "tesserocr", "eng", (640, 420))


def say(text: str, probability: float = 0.99) -> Answer:
    return Answer(text, tuple(Token(piece, log(probability)) for piece in _pieces(text)))


def _pieces(text: str) -> list[str]:
    words = text.split(" ")
    return [words[0], *(f" {word}" for word in words[1:])]


def look(
    kind: Kind,
    caption: Answer,
    reading: Reading | None = None,
    *,
    prose: bool = True,
    sure: float = 0.97,
    keywords: str = "sea, boat",
    description: str = "A long text.",
    **request: object,
) -> Look:
    scores = {k: sure if k == kind else (1 - sure) / (len(KINDS) - 1) for k in KINDS}
    answers = {
        "kind": Answer(scores=scores),
        "caption": caption,
        "keywords": say(keywords),
        "description": say(description),
    }
    card = Card("m", "llava", "instruct", "r", "1", "MIT", Path("/nowhere"), prose=prose)
    picture = Picture(Image.new("RGB", (640, 420)), FACTS, "0" * 64, "PNG")
    asked = Request("gpt-4o", **request)  # type: ignore[arg-type]
    return Look(picture, reading or Reading(image_size=(640, 420)), answers, asked, card, SURE)  # type: ignore[arg-type]


def rules_of(finished: object) -> set[str]:
    return {finding.rule for finding in finished.findings}  # type: ignore[attr-defined]


def test_prose_is_mended() -> None:
    said = finish(look("photograph", say("This is an image of a red boat on a calm sea")))
    assert said.alt_text == "A red boat on a calm sea."
    assert said.usable
    assert "A04" in rules_of(said)


def test_an_invented_number_is_not_stated() -> None:
    said = finish(look("bar chart", say("Bar chart of sales, which rise to 7500 euros."), read("Sales", "1 2 3")))
    assert "7500" not in said.alt_text
    assert "B01" in rules_of(said)
    assert said.alt_text


def test_a_number_that_is_read_is_stated() -> None:
    said = finish(look("bar chart", say("Bar chart of sales, which rise to 7500 euros."), read("Sales", "7500")))
    assert "7500" in said.alt_text


def test_nothing_usable_is_told_from_facts_and_marked() -> None:
    said = finish(look("map", say("IMG_1234.jpg")))
    assert not said.usable
    assert said.alt_text == "Map, mainly blue on white, landscape format."


def test_text_as_image_is_its_words_whatever_the_model_says() -> None:
    said = finish(look("text", say("A sign with some words on it."), read("No entry", "Wet paint")))
    assert said.alt_text == "No entry Wet paint."


def test_long_text_is_said_to_be_left_out_unless_it_comes_along() -> None:
    lines = [f"This is line number {n} of a longer page" for n in range(12)]
    alone = finish(look("text", say("A page."), read(*lines)))
    assert "A05" in rules_of(alone)
    assert len(alone.alt_text) <= 125
    with_ocr = finish(look("text", say("A page."), read(*lines), generate_ocr=True))
    assert "A05" not in rules_of(with_ocr)
    assert with_ocr.ocr_text == "\n".join(lines)


def test_a_small_model_says_its_sure_sentences_only() -> None:
    caption = Answer(
        "Bar chart with vertical bars. It has 5 bars.",
        tuple(
            Token(t, log(p))
            for t, p in (("Bar chart with vertical bars.", 0.99), (" It has", 0.99), (" 5", 0.4), (" bars.", 0.9))
        ),
    )
    said = finish(look("bar chart", caption, prose=False))
    assert said.alt_text == "Bar chart with vertical bars, mainly blue on white, landscape format."


def test_a_small_models_sure_count_stands() -> None:
    said = finish(look("bar chart", say("Bar chart with vertical bars. It has 5 bars."), prose=False))
    assert "5 bars" in said.alt_text


def test_an_unsure_kind_is_not_named() -> None:
    said = finish(look("bar chart", say("Bar chart with vertical bars. It has 5 bars."), prose=False, sure=0.3))
    assert "bar" not in said.alt_text.lower()
    assert not any("bar" in word for word in said.keywords)
    assert said.classification[0] == "bar chart"
    assert not said.verdict.say_kind


def test_the_description_carries_what_the_alt_text_lost_and_the_words_read() -> None:
    caption = say("A red boat on a calm sea. " + "Behind it stand white houses on a green hill with many trees. " * 3)
    said = finish(look("photograph", caption, read("HARBOUR"), generate_description=True, description="A boat."))
    assert len(said.alt_text) <= 125
    assert "HARBOUR" in said.description
    assert said.description.startswith("A boat.")


def test_keywords_are_three_to_fifteen_and_unique() -> None:
    for keywords in ("", "sea", ", ".join(f"word{n}" for n in range(40)), "Sea, sea, SEA"):
        found = finish(look("photograph", say("A red boat on a calm sea."), keywords=keywords or "sea")).keywords
        assert 3 <= len(found) <= 15
        assert len({word.lower() for word in found}) == len(found)


def test_a_language_that_the_model_does_not_write_is_reported() -> None:
    said = finish(look("photograph", say("A red boat on a calm sea."), language="de"))
    assert "A13" in rules_of(said)


def test_failed_ocr_is_reported() -> None:
    reading = Reading(engine="tesserocr", image_size=(640, 420), failed="out of time")
    said = finish(look("photograph", say("A red boat on a calm sea."), reading))
    assert any(f.rule == "B02" and "could not be read" in f.message for f in said.findings)


def test_other_likely_kinds_are_named_behind_the_first() -> None:
    asked = look("map", say("A map of a coast with two towns."))
    asked.answers["kind"] = Answer(scores={k: {"map": 0.6, "diagram": 0.38}.get(k, 0.02 / 16) for k in KINDS})
    assert finish(asked).classification == ("map", "diagram")
