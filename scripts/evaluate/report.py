"""Writes what was measured: JSON, curves, the model cards, docs/QUALITY.md. Nothing there is typed by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scripts.evaluate import gallery, tables
from scripts.evaluate.curves import draw_curves
from scripts.evaluate.topics import Checked
from scripts.train import card
from scripts.train.fresh import Fresh

INTRODUCTION = Path(__file__).with_name("quality.md")


def write_figures(folder: Path, figures: Mapping[str, Any]) -> None:
    """One model's JSON, and its curves where real pictures were looked at."""
    folder.mkdir(parents=True, exist_ok=True)
    name = figures["model"]
    text = json.dumps(figures, indent=1, ensure_ascii=False, sort_keys=True)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    for checked, real in figures.get("real", {}).items():
        title = f"{name} on the {real['pictures']} real pictures of set {checked}"
        draw_curves(real["confidence"], title, folder / f"{name}-{checked}.svg")


def write_card(model: Path, figures: Mapping[str, Any]) -> None:
    """The model card, from its template, its training record and the tables."""
    card.write(model, "\n\n".join(tables.all_tables(figures)))


def write_gallery(folder: Path, by_model: dict[str, Sequence[Checked]], drawn: Sequence[Fresh]) -> None:
    """Pick by the first model's texts; small pictures and `gallery.json`."""
    shown = gallery.pick(next(iter(by_model.values())))
    for old in folder.glob("drawing-*.png"):
        old.unlink()
    for one in shown:
        gallery.save_small(drawn[one.number].path, folder / f"drawing-{one.number:04d}.png")
    rows = gallery.told(shown, by_model, drawn)
    (folder / "gallery.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write_page(folder: Path, page: Path) -> None:
    """`page` from all that lies in `folder`."""
    parts = [INTRODUCTION.read_text(encoding="utf-8").strip()]
    for path in sorted(folder.glob("alttext-*.json"), reverse=True):
        figures = json.loads(path.read_text(encoding="utf-8"))
        parts.append(f"## {figures['model']}\n\nDrawings of seed {figures['seed_of_drawings']}.")
        for name in figures.get("real", {}):
            picture = f"{folder.name}/{path.stem}-{name}.svg"
            parts.append(f"![Reliability, and coverage against precision, of {path.stem} on set {name}]({picture})")
        parts += tables.all_tables(figures)
    if (folder / "gallery.json").is_file():
        parts.append(_gallery(json.loads((folder / "gallery.json").read_text(encoding="utf-8")), folder.name))
    page.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _gallery(rows: Sequence[Mapping[str, Any]], folder: str) -> str:
    lines = [
        "## Gallery",
        "",
        "Of six kinds, by the texts of the first model: the first drawing with two facts and more stated, all of them "
        "right, and the first of which something false is stated. Nothing was chosen by eye.",
    ]
    for row in rows:
        name = f"drawing-{row['number']:04d}.png"
        lines += ["", f"### {row['kind']}, {row['why']} (drawing {row['number']})", ""]
        lines += [f"![{' '.join(row['truth'])}]({folder}/{name})", "", f"- Drawn: {' '.join(row['truth'])}"]
        for model, said in row["said"].items():
            false = f" **False: {'; '.join(said['false'])}.**" if said["false"] else ""
            lines.append(f"- {model}: {said['description'] or said['alt_text']}{false}")
    return "\n".join(lines)
