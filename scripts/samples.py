"""Draw the sample pictures of the documentation and of the end-to-end tests: `python scripts/samples.py docs/samples`.

They are drawn by this program from nothing, the "photograph" too, and are free under the project's licence.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

mpl.use("Agg")
import matplotlib.pyplot as plt

INK, PAPER = (30, 32, 36), (255, 255, 255)
PARAGRAPHS = (
    "The reading room of the town library opens at nine in the morning. Visitors may take books from the "
    "open shelves and sit at the long tables by the windows.",
    "Maps and old newspapers are kept in the cellar. Ask at the desk, and a member of the staff will bring "
    "them to your table within a quarter of an hour.",
    "Please speak quietly, leave coats and bags at the entrance, and bring back what you have borrowed in "
    "time, so that others may read it too.",
)


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own font, which every machine has."""
    return ImageFont.load_default(size)


def chart(path: Path) -> None:
    """A bar chart with a title, axes and four bars."""
    figure, axes = plt.subplots(figsize=(6.4, 4.2), dpi=100)
    axes.bar(["Spring", "Summer", "Autumn", "Winter"], [320, 540, 410, 150], color="#1f77b4")
    axes.set_title("Visitors by season", fontsize=20)
    axes.set_ylabel("Visitors", fontsize=14)
    axes.tick_params(labelsize=13)
    figure.tight_layout()
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)


def page(path: Path) -> None:
    """A page with a heading and three paragraphs."""
    image = Image.new("RGB", (700, 760), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((60, 50), "Rules of the reading room", INK, font(34))
    top = 130
    for paragraph in PARAGRAPHS:
        for line in wrapped(paragraph, 52):
            draw.text((60, top), line, INK, font(22))
            top += 34
        top += 26
    image.save(path)


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` characters."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) + 1 > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def screenshot(path: Path) -> None:
    """A window with a title bar, a menu, a side bar and a form."""
    image = Image.new("RGB", (900, 560), (236, 238, 241))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 900, 40), (52, 60, 74))
    draw.text((20, 9), "Member administration", PAPER, font(20))
    for i, colour in enumerate(((237, 106, 94), (245, 191, 79), (98, 197, 84))):
        draw.ellipse((820 + 25 * i, 13, 834 + 25 * i, 27), colour)
    draw.rectangle((0, 40, 900, 74), (250, 250, 251))
    for i, word in enumerate(("File", "Edit", "View", "Help")):
        draw.text((20 + 75 * i, 47), word, INK, font(17))
    draw.rectangle((0, 74, 210, 560), (222, 226, 232))
    for i, word in enumerate(("Overview", "Members", "Loans", "Settings")):
        if word == "Settings":
            draw.rectangle((0, 102 + 48 * i, 210, 140 + 48 * i), (88, 132, 214))
        draw.text((26, 110 + 48 * i), word, PAPER if word == "Settings" else INK, font(18))
    draw.text((250, 100), "Settings", INK, font(28))
    for i, (label, value) in enumerate(
        (("Name", "Town library"), ("E-mail", "desk@example.org"), ("Opening hours", "9 to 18"))
    ):
        draw.text((250, 160 + 90 * i), label, (90, 96, 106), font(17))
        draw.rounded_rectangle((250, 184 + 90 * i, 800, 226 + 90 * i), 6, PAPER, (190, 196, 204))
        draw.text((264, 194 + 90 * i), value, INK, font(18))
    draw.rounded_rectangle((250, 460, 370, 504), 8, (88, 132, 214))
    draw.text((288, 470), "Save", PAPER, font(20))
    image.save(path)


def photograph(path: Path) -> None:
    """A landscape with a photograph's statistics: sky, hills of noise, haze, grain."""
    rng = np.random.default_rng(11)
    height, width = 480, 720
    rows = np.linspace(0, 1, height)[:, None]
    scene = np.stack([140 + 90 * rows, 175 + 50 * rows, 225 + 15 * rows], -1) * np.ones((1, width, 1))
    for ridge, colour in ((0.45, (112, 128, 136)), (0.58, (84, 104, 84)), (0.72, (58, 78, 44)), (0.86, (74, 66, 38))):
        steps = np.cumsum(rng.normal(0, 1, width))
        line = ridge * height + 26 * (steps - steps.mean()) / np.abs(steps).max()
        below = np.arange(height)[:, None] > line[None]
        texture = np.asarray(
            Image.fromarray(rng.integers(0, 255, (height // 6, width // 6), dtype=np.uint8)).resize((width, height), 3)
        )
        shade = np.array(colour) * (0.75 + 0.5 * (texture[..., None] / 255.0))
        scene = np.where(below[..., None], shade, scene)
    scene += rng.normal(0, 5, scene.shape)
    image = Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.7))
    image.save(path, quality=88)


def main() -> None:
    """Draw all four."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    chart(folder / "chart.png")
    page(folder / "page.png")
    screenshot(folder / "screenshot.png")
    photograph(folder / "photo.jpg")


if __name__ == "__main__":
    main()
