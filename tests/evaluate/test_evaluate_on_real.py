"""Claims about real pictures, and charts with facts."""

from __future__ import annotations

import json
from pathlib import Path

from alttext_local.types import FAMILY_OF, Kind, Verdict
from scripts.evaluate.on_real import Told, chart_pictures, claimed_of_strangers, claims, plain_errors


def told(kind: Kind, said: Kind, *, say_kind: bool, say_family: bool) -> Told:
    return Told(kind, Verdict(said, FAMILY_OF[said], 0.8, 0.9, say_kind, say_family))


ONES = [
    told("map", "map", say_kind=True, say_family=True),
    told("map", "text", say_kind=True, say_family=True),
    told("bar chart", "pie chart", say_kind=False, say_family=True),
    told("photograph", "table", say_kind=False, say_family=False),
]


def test_a_claim_is_the_kind_else_the_family() -> None:
    table = claims(ONES)
    assert (table["kind_right"]["right"], table["kind_right"]["count"]) == (1, 2)
    assert (table["family_only_right"]["right"], table["family_only_right"]["count"]) == (1, 1)
    assert table["claimed"]["share"] == 0.75
    assert (table["claims_right"]["right"], table["claims_right"]["count"]) == (2, 3)


def test_a_photograph_called_a_table_is_a_plain_error_claimed_or_not() -> None:
    errors = plain_errors(ONES)
    assert errors["photographs_called_chart_table_or_text"]["right"] == 1
    assert errors["the_same_claimed"]["right"] == 0
    assert errors["charts_called_photographs"] == {"right": 0, "count": 1, "share": 0.0, "interval": [0.0, 0.7935]}


def test_every_kind_that_is_claimed_of_a_stranger_is_wrong() -> None:
    table = claimed_of_strangers([one.said for one in ONES])
    assert (table["pictures"], table["kind_claimed"]["right"], table["family_claimed"]["right"]) == (4, 2, 1)


def test_facts_of_charts_are_read_without_what_is_unknown(tmp_path: Path) -> None:
    row = {"file": "a.png", "kind": "bar chart", "layout": "single", "groups": 4, "trend": None}
    (tmp_path / "facts.json").write_text(json.dumps([row]))
    ((path, known),) = chart_pictures(tmp_path)
    assert path == tmp_path / "a.png"
    assert known.partial and known.facts == {"layout": "single", "groups": 4}
