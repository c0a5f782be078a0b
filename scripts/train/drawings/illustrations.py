"""Drawn and painted pictures: hatched line art, cartoons, flat scenes, brush work, pixel art, comics."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from scripts.train.drawings import lettering
from scripts.train.drawings.colours import (
    BLACK,
    WHITE,
    any_colour,
    hsv,
    main_colours,
    mixed,
    palette,
    pastel,
    spoken,
)
from scripts.train.drawings.dice import canvas_size, chance, pick, span, whole
from scripts.train.drawings.drawing import Drawing
from scripts.train.drawings.wear import aged, handled, noise_field

Made = tuple[Image.Image, tuple[str, ...], str]


def _blob(
    rng: np.random.Generator, x: float, y: float, rx: float, ry: float, rough: float
) -> list[tuple[float, float]]:
    """A closed wobbly outline round (x, y)."""
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    waves = [rng.normal(0, rough / k) * np.sin(k * angles + rng.uniform(0, 6.3)) for k in range(2, 7)]
    wobble = 1 + sum(waves, np.zeros_like(angles))
    return [(float(x + rx * w * np.cos(a)), float(y + ry * w * np.sin(a))) for a, w in zip(angles, wobble, strict=True)]


def _engraving(rng: np.random.Generator) -> Made:
    """Tone made of hatching: lines that thicken where a field of forms is dark, with outlines."""
    size = canvas_size(rng, 220, 360, (0.6, 1.6))
    forms = Image.new("L", size, 235)
    draw = ImageDraw.Draw(forms)
    outlines = []
    for _ in range(whole(rng, 4, 14)):
        centre = (span(rng, 0.1, 0.9) * size[0], span(rng, 0.15, 0.95) * size[1])
        outline = _blob(rng, *centre, size[0] * span(rng, 0.04, 0.22), size[1] * span(rng, 0.05, 0.25), 0.16)
        draw.polygon(outline, fill=whole(rng, 30, 240))
        outlines.append(outline)
    tone = np.asarray(forms.filter(ImageFilter.GaussianBlur(3)), dtype=np.float32) / 255
    tone = tone + 0.25 * noise_field(rng, size, 5, 4)
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    bend, pitch, ink = noise_field(rng, size, 2, 2) * span(rng, 2, 14), span(rng, 3.2, 6), np.ones(tone.shape, bool)
    for turn, weight in ((span(rng, 0, 3.1), 0.75), (span(rng, 0, 3.1), 0.4)):
        wave = (np.sin((x * np.cos(turn) + y * np.sin(turn) + bend) * 2 * np.pi / pitch) + 1) / 2
        ink &= wave * weight + 0.1 < tone
    picture = Image.fromarray(np.where(ink, 255, 25).astype(np.uint8)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    for outline in outlines:
        draw.line([*outline, outline[0]], fill=(20, 20, 20), width=pick(rng, (1, 1, 2)))
    if chance(rng, 0.3):
        picture = aged(rng, picture, (238, 220, 180))
    return (
        picture.filter(ImageFilter.GaussianBlur(0.6)),
        ("Line drawing.", "It is drawn in black lines.", "Hatching gives the shadows."),
        "line drawing",
    )


def _outline(rng: np.random.Generator) -> Made:
    size = canvas_size(rng, 200, 360, (0.6, 1.6))
    image = Image.new("RGB", size, WHITE)
    draw = ImageDraw.Draw(image)
    pen = whole(rng, 1, 4)
    x, y, r = size[0] / 2, size[1] * span(rng, 0.3, 0.5), min(size) * span(rng, 0.15, 0.3)
    for i in range(whole(rng, 3, 16)):
        cx, cy = (x, y) if i == 0 else (x + rng.normal(0, r * 0.8), y + rng.normal(0, r * 0.8))
        shape = _blob(rng, cx, cy, r * span(rng, 0.1, 1.0), r * span(rng, 0.1, 1.2), 0.2)
        draw.polygon(shape, fill=WHITE)
        draw.line([*shape, shape[0], shape[1]], fill=BLACK, width=pen, joint="curve")
    return image, ("Line drawing.", "It is drawn in black lines.", "The background is white."), "line drawing"


def _cartoon(rng: np.random.Generator) -> Made:
    """A figure with a round head, outlined and coloured flat."""
    size = canvas_size(rng, 180, 360, (0.6, 1.5))
    ground = pick(rng, (WHITE, WHITE, pastel(rng)))
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    count = pick(rng, (1, 1, 1, 2, 3))
    for i in range(count):
        x, r = size[0] * (i + 0.5) / count, min(size[0] / count, size[1]) * span(rng, 0.18, 0.28)
        _figure(draw, rng, x, size[1] * span(rng, 0.32, 0.42), r)
    shown = "It shows one figure with a face." if count == 1 else f"It shows {count} figures with faces."
    return image, ("Cartoon.", shown, "The shapes have black outlines."), "cartoon"


def _figure(draw: ImageDraw.ImageDraw, rng: np.random.Generator, x: float, y: float, r: float) -> None:
    skin, pen = hsv(span(rng, 15, 35), span(rng, 0.2, 0.6), span(rng, 0.5, 1)), max(2, int(r / 18))
    skin = any_colour(rng) if chance(rng, 0.25) else skin
    body = [
        (x - r * 0.5, y + r * 0.7),
        (x + r * 0.5, y + r * 0.7),
        (x + r * 0.9, y + r * 2.6),
        (x - r * 0.9, y + r * 2.6),
    ]
    for side in (-1, 1):
        hand = (x + side * r * 1.5, y + r * span(rng, 0.2, 2))
        draw.line((x + side * r * 0.5, y + r, *hand), fill=BLACK, width=pen * 3)
        draw.ellipse((hand[0] - r * 0.15, hand[1] - r * 0.15, hand[0] + r * 0.15, hand[1] + r * 0.15), fill=skin)
    draw.polygon(body, fill=any_colour(rng), outline=BLACK, width=pen)
    if chance(rng, 0.7):
        draw.polygon(
            _blob(rng, x, y - r * 0.4, r * 1.15, r * 0.9, 0.1), fill=pick(rng, (BLACK, (110, 60, 20), (240, 200, 80)))
        )
    if chance(rng, 0.3):
        for side in (-1, 1):
            draw.polygon(
                [(x + side * r * 0.9, y - r * 0.3), (x + side * r * 0.8, y - r * 1.4), (x, y - r * 0.7)],
                fill=skin,
                outline=BLACK,
            )
    draw.ellipse((x - r, y - r * 0.9, x + r, y + r), fill=skin, outline=BLACK, width=pen)
    big = span(rng, 0.08, 0.28)
    for apart in (-0.38, 0.38):
        ex, ey = x + apart * r, y - r * 0.1
        draw.ellipse((ex - big * r, ey - big * r, ex + big * r, ey + big * r), fill=WHITE, outline=BLACK, width=pen)
        draw.ellipse((ex - 0.08 * r, ey - 0.08 * r, ex + 0.08 * r, ey + 0.08 * r), fill=BLACK)
    draw.arc((x - r * 0.5, y, x + r * 0.5, y + r * 0.7), 15, 165, fill=BLACK, width=pen)


def _scene(rng: np.random.Generator) -> Made:
    """Flat landscape: sky, hills, sun, trees, a house."""
    size = canvas_size(rng, 200, 380, (0.8, 2.0))
    width, height = size
    muted = palette(rng, 5)
    sky, hill = pick(rng, ((hsv(205, 0.4, 1), hsv(110, 0.6, 0.75)), (muted[0], muted[1])))
    image = Image.new("RGB", size, sky)
    draw = ImageDraw.Draw(image)
    sun = chance(rng, 0.6)
    if sun:
        x, r = span(rng, 0.1, 0.9) * width, height * span(rng, 0.06, 0.13)
        draw.ellipse((x - r, height * 0.12 - r, x + r, height * 0.12 + r), fill=hsv(span(rng, 30, 55), 0.7, 1))
    for k in range(whole(rng, 1, 4)):
        top = height * (0.5 + 0.12 * k)
        xs = np.linspace(0, width, 40)
        ys = top + np.sin(xs / span(rng, 20, 90) + span(rng, 0, 6)) * height * 0.07
        line = [(float(a), float(b)) for a, b in zip(xs, ys, strict=True)]
        draw.polygon([*line, (width, height), (0, height)], fill=mixed(hill, BLACK, 0.14 * k))
    ink = BLACK if chance(rng, 0.35) else None
    for _ in range(whole(rng, 0, 7)):
        x, y, r = span(rng, 0, 1) * width, span(rng, 0.55, 0.9) * height, height * span(rng, 0.05, 0.12)
        draw.rectangle((x - r * 0.15, y, x + r * 0.15, y + r * 1.4), fill=(110, 70, 40), outline=ink)
        leaves = mixed(hsv(span(rng, 80, 150), 0.6, 0.6), muted[2], span(rng, 0, 0.4))
        if chance(rng, 0.5):
            draw.ellipse((x - r, y - r * 1.5, x + r, y + r * 0.4), fill=leaves, outline=ink)
        else:
            draw.polygon([(x, y - r * 2.4), (x + r, y + r * 0.3), (x - r, y + r * 0.3)], fill=leaves, outline=ink)
    house = chance(rng, 0.5)
    if house:
        x, y, r = span(rng, 0.15, 0.65) * width, height * 0.62, height * span(rng, 0.14, 0.22)
        draw.rectangle((x, y, x + r * 1.3, y + r), fill=pastel(rng), outline=ink)
        draw.polygon(
            [(x - r * 0.15, y), (x + r * 1.45, y), (x + r * 0.65, y - r * 0.7)], fill=any_colour(rng), outline=ink
        )
        draw.rectangle((x + r * 0.5, y + r * 0.45, x + r * 0.8, y + r), fill=(90, 60, 40))
    pixels = chance(rng, 0.15)
    if pixels:
        image = image.resize((48, max(20, 48 * height // width)), Image.Resampling.BOX).resize(
            size, Image.Resampling.NEAREST
        )
    said = ("Illustration.", "It is made of large square pixels." if pixels else "It is made of flat shapes.")
    return image, (*said, *_colour_sentence(image)), "flat shapes" if not pixels else "pixels"


def _painting(rng: np.random.Generator) -> Made:
    """Strokes of a brush laid along a field of directions over a soft scene."""
    size = canvas_size(rng, 200, 300, (0.7, 1.7))
    base = [
        hsv(pick(rng, (20, 35, 50, 100, 200, 220)) + span(rng, -15, 15), span(rng, 0.2, 0.7), span(rng, 0.1, 0.95))
        for _ in range(5)
    ]
    tone, turn = noise_field(rng, size, 2, 4), noise_field(rng, size, 2, 2) * 2
    image = Image.new("RGB", size, base[0])
    draw, long, wide = ImageDraw.Draw(image), span(rng, 4, 22), whole(rng, 2, 7)
    for _ in range(1100):
        x, y = int(rng.integers(size[0])), int(rng.integers(size[1]))
        level = np.clip((tone[y, x] + y / size[1] + 0.3) * 2.2, 0, 3.99)
        colour = mixed(base[int(level)], base[int(level) + 1], float(level % 1) * 0.7 + span(rng, 0, 0.3))
        dx, dy = np.cos(turn[y, x]) * long, np.sin(turn[y, x]) * long
        draw.line((x - dx, y - dy, x + dx, y + dy), fill=colour, width=wide)
    image = image.filter(ImageFilter.GaussianBlur(span(rng, 0.3, 1.2)))
    return image, ("Painting.", *_colour_sentence(image), "Brush strokes are visible."), "painting"


def _watercolour(rng: np.random.Generator) -> Made:
    size = canvas_size(rng, 180, 300, (0.7, 1.6))
    total = np.full((size[1], size[0], 3), 250, dtype=np.float32)
    for colour in palette(rng, whole(rng, 3, 7)):
        mask = Image.new("L", size)
        centre = (span(rng, 0.1, 0.9) * size[0], span(rng, 0.1, 0.9) * size[1])
        ImageDraw.Draw(mask).polygon(
            _blob(rng, *centre, size[0] * span(rng, 0.1, 0.4), size[1] * span(rng, 0.1, 0.4), 0.15), fill=255
        )
        cover = np.asarray(mask.filter(ImageFilter.GaussianBlur(2)), dtype=np.float32) / 255
        cover *= span(rng, 0.4, 0.9) * (1 + 0.5 * noise_field(rng, size, 3, 4))
        total *= 1 - np.clip(cover, 0, 1)[..., None] * (1 - np.array(colour, dtype=np.float32) / 255)
    image = Image.fromarray(np.clip(total, 0, 255).astype(np.uint8))
    return image, ("Illustration.", "It looks like a watercolour.", *_colour_sentence(image)), "watercolour"


def _comic(rng: np.random.Generator) -> Made:
    size = canvas_size(rng, 260, 440, (0.7, 2.6))
    image = Image.new("RGB", size, WHITE)
    draw = ImageDraw.Draw(image)
    columns, rows = whole(rng, 1, 4), whole(rng, 1, 3)
    columns = max(columns, 2) if rows == 1 else columns
    coloured = chance(rng, 0.6)
    wide, tall = size[0] / columns, size[1] / rows
    for i in range(columns * rows):
        x, y = i % columns * wide + 5, i // columns * tall + 5
        box = (x, y, x + wide - 10, y + tall - 10)
        draw.rectangle(box, fill=pastel(rng) if coloured else WHITE, outline=BLACK, width=2)
        r = min(wide, tall) * 0.13
        _figure(draw, rng, x + wide * span(rng, 0.3, 0.6), y + tall * 0.55, r)
        draw.rectangle((x, y + tall - 10, x + wide, y + tall + 10), fill=WHITE)
        draw.line((x, y + tall - 10, x + wide - 10, y + tall - 10), fill=BLACK, width=2)
        bubble = (x + 8, y + 6, x + wide * 0.8, y + tall * 0.28)
        draw.ellipse(bubble, fill=WHITE, outline=BLACK, width=2)
        inner = (bubble[0] + 14, bubble[1] + 6, bubble[2] - 14, bubble[3])
        lettering.fill(draw, rng, inner, lettering.font(rng, 8, "script"), BLACK, centred=True)
    panels = columns * rows
    return image, ("Comic.", f"It has {panels} panels.", "There are speech bubbles."), "comic"


def _colour_sentence(image: Image.Image) -> tuple[str, ...]:
    names = main_colours(image)
    if not names:
        return ()
    return (f"The main colours are {spoken(names)}." if len(names) > 1 else f"The main colour is {names[0]}.",)


_LOOKS = (_engraving, _engraving, _engraving, _outline, _cartoon, _cartoon, _scene, _scene, _painting, _painting,
          _watercolour, _comic)  # fmt: skip


def draw_illustration(rng: np.random.Generator) -> Drawing:
    """One drawn or painted picture in one of many manners."""
    image, sentences, manner = pick(rng, _LOOKS)(rng)
    colours: list[str] = main_colours(image)
    keywords = tuple(dict.fromkeys(("illustration", manner, *colours, "drawn picture")))
    return Drawing(handled(rng, image), "illustration", sentences, keywords, {"manner": manner, "colours": colours})
