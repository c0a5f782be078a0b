"""Draws the sample pictures of the documentation: `python -m scripts.samples docs/samples`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.font_manager import FontProperties, findfont
from PIL import Image, ImageDraw, ImageFont

from scripts.train.drawings.photographs import draw_photograph

INK = (32, 36, 44)
GREY = (120, 126, 138)
BLUE = (38, 94, 168)
WHITE = (255, 255, 255)
PHOTOGRAPH_SEED = 19
VISITORS = {"Spring": 420, "Summer": 860, "Autumn": 540, "Winter": 210}
HEADING = "A day at the harbour"
PARAGRAPHS = (
    "The first boats come in before the sun is up. Their crews lift the crates onto the quay, and the gulls are there "
    "before anyone has called them.",
    "By noon the market hall is full. People ask what is fresh, what it costs and how long it should stay in the pan. "
    "The answers are short, as there is a queue.",
    "In the evening the nets hang over the wall to dry. A light goes on in the harbour office, and somebody writes "
    "down the weather for tomorrow.",
)


def letters(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which comes with matplotlib, `size` pixels high."""
    return ImageFont.truetype(findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")), size)


def chart() -> Image.Image:
    """A bar chart with a title, named axes and four bars; 640 by 420 pixels."""
    image = Image.new("RGB", (640, 420), WHITE)
    draw = ImageDraw.Draw(image)
    left, right, top, bottom, most = 96, 616, 70, 340, 1000
    draw.line((left, top, left, bottom), fill=INK)
    draw.text((356, 34), "Visitors by season", font=letters(26, bold=True), fill=INK, anchor="mm")
    for value in range(0, most + 1, 250):
        y = bottom - (bottom - top) * value // most
        draw.line((left - 6, y, right if value == 0 else left, y), fill=INK)
        draw.text((left - 10, y), str(value), font=letters(16), fill=INK, anchor="rm")
    step = (right - left) / len(VISITORS)
    for i, (season, value) in enumerate(VISITORS.items()):
        middle = left + step * (i + 0.5)
        height = (bottom - top) * value / most
        draw.rectangle((middle - 38, bottom - height, middle + 38, bottom - 1), fill=BLUE)
        draw.text((middle, bottom - height - 14), str(value), font=letters(16), fill=INK, anchor="mm")
        draw.text((middle, bottom + 20), season, font=letters(17), fill=INK, anchor="mm")
    draw.text((356, 394), "Season", font=letters(18), fill=INK, anchor="mm")
    name = Image.new("RGB", (bottom - top, 26), WHITE)
    ImageDraw.Draw(name).text((name.width // 2, 13), "Number of visitors", font=letters(18), fill=INK, anchor="mm")
    image.paste(name.rotate(90, expand=True), (12, top))
    return image


def page() -> Image.Image:
    """A page of text with a heading and three paragraphs."""
    image = Image.new("RGB", (620, 560), WHITE)
    draw, y = ImageDraw.Draw(image), 64
    draw.text((60, y), HEADING, font=letters(30, bold=True), fill=INK)
    y += 72
    for paragraph in PARAGRAPHS:
        for line in _lines(paragraph, letters(18), image.width - 120):
            draw.text((60, y), line, font=letters(18), fill=INK)
            y += 30
        y += 24
    return image


def _lines(text: str, face: ImageFont.FreeTypeFont, room: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if face.getlength(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def screenshot() -> Image.Image:
    """A desktop window with a menu, a side bar and a form."""
    image = Image.new("RGB", (760, 480), (246, 247, 249))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 760, 34), fill=(48, 54, 66))
    draw.text((16, 17), "Address book", font=letters(16, bold=True), fill=WHITE, anchor="lm")
    draw.line((730, 11, 742, 23), fill=WHITE, width=2)
    draw.line((730, 23, 742, 11), fill=WHITE, width=2)
    draw.rectangle((0, 35, 760, 64), fill=WHITE)
    for i, entry in enumerate(("File", "Edit", "View", "Help")):
        draw.text((16 + i * 64, 50), entry, font=letters(15), fill=INK, anchor="lm")
    _side_bar(draw)
    _form(draw)
    return image


def _side_bar(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 65, 180, 480), fill=(228, 231, 237))
    for i, entry in enumerate(("All contacts", "Family", "Friends", "Work", "Deleted")):
        y = 92 + i * 36
        if i == 2:
            draw.rectangle((0, y - 17, 180, y + 17), fill=BLUE)
        draw.text((18, y), entry, font=letters(15), fill=WHITE if i == 2 else INK, anchor="lm")


def _form(draw: ImageDraw.ImageDraw) -> None:
    draw.text((214, 98), "New contact", font=letters(22, bold=True), fill=INK, anchor="lm")
    entries = (("First name", "Robin"), ("Last name", "Example"), ("Email", "robin@example.com"), ("Telephone", ""))
    for i, (label, text) in enumerate(entries):
        y = 152 + i * 52
        draw.text((214, y), label, font=letters(16), fill=INK, anchor="lm")
        draw.rectangle((340, y - 18, 716, y + 18), fill=WHITE, outline=GREY)
        draw.text((352, y), text, font=letters(16), fill=INK, anchor="lm")
    draw.rectangle((340, 352, 358, 370), fill=WHITE, outline=GREY)
    draw.line(((344, 361), (348, 366), (355, 355)), fill=BLUE, width=3)
    draw.text((370, 361), "Add to favourites", font=letters(16), fill=INK, anchor="lm")
    draw.rounded_rectangle((496, 416, 600, 452), 5, fill=WHITE, outline=GREY)
    draw.text((548, 434), "Cancel", font=letters(16), fill=INK, anchor="mm")
    draw.rounded_rectangle((612, 416, 716, 452), 5, fill=BLUE)
    draw.text((664, 434), "Save", font=letters(16), fill=WHITE, anchor="mm")


def photograph() -> Image.Image:
    """A drawn scene with the light and grain of a photograph."""
    return draw_photograph(np.random.default_rng(PHOTOGRAPH_SEED)).image


SAMPLES: dict[str, Callable[[], Image.Image]] = {
    "chart.png": chart,
    "page.png": page,
    "screenshot.png": screenshot,
    "photo.jpg": photograph,
}


def main(folder: Path) -> None:
    """Saves every sample into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in SAMPLES.items():
        draw().save(folder / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
