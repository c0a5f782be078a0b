"""Draws charts of every kind, most of them with PIL and some with matplotlib for its own looks."""

from __future__ import annotations

from scripts.train.drawings.chart_bars import draw_bars
from scripts.train.drawings.chart_lines import draw_lines
from scripts.train.drawings.chart_others import draw_other
from scripts.train.drawings.chart_pies import draw_pie
from scripts.train.drawings.chart_scatters import draw_scatter
from scripts.train.drawings.drawing import Draw

DRAWS: dict[str, Draw] = {
    "bar chart": draw_bars,
    "line chart": draw_lines,
    "pie chart": draw_pie,
    "scatter plot": draw_scatter,
    "other chart": draw_other,
}
