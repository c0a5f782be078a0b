"""The drawing program of every kind: the one door through which training, measuring and contact sheets come.

Most kinds are drawn by several programs. A share says how often each has its turn; it weighs how common a look is in
the world against how well its program covers it. Matplotlib draws twenty times slower: its share is small.
"""

from __future__ import annotations

from alttext_local.types import KINDS
from scripts.train.drawings import chart_facets as facets
from scripts.train.drawings import (
    chart_flows,
    charts_mpl,
    handwriting,
    icons,
    illustrations,
    maps,
    pages,
    screens,
    tables,
)
from scripts.train.drawings.chart_bars import draw_bars
from scripts.train.drawings.chart_lines import draw_lines
from scripts.train.drawings.chart_others import draw_other
from scripts.train.drawings.chart_pies import draw_pie
from scripts.train.drawings.chart_pyramids import draw_two_sided_bars
from scripts.train.drawings.chart_scatters import draw_scatter
from scripts.train.drawings.diagram_graphs import draw_graph
from scripts.train.drawings.diagrams import draw_diagram
from scripts.train.drawings.drawing import UNKNOWN, Draw, shared
from scripts.train.drawings.engravings import draw_line_art
from scripts.train.drawings.equations import draw_equation
from scripts.train.drawings.figures import draw_figure
from scripts.train.drawings.formula_sheets import draw_formula_sheet
from scripts.train.drawings.glyph_icons import draw_glyph_icon
from scripts.train.drawings.manuscripts import draw_manuscript
from scripts.train.drawings.ornaments import draw_blank, draw_decorative
from scripts.train.drawings.paintings import draw_painting
from scripts.train.drawings.photographs import draw_photograph
from scripts.train.drawings.printed_pages import draw_lettering, draw_printed_page
from scripts.train.drawings.screen_panels import draw_panel
from scripts.train.drawings.strangers import draw_stranger
from scripts.train.drawings.table_forms import draw_table_form
from scripts.train.drawings.world_maps import draw_states, draw_world

_BY_KIND: dict[str, Draw] = {
    "bar chart": shared(
        (0.55, draw_bars), (0.25, facets.draw_bar_forms), (0.1, draw_two_sided_bars), (0.1, charts_mpl.draw_bars)
    ),
    "line chart": shared((0.55, draw_lines), (0.35, facets.draw_line_forms), (0.1, charts_mpl.draw_lines)),
    "pie chart": shared((0.65, draw_pie), (0.25, facets.draw_pie_forms), (0.1, charts_mpl.draw_pie)),
    "scatter plot": shared((0.55, draw_scatter), (0.35, facets.draw_scatter_forms), (0.1, charts_mpl.draw_scatter)),
    "other chart": shared((0.5, draw_other), (0.4, chart_flows.draw_flow_chart), (0.1, charts_mpl.draw_other)),
    "table": shared((0.5, tables.draw_table), (0.5, draw_table_form)),
    "text": shared((0.4, pages.draw_text), (0.45, draw_printed_page), (0.15, draw_lettering)),
    "equation": shared((0.35, draw_equation), (0.65, draw_formula_sheet)),
    "handwriting": shared((0.75, handwriting.draw_handwriting), (0.25, draw_manuscript)),
    "screenshot": shared((0.6, screens.draw_screenshot), (0.4, draw_panel)),
    "diagram": shared((0.5, draw_diagram), (0.5, draw_graph)),
    "geometric figure": draw_figure,
    "map": shared((0.5, maps.draw_map), (0.35, draw_world), (0.15, draw_states)),
    "logo or icon": shared((0.5, icons.draw_icon), (0.5, draw_glyph_icon)),
    "illustration": shared((0.5, illustrations.draw_illustration), (0.3, draw_line_art), (0.2, draw_painting)),
    "photograph": draw_photograph,
    "blank": draw_blank,
    "decorative": draw_decorative,
}
DRAWS: dict[str, Draw] = {kind: _BY_KIND[kind] for kind in KINDS}
"""By kind, in the order of `KINDS`."""
ALL: dict[str, Draw] = {**DRAWS, UNKNOWN: draw_stranger}
"""The kinds, and pictures of none."""
