"""How often the chart reader is right on fresh drawings, and how often it speaks at all.

python -m scripts.evaluate_charts --seed 7 --count 100 [--cache FOLDER]
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL.Image import Image

from alttext_local.ocr.pool import choose_engine
from alttext_local.ocr.reader import OcrEngine, OcrFailed
from alttext_local.structure.bars import BarChart, read_bars
from alttext_local.structure.canvas import Canvas, lay
from alttext_local.structure.colours import all_named, name_of
from alttext_local.structure.lines import LineChart, read_lines
from alttext_local.structure.points import PointCloud, read_points
from alttext_local.structure.slices import Pie, read_pie
from alttext_local.types import Kind, Reading, Word
from scripts.train.drawings.drawing import Facts
from scripts.train.drawings.programs import DRAWS

KINDS: tuple[Kind, ...] = ("bar chart", "line chart", "pie chart", "scatter plot")
OCR_SECONDS = 20.0
Chart = BarChart | LineChart | Pie | PointCloud
Truth = dict[str, bool | None]
"""By topic: right, wrong, or not said (None). A topic that the facts are silent on is left out."""


def read(kind: Kind, image: Image, reading: Reading) -> Chart | None:
    """What the reader of a kind makes of a picture."""
    canvas = lay(image, reading)
    readers: dict[Kind, Callable[[Canvas], Chart | None]] = {
        "bar chart": read_bars,
        "line chart": read_lines,
        "pie chart": read_pie,
        "scatter plot": read_points,
    }
    return readers[kind](canvas) if canvas else None


def chart_truth(facts: Facts, chart: Chart | None) -> Truth:
    """The reader's measurements against the facts of a drawing; any count of a picture of several plots is wrong."""
    if "panels" in facts:
        counted = chart is not None and not isinstance(chart, PointCloud) and getattr(chart, "complete", True)
        return {"panels": False if counted else None}
    if "slices" in facts:
        return _pie_truth(facts, chart if isinstance(chart, Pie) else None)
    if "lines" in facts:
        return _line_truth(facts, chart if isinstance(chart, LineChart) else None)
    if "correlation" in facts or "strips" in facts:
        return _point_truth(facts, chart if isinstance(chart, PointCloud) else None)
    return _bar_truth(facts, chart if isinstance(chart, BarChart) else None)


def _bar_truth(facts: Facts, chart: BarChart | None) -> Truth:
    groups = facts.get("groups", facts.get("rows", facts.get("bars")))
    flat = facts.get("horizontal", "rows" in facts)
    truth: Truth = {"form": None, "count": None}
    whole = chart if chart and chart.complete else None
    if chart:
        layout = "single" if chart.mirrored else chart.layout
        truth["form"] = (layout, chart.horizontal) == (facts.get("layout", "single"), flat)
    if whole:
        series = 1 if whole.mirrored else len(whole.groups[0])
        truth["count"] = (len(whole.groups), series) == (groups, facts.get("series", 1))
    for topic in ("largest", "smallest"):
        if topic in facts:
            place = getattr(whole, topic) if whole else None
            truth[topic] = None if place is None else place + 1 == facts[topic]
    if "trend" in facts:
        trend = whole.trend if whole else None
        truth["trend"] = None if trend is None else trend == facts["trend"]
    if whole and not whole.mirrored and "layout" in facts:
        bars = whole.groups[0] if whole.layout != "single" else whole.bars
        truth["colours"] = _same(all_named([bar.colour for bar in bars]), facts)
    return truth


def _pie_truth(facts: Facts, pie: Pie | None) -> Truth:
    truth: Truth = {"count": len(pie.slices) == facts["slices"] if pie else None}
    truth["form"] = bool(pie.hole) == facts["donut"] if pie and pie.hole is not None else None
    colours = facts["colours"]
    if "largest" in facts and isinstance(colours, Sequence):
        name = colours[int(str(facts["largest"])) - 1]
        place = pie.largest if pie else None
        mine = None if pie is None or place is None else name_of(pie.slices[place].colour)
        truth["largest"] = None if mine is None else mine == name
    if pie:
        truth["colours"] = _same(all_named([one.colour for one in pie.slices]), facts)
    return truth


