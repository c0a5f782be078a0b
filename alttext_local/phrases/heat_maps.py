"""A heat map in sentences; of other charts nothing is told."""

from __future__ import annotations

from PIL.Image import Image

from alttext_local.phrases.chart_telling import Telling
from alttext_local.phrases.chart_words import phrase
from alttext_local.phrases.told import Told
from alttext_local.structure.canvas import lay
from alttext_local.structure.colours import all_named
from alttext_local.structure.heat_maps import read_heat_map
from alttext_local.types import Reading


def tell_other_chart(image: Image, reading: Reading) -> Told:
    """How many cells a heat map has, and between which colours they lie."""
    canvas = lay(image, reading)
    found = read_heat_map(canvas) if canvas else None
    if found is None:
        return Told()
    telling = Telling(form=phrase("heat_map", "form"))
    if not found.gaps:
        telling.find("count", phrase("heat_map", "cells", rows=str(found.rows), columns=str(found.columns)))
    names = all_named(found.ends) if found.ends else None
    if names and names[0] != names[1]:
        telling.detail(phrase("heat_map", "ends", light=names[0], dark=names[1]), "colours")
    if found.bar:
        telling.detail(phrase("heat_map", "bar"))
    return telling.told()
