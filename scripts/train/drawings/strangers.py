"""Pictures of no kind the model knows: they teach it to say nothing.

Each program gives a picture and the name of its form. The forms are far from the eighteen kinds on purpose, and some
lie near one (a grid of squares that is no table, a grey slice that is no photograph).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image

from scripts.train.drawings import stranger_games, stranger_renders, stranger_scans
from scripts.train.drawings.dice import chance, pick
from scripts.train.drawings.drawing import UNKNOWN, Drawing
from scripts.train.drawings.wear import handled

Form = Callable[[np.random.Generator], Image.Image]

FORMS: Mapping[str, Form] = {
    **stranger_scans.FORMS,
    **stranger_games.FORMS,
    **stranger_renders.FORMS,
}


def draw_stranger(rng: np.random.Generator) -> Drawing:
    """One picture of no known kind. Nothing is said of it; `facts` names the form, for the measuring."""
    name = pick(rng, tuple(FORMS))
    image = FORMS[name](rng).convert("RGB")
    if chance(rng, 0.05):
        image = image.convert("L").convert("RGB")
    return Drawing(handled(rng, image), UNKNOWN, (), (), {"form": name})
