"""Draws charts of every kind: most with PIL, which is fast, and some with matplotlib for its own looks."""

from __future__ import annotations

import numpy as np

from scripts.train.drawings import charts_mpl
from scripts.train.drawings.chart_bars import draw_bars
from scripts.train.drawings.chart_lines import draw_lines
from scripts.train.drawings.chart_others import draw_other
from scripts.train.drawings.chart_pies import draw_pie
from scripts.train.drawings.chart_scatters import draw_scatter
from scripts.train.drawings.drawing import Draw, Drawing

MATPLOTLIB_SHARE = 0.27


def _either(by_pil: Draw, by_matplotlib: Draw) -> Draw:
    def draw(rng: np.random.Generator) -> Drawing:
        return (by_matplotlib if rng.random() < MATPLOTLIB_SHARE else by_pil)(rng)

    return draw


DRAWS: dict[str, Draw] = {
    "bar chart": _either(draw_bars, charts_mpl.draw_bars),
    "line chart": _either(draw_lines, charts_mpl.draw_lines),
    "pie chart": _either(draw_pie, charts_mpl.draw_pie),
    "scatter plot": _either(draw_scatter, charts_mpl.draw_scatter),
    "other chart": _either(draw_other, charts_mpl.draw_other),
}
