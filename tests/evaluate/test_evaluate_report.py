"""Tables and curves of real pictures, from judged ones."""

from __future__ import annotations

from pathlib import Path

from alttext_local.types import FAMILIES, FAMILY_OF, KINDS, Kind, Verdict
from scripts.evaluate.on_real import Told, claimed_of_strangers, claims, confidences, plain_errors
from scripts.evaluate.report import write_figures
from scripts.evaluate.shares import Share, kinds_table
from scripts.evaluate.tables import real


def told(kind: Kind, said: Kind, confidence: float) -> Told:
    return Told(kind, Verdict(said, FAMILY_OF[said], confidence, confidence, confidence > 0.5, True))


def test_real_pictures_have_their_tables_and_curves(tmp_path: Path) -> None:
    ones = [told("map", "map", 0.9), told("text", "map", 0.6), told("photograph", "photograph", 0.4)]
    right = Share.of(one.kind == one.said.kind for one in ones).document()
    figures = {
        "pictures": 3,
        "gates": {"kind": 0.5, "family": 0.3, "token": 0.9},
        "kinds": kinds_table([(one.kind, one.said.kind) for one in ones], KINDS),
        "families": kinds_table([(FAMILY_OF[one.kind], one.said.family) for one in ones], FAMILIES),
        "before": {"kind": right, "family": right},
        "after": {"kind": right, "family": right},
        "claims": claims(ones),
        "plain_errors": plain_errors(ones),
        "confidence": {"before": confidences(ones), "after": confidences(ones)},
        "strangers": claimed_of_strangers([one.said for one in ones]),
    }
    page = "\n".join(real(figures, "first"))
    assert "| the kind | 66.7 % (21-94) | **50.0 % (9-91)** |" in page
    assert "| kind or family | 100.0 % (44-100) | **66.7 % (21-94)** |" in page
    assert "Of 3 pictures of set `first` of no known kind" in page
    assert "| charts called photographs | 0 of 0 |" in page
    write_figures(tmp_path, {"model": "one", "real": {"first": figures}})
    assert (tmp_path / "one-first.svg").read_text().startswith("<?xml")
    assert (tmp_path / "one.json").is_file()
