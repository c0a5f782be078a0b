"""How much is told of drawn tables, pages, equations and diagrams with no model, and how much of that is right.

    python -m scripts.evaluate_pages table --count 200 --seed 78 --kept /tmp/readings

Of a table the cells are compared as well, with what the drawing program set. OCR is slow: its readings are kept.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from time import process_time

import numpy as np
from PIL import Image

from alttext_local.ocr.pool import choose_engine
from alttext_local.ocr.reader import OcrEngine, OcrFailed
from alttext_local.structure.tables import Table, find_table
from alttext_local.types import Reading, Word
from scripts.train.drawings import table_forms, tables
from scripts.train.drawings.drawing import Drawing

OCR_SECONDS = 20.0
Cells = Sequence[Sequence[str]]


def draw_with_cells(rng: np.random.Generator) -> tuple[Drawing, Cells]:
    """A table of either program, with the texts of its cells."""
    if rng.random() < 0.5:
        look = tables._pick_look(rng)
        grid = tables._measure(rng, look)
        return tables.tell_table(look, grid).drawing("table", tables._paint(rng, look, grid).finish()), grid.cells
    plan = table_forms.plan_table(rng)
    dress = table_forms._dress(rng, plan)
    image = table_forms._paint(rng, plan, dress)
    said, keywords, facts = table_forms.tell_table(plan, dress)
    return Drawing(image, "table", tuple(said), tuple(keywords), facts), plan.cells


def read(engine: OcrEngine, image: Image.Image, kept: Path) -> Reading:
    """What OCR reads, from `kept` where it was read before."""
    if not kept.is_file():
        try:
            kept.write_text(json.dumps(asdict(engine.read(image, "en", OCR_SECONDS))))
        except OcrFailed:
            kept.write_text(json.dumps(asdict(Reading())))
    values = json.loads(kept.read_text())
    words = tuple(Word(w["text"], w["confidence"], tuple(w["box"]), w["line"]) for w in values["words"])
    return Reading(**values | {"words": words, "image_size": tuple(values["image_size"])})


def judge_table(table: Table | None, drawing: Drawing, cells: Cells, tally: Counter[str]) -> None:
    """Count what was stated of a table, and what of it is so."""
    tally["tables"] += 1
    if table is None:
        return
    facts = drawing.facts
    tally["columns stated"] += 1
    tally["columns right"] += table.columns == facts["columns"]
    if table.counted:
        tally["rows stated"] += 1
        tally["rows right"] += table.rows == facts["rows"]
    if table.header:
        tally["headers stated"] += 1
        tally["headers right"] += _near(table.cells[0], cells[0]) >= 0.5
    if (len(cells), len(cells[0])) == (table.rows, table.columns) and table.counted:
        for found, meant in zip(table.cells, cells, strict=True):
            for text, truth in zip(found, meant, strict=True):
                tally["cells"] += 1
                tally["cells stated"] += text is not None
                tally["cells right"] += text is not None and _plain(text) == _plain(truth)


def _near(found: Sequence[str | None], meant: Sequence[str]) -> float:
    pairs = [(a, b) for a, b in zip(found, meant, strict=False) if a]
    return sum(_plain(a) == _plain(b) for a, b in pairs) / len(pairs) if pairs else 1.0


def _plain(text: str) -> str:
    return "".join(text.split())


def evaluate_tables(count: int, seed: int, kept: Path) -> Counter[str]:
    """The tally over `count` drawings, and the milliseconds of all."""
    engine, tally = choose_engine(), Counter[str]()
    for i in range(count):
        drawing, cells = draw_with_cells(np.random.default_rng([seed, i]))
        image = drawing.image.convert("RGB")
        reading = read(engine, image, kept / f"table-{seed}-{i}.json")
        start = process_time()
        table = find_table(image, reading)
        tally["milliseconds"] += round(1000 * (process_time() - start))
        judge_table(table, drawing, cells, tally)
    engine.close()
    return tally


EVALUATIONS: dict[str, Callable[[int, int, Path], Counter[str]]] = {"table": evaluate_tables}


def main() -> None:
    """Print the tally of one kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=sorted(EVALUATIONS))
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kept", type=Path, required=True)
    asked = parser.parse_args()
    asked.kept.mkdir(parents=True, exist_ok=True)
    for name, number in EVALUATIONS[asked.kind](asked.count, asked.seed, asked.kept).items():
        print(f"{name:>16} {number}")


if __name__ == "__main__":
    main()
