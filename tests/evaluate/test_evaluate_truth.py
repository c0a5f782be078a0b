"""Sentences held against facts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scripts.evaluate.grammar import Claim, claims_of, masked, plain_sentences
from scripts.evaluate.product import Said
from scripts.evaluate.topics import check_all, facts_summary, grounds_summary
from scripts.evaluate.truth import Known, loose_numbers, quoted_right, stated, told, words_found

BARS = Known(
    "bar chart",
    (
        "Bar chart with vertical bars.",
        "It has 5 bars.",
        "The tallest bar is the 3rd from the left.",
        "The bars are blue.",
    ),
    {
        "layout": "single",
        "horizontal": False,
        "groups": 5,
        "series": 1,
        "largest": 3,
        "trend": "rise",
        "colours": ["blue"] * 5,
        "title": "Wool by year",
        "names": ["1990", "1991", "1992", "1993", "1994"],
    },
)
LINES = Known(
    "line chart",
    ("Line chart.", "It has 2 lines.", "The highest line at the right end is red.", "The red line rises."),
    {"lines": 2, "colours": ["red", "blue"]},
)
STACKED = Known("bar chart", ("Stacked bar chart.",), {"layout": "stacked", "groups": 3, "lengths": ["4", "4.1", "2"]})
CURVES = Known("line chart", ("Line chart.",), {"lines": 2, "colours": ["red", "blue"], "ends": ["1", "1.01"]})
PIE = Known("pie chart", ("Donut chart.", "It has 3 slices."), {"slices": 3, "percentages": ["61.2", "30.0", "8.8"]})
WORDS = frozenset({masked("The header row is shaded"), masked("It has 5 bars")})


def outcomes(text: str, known: Known) -> list[tuple[str, str]]:
    return [(one.topic, one.outcome) for one in stated(text, known, WORDS)]


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("It has 5 bars.", BARS, [("count", "right")]),
        ("It has 6 bars.", BARS, [("count", "wrong")]),
        ("It has more than 4 bars.", BARS, [("count", "right")]),
        ("It has more than 12 bars.", BARS, [("count", "wrong")]),
        ("The tallest bar is the 3rd from the left.", BARS, [("largest", "right")]),
        ("The tallest bar is the 1st from the left.", BARS, [("largest", "wrong")]),
        ("The shortest bar is the 1st from the left.", BARS, [("smallest", "not known")]),
        ("The bars rise from left to right.", BARS, [("trend", "right")]),
        ("The bars rise and then fall from left to right.", BARS, [("trend", "wrong")]),
        ("The bars are blue.", BARS, [("colours", "right")]),
        ("The bars are red.", BARS, [("colours", "wrong")]),
        ("The bars have 2 colours.", BARS, [("colours", "wrong")]),
        ("The red line rises.", LINES, [("trend", "right")]),
        ("The blue line rises.", LINES, [("trend", "wrong")]),
        ("The highest line at the right end is blue.", LINES, [("largest", "wrong")]),
        ("The colours are blue and red.", LINES, [("colours", "right")]),
        ("The largest slice is more than half.", PIE, [("share", "right")]),
        ("The largest slice is about 62 %.", PIE, [("share", "right")]),
        ("The largest slice is about 70 %.", PIE, [("share", "wrong")]),
        ("The header row is shaded.", BARS, [("other", "wrong")]),
        ("Wool is warm.", BARS, [("other", "not understood")]),
        ("Bar chart.", BARS, [("kind", "right")]),
        ("Pie chart.", BARS, [("kind", "wrong")]),
        ("Chart.", PIE, [("kind", "right")]),
        ("Drawing.", PIE, [("kind", "wrong")]),
        ("The shortest bar is the 3rd from the left.", STACKED, [("smallest", "right")]),
        ("The tallest bar is the 1st from the left.", STACKED, [("largest", "wrong")]),
        ("The highest line at the right end is blue.", CURVES, [("largest", "right")]),
        ("The highest line at the right end is red.", CURVES, [("largest", "wrong")]),
        ("Of its 12 cells, 3 could not be read.", STACKED, [("other", "not understood")]),
    ],
)
def test_a_sentence_is_true_or_false_by_the_facts(text: str, known: Known, expected: list[tuple[str, str]]) -> None:
    assert outcomes(text, known) == expected


def test_the_form_must_be_true_word_by_word() -> None:
    assert ("form", "right") in outcomes("Bar chart with vertical bars.", BARS)
    assert ("form", "wrong") in outcomes("Grouped bar chart with vertical bars.", BARS)


def test_a_grouped_chart_counts_groups_and_bars_in_a_group() -> None:
    grouped = Known("bar chart", (), {"layout": "grouped", "groups": 4, "series": 3})
    assert outcomes("It has 4 groups of 3 bars.", grouped) == [("count", "right"), ("count", "right")]
    assert outcomes("It has 4 bars.", grouped) == [("count", "wrong")]


def test_quotations_and_measured_words_are_no_facts() -> None:
    text = "Bar chart with the text “It has 9 bars. Really”. Photograph, mainly grey and white, landscape format."
    assert plain_sentences(text) == ["Bar chart", "Photograph"]
    assert claims_of("It has 3 rows and 2 columns") == (Claim("count", "row", "3"), Claim("count", "column", "2"))


def test_what_is_measured_is_said_in_a_list_as_well_as_in_sentences() -> None:
    scene = Known("photograph", ("Photograph.", "It is mostly blue.", "It is dark.", "It is in square format."), {})
    assert scene.sentences == ["Photograph", "It is mostly blue"]
    text = "Unrecognised picture. Mainly grey and blue, dark, landscape format."
    assert told(scene, text, frozenset()) == [False, True, True, False]
    assert told(scene, "Photograph. Mainly grey on red, square format.", frozenset()) == [True, False, False, True]


def test_a_dark_background_is_no_measure_of_the_whole_picture() -> None:
    screen = Known("screenshot", ("Screenshot.", "The background is dark."), {})
    assert screen.sentences == ["Screenshot", "The background is dark"]
    assert told(screen, "Screenshot. In black, dark, square format.", frozenset()) == [True, False]


def test_words_that_were_read_are_no_facts() -> None:
    said = _said("Bar chart: It has 9 bars in all of them.", "")
    read = replace(said, ocr_text="It has 9 bars in all of them")
    (one,), (other,) = (check_all(["one"], [BARS], [text], WORDS) for text in (said, read))
    assert [s.topic for s in one.wrong] == ["count"]
    assert not other.wrong


def test_a_picture_that_nothing_is_known_of_is_no_statement() -> None:
    assert outcomes("Unrecognised picture, in blue, square format.", BARS) == []


def test_what_partial_facts_are_silent_about_is_not_known() -> None:
    labelled = Known("bar chart", (), {"layout": "single", "groups": 5}, partial=True)
    assert outcomes("It has 5 bars. The bars rise from left to right.", labelled) == [
        ("count", "right"),
        ("trend", "not known"),
    ]


def test_a_true_sentence_is_told_in_other_words_too() -> None:
    assert told(BARS, "Bar chart. The tallest bar of all is the 3rd from the left.", WORDS) == [
        False,
        False,
        True,
        False,
    ]
    assert told(LINES, "Line chart. The red line rises.", WORDS) == [True, False, False, True]


def test_numbers_need_a_ground() -> None:
    assert loose_numbers("It has 5 bars. “Wool 2024”, 77 sheep.", "Wool 2024", BARS) == ["77"]


def test_colours_in_brackets_are_those_of_the_lines_and_say_how_many_there_are() -> None:
    lines = Known("line chart", ("The lines have 2 colours.",), {"colours": ["blue", "red"]})
    said = "The lines are Paris (blue) and Rome (red)."
    assert [one.outcome for one in stated(said, lines, frozenset())] == ["right"]
    assert [one.outcome for one in stated(said.replace("red", "green"), lines, frozenset())] == ["wrong"]
    assert told(lines, said, frozenset()) == [True]


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("blue", {"rises"}),
        ("red", {"falls and then rises", "shows no clear trend"}),
        ("green", {"rises and then falls", "falls"}),
    ],
)
def test_a_trend_of_which_the_drawing_says_nothing_is_judged_by_its_numbers(line: str, right: set[str]) -> None:
    courses = ["0.1 0.4 0.6", "0.8 0.1 0.9", "0.5 0.8 0.1"]
    facts = {"colours": ["blue", "red", "green"], "courses": courses, "heights": ["0", "1"]}
    lines = Known("line chart", (), facts)
    for trend in ("rises", "falls", "falls and then rises", "rises and then falls", "shows no clear trend"):
        [one] = stated(f"The {line} line {trend}.", lines, frozenset())
        assert (one.outcome == "right") == (trend in right), trend


def test_a_trend_of_which_there_are_no_numbers_either_is_not_known() -> None:
    assert [one.outcome for one in stated("The line rises.", Known("line chart", (), {}), frozenset())] == ["not known"]


def test_the_colour_of_a_ground_is_false_only_where_the_drawing_has_another() -> None:
    silent, white = Known("map", (), {}), Known("map", ("The background is white.",), {})
    outcomes = [
        one.outcome for known in (silent, white) for one in stated("The background is black.", known, frozenset())
    ]
    assert outcomes == ["not known", "wrong"]


def test_what_follows_from_a_true_sentence_is_true_and_does_not_say_it() -> None:
    flow = Known("diagram", ("Arrows lead from top to bottom.",), {})
    words = frozenset({"Arrows link the boxes"})
    assert [one.outcome for one in stated("Arrows link the boxes.", flow, words)] == ["right"]
    assert told(flow, "Arrows link the boxes.", words) == [False]
    assert [one.outcome for one in stated("Arrows link the boxes.", Known("diagram", (), {}), words)] == ["wrong"]


def test_the_ends_of_a_scale_may_be_told_from_either() -> None:
    cells = Known("other chart", ("The cells go from blue to red.",), {})
    words = frozenset({"The cells go from ~ to ~"})
    assert told(cells, "The cells go from red to blue.", words) == [True]
    assert [one.outcome for one in stated("The cells go from red to green.", cells, words)] == ["wrong"]


def test_of_opposites_neither_is_false_where_the_drawing_says_neither() -> None:
    vocabulary = frozenset({"Some lines cross", "The lines do not cross"})
    silent, apart = Known("line chart", (), {}), Known("line chart", ("The lines do not cross.",), {})
    outcomes = [one.outcome for known in (silent, apart) for one in stated("Some lines cross.", known, vocabulary)]
    assert outcomes == ["not known", "wrong"]


def test_a_number_measured_on_the_picture_is_held_against_its_facts_within_a_tolerance() -> None:
    bars = Known("bar chart", (), {"lengths": ["0.5", "0.2"], "per_length": "100"})
    assert loose_numbers("The tallest is about 51, the shortest about 28.", "", bars) == ["28"]
    pie = Known("pie chart", (), {"percentages": ["61.0", "39.0"]})
    assert loose_numbers("The largest is about 62 percent, the smallest about 30 percent.", "", pie) == ["30"]
    table = Known("table", (), {"rows": 6, "columns": 4})
    assert loose_numbers("It has 6 rows and 4 columns. Of its 24 cells, 3 could not be read.", "", table) == []


def test_quotations_are_held_against_the_words_of_the_picture() -> None:
    assert quoted_right("Bar chart with the text “Woo1 by year”.", BARS) == [True]
    assert quoted_right("Bar chart with the text “Sheep of Wales”.", BARS) == [False]
    assert quoted_right("“Anything”", PIE) == []
    assert words_found("", "wool") == 0


def test_tables_count_stated_right_and_covered() -> None:
    said = [
        _said("Bar chart. It has 5 bars.", "Bar chart. It has 5 bars. The bars fall from left to right.\nText: 99"),
        _said("Line chart.", "Line chart. It has 2 lines. Wool is warm."),
    ]
    checked = check_all(["one", "two"], [BARS, LINES], said, WORDS)
    summary = facts_summary(checked)
    assert (summary["facts_right"]["right"], summary["facts_right"]["count"]) == (2, 3)
    assert summary["topics"]["trend"]["right"]["right"] == 0
    assert summary["topics"]["count"]["coverage"] == {"right": 2, "count": 2, "share": 1.0, "interval": [0.3424, 1.0]}
    assert summary["topics"]["largest"]["stated"] == 0
    assert summary["topics"]["largest"]["coverage"]["count"] == 2
    assert summary["not_understood"] == 1
    assert summary["false_most"] == {"bar chart: The bars fall from left to right": 1}
    assert grounds_summary(checked)["loose_numbers"] == {}


def _said(alt_text: str, description: str) -> Said:
    return Said(alt_text, description, (), "", "bar chart", "chart", 0.9, 0.9, True, True, ())
