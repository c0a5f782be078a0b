"""Manuscripts: a scribe's even upright letters in columns, with painted initials, red headings and worn parchment."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scripts.train.drawings.colours import BLACK, Colour
from scripts.train.drawings.dice import canvas_size, chance, pick, span, whole
from scripts.train.drawings.drawing import Drawing, Fact
from scripts.train.drawings.wear import aged, grain

_PARCHMENT: tuple[Colour, ...] = ((236, 222, 190), (224, 205, 165), (240, 232, 212), (205, 182, 140))
_PAINTS: tuple[Colour, ...] = ((170, 45, 35), (40, 65, 140), (50, 110, 70), (180, 140, 50))


def _line(draw: ImageDraw.ImageDraw, rng: np.random.Generator, at: tuple[float, float, float], ink: Colour) -> None:
    """One line of minims from left to right; `at` is (left, right, foot)."""
    left, right, foot = at[0], at[1], at[2]
    pitch = span(rng, 2.0, 2.4)
    count = max(1, int((right - left) / pitch))
    blank = rng.random(count) < 0.14
    tall, deep = rng.random(count) < 0.16, rng.random(count) < 0.1
    for i in np.flatnonzero(~blank).tolist():
        x = left + i * pitch
        draw.line((x + 0.8, foot - 4.2 - 2.4 * tall[i], x, foot + 2.4 * deep[i]), fill=ink)
        if i % 3 == 0:
            draw.line((x, foot - 4, x + pitch, foot - 3.4), fill=ink)


def _initial(draw: ImageDraw.ImageDraw, rng: np.random.Generator, corner: tuple[float, float], side: float) -> None:
    x, y = corner
    field, letter = pick(rng, _PAINTS), pick(rng, _PAINTS)
    draw.rectangle((x, y, x + side, y + side), fill=field, outline=pick(rng, _PAINTS))
    draw.arc((x + 2, y + 2, x + side - 2, y + side - 2), 40, 320, fill=letter, width=max(2, int(side / 6)))
    for i in range(whole(rng, 0, 5)):
        draw.line((x - 2 - i % 2, y + side, x - 3 + i % 3, y + side * span(rng, 1.3, 3)), fill=field)


def draw_manuscript(rng: np.random.Generator) -> Drawing:
    """A page, or an opening of two pages, of a written book."""
    size = canvas_size(rng, 260, 420, (0.6, 0.85))
    image = Image.new("RGB", size, (255, 255, 255))
    draw = ImageDraw.Draw(image)
    ink = pick(rng, ((45, 35, 30), (70, 50, 30), BLACK))
    columns, pitch = pick(rng, (1, 1, 2, 2)), span(rng, 8.5, 12)
    side, head, foot = size[0] * span(rng, 0.08, 0.16), size[1] * span(rng, 0.06, 0.12), size[1] * span(rng, 0.84, 0.95)
    wide = (size[0] - 2 * side + 10) / columns - 10
    painted = 0
    for column in range(columns):
        left = side + column * (wide + 10)
        skip = 0.0
        for y in np.arange(head + pitch, foot, pitch).tolist():
            if skip <= 0 and chance(rng, 0.06) and y + 3 * pitch < foot:
                _initial(draw, rng, (left, y - pitch * 0.6), pitch * 2.4)
                painted, skip = painted + 1, pitch * 3
            inset = pitch * 2.8 if skip > 0 else 0.0
            red = chance(rng, 0.05)
            _line(
                draw,
                rng,
                (left + inset, left + wide * (span(rng, 0.5, 1) if red else 1), y),
                _PAINTS[0] if red else ink,
            )
            skip -= pitch
    page = grain(rng, aged(rng, image, pick(rng, _PARCHMENT)), span(rng, 1, 5))
    if chance(rng, 0.5):
        desk = Image.new(
            "RGB", (size[0] + 36, size[1] + 28), pick(rng, (BLACK, (60, 60, 60), (225, 222, 215), (40, 32, 28)))
        )
        desk.paste(page, (whole(rng, 4, 32), whole(rng, 4, 24)))
        page = desk
    said = ["Handwriting.", "It is a page of old paper.", f"It has {columns} column{'s' * (columns > 1)}."]
    said += ["Coloured initials stand in the text."] * (painted > 0)
    keywords = ["handwriting", "manuscript", "page", "old paper"] + ["initials"] * (painted > 0)
    facts: dict[str, Fact] = {"of": "manuscript", "columns": columns, "initials": painted}
    return Drawing(page, "handwriting", tuple(said), tuple(keywords), facts)
