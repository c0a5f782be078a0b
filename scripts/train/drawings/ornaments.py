"""Pictures without content: blank ones, and decoration (rules, borders, patterns, gradients)."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scripts.train.drawings.colours import (
    BLACK,
    WHITE,
    Colour,
    any_colour,
    main_colours,
    mixed,
    name_of,
    palette,
    pastel,
    spoken,
)  # fmt: skip
from scripts.train.drawings.dice import canvas_size, chance, pick, span, whole
from scripts.train.drawings.drawing import Drawing
from scripts.train.drawings.wear import aged, grain, noise_field


def draw_blank(rng: np.random.Generator) -> Drawing:
    """One colour all over, perhaps with a trace of noise, light or an edge shadow."""
    size = canvas_size(rng, 120, 400, (0.4, 2.6))
    ground = pick(rng, (WHITE, WHITE, WHITE, BLACK, pastel(rng), any_colour(rng), (245, 243, 236)))
    image, throw = Image.new("RGB", size, ground), rng.random()
    if throw < 0.12:
        image = grain(rng, image, span(rng, 0.5, 3))
    elif throw < 0.24:
        step = np.linspace(-span(rng, 1, 5), span(rng, 1, 5), size[1])[:, None, None]
        tone = np.array(ground, dtype=np.float32) + step + np.zeros((size[1], size[0], 3))
        image = Image.fromarray(np.clip(tone, 0, 255).astype(np.uint8))
    elif throw < 0.34 and ground != BLACK:
        image = grain(rng, aged(rng, image, (252, 250, 245)), 1.5)
    names = main_colours(image, 0.3)[:1] or [name_of(ground)]
    page = names[0] == "white" and size[0] < size[1]
    first = "Blank page." if page else "Blank picture in one colour."
    return Drawing(
        image, "blank", (first, f"It is {names[0]}.", "There is nothing on it."),
        ("blank", "empty", names[0]), {"colour": names[0]},
    )  # fmt: skip


def _colours(rng: np.random.Generator) -> tuple[Colour, Colour]:
    """A ground and an ink that can be seen on it."""
    while True:
        ground, ink = _some_colours(rng)
        if np.abs(np.subtract(ground, ink)).max() > 24:
            return ground, ink


def _some_colours(rng: np.random.Generator) -> tuple[Colour, Colour]:
    ground = pick(rng, (WHITE, WHITE, (238, 238, 238), pastel(rng), any_colour(rng), BLACK))
    if chance(rng, 0.45):
        ink = pick(rng, (BLACK, any_colour(rng))) if ground != BLACK else WHITE
        return ground, mixed(ground, ink, span(rng, 0.12, 0.3))
    return ground, mixed(any_colour(rng), BLACK, span(rng, 0, 0.6)) if ground != BLACK else any_colour(rng)


def _line(rng: np.random.Generator) -> tuple[Image.Image, str, str]:
    ground, ink = _colours(rng)
    size = (whole(rng, 220, 700), whole(rng, 12, 110))
    image = Image.new("RGB", size, ground)
    draw, y = ImageDraw.Draw(image), size[1] / 2
    edge, manner = size[0] * span(rng, 0, 0.1), whole(rng, 0, 4)
    if manner < 2:
        for k in range(manner + 1):
            draw.line((edge, y + 5 * k, size[0] - edge, y + 5 * k), fill=ink, width=whole(rng, 1, 4))
    elif manner == 2:
        step = whole(rng, 6, 20)
        for x in np.arange(edge, size[0] - edge, step):
            draw.ellipse((x, y - step / 4, x + step / 2, y + step / 4), fill=ink)
    else:
        x = np.linspace(edge, size[0] - edge, 300)
        rise = np.sin(x / span(rng, 4, 30)) * size[1] * span(rng, 0.15, 0.4)
        draw.line([(float(a), float(y + b)) for a, b in zip(x, rise, strict=True)], fill=ink, width=whole(rng, 1, 4))
    if chance(rng, 0.4):
        x, r = size[0] / 2, size[1] * 0.3
        draw.rectangle((x - r * 1.6, 0, x + r * 1.6, size[1]), fill=ground)
        draw.polygon([(x - r, y), (x, y - r), (x + r, y), (x, y + r)], fill=ink)
    return image, "Decorative line.", "line"


def _border(rng: np.random.Generator) -> tuple[Image.Image, str, str]:
    ground, ink = _colours(rng)
    size = canvas_size(rng, 180, 420, (0.6, 1.8))
    image = Image.new("RGB", size, ground)
    draw, inset = ImageDraw.Draw(image), whole(rng, 2, 20)
    for _ in range(whole(rng, 1, 3)):
        pen = whole(rng, 1, 8)
        box = (inset, inset, size[0] - inset - 1, size[1] - inset - 1)
        draw.rounded_rectangle(box, radius=pick(rng, (0, 0, 20)), outline=ink, width=pen)
        inset += pen + whole(rng, 2, 8)
    if chance(rng, 0.5):
        step = whole(rng, 10, 26)
        for x in range(inset, size[0] - inset, step):
            for y in (inset, size[1] - inset - step // 2):
                draw.ellipse((x, y, x + step // 2, y + step // 2), fill=ink)
        for y in range(inset, size[1] - inset, step):
            for x in (inset, size[0] - inset - step // 2):
                draw.ellipse((x, y, x + step // 2, y + step // 2), fill=ink)
    return image, "Decorative border.", "border"


def _pattern(rng: np.random.Generator) -> tuple[Image.Image, str, str]:
    ground, ink = _colours(rng)
    size = canvas_size(rng, 150, 380, (0.6, 2.0))
    cell = whole(rng, 6, min(size) // 8)  # a pattern repeats itself: a few large shapes are an illustration
    tile = Image.new("RGB", (cell * 2, cell * 2), ground)
    draw, pen, manner = ImageDraw.Draw(tile), whole(rng, 1, max(1, cell // 5)), whole(rng, 0, 7)
    if manner == 0:
        draw.rectangle((0, 0, cell * 2, cell * span(rng, 0.3, 1.4)), fill=ink)
    elif manner == 1:
        for k in (-2, 0, 2):
            draw.line((k * cell, 2 * cell, (k + 2) * cell, 0), fill=ink, width=max(1, cell // 2))
    elif manner == 2:
        for x, y in ((0.5, 0.5), (1.5, 1.5)):
            r = span(rng, 0.1, 0.5)
            draw.ellipse(((x - r) * cell, (y - r) * cell, (x + r) * cell, (y + r) * cell), fill=ink)
    elif manner == 3:
        draw.rectangle((0, 0, cell - 1, cell - 1), fill=ink)
        draw.rectangle((cell, cell, cell * 2, cell * 2), fill=ink)
    elif manner == 4:
        draw.rectangle((0, 0, cell * 2, cell * 2), outline=ink, width=pen)
    elif manner == 5:
        draw.polygon([(cell, 0), (2 * cell, cell), (cell, 2 * cell), (0, cell)], fill=ink)
    elif manner == 6:
        for r in (1.0, 0.7, 0.4):
            draw.ellipse((cell - r * cell, cell - r * cell, cell + r * cell, cell + r * cell), outline=ink, width=pen)
    else:
        draw.line([(0, 0), (cell, cell), (2 * cell, 0)], fill=ink, width=pen + 2)
        draw.line([(0, cell), (cell, 2 * cell), (2 * cell, cell)], fill=ink, width=pen + 2)
    image = Image.new("RGB", size)
    for x in range(0, size[0], cell * 2):
        for y in range(0, size[1], cell * 2):
            image.paste(tile, (x, y))
    return (image.rotate(90, expand=True) if chance(rng, 0.3) else image), "Decorative pattern.", "pattern"


def _grainy(rng: np.random.Generator) -> tuple[Image.Image, str, str]:
    """Paper, cloth or speckle, as behind web pages."""
    size = canvas_size(rng, 150, 300, (0.7, 1.6))
    ground, strength = pick(rng, (pastel(rng), (240, 240, 240), (90, 90, 90), any_colour(rng))), span(rng, 6, 22)
    manner = whole(rng, 0, 3)
    noise = rng.standard_normal((size[1], size[0])).astype(np.float32)
    if manner == 1:
        noise = np.repeat(noise[:, :1], size[0], axis=1) + np.repeat(noise[:1], size[1], axis=0)
    elif manner == 2:
        noise = noise_field(rng, size, 8, 4) * 1.5
    elif manner == 3:
        noise = (noise > 1.9) * -6.0
    tone = np.array(ground, dtype=np.float32) + (noise * strength)[..., None]
    return Image.fromarray(np.clip(tone, 0, 255).astype(np.uint8)), "Decorative pattern.", "texture"


def _gradient(rng: np.random.Generator) -> tuple[Image.Image, str, str]:
    size = canvas_size(rng, 150, 400, (0.5, 3.0))
    y, x = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
    manner, turn = whole(rng, 0, 3), span(rng, 0, 6.28)
    field = (x * np.cos(turn) + y * np.sin(turn), np.hypot(x, y) * 2 - 1, np.arctan2(y, x) / np.pi,
             noise_field(rng, size, 2, 1))[manner]  # fmt: skip
    colours = palette(rng, whole(rng, 2, 4)) if chance(rng, 0.7) else [any_colour(rng), pick(rng, (WHITE, BLACK))]
    if np.ptp(colours, axis=0).max() < 50:  # too even to be told from a blank picture
        colours.append(WHITE if sum(colours[0]) < 380 else BLACK)
    stops = np.linspace(-1, 1, len(colours))
    tone = np.stack([np.interp(field, stops, [c[i] for c in colours]) for i in range(3)], axis=2)
    return Image.fromarray(tone.astype(np.uint8)), "Decorative gradient.", "gradient"


def _waves(rng: np.random.Generator) -> tuple[Image.Image, str, str]:
    """Waves or soft discs in related colours, as at the head of pages."""
    size = canvas_size(rng, 180, 400, (1.0, 3.5))
    deepest, count = any_colour(rng), whole(rng, 3, 6)
    colours = [mixed(deepest, WHITE, share) for share in np.linspace(0.85, 0, count)]
    image = Image.new("RGB", size, WHITE)
    draw, discs = ImageDraw.Draw(image), chance(rng, 0.35)
    for i, colour in enumerate(colours * (6 if discs else 1)):
        if discs:
            a, b, r = span(rng, 0, size[0]), span(rng, 0, size[1]), span(rng, 0.03, 0.15) * size[1]
            draw.ellipse((a - r, b - r, a + r, b + r), fill=colour)
            continue
        x = np.linspace(0, size[0], 80)
        base = size[1] * (0.3 + 0.6 * i / len(colours))
        top = base + np.sin(x / span(rng, 30, 120) + span(rng, 0, 6)) * size[1] * span(rng, 0.03, 0.15)
        points = [(float(a), float(b)) for a, b in zip(x, top, strict=True)]
        draw.polygon([*points, (size[0], size[1]), (0, size[1])], fill=colour)
    return image, "Decorative pattern.", "circles" if discs else "waves"


_LOOKS = (_line, _line, _border, _pattern, _pattern, _grainy, _grainy, _gradient, _waves)


def draw_decorative(rng: np.random.Generator) -> Drawing:
    """One decoration: line, border, pattern, gradient or waves."""
    image, first, word = pick(rng, _LOOKS)(rng)
    names = main_colours(image, 0.25)
    said = [first] + ([f"It is mostly {spoken(names)}."] if names else []) + ["It carries no information."]
    keywords = ("decorative", word, "background" if word not in ("line", "border") else "ornament", *names)
    return Drawing(image, "decorative", tuple(said), keywords, {"shows": word, "colours": names})
