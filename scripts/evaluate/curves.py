"""Reliability, and coverage against precision, as one small SVG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

COLOURS = {"kind": "#1f5fa8", "family": "#b5531c"}


def draw_curves(confidence: dict[str, Any], title: str, path: Path) -> None:
    """Left: share right by confidence, before (dashed) and after calibration; right: precision by coverage."""
    with mpl.rc_context({"svg.hashsalt": "quality", "font.size": 8}):
        figure = Figure(figsize=(7.2, 3.2))
        left, right = figure.subplots(1, 2)
        left.plot([0, 1], [0, 1], color="#999999", linewidth=0.8)
        for what, colour in COLOURS.items():
            for when, dash in (("before", "--"), ("after", "-")):
                bins = confidence[when][what]["bins"]
                ends = [b["confidence"] for b in bins], [b["right"] for b in bins]
                left.plot(*ends, dash, color=colour, marker="o", markersize=3, label=f"{what}, {when}")
            curve = confidence["after"][what]["curve"]
            right.plot([c["coverage"] for c in curve], [c["precision"] for c in curve], color=colour, label=what)
        right.axhline(0.95, color="#999999", linewidth=0.8)
        _name(left, "confidence", "share right")
        _name(right, "coverage", "precision")
        figure.suptitle(title)
        figure.tight_layout()
        figure.savefig(path, format="svg", metadata={"Date": None})


def _name(axes: Any, across: str, up: str) -> None:
    axes.set(xlabel=across, ylabel=up, xlim=(0, 1.02), ylim=(0, 1.02))
    axes.legend(fontsize=7, loc="lower right")
    axes.grid(alpha=0.3)
