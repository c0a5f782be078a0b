"""A scatter plot in sentences; nothing where its reader was not sure."""

from __future__ import annotations

from dataclasses import replace

from PIL.Image import Image

from alttext_local.phrases.chart_telling import Telling, tell_axes, tell_panels
from alttext_local.phrases.chart_words import phrase
from alttext_local.phrases.told import Told
from alttext_local.structure import lettering
from alttext_local.structure.axes import horizontal_scale, vertical_scale
from alttext_local.structure.canvas import lay
from alttext_local.structure.colours import sure_name
from alttext_local.structure.points import read_points
from alttext_local.types import Reading


def tell_scatter_plot(image: Image, reading: Reading) -> Told:
    """How the points of a scatter plot lie."""
    canvas = lay(image, reading)
    panels = tell_panels(canvas) if canvas else None
    cloud = read_points(canvas) if canvas and not panels else None
    if canvas is None or cloud is None:
        return panels or Told()
    marks = "bubbles" if cloud.bubbles else "points"
    telling = Telling(title=lettering.title(canvas, cloud.top))
    telling.form = phrase("bubbles", "form") if cloud.bubbles else ""
    key = {"rise": "rise", "fall": "fall", "show no clear trend": "none"}
    several = len(cloud.colours) != 1  # groups, each of which may have a course of its own
    if cloud.course and not (several and cloud.course == "show no clear trend"):
        telling.find("trend", phrase(marks, key[cloud.course]))
    name = sure_name(cloud.colours[0]) if len(cloud.colours) == 1 else None
    if name:
        telling.detail(phrase(marks, "colour", colour=name), "colours")
    elif len(cloud.colours) > 1:
        telling.detail(phrase(marks, "colours", count=str(len(cloud.colours))), "colours")
    tell_axes(telling, canvas, vertical_scale(canvas), horizontal_scale(canvas))
    return replace(telling.told(), certain=cloud.markers)
