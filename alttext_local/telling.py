"""Who reads the structure of which kind of picture: from a sure verdict, the pixels and the OCR to sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PIL.Image import Image

from alttext_local.phrases.charts import tell_bar_chart, tell_line_chart, tell_pie_chart, tell_scatter_plot
from alttext_local.phrases.diagrams import tell_diagram
from alttext_local.phrases.equations import tell_equation
from alttext_local.phrases.pages import tell_page
from alttext_local.phrases.tables import tell_table
from alttext_local.phrases.told import NOTHING_TOLD, Told
from alttext_local.types import Kind, Reading, Verdict

Teller = Callable[[Image, Reading], Told]
TELLERS: Mapping[Kind, Teller] = {
    "bar chart": tell_bar_chart,
    "line chart": tell_line_chart,
    "pie chart": tell_pie_chart,
    "scatter plot": tell_scatter_plot,
    "table": tell_table,
    "text": tell_page,
    "equation": tell_equation,
    "diagram": tell_diagram,
}


def tell(verdict: Verdict, image: Image, reading: Reading) -> Told:
    """What can be read off a picture whose kind is sure; nothing where it is not."""
    teller = TELLERS.get(verdict.kind) if verdict.say_kind else None
    return teller(image, reading) if teller else NOTHING_TOLD
