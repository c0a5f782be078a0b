"""Line art: wood engravings with hatched forms, pen drawings, chalk on paper, comics in black and screen tone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from scripts.train.drawings import lettering
from scripts.train.drawings.colours import BLACK, WHITE
from scripts.train.drawings.dice import canvas_size, chance, pick, span, whole
from scripts.train.drawings.drawing import Drawing, Fact
from scripts.train.drawings.forms import Form, figure, scene
from scripts.train.drawings.wear import aged, handled, noise_field

Plane = NDArray[np.float32]


def _planes(forms: list[Form], size: tuple[int, int]) -> tuple[Plane, Plane, NDArray[np.uint8]]:
    """(tone 0..1, hatching direction in radians, number of the form that shows) of each pixel."""
    tone, turn, number = (Image.new("L", size, level) for level in (255, 40, 0))
    pens = [ImageDraw.Draw(image) for image in (tone, turn, number)]
    for i, form in enumerate(forms):
        outline = list(form.outline)
        for pen, level in zip(
            pens, (int(form.tone * 255), int(form.turn / np.pi * 255) % 256, (i + 1) % 256), strict=True
        ):
            pen.polygon(outline, fill=level)
    return (
        (np.asarray(tone) / 255).astype(np.float32),
        (np.asarray(turn) / 255 * np.pi).astype(np.float32),
        np.asarray(number, dtype=np.uint8),
    )


def _edges(number: NDArray[np.uint8], thick: int) -> NDArray[np.bool_]:
    found = np.zeros(number.shape, bool)
    found[1:] |= number[1:] != number[:-1]
    found[:, 1:] |= number[:, 1:] != number[:, :-1]
    if thick > 1:
        found[:, :-1] |= found[:, 1:]
        found[:-1] |= found[1:]
    return found


def hatched(
    rng: np.random.Generator, forms: list[Form], size: tuple[int, int], pitch: float, light: float
) -> Image.Image:
    """Forms in black lines that swell where it is dark, crossed where it is darker, solid where it is darkest."""
    tone, turn, number = _planes(forms, size)
    rough = noise_field(rng, size, 4, 3)
    x, y = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
    soft = (
        np.asarray(Image.fromarray((tone * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(5)), dtype=np.float32)
        / 255
    )
    shade = 0.55 * tone + 0.45 * soft + 0.22 * rough + light
    along = x * np.cos(turn) + y * np.sin(turn) + rough * pitch
    across = x * np.cos(turn + 1.2) + y * np.sin(turn + 1.2) + rough * pitch
    line = (np.sin(along * 2 * np.pi / pitch) + 1) / 2
    cross = (np.sin(across * 2 * np.pi / pitch) + 1) / 2
    ink = (line > shade * 1.25 + 0.05) | ((cross > shade * 1.9 + 0.3) & (shade < 0.4)) | (shade < 0.06)
    ink |= _edges(number, pick(rng, (1, 2, 2))) & (rough > -0.9)
    if chance(rng, 0.7):
        reach = np.maximum(abs(x / size[0] - 0.5), abs(y / size[1] - 0.5)) * 2 + 0.12 * noise_field(rng, size, 5, 2)
        ink &= reach < span(rng, 0.86, 1.0)
    return Image.fromarray(np.where(ink, 12, 255).astype(np.uint8))


def engraving(rng: np.random.Generator) -> Drawing:
    """A plate from an old book: people and things, hatched."""
    size = canvas_size(rng, 250, 420, (0.6, 1.5))
    people = whole(rng, 0, 3)
    pitch = span(rng, 2.4, 4.6)
    picture = hatched(rng, scene(rng, size, people), size, pitch, span(rng, -0.16, 0.2)).filter(
        ImageFilter.GaussianBlur(0.55)
    )
    image = picture.convert("RGB")
    old = chance(rng, 0.22)
    if old:
        image = aged(rng, image, pick(rng, ((225, 205, 165), (200, 170, 120), (235, 225, 200))))
    sentences = ["Line drawing.", "It is drawn in black lines.", "Hatching gives the shadows."]
    sentences += ["The paper is old."] * old
    facts: dict[str, Fact] = {"manner": "line drawing", "hatched": True, "old_paper": old}
    return Drawing(
        image, "illustration", tuple(sentences), ("illustration", "line drawing", "hatching", "drawn picture"), facts
    )


def pen_drawing(rng: np.random.Generator) -> Drawing:
    """Outlines alone, in pen or in chalk, on white or tinted paper."""
    size = canvas_size(rng, 200, 380, (0.6, 1.5))
    forms = (
        scene(rng, size, whole(rng, 1, 2))
        if chance(rng, 0.5)
        else figure(rng, (size[0] / 2, size[1] * 0.95), size[1] * 0.9)
    )
    chalk = chance(rng, 0.35)
    paper = pick(rng, ((236, 222, 196), (214, 196, 164), (225, 225, 220))) if chalk else WHITE
    ink = pick(rng, ((150, 70, 40), (60, 50, 45), (90, 40, 30))) if chalk else BLACK
    image = Image.new("RGB", (size[0] * 2, size[1] * 2), paper)
    draw, pen = ImageDraw.Draw(image), whole(rng, 2, 6)
    for form in forms:
        outline = [(x * 2, y * 2) for x, y in form.outline]
        draw.polygon(outline, fill=paper)
        if chalk and form.tone < 0.5:
            for x, y in outline[:: max(1, len(outline) // 14)]:
                draw.line((x, y, x + span(rng, 6, 40), y + span(rng, 6, 40)), fill=ink, width=2)
        draw.line([*outline, outline[0], outline[1]], fill=ink, width=pen, joint="curve")
    image = image.reduce(2)
    if chalk:
        soft = image.filter(ImageFilter.GaussianBlur(1.0))
        grain = (noise_field(rng, size, 40, 2) * 18)[..., None]
        image = Image.fromarray(np.clip(np.asarray(soft, dtype=np.float32) + grain, 0, 255).astype(np.uint8))
    colour = "brown" if chalk else "black"
    said = (
        "Line drawing.",
        f"It is drawn in {colour} lines." if not chalk else "It is drawn in chalk on tinted paper.",
    )
    sentences = said if chalk else (*said, "The background is white.")
    facts: dict[str, Fact] = {"manner": "line drawing", "hatched": False, "chalk": chalk}
    return Drawing(
        image, "illustration", sentences, ("illustration", "line drawing", "outlines", "drawn picture"), facts
    )


def manga(rng: np.random.Generator) -> Drawing:
    """A page of a comic in black and white: slanting panels, screen tone, rays, balloons with upright writing."""
    size = canvas_size(rng, 280, 440, (0.6, 0.8))
    image = Image.new("L", size, 255)
    draw, rows = ImageDraw.Draw(image), whole(rng, 2, 4)
    panels, y = 0, 4.0
    for row in range(rows):
        tall = (size[1] - 8) / rows
        slant = rng.normal(0, tall * 0.07) if row else 0.0
        columns = whole(rng, 1, 3)
        for column in range(columns):
            x0, x1 = 4 + (size[0] - 8) * column / columns, 4 + (size[0] - 8) * (column + 1) / columns - 5
            box = [(x0, y + slant), (x1, y - slant), (x1, y + tall - 6), (x0, y + tall - 6)]
            _panel(rng, image, box)
            draw.polygon(box, outline=0, width=2)
            panels += 1
        y += tall
    for _ in range(whole(rng, 1, panels + 1)):
        x, top, r = span(rng, 0.1, 0.85) * size[0], span(rng, 0.05, 0.85) * size[1], size[0] * span(rng, 0.07, 0.13)
        draw.ellipse((x - r, top - r * 1.2, x + r, top + r * 1.2), fill=255, outline=0, width=2)
        for column in range(3):
            for row in range(whole(rng, 2, 6)):
                _sign(rng, draw, x + r * (0.5 - column * 0.45), top - r * 0.8 + row * r * 0.3, r * 0.22)
    facts: dict[str, Fact] = {"manner": "comic", "panels": panels}
    sentences = ("Comic.", f"It has {panels} panels.", "There are speech bubbles.", "It is black and white.")
    return Drawing(
        image.convert("RGB"), "illustration", sentences, ("illustration", "comic", "panels", "drawn picture"), facts
    )


def _sign(rng: np.random.Generator, draw: ImageDraw.ImageDraw, x: float, y: float, side: float) -> None:
    """A few strokes that look like a character of East Asian writing."""
    for _ in range(whole(rng, 2, 5)):
        a, b = y + side * span(rng, 0, 1), x + side * span(rng, 0, 1)
        draw.line((x, a, x + side, a) if chance(rng, 0.5) else (b, y, b, y + side), fill=0)


def _panel(rng: np.random.Generator, image: Image.Image, box: list[tuple[float, float]]) -> None:
    """What one panel shows: rays, screen tone or hatching behind a figure cut by its edge."""
    wide, tall = int(box[1][0] - box[0][0]), int(box[2][1] - min(box[0][1], box[1][1]))
    if wide < 20 or tall < 20:
        return
    part = Image.new("L", (wide, tall), 255)
    draw, ground = ImageDraw.Draw(part), pick(rng, ("rays", "tone", "white", "black", "scene"))
    if ground == "rays":
        for angle in np.linspace(0, 2 * np.pi, whole(rng, 30, 80)):
            draw.line(
                (
                    wide / 2 + np.cos(angle) * wide * 0.35,
                    tall / 2 + np.sin(angle) * tall * 0.35,
                    wide / 2 + np.cos(angle) * wide,
                    tall / 2 + np.sin(angle) * wide,
                ),
                fill=0,
            )
    elif ground == "tone":
        x, y = np.meshgrid(np.arange(wide), np.arange(tall))
        step = span(rng, 3, 5)
        dots = np.sin((x + y) * 2 * np.pi / step / 1.4) * np.sin((x - y) * 2 * np.pi / step / 1.4)
        part = Image.fromarray(np.where(dots > span(rng, -0.3, 0.5), 0, 255).astype(np.uint8))
        draw = ImageDraw.Draw(part)
    elif ground == "black":
        draw.rectangle((0, 0, wide, tall), fill=0)
    elif ground == "scene":
        part = hatched(rng, scene(rng, (wide, tall), 0), (wide, tall), 4.0, 0.25)
        draw = ImageDraw.Draw(part)
    for form in figure(rng, (wide * span(rng, 0.3, 0.7), tall * span(rng, 1.0, 1.9)), tall * span(rng, 0.8, 1.8)):
        draw.polygon(list(form.outline), fill=255 if form.tone > 0.45 else 0, outline=0)
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).polygon(box, fill=255)
    layer = Image.new("L", image.size, 255)
    layer.paste(part, (int(box[0][0]), int(min(box[0][1], box[1][1]))))
    image.paste(layer, mask=mask)


def draw_line_art(rng: np.random.Generator) -> Drawing:
    """A picture in lines in one of three manners."""
    drawing = pick(rng, (engraving, engraving, engraving, pen_drawing, manga))(rng)
    image = drawing.image
    if drawing.facts["manner"] == "line drawing" and chance(rng, 0.08):
        sheet = Image.new("RGB", (image.width + 40, image.height + 70), WHITE)
        sheet.paste(image, (20, 20))
        face = lettering.font(rng, 10)
        ImageDraw.Draw(sheet).text(
            (sheet.width / 2, sheet.height - 22), lettering.words(rng, 4), font=face, fill=BLACK, anchor="mm"
        )
        image = sheet
    return Drawing(handled(rng, image), drawing.kind, drawing.sentences, drawing.keywords, drawing.facts)