def _line_truth(facts: Facts, chart: LineChart | None) -> Truth:
    truth: Truth = {"count": len(chart.lines) == facts["lines"] if chart else None}
    if "trend" in facts:
        trend = chart.trend(chart.lines[0]) if chart and len(chart.lines) == 1 else None
        truth["trend"] = None if trend is None else trend == facts["trend"]
    for fact, lowest in (("highest_at_right", False), ("lowest_at_right", True)):
        if fact in facts:
            place = chart.at_right(lowest) if chart and len(chart.lines) > 1 else None
            mine = chart.colour_names[place] if chart and place is not None else None
            truth["smallest" if lowest else "largest"] = None if mine is None else mine == facts[fact]
    if chart and all(line.plain for line in chart.lines):
        truth["colours"] = _same(all_named([line.colour for line in chart.lines]), facts)
    return truth


def _point_truth(facts: Facts, cloud: PointCloud | None) -> Truth:
    course = cloud.course if cloud else None
    if "strips" in facts:
        return {}
    true = facts["correlation"]
    if isinstance(true, str):
        if true == "cloud":
            return {"trend": None if course in (None, "show no clear trend") else False}
        return {"trend": None if course is None else course == true}
    strength = float(str(true))
    if course is None:
        return {"trend": None} if abs(strength) > 0.6 else {}
    if course == "show no clear trend":
        return {"trend": abs(strength) < 0.3}
    return {"trend": (strength > 0.5) if course == "rise" else (strength < -0.5)}


def _same(names: Sequence[str] | None, facts: Facts) -> bool | None:
    colours = facts["colours"]
    return None if names is None or isinstance(colours, (int, float)) else set(names) == set(colours)


def measure(seed: int, count: int, cache: Path | None) -> dict[str, Counter[str]]:
    """Said and right, said and wrong, not said: by kind and topic."""
    engine = choose_engine()
    tally: dict[str, Counter[str]] = {}
    for kind in KINDS:
        for i in range(count):
            drawing = DRAWS[kind](np.random.default_rng([seed, i]))
            reading = _read(engine, drawing.image, cache / f"{kind}-{seed}-{i}.json" if cache else None)
            for topic, right in chart_truth(drawing.facts, read(kind, drawing.image, reading)).items():
                verdict = "not said" if right is None else "right" if right else "wrong"
                tally.setdefault(f"{kind}: {topic}", Counter())[verdict] += 1
                if right is False:
                    print(f"wrong: {kind} [{seed}, {i}] {topic}")
    engine.close()
    return tally


def _read(engine: OcrEngine, image: Image, kept: Path | None) -> Reading:
    if kept is not None and kept.is_file():
        return _reading(json.loads(kept.read_text()))
    try:
        reading = engine.read(image, "en", OCR_SECONDS)
    except OcrFailed:
        reading = Reading(image_size=image.size)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(asdict(reading)))
    return reading


def _reading(values: dict[str, Any]) -> Reading:
    words = tuple(Word(w["text"], w["confidence"], tuple(w["box"]), w["line"]) for w in values["words"])
    return Reading(**values | {"words": words, "image_size": tuple(values["image_size"])})


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--cache", type=Path)
    given = parser.parse_args()
    tally = measure(given.seed, given.count, given.cache)
    print(f"{'':28}{'right':>7}{'wrong':>7}{'not said':>10}{'precision':>11}{'coverage':>10}")
    for name, counts in sorted(tally.items()):
        said, all_of = counts["right"] + counts["wrong"], counts.total()
        precision = f"{counts['right'] / said:.3f}" if said else "-"
        print(
            f"{name:28}{counts['right']:7}{counts['wrong']:7}{counts['not said']:10}{precision:>11}"
            f"{counts['right'] / all_of:10.2f}"
        )


if __name__ == "__main__":
    main()
