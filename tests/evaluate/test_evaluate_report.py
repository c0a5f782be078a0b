"""Tables and curves of real pictures, from judged ones."""

from __future__ import annotations

from pathlib import Path

from alttext_local.types import FAMILIES, FAMILY_OF, KINDS, Kind, Verdict
from scripts.evaluate.on_real import claims, confidences, plain_errors
from scripts.evaluate.report import write_figures
from scripts.evaluate.shares import Share, kinds_table
from scripts.evaluate.tables import real
from scripts.train.calibration import Judged


def judged(kind: Kind, said: Kind, confidence: float) -> Judged:
    return Judged(kind, Verdict(said, FAMILY_OF[said], confidence, confidence, confidence > 0.5, True))


def test_real_pictures_have_their_tables_and_curves(tmp_path: Path) -> None:
    ones = [judged("map", "map", 0.9), judged("text", "map", 0.6), judged("photograph", "photograph", 0.4)]
    right = Share.of(one.kind == one.verdict.kind for one in ones).document()
    figures = {
        "pictures": 3,
        "gates_set_on_half_a": True,
        "gates": {"kind": 0.5, "family": 0.3, "token": 0.9},
        "kinds": kinds_table([(one.kind, one.verdict.kind) for one in ones], KINDS),
        "families": kinds_table([(FAMILY_OF[one.kind], one.verdict.family) for one in ones], FAMILIES),
        "before": {"kind": right, "family": right},
        "after": {"kind": right, "family": right},
        "claims": {"half B": claims(ones[:1]), "all": claims(ones)},
        "plain_errors": plain_errors(ones),
        "confidence": {"before": confidences(ones), "after": confidences(ones)},
    }
    page = "\n".join(real(figures))
    assert "| all | 3 | 66.7 % | 50.0 % | 33.3 % | 100.0 % | 100.0 % | **66.7 % (21-94)** |" in page
    assert "| charts called photographs | 0 of 0 |" in page
    write_figures(tmp_path, {"model": "one", "real": figures})
    assert (tmp_path / "one.svg").read_text().startswith("<?xml")
    assert (tmp_path / "one.json").is_file()
