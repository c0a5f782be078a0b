"""Logos and icons: glyph shapes, line icons, app tiles, emoji faces, pixel icons, badges, flags, wordmarks."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scripts.train.drawings import lettering
from scripts.train.drawings.colours import (
    BLACK,
    WHITE,
    Colour,
    any_colour,
    light,
    mixed,
    name_of,
    palette,
    pastel,
    shade,
)
from scripts.train.drawings.dice import chance, pick, some, span, whole
from scripts.train.drawings.drawing import Draw, Drawing
from scripts.train.drawings.wear import handled

Points = list[tuple[float, float]]

_GRID: dict[str, list[Points]] = {
    "arrow": [[(0.1, 0.38), (0.55, 0.38), (0.55, 0.15), (0.92, 0.5), (0.55, 0.85), (0.55, 0.62), (0.1, 0.62)]],
    "triangle": [[(0.5, 0.1), (0.92, 0.86), (0.08, 0.86)]],
    "house": [[(0.5, 0.08), (0.95, 0.5), (0.82, 0.5), (0.82, 0.9), (0.58, 0.9), (0.58, 0.62), (0.42, 0.62), (0.42,
              0.9),
               (0.18, 0.9), (0.18, 0.5), (0.05, 0.5)]],
    "cross": [[(0.38, 0.1), (0.62, 0.1), (0.62, 0.38), (0.9, 0.38), (0.9, 0.62), (0.62, 0.62), (0.62, 0.9), (0.38,
              0.9),
               (0.38, 0.62), (0.1, 0.62), (0.1, 0.38), (0.38, 0.38)]],
    "check mark": [[(0.08, 0.55), (0.22, 0.41), (0.4, 0.6), (0.78, 0.18), (0.92, 0.32), (0.4, 0.86)]],
    "lightning bolt": [[(0.6, 0.05), (0.2, 0.56), (0.46, 0.56), (0.36, 0.95), (0.8, 0.4), (0.54, 0.4)]],
    "double arrow": [[(0.05, 0.15), (0.5, 0.5), (0.05, 0.85)], [(0.5, 0.15), (0.95, 0.5), (0.5, 0.85)]],
    "diamond": [[(0.5, 0.05), (0.92, 0.5), (0.5, 0.95), (0.08, 0.5)]],
    "envelope": [[(0.06, 0.2), (0.94, 0.2), (0.5, 0.55)], [(0.06, 0.28), (0.5, 0.63), (0.94, 0.28), (0.94, 0.8),
                 (0.06, 0.8)]],
    "flag": [[(0.18, 0.06), (0.26, 0.06), (0.26, 0.12), (0.9, 0.12), (0.72, 0.34), (0.9, 0.56), (0.26, 0.56), (0.26,
             0.95),
              (0.18, 0.95)]],
    "shield": [[(0.5, 0.05), (0.9, 0.18), (0.86, 0.58), (0.5, 0.95), (0.14, 0.58), (0.1, 0.18)]],
    "bar symbol": [[(0.1, 0.5), (0.28, 0.5), (0.28, 0.9), (0.1, 0.9)], [(0.41, 0.3), (0.59, 0.3), (0.59, 0.9),
                   (0.41, 0.9)],
                   [(0.72, 0.1), (0.9, 0.1), (0.9, 0.9), (0.72, 0.9)]],
    "menu symbol": [[(0.1, y), (0.9, y), (0.9, y + 0.13), (0.1, y + 0.13)] for y in (0.16, 0.43, 0.7)],
    "pause symbol": [[(x, 0.12), (x + 0.22, 0.12), (x + 0.22, 0.88), (x, 0.88)] for x in (0.2, 0.58)],
    "square": [[(0.12, 0.12), (0.88, 0.12), (0.88, 0.88), (0.12, 0.88)]],
}  # fmt: skip


def _polar(radii: list[float], turn: float = -np.pi / 2) -> Points:
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False) + turn
    return [(0.5 + r * float(np.cos(a)), 0.5 + r * float(np.sin(a))) for r, a in zip(radii, angles, strict=True)]


def _heart() -> Points:
    t = np.linspace(0, 2 * np.pi, 60)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return [(0.5 + float(a) / 38, 0.46 - float(b) / 38) for a, b in zip(x, y, strict=True)]


_GRID["star"] = [_polar([0.46, 0.19] * 5)]
_GRID["sun"] = [_polar([0.46, 0.3] * 12)]
_GRID["gear"] = [_polar([0.34, 0.34, 0.46, 0.46] * 8)]
_GRID["hexagon"] = [_polar([0.45] * 6)]
_GRID["circle"] = [_polar([0.44] * 60)]
_GRID["heart"] = [_heart()]
_GRID["drop"] = [[(0.5, 0.05), *((x, y + 0.1) for x, y in _polar([0.32] * 40, -np.pi / 4)[:31])]]
_ROUND = (
    "person",
    "cloud",
    "magnifying glass",
    "pin",
    "eye",
    "ring",
    "speech bubble",
    "lock",
    "clock",
    "target",
    "moon",
)
_SIZES = {"gear": 0.14, "pin": 0.12}


def glyph(draw: ImageDraw.ImageDraw, name: str, at: tuple[float, float, float], ink: Colour, hole: Colour) -> None:
    """A symbol in the square at (x, y) of this side; `hole` is the colour seen through it."""
    x, y, side = at

    def disc(cx: float, cy: float, r: float, fill: Colour) -> None:
        draw.ellipse((x + (cx - r) * side, y + (cy - r) * side, x + (cx + r) * side, y + (cy + r) * side), fill=fill)

    def bar(x0: float, y0: float, x1: float, y1: float, wide: float, fill: Colour) -> None:
        ends = (x + x0 * side, y + y0 * side, x + x1 * side, y + y1 * side)
        draw.line(ends, fill=fill, width=max(1, int(wide * side)))

    for points in _GRID.get(name, ()):
        draw.polygon([(x + a * side, y + b * side) for a, b in points], fill=ink)
    if name in _SIZES:
        disc(0.5, 0.5, _SIZES[name], hole)
    if name not in _ROUND:
        return
    if name == "person":
        disc(0.5, 0.28, 0.2, ink)
        draw.pieslice((x + 0.1 * side, y + 0.54 * side, x + 0.9 * side, y + 1.3 * side), 180, 360, fill=ink)
    elif name == "cloud":
        for cx, cy, r in ((0.28, 0.6, 0.2), (0.5, 0.45, 0.25), (0.74, 0.6, 0.2), (0.5, 0.62, 0.18)):
            disc(cx, cy, r, ink)
    elif name == "magnifying glass":
        bar(0.58, 0.58, 0.9, 0.9, 0.13, ink)
        disc(0.42, 0.42, 0.32, ink)
        disc(0.42, 0.42, 0.21, hole)
    elif name == "pin":
        draw.polygon([(x + a * side, y + b * side) for a, b in ((0.22, 0.5), (0.78, 0.5), (0.5, 0.97))], fill=ink)
        disc(0.5, 0.36, 0.31, ink)
        disc(0.5, 0.36, 0.12, hole)
    elif name == "eye":
        draw.ellipse((x + 0.04 * side, y + 0.25 * side, x + 0.96 * side, y + 0.75 * side), fill=ink)
        disc(0.5, 0.5, 0.19, hole)
        disc(0.5, 0.5, 0.1, ink)
    elif name in ("ring", "clock", "target"):
        disc(0.5, 0.5, 0.44, ink)
        disc(0.5, 0.5, 0.32, hole)
        if name == "clock":
            bar(0.5, 0.5, 0.5, 0.25, 0.08, ink)
            bar(0.5, 0.5, 0.68, 0.6, 0.08, ink)
        elif name == "target":
            disc(0.5, 0.5, 0.16, ink)
    elif name == "speech bubble":
        box = (x + 0.06 * side, y + 0.12 * side, x + 0.94 * side, y + 0.72 * side)
        draw.rounded_rectangle(box, radius=0.15 * side, fill=ink)
        draw.polygon([(x + a * side, y + b * side) for a, b in ((0.25, 0.7), (0.5, 0.7), (0.25, 0.92))], fill=ink)
    elif name == "lock":
        draw.arc((x + 0.28 * side, y + 0.1 * side, x + 0.72 * side, y + 0.8 * side), 180, 360, ink, int(0.1 * side) + 1)
        draw.rounded_rectangle(
            (x + 0.18 * side, y + 0.45 * side, x + 0.82 * side, y + 0.9 * side), 0.06 * side, fill=ink
        )
    elif name == "moon":
        disc(0.5, 0.5, 0.42, ink)
        disc(0.66, 0.4, 0.36, hole)


GLYPHS = (*_GRID, *_ROUND)


def _a(name: str) -> str:
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _finish(image: Image.Image, side: int, rng: np.random.Generator) -> Image.Image:
    """Drawn at twice the size and brought down, or up again from very few pixels."""
    image = image.resize((side, max(12, side * image.height // image.width)), Image.Resampling.LANCZOS)
    if side < 60:
        again = whole(rng, 120, 200)
        how = pick(rng, (Image.Resampling.NEAREST, Image.Resampling.BILINEAR))
        image = image.resize((again, max(12, again * image.height // image.width)), how)
    return image


def _glyph_icon(rng: np.random.Generator) -> Drawing:
    plain = chance(rng, 0.45)
    ground = WHITE if plain else any_colour(rng)
    ink = BLACK if plain and chance(rng, 0.6) else any_colour(rng)
    while abs(sum(ink) - sum(ground)) < 150:
        ink, ground = any_colour(rng), pick(rng, (WHITE, BLACK, pastel(rng)))
    name, side = pick(rng, GLYPHS), whole(rng, 120, 300)
    image = Image.new("RGB", (side, side), ground)
    draw = ImageDraw.Draw(image)
    edge = side * pick(rng, (0.0, 0.05, 0.15, 0.25))
    glyph(draw, name, (edge, edge, side - 2 * edge), ink, ground)
    if chance(rng, 0.15):
        image = image.rotate(pick(rng, (90, 180, 270)))
    sentences = ("Icon.", f"It shows {_a(name_of(ink))} {name}.", f"The background is {name_of(ground)}.")
    return _made(_finish(image, pick(rng, (32, 48, 96, 160, 220, 256)), rng), sentences, ("icon", name, name_of(ink)))


def _line_icon(rng: np.random.Generator) -> Drawing:
    side, ground = 256, WHITE if chance(rng, 0.7) else pastel(rng)
    ink = BLACK if chance(rng, 0.6) else mixed(any_colour(rng), BLACK, 0.3)
    image = Image.new("RGB", (side, side), ground)
    draw, pen = ImageDraw.Draw(image), whole(rng, 6, 20)
    name = pick(rng, tuple(_GRID))
    for points in _GRID[name]:
        ring = [(24 + a * 208, 24 + b * 208) for a, b in points]
        draw.line([*ring, ring[0], ring[1]], fill=ink, width=pen, joint="curve")
    sentences = ("Icon.", f"It is drawn in {name_of(ink)} lines.", f"The background is {name_of(ground)}.")
    return _made(_finish(image, pick(rng, (40, 64, 128, 200)), rng), sentences, ("icon", "outline", name_of(ink)))


def _tile(rng: np.random.Generator) -> Drawing:
    side, colour = 256, any_colour(rng)
    ground = pick(rng, (WHITE, WHITE, BLACK, pastel(rng)))
    image = Image.new("RGB", (side, side), ground)
    draw = ImageDraw.Draw(image)
    box, round_one = (14, 14, 242, 242), chance(rng, 0.35)
    if round_one:
        draw.ellipse(box, fill=colour)
    else:
        draw.rounded_rectangle(box, radius=whole(rng, 0, 70), fill=colour)
    ink, name = (BLACK if light(colour) and chance(rng, 0.6) else WHITE), "letter"
    if chance(rng, 0.3):
        text = lettering.word(rng).upper()[: whole(rng, 1, 2)]
        face = lettering.fitted(rng, text, 140, 190, "bold")
        draw.text((128, 128), text, font=face, fill=ink, anchor="mm")
    else:
        name = pick(rng, GLYPHS)
        glyph(draw, name, (64, 64, 128), ink, colour)
    shape = "circle" if round_one else "square"
    sentences = ("Icon.", f"It shows {_a(name_of(colour))} {shape} with a {name_of(ink)} sign.",
                 f"The background is {name_of(ground)}.")  # fmt: skip
    return _made(_finish(image, pick(rng, (40, 72, 128, 200)), rng), sentences, ("icon", shape, name_of(colour)))


def _face(rng: np.random.Generator) -> Drawing:
    colour, ground = (
        shade(rng, pick(rng, ("yellow", "yellow", "orange", "green", "pink"))),
        pick(rng, (WHITE, pastel(rng))),
    )
    image = Image.new("RGB", (256, 256), ground)
    draw = ImageDraw.Draw(image)
    dark = (60, 35, 10)
    draw.ellipse((18, 18, 238, 238), fill=colour, outline=dark if chance(rng, 0.5) else None, width=6)
    for x in (88, 168):
        tall = whole(rng, 8, 22)
        draw.ellipse((x - 12, 100 - tall, x + 12, 100 + tall), fill=dark)
    mood = pick(rng, ("smiles", "looks sad", "has an open mouth"))
    if mood == "has an open mouth":
        draw.ellipse((100, 150, 156, 210), fill=dark)
    else:
        box, ends = ((70, 90, 186, 200), (20, 160)) if mood == "smiles" else ((70, 160, 186, 260), (200, 340))
        draw.arc(box, *ends, fill=dark, width=10)
    sentences = ("Icon.", f"It shows {_a(name_of(colour))} face.", f"The face {mood}.")
    return _made(_finish(image, pick(rng, (48, 72, 160)), rng), sentences, ("icon", "face", name_of(colour)))


def _pixel_icon(rng: np.random.Generator) -> Drawing:
    cells = whole(rng, 7, 16)
    half = rng.random((cells, (cells + 1) // 2)) < span(rng, 0.35, 0.6)
    grid = np.concatenate([half, half[:, ::-1][:, cells % 2 :]], axis=1)
    ground, colours = pick(rng, (WHITE, BLACK, pastel(rng))), palette(rng, whole(rng, 1, 3))
    pixels = np.empty((cells, grid.shape[1], 3), dtype=np.uint8)
    pixels[:] = ground
    pixels[grid] = np.array(colours)[rng.integers(len(colours), size=int(grid.sum()))]
    image = Image.fromarray(pixels).resize((whole(rng, 120, 240),) * 2, Image.Resampling.NEAREST)
    sentences = ("Icon.", "It is made of large square pixels.", f"The background is {name_of(ground)}.")
    return _made(image, sentences, ("icon", "pixels", "symmetric"))


def _wordmark(rng: np.random.Generator) -> Drawing:
    ground = pick(rng, (WHITE, WHITE, WHITE, BLACK, any_colour(rng)))
    colour = any_colour(rng)
    while abs(sum(colour) - sum(ground)) < 120:
        colour = shade(rng, pick(rng, ("blue", "red", "white", "black")))
    beside = chance(rng, 0.65)
    size = (whole(rng, 400, 640), whole(rng, 110, 220)) if beside else (300, whole(rng, 240, 320))
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    mark = size[1] * 0.7 if beside else size[1] * 0.55
    at = (mark * 0.2, size[1] * 0.15) if beside else (size[0] / 2 - mark / 2, 10)
    glyph(draw, pick(rng, GLYPHS), (*at, mark), colour, ground)
    text, ink = lettering.words(rng, 1), colour if chance(rng, 0.4) else (BLACK if light(ground) else WHITE)
    room = (size[0] - mark * 1.7, size[1] * 0.7) if beside else (size[0] * 0.9, size[1] * 0.32)
    face = lettering.fitted(rng, text, *room, pick(rng, ("bold", "sans", "any", "script")))
    place, anchor = ((mark * 1.4, size[1] / 2), "lm") if beside else ((size[0] / 2, size[1] * 0.8), "mm")
    draw.text(place, text, font=face, fill=ink, anchor=anchor)
    where = "left of" if beside else "above"
    sentences = (
        "Logo.",
        f"It shows {_a(name_of(colour))} sign {where} a name.",
        f"The background is {name_of(ground)}.",
    )
    image.thumbnail((whole(rng, 130, 500),) * 2)
    return _made(image, sentences, ("logo", "name", name_of(colour)))


def _badge(rng: np.random.Generator) -> Drawing:
    ground, outer, inner = pick(rng, (WHITE, pastel(rng))), any_colour(rng), any_colour(rng)
    image = Image.new("RGB", (256, 256), ground)
    draw = ImageDraw.Draw(image)
    kind = pick(rng, ("circle", "shield", "sun", "hexagon"))
    glyph(draw, kind, (4, 4, 248), outer, ground)
    glyph(draw, kind, (28, 28, 200), inner, ground)
    ink = BLACK if light(inner) else WHITE
    text = lettering.word(rng).upper()[:6]
    draw.text((128, 118), text, font=lettering.fitted(rng, text, 120, 50, "bold"), fill=ink, anchor="mm")
    glyph(draw, pick(rng, ("star", "heart", "diamond")), (108, 140, 40), ink, inner)
    sentences = ("Logo.", f"It is a badge in {name_of(outer)} and {name_of(inner)}.") if outer != inner else ("Logo.",)
    return _made(_finish(image, pick(rng, (96, 160, 240)), rng), sentences, ("logo", "badge", name_of(inner)))


def _flag(rng: np.random.Generator) -> Drawing:
    count, upright = pick(rng, (2, 3, 3, 3, 4)), chance(rng, 0.5)
    names = some(rng, ("red", "white", "blue", "green", "yellow", "black", "orange"), count)
    size = (240, whole(rng, 130, 180))
    image = Image.new("RGB", size)
    draw = ImageDraw.Draw(image)
    for i, name in enumerate(names):
        low, high = i / count, (i + 1) / count
        box = (size[0] * low, 0, size[0] * high, size[1]) if upright else (0, size[1] * low, size[0], size[1] * high)
        draw.rectangle(box, fill=shade(rng, name))
    way = "upright" if upright else "level"
    sentences = ("Icon.", f"It shows a flag with {count} {way} stripes.", f"The stripes are {', '.join(names)}.")
    return _made(image, sentences, ("icon", "flag", "stripes"))


def _button(rng: np.random.Generator) -> Drawing:
    size, colour = (whole(rng, 160, 360), whole(rng, 50, 110)), any_colour(rng)
    image = Image.new("RGB", size, WHITE)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((3, 3, size[0] - 4, size[1] - 4), radius=whole(rng, 0, size[1] // 2), fill=colour)
    text = lettering.words(rng, whole(rng, 1, 2))
    face = lettering.fitted(rng, text, size[0] * 0.7, size[1] * 0.6, "sans")
    draw.text((size[0] / 2, size[1] / 2), text, font=face, fill=BLACK if light(colour) else WHITE, anchor="mm")
    return _made(
        image, ("Icon.", f"It shows {_a(name_of(colour))} button with text."), ("icon", "button", name_of(colour))
    )


def _made(image: Image.Image, sentences: tuple[str, ...], keywords: tuple[str, ...]) -> Drawing:
    return Drawing(image, "logo or icon", sentences, tuple(dict.fromkeys(keywords)), {"shows": keywords[1]})


_LOOKS: tuple[Draw, ...] = (
    _glyph_icon, _glyph_icon, _glyph_icon, _glyph_icon, _line_icon, _line_icon, _tile, _tile, _face,
    _pixel_icon, _wordmark, _wordmark, _badge, _flag, _button,
)  # fmt: skip


def draw_icon(rng: np.random.Generator) -> Drawing:
    """One logo or icon in one of many looks."""
    drawing = pick(rng, _LOOKS)(rng)
    return Drawing(handled(rng, drawing.image), drawing.kind, drawing.sentences, drawing.keywords, drawing.facts)
