"""Pictures for the eye: logos and icons, illustrations, photographs, blank and decorative ones."""

from __future__ import annotations

from scripts.train.drawings.drawing import Draw
from scripts.train.drawings.icons import draw_icon
from scripts.train.drawings.illustrations import draw_illustration
from scripts.train.drawings.ornaments import draw_blank, draw_decorative
from scripts.train.drawings.photographs import draw_photograph, photograph_sentences

__all__ = ["DRAWS", "photograph_sentences"]

DRAWS: dict[str, Draw] = {
    "logo or icon": draw_icon,
    "illustration": draw_illustration,
    "photograph": draw_photograph,
    "blank": draw_blank,
    "decorative": draw_decorative,
}
