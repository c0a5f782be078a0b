"""Texts made of what is sure, and of nothing else."""

from math import log

import pytest

from alttext_local.phrases.composing import (
    Known,
    compose,
    measured_keywords,
    measured_words,
    overview,
    states_kind,
    sure_keywords,
    sure_sentences,
    topic_of,
)
from alttext_local.phrases.told import Told
from alttext_local.types import FAMILY_OF, KINDS, Answer, Facts, Kind, Token, Verdict


def facts(width: int = 400, height: int = 300, **changes: object) -> Facts:
    given: dict[str, object] = {
        "brightness": 0.5,
        "contrast": 0.2,
        "saturation": 0.4,
        "unique_colours": 40,
        "edge_share": 0.1,
        "background_share": 0.6,
        "sharpness": 100.0,
        "colours": (("white", 0.6), ("blue", 0.3)),
    }
    return Facts(width, height, **{**given, **changes})  # type: ignore[arg-type]


def verdict(kind: Kind, *, say_kind: bool = True, say_family: bool = True) -> Verdict:
    return Verdict(kind, FAMILY_OF[kind], 0.9, 0.95, say_kind, say_family)


def written(*tokens: tuple[str, float]) -> Answer:
    return Answer("".join(t for t, _ in tokens).strip(), tuple(Token(t, log(p)) for t, p in tokens))


CHART = ("Bar chart with vertical bars.", "It has 5 bars.")


def test_a_sure_chart_is_told_by_the_models_own_sentences_and_the_text_read() -> None:
    known = Known(verdict("bar chart"), facts(), title="Sales 2020", sentences=CHART)
    assert compose(known) == "Bar chart with vertical bars with the text “Sales 2020”. It has 5 bars."


def test_a_sentence_of_another_kind_is_not_said() -> None:
    known = Known(verdict("line chart"), facts(), sentences=CHART)
    assert compose(known) == "Line chart. It has 5 bars."


@pytest.mark.parametrize(
    ("say_family", "wanted"),
    [
        (True, "Chart, mainly blue on white, landscape format."),
        (False, "Unrecognised picture, mainly blue on white, landscape format."),
    ],
)
def test_without_a_sure_kind_less_is_said(say_family: bool, wanted: str) -> None:
    known = Known(verdict("bar chart", say_kind=False, say_family=say_family), facts(), sentences=CHART)
    assert compose(known) == wanted


def test_a_photograph_is_only_measured() -> None:
    known = Known(verdict("photograph"), facts(background_share=0.1), sentences=("It shows a dog.",))
    assert compose(known) == "Photograph, mainly white and blue, landscape format."


def test_text_as_image_is_its_words() -> None:
    known = Known(verdict("text"), facts(), title="Exit", page="Exit to the garden", sentences=("Page of text.",))
    assert compose(known) == "Exit to the garden."


def test_long_text_is_its_beginning_and_says_so() -> None:
    text = compose(Known(verdict("text"), facts(), page="word " * 100), 125)
    assert text.startswith("Text that begins “word word")
    assert text.endswith("word…”.")
    assert len(text) <= 125


def test_nothing_known_is_still_something() -> None:
    known = Known(verdict("map", say_kind=False, say_family=False), facts(colours=()))
    assert compose(known) == "Unrecognised picture, landscape format."


def test_the_gate_looks_at_the_least_likely_token_of_a_sentence() -> None:
    answer = written(
        ("Bar chart", 0.99), (".", 0.9), (" It has ", 0.95), ("5", 0.4), (" bars.", 0.9), (" It is blue.", 0.85)
    )
    assert sure_sentences(answer, lambda _: 0.8) == ("Bar chart.", "It is blue.")
    assert sure_sentences(answer, lambda _: 0.0) == ("Bar chart.", "It has 5 bars.", "It is blue.")


def test_a_topic_has_a_gate_of_its_own() -> None:
    answer = written(("Bar chart.", 0.7), (" It has 5 bars.", 0.7))
    assert sure_sentences(answer, lambda topic: 0.9 if topic == "count" else 0.5) == ("Bar chart.",)


def test_numbers_with_a_point_are_not_cut() -> None:
    answer = written(("It is 3", 1.0), (".", 1.0), ("5 high.", 1.0))
    assert sure_sentences(answer, lambda _: 0.5) == ("It is 3.5 high.",)


def test_keywords_pass_one_by_one() -> None:
    answer = written(("bar chart", 0.9), (",", 0.9), (" 5 bars", 0.3), (",", 0.9), (" blue", 0.95))
    assert sure_keywords(answer, 0.8) == ("bar chart", "blue")


