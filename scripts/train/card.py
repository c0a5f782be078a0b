"""A model card's tables, written between markers by the command that measured them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from alttext_local.kinds import Calibration
from alttext_local.types import FAMILIES, FAMILY_OF, KINDS, Verdict
from scripts.train.calibration import Judged
from scripts.train.telling import TruthRow

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
PLAINLY_WRONG = ("chart", "text or table")
"""Families that a photograph must not be called."""


def percent(share: float) -> str:
    """A share as a whole number of per cent."""
    return f"{100 * share:.0f} %"


def mean(values: Sequence[bool]) -> float:
    """The share of true ones; 0 of none."""
    return sum(values) / len(values) if values else 0.0


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table under a heading."""
    lines = [f"### {title}", "", "| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def drawn_kinds_table(right: Mapping[str, Sequence[bool]]) -> str:
    """Kinds right on fresh drawings."""
    everything = [one for kind in KINDS for one in right[kind]]
    rows = [[kind, str(len(right[kind])), percent(mean(right[kind]))] for kind in KINDS]
    rows.append(["**all**", str(len(everything)), f"**{100 * mean(everything):.1f} %**"])
    return table("Kinds on fresh drawings", ("kind", "drawings", "right"), rows)


def truth_table(rows: Sequence[TruthRow]) -> str:
    """True sentences by gate."""
    cells = [[f"{row.gate:.2f}", percent(row.true), percent(row.said)] for row in rows]
    return table(
        "Sentences about fresh drawings", ("least likely token at least", "true", "of all written, kept"), cells
    )


def truth_of_kinds_table(by_kind: Mapping[str, tuple[float, float]], gate: float) -> str:
    """True sentences of each kind at one gate."""
    rows = [[kind, percent(by_kind[kind][0]), f"{by_kind[kind][1]:.1f}"] for kind in KINDS if kind in by_kind]
    return table(f"The same by kind, gate {gate}", ("kind", "true", "sentences a drawing"), rows)


def real_table(plain: Sequence[Judged], weighed: Sequence[Judged]) -> str:
    """Kinds and families on real pictures, before and after calibration, whatever the gates."""
    rows = []
    for name, judged in (("model alone", plain), ("with calibration", weighed)):
        kinds = [one.verdict.kind == one.kind for one in judged]
        families = [one.verdict.family == FAMILY_OF[one.kind] for one in judged]
        photographs = [one for one in judged if one.kind == "photograph"]
        wrong = [one.verdict.family in PLAINLY_WRONG for one in photographs]
        rows.append(
            [name, str(len(judged)), percent(mean(kinds)), percent(mean(families)), f"{sum(wrong)} of {len(wrong)}"]
        )
    head = ("", "pictures", "kind right", "family right", "photographs taken for chart, table or text")
    return table("Real pictures, all answered", head, rows)


def claim_of(judged: Judged) -> tuple[str, bool] | None:
    """(what is claimed: kind or family, whether it is right); None where nothing is claimed."""
    verdict = judged.verdict
    if verdict.say_kind:
        return "kind", verdict.kind == judged.kind
    if verdict.say_family:
        return "family", verdict.family == FAMILY_OF[judged.kind]
    return None


def claims_table(rows: Sequence[tuple[str, Calibration, Sequence[Judged]]]) -> str:
    """What is claimed at gates that were set on other pictures."""
    cells: list[list[str]] = []
    pooled: list[Judged] = []
    for name, calibration, judged in rows:
        gates = f"{calibration.kind_gate:.2f} / {calibration.family_gate:.2f}"
        cells.append([name, gates, *_claim_cells(judged)])
        pooled.extend(judged)
    cells.append(["both", "", *_claim_cells(pooled)])
    head = (
        "gates set on",
        "kind / family gate",
        "pictures",
        "kind claimed",
        "right",
        "family only",
        "right",
        "no claim",
    )
    return table("Claims about real pictures", (*head, "claims right"), cells)


def _claim_cells(judged: Sequence[Judged]) -> list[str]:
    claims = [claim_of(one) for one in judged]
    kinds = [claim[1] for claim in claims if claim is not None and claim[0] == "kind"]
    families = [claim[1] for claim in claims if claim is not None and claim[0] == "family"]
    count = len(judged)
    shares = [percent(len(part) / max(1, count)) for part in (kinds, families)]
    silent = percent(1 - (len(kinds) + len(families)) / max(1, count))
    right = f"**{percent(mean(kinds + families))}**"
    return [str(count), shares[0], percent(mean(kinds)), shares[1], percent(mean(families)), silent, right]


def confusion_table(judged: Sequence[Judged]) -> str:
    """True kinds against verdicts, whatever the gates; then the same for families."""
    present = [kind for kind in KINDS if any(one.kind == kind for one in judged)]
    rows = [[kind, *(_count(judged, kind, said) for said in KINDS)] for kind in present]
    kinds = table("Confusion, kinds of real pictures (rows: what it is)", ("", *KINDS), rows)
    family_rows = []
    for family in FAMILIES:
        members = [one for one in judged if FAMILY_OF[one.kind] == family]
        family_rows.append([family, *(str(sum(one.verdict.family == said for one in members)) for said in FAMILIES)])
    return kinds + "\n\n" + table("Confusion, families", ("", *FAMILIES), family_rows)


def strangers_table(verdicts: Sequence[Verdict]) -> str:
    """How many pictures of no known kind are claimed to be of one; every one of them is wrong."""
    rows = [
        ["kind", percent(mean([verdict.say_kind for verdict in verdicts]))],
        ["family", percent(mean([verdict.say_family for verdict in verdicts]))],
    ]
    return table(f"Of {len(verdicts)} drawn pictures of no known kind, claimed", ("", "share"), rows)


def _count(judged: Sequence[Judged], kind: str, said: str) -> str:
    number = sum(one.kind == kind and one.verdict.kind == said for one in judged)
    return str(number) if number else "·"


def sources_table(record: Mapping[str, object]) -> str:
    """The repositories whose pictures were trained on."""
    sources = record["sources"]
    if not isinstance(sources, dict) or not sources:
        return "No real pictures were trained on."
    rows = [[name, source["licence"], str(source["pictures"])] for name, source in sources.items()]
    return table("Repositories of the real pictures", ("repository", "licence", "pictures"), rows)


def write(folder: Path, tables: str) -> None:
    """Make the card from its template beside this file, the training record and the measured tables."""
    record = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    template = Path(__file__).with_name(f"card-{folder.name}.md").read_text(encoding="utf-8")
    size = sum(weights.stat().st_size for weights in folder.glob("*.safetensors"))
    text = Template(template).substitute(
        {name: str(value) for name, value in record.items() if name != "sources"},
        megabytes=f"{size / 1e6:.1f}",
        sources=sources_table(record),
        measured=f"{BEGIN}\n\n{tables}\n\n{END}",
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
