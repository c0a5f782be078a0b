"""Handwriting: cursive strokes from random curves, script fonts, digits, old letters, signatures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from scripts.train.drawings import lettering
from scripts.train.drawings.colours import BLACK, WHITE, Colour, mixed, name_of, pastel
from scripts.train.drawings.dice import canvas_size, chance, pick, span, whole
from scripts.train.drawings.drawing import Draw, Drawing
from scripts.train.drawings.wear import aged, grain, handled

_INKS: tuple[Colour, ...] = ((20, 20, 25), (25, 35, 110), (70, 45, 25), (60, 60, 65), (150, 25, 25), (20, 40, 80))
_OLD_PAPER: tuple[Colour, ...] = ((235, 215, 170), (215, 190, 145), (225, 205, 180), (190, 165, 120), (240, 230, 205))


def _word_curve(rng: np.random.Generator, letters: int, size: float, slant: float) -> NDArray[np.float64]:
    """Points of one joined-up word that starts at (0, 0); its x-height is `size`."""
    steps = letters * 4 + 2
    x = np.arange(steps) * size * 0.22 + rng.normal(0, size * 0.1, steps)
    y = np.where(np.arange(steps) % 2 == 0, 0.0, -size) + rng.normal(0, size * 0.15, steps)
    tall = rng.random(steps)
    y[(tall < 0.1) & (y < -size / 2)] -= size * 1.1
    y[(tall > 0.93) & (y > -size / 2)] += size * 1.0
    x += np.where(np.arange(steps) % 2 == 0, 0.12, -0.12) * size * rng.random(steps)
    fine = np.linspace(0, steps - 1, steps * 4)
    smooth_x, smooth_y = _smooth(x, fine), _smooth(y, fine)
    return np.stack([smooth_x - smooth_y * slant, smooth_y], axis=1)


def _smooth(values: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Catmull-Rom curve through the values, read at the places given."""
    i = np.clip(at.astype(int), 0, len(values) - 2)
    t = at - i
    padded = np.concatenate([values[:1], values, values[-1:]])
    a, b, c, d = padded[i], padded[i + 1], padded[i + 2], padded[np.minimum(i + 3, len(padded) - 1)]
    smooth: NDArray[np.float64] = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return smooth


def _write_cursive(
    draw: ImageDraw.ImageDraw, rng: np.random.Generator, box: lettering.Box, size: float, ink: Colour, pen: int
) -> tuple[int, float]:
    """Fills the box with joined-up words; returns the lines and the distance between them."""
    x0, y, x1, y1 = box
    slant, step, lines = span(rng, 0, 0.7), size * span(rng, 2.2, 3.6), 0
    drift = span(rng, -0.03, 0.03)
    y += step * 0.7
    while y < y1:
        x = x0 + rng.normal(0, size * 0.3)
        end = x1 if chance(rng, 0.85) else x0 + (x1 - x0) * span(rng, 0.3, 0.9)
        while x < end - size * 2:
            curve = _word_curve(rng, whole(rng, 1, 8), size, slant) + np.array([x, y + (x - x0) * drift])
            if curve[-1, 0] > x1 + size:
                break
            draw.line([(float(a), float(b)) for a, b in curve], fill=ink, width=pen, joint="curve")
            x = float(curve[-1, 0]) + size * span(rng, 0.7, 1.4)
        y += step
        lines += 1
    return lines, step


def _ruled(draw: ImageDraw.ImageDraw, rng: np.random.Generator, size: tuple[int, int], step: float) -> None:
    line = pick(rng, ((170, 195, 230), (200, 205, 210), (230, 180, 180)))
    for y in np.arange(step, size[1], step):
        draw.line((0, y, size[0], y), fill=line)
    if chance(rng, 0.4):
        draw.line((size[0] * 0.12, 0, size[0] * 0.12, size[1]), fill=(225, 120, 120))
    elif chance(rng, 0.3):
        for x in np.arange(step, size[0], step):
            draw.line((x, 0, x, size[1]), fill=line)


def _note(rng: np.random.Generator) -> Drawing:
    size = canvas_size(rng, 200, 440, (0.65, 1.6))
    paper = pick(rng, (WHITE, (252, 252, 248), (250, 246, 232), pastel(rng)))
    image = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(image)
    ink, ruled, height = pick(rng, _INKS), chance(rng, 0.4), span(rng, 5, 13)
    if ruled:
        _ruled(draw, rng, size, height * 2.6)
    edge = size[0] * span(rng, 0.04, 0.14)
    box = (edge, edge * 0.5, size[0] - edge, size[1] - edge * 0.6)
    if chance(rng, 0.35):
        face = lettering.font(rng, height * span(rng, 1.6, 2.4), "script")
        lettering.fill(draw, rng, box, face, ink, leading=span(rng, 1.1, 1.7))
    else:
        _write_cursive(draw, rng, box, height, ink, 1 if height < 8 else 2)
    sentences = ["Handwriting."] + ["The paper is ruled."] * ruled
    sentences.append(f"The writing is {name_of(ink)} on {name_of(paper)}.")
    keywords = ["handwriting", "note", "paper"] + ["ruled paper"] * ruled
    return Drawing(image, "handwriting", tuple(sentences), tuple(keywords), {"ruled": ruled})