def test_the_overview_says_each_thing_once_and_carries_the_text_read() -> None:
    known = Known(verdict("bar chart"), facts(), sentences=CHART)
    text = overview(
        known, "Bar chart. It has 5 bars.", "Lost part.", ("It has 5 bars.", "The bars rise."), "Sales 2020"
    )
    assert text.count("It has 5 bars.") == 1
    assert "Lost part." in text
    assert "The bars rise." in text
    assert text.endswith("Text in the picture: Sales 2020")


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"colours": (("red", 0.9),)}, ("in red", "landscape format")),
        ({"saturation": 0.0}, ("black and white", "landscape format")),
        ({"brightness": 0.1}, ("mainly blue on white", "dark", "landscape format")),
        ({"height": 10}, ("mainly blue on white", "long narrow strip")),
        ({"width": 300}, ("mainly blue on white", "square format")),
        ({"height": 900}, ("mainly blue on white", "portrait format")),
    ],
)
def test_measured_words(changes: dict[str, object], wanted: tuple[str, ...]) -> None:
    assert measured_words(facts(**changes)) == wanted  # type: ignore[arg-type]


def test_measured_keywords_are_at_least_three_where_colours_are_named() -> None:
    known = Known(verdict("map", say_kind=False, say_family=False), facts())
    assert measured_keywords(known) == ("white", "blue", "landscape format")


def test_every_kind_opens_with_its_own_words() -> None:
    for kind in KINDS:
        text = compose(Known(verdict(kind), facts(), title="Words"))
        assert states_kind(text) == kind or kind in ("logo or icon", "blank", "decorative")


READ_OFF = Told(
    form="Grouped bar chart with vertical bars",
    title="Visitors",
    findings=("The largest is May, about 40.", "It has 6 bars."),
    details=("The vertical axis runs from 0 to 50.",),
    rows=("May: about 40", "June: about 30"),
    topics=frozenset({"form", "count", "largest"}),
)


def test_what_was_read_off_goes_before_the_models_own_sentences_and_instead_of_those_about_the_same() -> None:
    own = ("Bar chart with vertical bars.", "It has 5 bars.", "The tallest bar is blue.", "The bars are red.")
    known = Known(verdict("bar chart"), facts(), title="0 10 20", sentences=own, told=READ_OFF)
    assert compose(known) == (
        "Grouped bar chart with vertical bars with the text “Visitors”. The largest is May, about 40. "
        "It has 6 bars. The bars are red."
    )


def test_a_long_form_makes_room_for_the_main_finding_and_stands_in_the_description() -> None:
    largest = "The tallest bar is Summer, the 2nd from the left, at about 540."
    told = Told(form="Bar chart with vertical bars", title="Visitors by season", findings=(largest, "It has 4 bars."))
    known = Known(verdict("bar chart"), facts(), told=told)
    short = f"Bar chart with the text “Visitors by season”. {largest} It has 4 bars."
    assert compose(known, 125) == short
    assert compose(known, 200).startswith("Bar chart with vertical bars with the text")
    assert compose(known, 90).startswith("Bar chart with vertical bars with the text"), "there is no room either way"
    assert "Bar chart with vertical bars." in overview(known, short, "", (), "")


def test_the_description_has_what_was_read_off_and_its_table() -> None:
    known = Known(verdict("bar chart"), facts(), told=READ_OFF)
    text = overview(
        known, "Bar chart. It has 6 bars.", "", ("It has 5 bars.", "The bars are red."), "Visitors May June"
    )
    first, *rows = text.split("\n")
    assert "The vertical axis runs from 0 to 50. The bars are red." in first
    assert "5 bars" not in text and text.count("It has 6 bars.") == 1
    assert rows[:2] == list(READ_OFF.rows)


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("Pie chart.", "form"),
        ("It has 5 bars.", "count"),
        ("The largest slice is more than half.", "largest"),
        ("The shortest bar is the 2nd from the left.", "smallest"),
        ("The green line rises.", "trend"),
        ("The bars have 3 colours.", "colours"),
        ("The bars are blue.", "colours"),
        ("Some lines cross.", None),
    ],
)
def test_what_a_models_sentence_is_about(sentence: str, wanted: str | None) -> None:
    assert topic_of(sentence) == wanted


def test_a_page_that_is_quoted_does_not_begin_twice() -> None:
    known = Known(verdict("text"), facts(), page="Exit to the garden", told=Told(findings=("It begins “Exit to”.",)))
    assert "It begins" not in overview(known, "Exit to the garden.", "", (), "")
