"""Maps: regions, streets, coasts, contour lines, worlds with graticule, metro lines, old engraved sheets."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy.spatial import cKDTree

from scripts.train.drawings import lettering
from scripts.train.drawings.colours import (
    BLACK,
    BRIGHT,
    WHITE,
    Colour,
    hsv,
    mixed,
    name_of,
    palette,
    pastel,
    shade,
)
from scripts.train.drawings.dice import canvas_size, chance, pick, span, whole
from scripts.train.drawings.drawing import Draw, Drawing
from scripts.train.drawings.wear import aged, handled, noise_field

_WATER: tuple[Colour, ...] = ((170, 211, 223), (160, 195, 240), (200, 225, 245), (120, 170, 215), (205, 210, 214))


def _labels(
    draw: ImageDraw.ImageDraw, rng: np.random.Generator, size: tuple[int, int], count: int, ink: Colour
) -> None:
    for _ in range(count):
        at = (span(rng, 0, 0.85) * size[0], span(rng, 0.03, 0.9) * size[1])
        draw.text(at, lettering.words(rng, 1), font=lettering.font(rng, pick(rng, (8, 9, 10, 14)), "sans"), fill=ink)


def _furniture(draw: ImageDraw.ImageDraw, rng: np.random.Generator, size: tuple[int, int], said: list[str]) -> None:
    """Perhaps a scale bar, pins, a frame; each said when drawn."""
    if chance(rng, 0.2):
        x, y, unit = size[0] * 0.06, size[1] * 0.93, size[0] * 0.06
        for i in range(4):
            draw.rectangle((x + i * unit, y, x + (i + 1) * unit, y + 5), fill=BLACK if i % 2 else WHITE, outline=BLACK)
        said.append("It has a scale bar.")
    if chance(rng, 0.2):
        count, colour = whole(rng, 1, 5), pick(rng, ((220, 40, 40), (40, 90, 220)))
        for _ in range(count):
            x, y = span(rng, 0.1, 0.9) * size[0], span(rng, 0.15, 0.85) * size[1]
            draw.polygon([(x, y), (x - 6, y - 12), (x + 6, y - 12)], fill=colour)
            draw.ellipse((x - 7, y - 21, x + 7, y - 7), fill=colour, outline=WHITE)
        said.append(f"It has {count} {name_of(colour)} pin{'s' * (count > 1)}.")
    if chance(rng, 0.25):
        draw.rectangle((2, 2, size[0] - 3, size[1] - 3), outline=BLACK, width=whole(rng, 1, 3))


def _route(draw: ImageDraw.ImageDraw, rng: np.random.Generator, size: tuple[int, int], colour: Colour) -> None:
    x = np.linspace(span(rng, 0.05, 0.2), span(rng, 0.8, 0.95), 9) * size[0]
    y = (np.cumsum(rng.normal(0, 0.09, 9)) * 0.6 + 0.5) * size[1]
    draw.line(
        [(float(a), float(b)) for a, b in zip(x, y, strict=True)], fill=colour, width=whole(rng, 3, 5), joint="curve"
    )


def _made(image: Image.Image, said: list[str], words: tuple[str, ...], **facts: int | str) -> Drawing:
    return Drawing(image, "map", ("Map.", *said), tuple(dict.fromkeys(("map", *words))), {"of": words[0], **facts})


def _regions(rng: np.random.Generator) -> Drawing:
    """A land of perturbed cells, coloured by region, in the sea or on paper."""
    size = canvas_size(rng, 200, 340, (0.7, 1.8))
    count = whole(rng, 4, 14)
    seeds = rng.uniform(0.12, 0.88, (count, 2)) * size
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    rough = span(rng, 4, 16)
    places = np.stack([x + noise_field(rng, size, 4, 4) * rough, y + noise_field(rng, size, 4, 4) * rough], axis=2)
    cell = cKDTree(seeds).query(places.reshape(-1, 2))[1].reshape(size[1], size[0])
    reach = np.hypot((x / size[0] - 0.5) * 2, (y / size[1] - 0.5) * 2) + noise_field(rng, size, 2, 5) * 0.3
    sea = pick(rng, (WHITE, pick(rng, _WATER)))
    whole_sheet = chance(rng, 0.25)
    hue = span(rng, 0, 360)
    choropleth = chance(rng, 0.4)
    tints = ([hsv(hue, 0.15 + 0.75 * k, 0.95 - 0.35 * k) for k in rng.random(count)] if choropleth
             else [mixed(c, WHITE, 0.35) for c in palette(rng, count)])  # fmt: skip
    if chance(rng, 0.2):
        tints = [WHITE] * count
    land = np.ones(reach.shape, bool) if whole_sheet else reach < 0.95
    pixels = np.where(land[..., None], np.array(tints, dtype=np.uint8)[cell], np.array(sea, dtype=np.uint8))
    key = np.where(land, cell, -1)
    edge = np.zeros(land.shape, bool)
    edge[1:] |= key[1:] != key[:-1]
    edge[:, 1:] |= key[:, 1:] != key[:, :-1]
    pixels[edge] = pick(rng, (BLACK, WHITE, (90, 90, 90))) if tints[0] != WHITE else BLACK
    image = Image.fromarray(pixels.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    seen = len([k for k in range(count) if int((key == k).sum()) > 60])
    said = [f"It has {seen} regions."]
    said += ["The regions are shaded in one colour."] * (choropleth and tints[0] != WHITE)
    said += ["Water lies round the land."] * (name_of(sea) == "blue" and not whole_sheet)
    if chance(rng, 0.5):
        _labels(draw, rng, size, whole(rng, 2, 9), BLACK)
    _furniture(draw, rng, size, said)
    return _made(image, said, ("regions", "borders", "land"), regions=seen)


def _streets(rng: np.random.Generator) -> Drawing:
    side = whole(rng, 340, 460)
    ground: Colour = pick(rng, ((242, 239, 233), (248, 246, 240), (228, 228, 228), (38, 42, 50)))
    image = Image.new("RGB", (side, side), ground)
    draw = ImageDraw.Draw(image)
    dark = ground[0] < 100
    road: Colour = (90, 95, 110) if dark else WHITE
    parks, buildings = whole(rng, 0, 3), chance(rng, 0.5)
    for _ in range(parks):
        x, y, r = span(rng, 0.2, 0.8) * side, span(rng, 0.2, 0.8) * side, side * span(rng, 0.05, 0.13)
        draw.polygon(
            [(x - r, y - r * 0.6), (x + r * 0.7, y - r), (x + r, y + r * 0.8), (x - r * 0.8, y + r)],
            fill=(200, 230, 170),
        )
    step, pen = whole(rng, 22, 60), whole(rng, 2, 6)
    if buildings:
        for x in range(0, side, step):
            for y in range(0, side, step):
                a, b = x + step * span(rng, 0.15, 0.4), y + step * span(rng, 0.15, 0.4)
                draw.rectangle((a, b, a + step * 0.4, b + step * 0.35), fill=mixed(ground, BLACK, 0.12))
    for low in range(0, side, step):
        shift = rng.normal(0, step * 0.2, 2)
        for line in ((low + shift[0], 0, low + shift[1], side), (0, low + shift[1], side, low + shift[0])):
            if chance(rng, 0.85):
                draw.line(line, fill=mixed(road, BLACK, 0.2), width=pen + 2)
                draw.line(line, fill=road, width=pen)
    for _ in range(whole(rng, 0, 3)):
        ends = (
            (span(rng, 0, side), 0, span(rng, 0, side), side)
            if chance(rng, 0.5)
            else (0, span(rng, 0, side), side, span(rng, 0, side))
        )
        draw.line(ends, fill=pick(rng, ((250, 205, 140), (245, 230, 130), (230, 145, 160))), width=pen + 4)
    river = chance(rng, 0.4)
    if river:
        along = np.linspace(-20, side + 20, 30)
        down = side * span(rng, 0.2, 0.8) + np.sin(along / 60 + span(rng, 0, 6)) * side * 0.1
        draw.line(
            [(float(a), float(b)) for a, b in zip(along, down, strict=True)],
            fill=_WATER[0],
            width=whole(rng, 10, 30),
            joint="curve",
        )
    _labels(draw, rng, (side, side), whole(rng, 0, 8), WHITE if dark else (80, 80, 80))
    image = image.rotate(span(rng, -40, 40), Image.Resampling.BILINEAR)
    cut = int(side * 0.17)
    right = side - cut
    image = image.crop((cut, cut, right, pick(rng, (right, int(side * 0.6)))))
    draw, said = ImageDraw.Draw(image), ["It shows a grid of streets."]
    if chance(rng, 0.3):
        colour = pick(rng, ((225, 40, 40), (40, 90, 230)))
        _route(draw, rng, image.size, colour)
        said.append(f"A route is marked in {name_of(colour)}.")
    _furniture(draw, rng, image.size, said)
    return _made(image, said, ("streets", "town", "roads"))


def _coast(rng: np.random.Generator) -> Drawing:
    """Land and sea from a height field: filled, outlined or with contour lines."""
    size = canvas_size(rng, 190, 320, (0.8, 2.2))
    height = noise_field(rng, size, pick(rng, (2, 3)), 6) + span(rng, -0.2, 0.2)
    manner = pick(rng, ("filled", "filled", "outline", "black", "relief", "contours"))
    land = height > 0
    edge = np.zeros(land.shape, bool)
    edge[1:] |= land[1:] != land[:-1]
    edge[:, 1:] |= land[:, 1:] != land[:, :-1]
    sea, ground = pick(rng, _WATER), pick(rng, ((242, 239, 233), (205, 225, 180), (240, 225, 190), pastel(rng)))
    if manner in ("outline", "black", "contours"):
        sea, ground = WHITE, BLACK if manner == "black" else WHITE
    pixels = np.where(land[..., None], np.array(ground), np.array(sea)).astype(np.uint8)
    said = []
    if manner == "relief":
        ramp = np.array([(150, 190, 120), (220, 210, 150), (190, 140, 90), (240, 240, 240)])
        pixels[land] = ramp[np.clip((height[land] * 3.2).astype(int), 0, 3)]
        said.append("Colours show the height of the land.")
    elif manner == "contours":
        level = np.floor(height * span(rng, 4, 9))
        edge = np.zeros(land.shape, bool)
        edge[1:] |= level[1:] != level[:-1]
        edge[:, 1:] |= level[:, 1:] != level[:, :-1]
        said.append("It has contour lines.")
    pixels[edge] = pick(rng, (BLACK, (120, 80, 50))) if manner in ("outline", "contours") else (110, 130, 140)
    image = Image.fromarray(pixels)
    draw = ImageDraw.Draw(image)
    said += ["The land is black."] * (manner == "black") + ["Coasts are drawn as lines."] * (manner == "outline")
    if manner in ("filled", "relief") and name_of(sea) == "blue":
        said.append("The water is blue.")
    if chance(rng, 0.5):
        _labels(draw, rng, size, whole(rng, 1, 8), (70, 70, 70))
    if chance(rng, 0.3):
        for x in np.linspace(0, size[0], whole(rng, 4, 10)):
            draw.line((x, 0, x, size[1]), fill=(150, 150, 150))
        for y in np.linspace(0, size[1], whole(rng, 3, 7)):
            draw.line((0, y, size[0], y), fill=(150, 150, 150))
        said.append("A grid of lines lies over it.")
    _furniture(draw, rng, size, said)
    return _made(image, said, ("coast", "land", "water"))


def _world(rng: np.random.Generator) -> Drawing:
    """Continents in a globe or an oval with meridians and parallels."""
    side = whole(rng, 190, 280)
    wide = side * pick(rng, (1, 1, 2))
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : wide * 1j]
    inside = x**2 + y**2 < 0.98
    bulge = np.sqrt(np.clip(1 - y**2, 0.02, 1))
    lon, lat = np.clip(x / bulge, -1, 1), np.arcsin(np.clip(y, -1, 1)) / (np.pi / 2)
    if wide == side:
        lon = np.arcsin(lon) / (np.pi / 2)
    field = noise_field(rng, (360, 180), 2, 6)
    land = field[((lat + 1) * 89).astype(int), ((lon + 1) * 179).astype(int)] > 0.12
    sea, ground = pick(
        rng, ((WHITE, BLACK), (WHITE, (190, 190, 190)), (pick(rng, _WATER), (200, 215, 160)), (WHITE, WHITE))
    )
    pixels = np.full((side, wide, 3), 255, dtype=np.uint8)
    pixels[inside] = sea
    pixels[inside & land] = ground
    edge = np.zeros(land.shape, bool)
    edge[1:] = (land[1:] != land[:-1]) & inside[1:]
    edge[:, 1:] |= (land[:, 1:] != land[:, :-1]) & inside[:, 1:]
    pixels[edge] = (60, 60, 60)
    count = whole(rng, 6, 16)
    for grid in (lon, lat):
        part = np.floor((grid + 1) * count / 2)
        lines = np.zeros(land.shape, bool)
        lines[1:, 1:] = (part[1:, 1:] != part[:-1, 1:]) | (part[1:, 1:] != part[1:, :-1])
        pixels[lines & inside] = (160, 160, 160)
    ring = (x**2 + y**2 > 0.955) & inside
    pixels[ring] = (40, 40, 40)
    image = Image.fromarray(pixels)
    image = image.filter(ImageFilter.GaussianBlur(0.5))
    said = [
        "It shows a globe." if wide == side else "It shows the whole world in an oval.",
        "It has a grid of meridians and parallels.",
    ]
    return _made(image, said, ("globe" if wide == side else "world", "continents", "meridians"))


def _metro(rng: np.random.Generator) -> Drawing:
    size = canvas_size(rng, 230, 360, (0.8, 1.7))
    image = Image.new("RGB", size, WHITE if chance(rng, 0.8) else pastel(rng))
    draw, count = ImageDraw.Draw(image), whole(rng, 2, 6)
    step = min(size) / 9
    for colour in [shade(rng, pick(rng, BRIGHT)) for _ in range(count)]:
        x, y = span(rng, 0.05, 0.4) * size[0], span(rng, 0.1, 0.9) * size[1]
        points, way = [(x, y)], (1, 0)
        for _ in range(whole(rng, 4, 8)):
            way = pick(rng, ((1, 0), (1, 1), (1, -1), (0, 1), way))
            x, y = x + way[0] * step * 1.3, min(max(y + way[1] * step * 1.3, 12), size[1] - 12)
            points.append((x, y))
        draw.line(points, fill=colour, width=5, joint="curve")
        for a, b in points:
            draw.ellipse((a - 4, b - 4, a + 4, b + 4), fill=WHITE, outline=BLACK)
            if chance(rng, 0.5):
                draw.text((a + 5, b - 12), lettering.word(rng), font=lettering.font(rng, 8, "sans"), fill=BLACK)
    said = [f"It has {count} lines with stops.", "The lines are coloured."]
    return _made(image, said, ("metro map", "lines", "stops"), lines=count)


def _old(rng: np.random.Generator) -> Drawing:
    drawing = pick(rng, (_coast, _regions, _world))(rng)
    image = drawing.image.convert("L").convert("RGB") if chance(rng, 0.6) else drawing.image
    image = aged(rng, image, pick(rng, ((235, 215, 170), (220, 200, 160), (240, 230, 205))))
    kept = [
        s
        for s in drawing.sentences[1:]
        if "colour" not in s and "blue" not in s and "red" not in s and "black" not in s
    ]
    return _made(image, ["It is on old paper.", *kept], (*drawing.keywords, "old paper"))


_LOOKS: tuple[Draw, ...] = (
    _regions,
    _regions,
    _streets,
    _streets,
    _streets,
    _coast,
    _coast,
    _world,
    _world,
    _metro,
    _old,
)


def draw_map(rng: np.random.Generator) -> Drawing:
    """One map in one of many looks."""
    drawing = pick(rng, _LOOKS)(rng)
    return Drawing(handled(rng, drawing.image), drawing.kind, drawing.sentences, drawing.keywords, drawing.facts)