def _old_letter(rng: np.random.Generator) -> Drawing:
    size = canvas_size(rng, 280, 460, (0.6, 0.95) if chance(rng, 0.8) else (1.0, 1.5))
    image = Image.new("RGB", size, WHITE)
    draw = ImageDraw.Draw(image)
    ink, columns = pick(rng, ((60, 40, 20), (40, 35, 30), (90, 60, 35))), pick(rng, (1, 1, 1, 2))
    edge, height = size[0] * span(rng, 0.06, 0.16), span(rng, 2.6, 6)
    width = (size[0] - edge * 2) / columns
    for column in range(columns):
        x = edge + column * width
        _write_cursive(draw, rng, (x, edge, x + width * 0.93, size[1] - edge), height, ink, 1)
        if chance(rng, 0.25):
            initial = pick(rng, ((160, 40, 30), (40, 60, 130)))
            draw.rectangle((x - 4, edge, x + height * 4, edge + height * 5), fill=initial)
    image = aged(rng, image, pick(rng, _OLD_PAPER))
    if chance(rng, 0.35):
        ground = Image.new("RGB", (size[0] + 40, size[1] + 30), pick(rng, (BLACK, (60, 60, 60), (230, 230, 230))))
        ground.paste(image, (whole(rng, 2, 38), whole(rng, 2, 28)))
        image = ground
    sentences = ["Handwriting.", "It is a page of old paper."] + ["It has 2 columns."] * (columns == 2)
    return Drawing(
        grain(rng, image, span(rng, 1, 6)), "handwriting", tuple(sentences),
        ("handwriting", "old paper", "manuscript", "page"), {"columns": columns},
    )  # fmt: skip


def _signature(rng: np.random.Generator) -> Drawing:
    size = canvas_size(rng, 120, 300, (1.4, 4))
    image = Image.new("RGB", size, WHITE if chance(rng, 0.7) else pastel(rng))
    draw = ImageDraw.Draw(image)
    ink, pen, height = pick(rng, _INKS), whole(rng, 1, 4), size[1] * span(rng, 0.14, 0.24)
    letters = max(3, int(size[0] / (height * 1.2)))
    curve = _word_curve(rng, letters, height, span(rng, 0.1, 0.8))
    curve = (curve - curve.min(0)) / np.ptp(curve, 0) * [size[0] * 0.86, size[1] * 0.62]
    curve += [size[0] * 0.06, size[1] * 0.16]
    draw.line([(float(a), float(b)) for a, b in curve], fill=ink, width=pen, joint="curve")
    underlined = chance(rng, 0.4)
    if underlined:
        y = size[1] * 0.88
        draw.line((size[0] * 0.1, y, size[0] * 0.9, y - span(rng, 0, 8)), fill=ink, width=pen)
    sentences = ["Handwriting.", "It is one line like a signature."] + ["It is underlined."] * underlined
    return Drawing(
        image, "handwriting", tuple(sentences), ("handwriting", "signature", "line"), {"underlined": underlined}
    )


def _digits(rng: np.random.Generator) -> Drawing:
    columns, rows, cell = whole(rng, 1, 12), whole(rng, 1, 10), whole(rng, 24, 44)
    dark = chance(rng, 0.5)
    paper, ink = (BLACK, WHITE) if dark else (WHITE, BLACK)
    image = Image.new("RGB", (max(4, columns) * cell, max(3, rows) * cell), paper)
    columns, rows = max(4, columns), max(3, rows)
    for i in range(columns * rows):
        tile = Image.new("L", (cell, cell), 0)
        face = lettering.font(rng, cell * span(rng, 0.6, 0.85), "script")
        ImageDraw.Draw(tile).text((cell * 0.25, cell * 0.02), str(whole(rng, 0, 9)), font=face, fill=255)
        tile = tile.rotate(span(rng, -20, 20), Image.Resampling.BILINEAR)
        if chance(rng, 0.6):
            tile = tile.filter(ImageFilter.MaxFilter(3))
        image.paste(ink, (i % columns * cell, i // columns * cell), tile)
    sentences = ("Handwriting.", "It is a grid of digits.", f"The writing is {name_of(ink)} on {name_of(paper)}.")
    facts = {"columns": columns, "rows": rows}
    return Drawing(image, "handwriting", sentences, ("handwriting", "digits", "grid"), facts)


def _board(rng: np.random.Generator) -> Drawing:
    size = canvas_size(rng, 220, 420, (1.0, 2.0))
    chalk = chance(rng, 0.5)
    paper: Colour = pick(rng, ((35, 60, 50), (40, 42, 45))) if chalk else (238, 240, 242)
    ink = mixed(WHITE, paper, 0.12) if chalk else pick(rng, ((30, 60, 170), (190, 30, 40), (20, 110, 60), (20, 20, 20)))
    image = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(image)
    for _ in range(whole(rng, 1, 3)):
        x, y = span(rng, 0.02, 0.4) * size[0], span(rng, 0.02, 0.5) * size[1]
        box = (x, y, x + size[0] * span(rng, 0.3, 0.6), y + size[1] * span(rng, 0.2, 0.5))
        _write_cursive(draw, rng, box, span(rng, 7, 16), ink, whole(rng, 2, 3))
    image = aged(rng, image, WHITE)
    ground = "a dark board" if chalk else "a white board"
    sentences = ("Handwriting.", f"It stands on {ground}.", f"The writing is {name_of(ink)}.")
    return Drawing(image, "handwriting", sentences, ("handwriting", "board", name_of(ink)), {"dark": chalk})


_LOOKS: tuple[Draw, ...] = (_note, _note, _note, _old_letter, _old_letter, _old_letter, _signature, _digits, _board)


def draw_handwriting(rng: np.random.Generator) -> Drawing:
    """One picture of handwriting in one of several looks."""
    drawing = pick(rng, _LOOKS)(rng)
    return replace(drawing, image=handled(rng, drawing.image))
