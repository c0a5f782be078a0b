"""What the measured facts say about a picture before any model is asked: rules B05 and B06.

Each judgement gives a reason that an editor can read, or `None`. It is a suggestion: what is said of
the picture is decided elsewhere.
"""

from __future__ import annotations

from alttext_local.types import Facts, Picture

NO_CONTRAST = 0.004
"""Standard deviation of luminance: about one of 255 steps."""
ONE_COLOUR = 2
"""Colours of four bits a channel: one flat colour may lie on the border of two."""
LINE_THICKNESS = 8
"""Pixels. Text of that height cannot be read, so a long strip of it is a rule."""
LINE_ASPECT = 20
SMOOTH = 2e-5
"""Sharpness under which a picture of 128 pixels only fades from colour to colour."""
SMOOTH_FOR_CONTRAST = 6e-4
"""The same, against the square of the contrast: a blurred photograph bends more than a gradient."""
BLURRED = 4e-4
DARK_BRIGHTNESS = 0.06
DARK_CONTRAST = 0.03
DARK_SHARE = 0.85
"""Of all pixels: black, by name."""


def decorative_reason(facts: Facts) -> str | None:
    """B05: why the picture may be decorative."""
    if facts.width == facts.height == 1:
        return "The image is a single pixel."
    if _is_line(facts):
        return "The image is a thin line."
    if facts.contrast < NO_CONTRAST and facts.unique_colours <= ONE_COLOUR:
        return "The image is blank: it has one colour."
    if _is_gradient(facts):
        return "The image is a plain colour gradient."
    return None


def unsayable_reason(facts: Facts) -> str | None:
    """B06: why nothing sure can be said of the picture."""
    if decorative_reason(facts):
        return None
    if _is_dark(facts):
        return "The image is too dark to make out what it shows."
    if facts.edge_share == 0 and facts.sharpness < BLURRED:
        return "The image is too blurred to make out what it shows."
    return None


def part_reason(picture: Picture) -> str | None:
    """Why only a part of the file is described."""
    if picture.pages == 1:
        return None
    if picture.format == "WEBP":
        return f"The file is an animation of {picture.pages} frames; the first is described."
    return f"The file has {picture.pages} pages; the first is described."


def _is_line(facts: Facts) -> bool:
    shorter, longer = sorted((facts.width, facts.height))
    return shorter <= LINE_THICKNESS and longer >= LINE_ASPECT * shorter


def _is_gradient(facts: Facts) -> bool:
    least = min(SMOOTH, SMOOTH_FOR_CONTRAST * facts.contrast**2)
    return facts.edge_share == 0 and facts.sharpness < least


def _is_dark(facts: Facts) -> bool:
    black = dict(facts.colours).get("black", 0.0)
    return facts.brightness < DARK_BRIGHTNESS and facts.contrast < DARK_CONTRAST and black >= DARK_SHARE
