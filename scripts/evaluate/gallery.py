"""The gallery of docs/QUALITY.md: drawings that a rule picks, and what is said of them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from scripts.evaluate.topics import Checked
from scripts.train.fresh import Fresh

SHOWN = ("bar chart", "line chart", "pie chart", "scatter plot", "table", "diagram")
"""Kinds with most to say: two drawings of each."""
FACTS = 2
"""So many facts beside the kind must be stated for a drawing to count as right."""
SIDE = 300
LARGEST = 20_000
"""Bytes of a picture in the repository."""


@dataclass(frozen=True)
class Shown:
    """One drawing of the gallery: its number, and why it is there."""

    number: int
    kind: str
    why: str


def pick(checked: Sequence[Checked]) -> list[Shown]:
    """Of each kind the first drawing with two facts and more stated, all right, and the first with a false one."""
    shown = []
    for kind in SHOWN:
        members = [(number, one) for number, one in enumerate(checked) if one.known.kind == kind]
        right = next((number for number, one in members if _is_right(one)), None)
        wrong = next((number for number, one in members if one.wrong), None)
        shown += [Shown(right, kind, "first right")] if right is not None else []
        shown += [Shown(wrong, kind, "first wrong")] if wrong is not None else []
    return shown


def _is_right(one: Checked) -> bool:
    facts = [s for s in one.statements if s.topic != "kind" and s.outcome == "right"]
    return not one.wrong and len(facts) >= FACTS


def told(
    shown: Sequence[Shown], by_model: Mapping[str, Sequence[Checked]], drawn: Sequence[Fresh]
) -> list[dict[str, Any]]:
    """What each model's product says of the drawings, and which of it is false; plain data for JSON."""
    rows = []
    for one in shown:
        said = {
            model: {
                "alt_text": checked[one.number].said.alt_text,
                "description": checked[one.number].said.description.split("\n")[0],
                "false": [statement.text for statement in checked[one.number].wrong],
            }
            for model, checked in by_model.items()
        }
        truth = list(drawn[one.number].truth.sentences)
        rows.append({"number": one.number, "kind": one.kind, "why": one.why, "truth": truth, "said": said})
    return rows


def save_small(source: Path, target: Path) -> None:
    """A PNG of at most `LARGEST` bytes: smaller, with fewer colours."""
    with Image.open(source) as opened:
        image = opened.convert("RGB")
    image.thumbnail((SIDE, SIDE))
    for colours in (64, 32, 16, 8, 4):
        data = io.BytesIO()
        image.quantize(colours).save(data, "PNG", optimize=True)
        if data.tell() <= LARGEST:
            break
    target.write_bytes(data.getvalue())
