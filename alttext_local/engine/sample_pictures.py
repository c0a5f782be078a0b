"""Six pictures drawn from nothing, on which a model is tried before anybody may ask it."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFont

from alttext_local.types import Facts, Picture

SIDE = 384
"""Pixels; about what a vision encoder takes."""
INK, PAPER = (0, 0, 0), (255, 255, 255)


def sample_pictures() -> tuple[Picture, ...]:
    """A landscape of soft colours, a bar chart in black on white, a pie chart, a page, a table, a diagram."""
    drawn: dict[str, Callable[[], Image.Image]] = {
        "landscape": _landscape,
        "chart": _chart,
        "pie": _pie,
        "page": _page,
        "table": _table,
        "diagram": _diagram,
    }
    return tuple(_picture(draw(), f"self-test {name}") for name, draw in drawn.items())


def _landscape() -> Image.Image:
    sky = Image.linear_gradient("L").resize((SIDE, SIDE))
    scene = Image.merge("RGB", (sky, sky.point(lambda v: 80 + v // 2), sky.point(lambda v: 255 - v // 3)))
    draw = ImageDraw.Draw(scene)
    draw.polygon([(0, SIDE), (0, 250), (110, 150), (230, 280), (300, 210), (SIDE, 300), (SIDE, SIDE)], (46, 92, 48))
    draw.ellipse((280, 40, 340, 100), (250, 210, 70))
    return scene


def _chart() -> Image.Image:
    scene = Image.new("RGB", (SIDE, SIDE), "white")
    draw = ImageDraw.Draw(scene)
    for place, height in enumerate((90, 260, 150, 210)):
        draw.rectangle((70 + 75 * place, 330 - height, 115 + 75 * place, 330), (0, 0, 0))
    draw.line((50, 40, 50, 330, 360, 330), (0, 0, 0), width=3)
    return scene


def _pie() -> Image.Image:
    scene = Image.new("RGB", (SIDE, SIDE), PAPER)
    draw = ImageDraw.Draw(scene)
    colours = ((31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40))
    start = -90
    for share, colour in zip((150, 95, 70, 45), colours, strict=True):
        draw.pieslice((62, 62, 322, 322), start, start + share, fill=colour, outline=PAPER, width=3)
        start += share
    return scene


def _page() -> Image.Image:
    scene = Image.new("RGB", (SIDE, SIDE), PAPER)
    draw = ImageDraw.Draw(scene)
    draw.text((40, 30), "Opening hours", INK, ImageFont.load_default(30))
    for line in range(9):
        words = "The reading room opens at nine in the morning."
        draw.text((40, 90 + 28 * line), words[line:], INK, ImageFont.load_default(14))
    return scene


def _table() -> Image.Image:
    scene = Image.new("RGB", (SIDE, SIDE), PAPER)
    draw = ImageDraw.Draw(scene)
    for row in range(7):
        for column in range(4):
            left, top = 30 + 81 * column, 60 + 38 * row
            draw.rectangle((left, top, left + 81, top + 38), PAPER if row else (220, 226, 235), INK)
            draw.text((left + 22, top + 9), str(17 * row + 5 * column), INK, ImageFont.load_default(17))
    return scene


def _diagram() -> Image.Image:
    scene = Image.new("RGB", (SIDE, SIDE), PAPER)
    draw = ImageDraw.Draw(scene)
    for top, word in zip((40, 160, 280), ("Start", "Check", "Done"), strict=True):
        draw.rounded_rectangle((122, top, 262, top + 60), 12, (232, 240, 252), INK, 2)
        draw.text((160, top + 17), word, INK, ImageFont.load_default(22))
        if top < 280:
            draw.line((192, top + 60, 192, top + 120), INK, 3)
            draw.polygon(((184, top + 106), (200, top + 106), (192, top + 120)), INK)
    return scene


def _picture(image: Image.Image, name: str) -> Picture:
    """Facts matter to no adapter; they only have to be there."""
    return Picture(image, Facts(SIDE, SIDE, 0.5, 0.3, 0.3, 256, 0.1, 0.3, 100.0), name, "PNG")
