"""A contact sheet of one kind: `python -m scripts.train.drawings.sheet "bar chart" out.png`."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from scripts.train.drawings.drawing import Drawing
from scripts.train.drawings.programs import ALL

CELL = 240
CAPTION = 44


def contact_sheet(kind: str, count: int = 24, columns: int = 6, first_seed: int = 0) -> Image.Image:
    """`count` drawings of a kind, seed after seed, each with its seed and first sentences below it."""
    rows = -(-count // columns)
    sheet = Image.new("RGB", (columns * CELL, rows * (CELL + CAPTION)), (255, 255, 255))
    for i in range(count):
        seed = first_seed + i
        drawing = ALL[kind](np.random.default_rng(seed))
        _mount(sheet, (i % columns * CELL, i // columns * (CELL + CAPTION)), drawing, seed)
    return sheet


def _mount(sheet: Image.Image, corner: tuple[int, int], drawing: Drawing, seed: int) -> None:
    x, y = corner
    image = drawing.image.copy()
    image.thumbnail((CELL - 8, CELL - 8))
    sheet.paste(image, (x + 4, y + 4))
    face = ImageFont.load_default(11)
    said = drawing.sentences or (str(drawing.facts),)
    lines = [f"{seed}: {said[0]}", *said[1:3]]
    draw = ImageDraw.Draw(sheet)
    for i, line in enumerate(lines):
        draw.text((x + 4, y + CELL + i * 14), line[:42], font=face, fill=(0, 0, 0))


def main() -> None:
    """Saves the sheet that the command line asks for."""
    parser = argparse.ArgumentParser(description="Save a contact sheet of one kind of drawing.")
    parser.add_argument("kind", choices=sorted(ALL))
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--first-seed", type=int, default=0)
    wanted = parser.parse_args()
    contact_sheet(wanted.kind, wanted.count, first_seed=wanted.first_seed).save(wanted.out)


if __name__ == "__main__":
    main()
