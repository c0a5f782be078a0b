"""The chart reader on a fixed sample of drawings, with no OCR: seldom wrong, and not silent."""

from collections import Counter

import numpy as np
import pytest

from alttext_local.types import Kind, Reading
from scripts.evaluate_charts import chart_truth, read
from scripts.train.drawings.chart_bars import draw_bars
from scripts.train.drawings.chart_lines import draw_lines
from scripts.train.drawings.chart_pies import draw_pie
from scripts.train.drawings.chart_scatters import draw_scatter
from scripts.train.drawings.drawing import Draw

SAMPLE = 25


@pytest.mark.parametrize(
    ("kind", "draw", "least"),
    [
        ("bar chart", draw_bars, 0.65),
        ("line chart", draw_lines, 0.5),
        ("pie chart", draw_pie, 0.7),
        ("scatter plot", draw_scatter, 0.2),  # where no word is read, grey marks are no points for sure
    ],
)
def test_a_fixed_sample_is_read_right_or_not_at_all(kind: Kind, draw: Draw, least: float) -> None:
    verdicts: Counter[bool | None] = Counter()
    for i in range(SAMPLE):
        drawing = draw(np.random.default_rng([4242, i]))
        truth = chart_truth(drawing.facts, read(kind, drawing.image, Reading()))
        verdicts.update(right for topic, right in truth.items() if topic != "colours")
    assert verdicts[False] <= 0.04 * (verdicts[True] + verdicts[False])
    assert verdicts[True] >= least * verdicts.total()
