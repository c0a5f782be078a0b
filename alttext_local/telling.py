"""Who reads the structure of which kind of picture: from a sure verdict, the pixels and the OCR to sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from PIL.Image import Image

from alttext_local.phrases.bar_charts import tell_bar_chart
from alttext_local.phrases.diagrams import tell_diagram
from alttext_local.phrases.equations import tell_equation
from alttext_local.phrases.grounds import tell_blank, tell_decorative, tell_ground, tell_plain_ground, tell_screen
from alttext_local.phrases.heat_maps import tell_other_chart
from alttext_local.phrases.line_charts import tell_line_chart
from alttext_local.phrases.pages import tell_page
from alttext_local.phrases.pie_charts import tell_pie_chart
from alttext_local.phrases.scatter_plots import tell_scatter_plot
from alttext_local.phrases.tables import tell_table
from alttext_local.phrases.told import NOTHING_TOLD, Told
from alttext_local.types import FAMILY_OF, Kind, Reading, Verdict

Teller = Callable[[Image, Reading], Told]
TELLERS: Mapping[Kind, Teller] = {
    "bar chart": tell_bar_chart,
    "line chart": tell_line_chart,
    "pie chart": tell_pie_chart,
    "scatter plot": tell_scatter_plot,
    "other chart": tell_other_chart,
    "table": tell_table,
    "text": tell_page,
    "equation": tell_equation,
    "diagram": tell_diagram,
    "geometric figure": tell_ground,
    "logo or icon": tell_ground,
    "screenshot": tell_screen,
    "blank": tell_blank,
    "decorative": tell_decorative,
}


CONFIRMING: frozenset[Kind] = frozenset(
    {
        "bar chart",
        "line chart",
        "pie chart",
        "scatter plot",
        "other chart",
        "table",
        "equation",
        "text",
        "diagram",
        "blank",
    }
)
"""Kinds whose readers can tell that a picture is of them."""
LIKELY = 0.4
"""Confidence from which such a kind is sure where its reader has found something. On 440 real pictures of other
repositories than any model was trained or calibrated on, 44 of 46 kinds that so became sure were right with
`alttext-mini-llava`, 39 of 40 with `alttext-mini-blip2`; the bound was chosen on other pictures, with older weights."""


def tell(verdict: Verdict, image: Image, reading: Reading) -> tuple[Verdict, Told]:
    """What can be read off a picture whose kind is sure, or made sure by what was read; else its plain ground alone."""
    teller = TELLERS.get(verdict.kind)
    likely = verdict.kind in CONFIRMING and verdict.kind_confidence >= LIKELY
    if teller is None or not (verdict.say_kind or (likely and FAMILY_OF[verdict.kind] == verdict.family)):
        return verdict, _unsure(verdict, image, reading)
    told = teller(image, reading)
    if verdict.say_kind:
        return verdict, told
    if not told.certain:
        return verdict, _unsure(verdict, image, reading)
    return replace(verdict, say_kind=True, say_family=True), told


def _unsure(verdict: Verdict, image: Image, reading: Reading) -> Told:
    return NOTHING_TOLD if verdict.family == "picture" else tell_plain_ground(image, reading)
