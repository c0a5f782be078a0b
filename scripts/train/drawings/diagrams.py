"""Diagrams: flow charts, trees, cycles, networks, layers, Venn, sequences, classes; with figures and maps."""

from __future__ import annotations

import itertools

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
from scripts.train.drawings.dice import canvas_size, chance, pick, span, whole
from scripts.train.drawings.drawing import Draw, Drawing
from scripts.train.drawings.wear import handled

Spot = tuple[float, float]
SHAPES = ("box", "box", "rounded", "rounded", "ellipse", "diamond", "cylinder", "cloud")


class Pen:
    """Draws nodes and arrows in one manner: colours, line width, font, head of the arrows."""

    def __init__(self, rng: np.random.Generator, size: tuple[int, int]) -> None:
        self.rng, self.size = rng, size
        self.dark = chance(rng, 0.08)
        self.ground: Colour = (30, 32, 40) if self.dark else (WHITE if chance(rng, 0.8) else pastel(rng))
        self.line: Colour = (
            WHITE if self.dark else pick(rng, (BLACK, BLACK, (70, 70, 80), mixed(any_colour(rng), BLACK, 0.4)))
        )
        self.plain = chance(rng, 0.3)
        self.fills = [self.ground] if self.plain else pick(
            rng, ([any_colour(rng)], [pastel(rng)], palette(rng, 3), [pastel(rng), pastel(rng)], [shade(rng, "grey")])
        )  # fmt: skip
        self.outlined, self.width = self.plain or chance(rng, 0.75), whole(rng, 1, 3)
        self.rough = chance(rng, 0.12)
        self.shadow = chance(rng, 0.15) and not self.dark
        self.face = lettering.font(
            rng, span(rng, 9, 14), "script" if self.rough else pick(rng, ("plain", "plain", "sans"))
        )
        self.image = Image.new("RGB", size, self.ground)
        self.draw = ImageDraw.Draw(self.image)

    def node(self, at: Spot, half: Spot, shape: str = "box", fill: Colour | None = None) -> None:
        """A labelled node round `at`."""
        fill = fill or pick(self.rng, self.fills)
        edge = self.line if self.outlined else None
        (x, y), (a, b) = at, half
        box = (x - a, y - b, x + a, y + b)
        if self.shadow:
            self.draw.rectangle((x - a + 4, y - b + 4, x + a + 4, y + b + 4), fill=mixed(self.ground, BLACK, 0.3))
        if shape == "ellipse":
            self.draw.ellipse(box, fill=fill, outline=edge, width=self.width)
        elif shape == "diamond":
            self.draw.polygon(
                [(x - a, y), (x, y - b), (x + a, y), (x, y + b)], fill=fill, outline=edge, width=self.width
            )
        elif shape == "cylinder":
            c = b * 0.3
            self.draw.rectangle((x - a, y - b + c, x + a, y + b - c), fill=fill, outline=edge, width=self.width)
            self.draw.ellipse((x - a, y + b - 2 * c, x + a, y + b), fill=fill, outline=edge, width=self.width)
            self.draw.rectangle((x - a + self.width, y - b + c, x + a - self.width, y + b - c), fill=fill)
            self.draw.ellipse((x - a, y - b, x + a, y - b + 2 * c), fill=fill, outline=edge, width=self.width)
        elif shape == "cloud":
            for fat in (2, 0):
                for dx, dy, r in ((-0.5, 0.1, 0.5), (0.5, 0.1, 0.5), (-0.1, -0.3, 0.6), (0.1, 0.3, 0.6)):
                    cx, cy, ra, rb = x + dx * a, y + dy * b, r * a + fat, r * b + fat
                    self.draw.ellipse((cx - ra, cy - rb, cx + ra, cy + rb), fill=self.line if fat else fill)
        elif self.rough:
            corners = [(x - a, y - b), (x + a, y - b), (x + a, y + b), (x - a, y + b)]
            bent = [(px + self.rng.normal(0, 2), py + self.rng.normal(0, 2)) for px, py in corners]
            self.draw.polygon(bent, fill=fill, outline=self.line, width=self.width)
        else:
            radius = min(a, b) * 0.4 if shape == "rounded" else 0
            self.draw.rounded_rectangle(box, radius=radius, fill=fill, outline=edge, width=self.width)
        self.text(at, a * 1.8, BLACK if light(fill) else WHITE)

    def text(self, at: Spot, room: float, ink: Colour | None = None) -> None:
        """A word or two round `at`, left out where there is no room."""
        words = lettering.label(self.rng)
        if lettering.width_of(self.face, words) > room:
            words = words.split()[0][: max(1, int(room / 7))]
        self.draw.text(at, words, font=self.face, fill=ink or self.line, anchor="mm")

    def arrow(self, start: Spot, end: Spot, headed: bool = True, dashed: bool = False) -> None:
        """A line from start to end, with a head."""
        length = max(1.0, float(np.hypot(end[0] - start[0], end[1] - start[1])))
        ux, uy = (end[0] - start[0]) / length, (end[1] - start[1]) / length
        if dashed:
            for s in np.arange(0, length, 8):
                t = min(s + 4, length)
                ends = (start[0] + ux * s, start[1] + uy * s, start[0] + ux * t, start[1] + uy * t)
                self.draw.line(ends, fill=self.line, width=self.width)
        else:
            self.draw.line((*start, *end), fill=self.line, width=self.width)
        if headed:
            h = 5 + self.width * 2
            left = (end[0] - ux * h - uy * h * 0.5, end[1] - uy * h + ux * h * 0.5)
            right = (end[0] - ux * h + uy * h * 0.5, end[1] - uy * h - ux * h * 0.5)
            self.draw.polygon([end, left, right], fill=self.line)

    def link(self, a: Spot, b: Spot, half: Spot, headed: bool, dashed: bool = False) -> None:
        """An arrow between two nodes of this half size, from edge to edge."""
        dx, dy = b[0] - a[0], b[1] - a[1]
        share = min(half[0] / max(abs(dx), 1e-3), half[1] / max(abs(dy), 1e-3), 0.49)
        self.arrow((a[0] + dx * share, a[1] + dy * share), (b[0] - dx * share, b[1] - dy * share), headed, dashed)


def _made(pen: Pen, first: str, said: list[str], words: tuple[str, ...], **facts: int | str) -> Drawing:
    sentences = [first, *said, f"The background is {name_of(pen.ground)}."]
    keywords = tuple(dict.fromkeys(("diagram", *words)))
    return Drawing(pen.image, "diagram", tuple(sentences), keywords, dict(facts))


def _flow(rng: np.random.Generator) -> Drawing:
    count, down = whole(rng, 3, 7), chance(rng, 0.65)
    long, broad = count * whole(rng, 50, 72), whole(rng, 130, 300)
    pen = Pen(rng, (broad, long) if down else (int(long * 1.5), broad))
    half = (min(broad * 0.36, 75), long / count * 0.3) if down else (long * 1.5 / count * 0.34, min(broad * 0.2, 32))
    steps = (
        [(i + 0.5) * long / count for i in range(count)]
        if down
        else [(i + 0.5) * long * 1.5 / count for i in range(count)]
    )
    spots = [(pen.size[0] * 0.5, step) if down else (step, pen.size[1] / 2) for step in steps]
    diamonds = 0
    for i, spot in enumerate(spots):
        shape = pick(rng, ("box", "rounded")) if 0 < i < count - 1 else pick(rng, ("rounded", "ellipse", "box"))
        if 0 < i < count - 1 and chance(rng, 0.3):
            shape, diamonds = "diamond", diamonds + 1
        pen.node(spot, half, shape)
        if i:
            pen.link(spots[i - 1], spot, half, True)
    if diamonds and down and count > 3:
        x = pen.size[0] - 6
        start, end = spots[1], spots[-1]
        pen.draw.line([(start[0] + half[0], start[1]), (x, start[1]), (x, end[1])], fill=pen.line, width=pen.width)
        pen.arrow((x, end[1]), (end[0] + half[0], end[1]))
    way = "from top to bottom" if down else "from left to right"
    said = [f"It has {count} boxes.", f"Arrows lead {way}."] + ["One box is a diamond."] * (diamonds == 1)
    return _made(pen, "Flow chart.", said, ("flow chart", "boxes", "arrows"), boxes=count, diamonds=diamonds)


def _tree(rng: np.random.Generator) -> Drawing:
    levels, spread = (
        pick(rng, ([1, 2], [1, 3], [1, 2, 4], [1, 3, 6], [1, 2, 3], [1, 4], [1, 2, 4, 8])),
        chance(rng, 0.5),
    )
    pen = Pen(rng, canvas_size(rng, 240, 400, (1.1, 2.0)))
    width, height = pen.size
    shape = pick(rng, ("box", "rounded", "ellipse"))
    half = (width / max(levels) * 0.4, height / len(levels) * 0.24)
    half = (min(half[0], 60), half[1])
    rows = [[(width * (i + 0.5) / n, height * (k + 0.5) / len(levels)) for i in range(n)] for k, n in enumerate(levels)]
    for upper, lower in itertools.pairwise(rows):
        for i, spot in enumerate(lower):
            parent = upper[i * len(upper) // len(lower)]
            if spread:
                middle = (parent[1] + spot[1]) / 2
                pen.draw.line([parent, (parent[0], middle), (spot[0], middle), spot], fill=pen.line, width=pen.width)
            else:
                pen.arrow(parent, spot, False)
    for row in rows:
        for spot in row:
            pen.node(spot, half, shape)
    said = [f"It has {len(levels)} levels.", f"It has {sum(levels)} nodes.", "One node stands at the top."]
    return _made(
        pen, "Tree diagram.", said, ("tree diagram", "hierarchy", "nodes"), levels=len(levels), nodes=sum(levels)
    )


def _cycle(rng: np.random.Generator) -> Drawing:
    count, side = whole(rng, 3, 8), whole(rng, 240, 380)
    pen = Pen(rng, (int(side * span(rng, 1, 1.3)), side))
    shape, r = pick(rng, SHAPES[:5]), side * 0.36
    half = (side * 0.09, side * 0.09) if shape == "ellipse" else (side * 0.13, side * 0.07)
    turns = np.arange(count) * 2 * np.pi / count - np.pi / 2
    spots = [(pen.size[0] / 2 + r * float(np.cos(t)), side / 2 + r * float(np.sin(t))) for t in turns]
    for i, spot in enumerate(spots):
        pen.link(spot, spots[(i + 1) % count], half, True)
    for i, spot in enumerate(spots):
        pen.node(spot, half, shape, pen.fills[i % len(pen.fills)])
    said = [f"It has {count} nodes.", "Arrows lead round in a circle."]
    return _made(pen, "Cycle diagram.", said, ("cycle", "arrows", "nodes"), nodes=count)


def _network(rng: np.random.Generator) -> Drawing:
    pen = Pen(rng, canvas_size(rng, 220, 400, (0.8, 1.8)))
    count = whole(rng, 4, 14)
    small, shape = chance(rng, 0.6), pick(rng, ("ellipse", "ellipse", "rounded", "cloud"))
    half = (14.0, 14.0) if small else (34.0, 17.0)
    cells = rng.permutation(16)[:count]
    width, height = pen.size
    spots = [
        ((c % 4 + span(rng, 0.3, 0.7)) * width / 4, (c // 4 + span(rng, 0.3, 0.7)) * height / 4) for c in cells.tolist()
    ]
    headed = chance(rng, 0.5)
    for i in range(1, count):
        near = sorted(range(i), key=lambda j: (spots[i][0] - spots[j][0]) ** 2 + (spots[i][1] - spots[j][1]) ** 2)
        for j in near[: whole(rng, 1, 2)]:
            pen.link(spots[i], spots[j], half, headed)
    for spot in spots:
        pen.node(spot, half, shape)
    said = [f"It has {count} nodes.", "Arrows link the nodes." if headed else "Lines link the nodes."]
    return _made(pen, "Network diagram.", said, ("network", "nodes", "links"), nodes=count)


def _neural(rng: np.random.Generator) -> Drawing:
    layers = [whole(rng, 2, 7) for _ in range(whole(rng, 2, 5))]
    pen = Pen(rng, canvas_size(rng, 240, 380, (1.0, 1.9)))
    r = min(pen.size[1] / max(layers) * 0.32, 16)
    rows = [[(pen.size[0] * (k + 0.5) / len(layers), pen.size[1] * (i + 0.5) / n) for i in range(n)]
            for k, n in enumerate(layers)]  # fmt: skip
    for left, right in itertools.pairwise(rows):
        for a in left:
            for b in right:
                pen.draw.line((*a, *b), fill=mixed(pen.line, pen.ground, 0.3))
    for k, row in enumerate(rows):
        fill = pen.fills[k % len(pen.fills)]
        for x, y in row:
            pen.draw.ellipse((x - r, y - r, x + r, y + r), fill=fill, outline=pen.line, width=pen.width)
    said = [f"It has {len(layers)} layers of circles.", "Lines link each layer to the next."]
    return _made(pen, "Network diagram.", said, ("network", "layers", "circles"), layers=len(layers))


def _blocks(rng: np.random.Generator) -> Drawing:
    columns, rows = whole(rng, 2, 4), whole(rng, 2, 3)
    pen = Pen(rng, canvas_size(rng, 240, 400, (1.0, 2.0)))
    step = (pen.size[0] / columns, pen.size[1] / rows)
    half = (step[0] * 0.34, step[1] * span(rng, 0.2, 0.32))
    spots = [(step[0] * (i % columns + 0.5), step[1] * (i // columns + 0.5)) for i in range(columns * rows)]
    spots = [s for s in spots if chance(rng, 0.85)] or spots
    if chance(rng, 0.3):
        pen.draw.rectangle(
            (4, 4, pen.size[0] - 5, pen.size[1] * 0.5), outline=pen.line, fill=mixed(pen.ground, any_colour(rng), 0.12)
        )
    for a, b in itertools.pairwise(spots):
        if chance(rng, 0.8):
            pen.link(a, b, half, True, chance(rng, 0.2))
    for spot in spots:
        pen.node(spot, half, pick(rng, SHAPES[:4] if chance(rng, 0.6) else SHAPES))
    said = [f"It has {len(spots)} blocks.", "Arrows link the blocks."]
    return _made(
        pen,
        "Block diagram.",
        said[: 2 if len(spots) > 2 else 1],
        ("block diagram", "blocks", "arrows"),
        blocks=len(spots),
    )


def _layers(rng: np.random.Generator) -> Drawing:
    count = whole(rng, 3, 6)
    pen = Pen(rng, canvas_size(rng, 200, 360, (0.8, 1.9)))
    tall = pen.size[1] / count
    for i in range(count):
        parts, y = pick(rng, (1, 1, 2, 3)), tall * (i + 0.5)
        for k in range(parts):
            pen.node(
                (pen.size[0] * (k + 0.5) / parts, y),
                (pen.size[0] / parts * 0.46, tall * 0.4),
                "box",
                pen.fills[i % len(pen.fills)],
            )
    said = [f"It has {count} layers on top of each other."]
    return _made(pen, "Block diagram.", said, ("block diagram", "layers", "boxes"), layers=count)


def _venn(rng: np.random.Generator) -> Drawing:
    count, side = pick(rng, (2, 3)), whole(rng, 220, 340)
    pen = Pen(rng, (int(side * 1.2), side))
    r, filled = side * 0.27, chance(rng, 0.7)
    turns = np.arange(count) * 2 * np.pi / count + (np.pi / 6 if count == 3 else 0)
    wide = side * (0.17 if count == 3 else 0.2)
    spots = [(side * 0.6 + wide * float(np.cos(t)), side * 0.5 + side * 0.17 * float(np.sin(t))) for t in turns]
    colours = [any_colour(rng) for _ in range(count)]
    for spot, colour in zip(spots, colours, strict=True):
        box = (spot[0] - r, spot[1] - r, spot[0] + r, spot[1] + r)
        if filled:
            mask = Image.new("L", pen.size)
            ImageDraw.Draw(mask).ellipse(box, fill=120)
            pen.image.paste(colour, (0, 0), mask)
        pen.draw.ellipse(box, outline=pen.line if not filled else colour, width=pen.width)
        pen.text(((spot[0] * 1.7 - side * 0.42), spot[1] * 1.7 - side * 0.35), 80)
    return _made(
        pen, "Venn diagram.", [f"It has {count} circles that overlap."], ("venn diagram", "circles"), circles=count
    )


def _sequence(rng: np.random.Generator) -> Drawing:
    count, messages = whole(rng, 2, 5), whole(rng, 3, 9)
    pen = Pen(rng, canvas_size(rng, 260, 400, (0.9, 1.8)))
    xs = [pen.size[0] * (i + 0.5) / count for i in range(count)]
    half = (pen.size[0] / count * 0.38, 13.0)
    for x in xs:
        pen.arrow((x, 30), (x, pen.size[1] - 8), False, True)
        pen.node((x, 20), half)
    for k in range(messages):
        y = 50 + (pen.size[1] - 70) * (k + 0.5) / messages
        i = whole(rng, 0, count - 2)
        ends = (xs[i], xs[i + 1]) if chance(rng, 0.6) else (xs[i + 1], xs[i])
        pen.arrow((ends[0], y), (ends[1], y), True, chance(rng, 0.25))
        pen.text(((ends[0] + ends[1]) / 2, y - 8), pen.size[0] / count)
    said = [f"It has {count} upright lines with a box at the top.", f"It has {messages} arrows."]
    return _made(pen, "Sequence diagram.", said, ("sequence diagram", "arrows", "boxes"), lines=count, arrows=messages)


def _classes(rng: np.random.Generator) -> Drawing:
    columns, rows = whole(rng, 1, 3), whole(rng, 1, 2)
    columns += columns * rows == 1
    pen = Pen(rng, canvas_size(rng, 260, 420, (0.9, 1.9)))
    step = (pen.size[0] / columns, pen.size[1] / rows)
    spots = [(step[0] * (i % columns + 0.5), step[1] * (i // columns + 0.5)) for i in range(columns * rows)]
    for start, end in itertools.pairwise(spots):
        pen.arrow(start, end, False)
    for x, y in spots:
        a, b, fill = step[0] * 0.38, step[1] * span(rng, 0.25, 0.4), pick(rng, pen.fills)
        ink = BLACK if light(fill) else WHITE
        pen.draw.rectangle((x - a, y - b, x + a, y + b), fill=fill, outline=pen.line, width=pen.width)
        pen.text((x, y - b + 10), a * 1.8, ink)
        for part in (20, 20 + (2 * b - 20) * 0.5):
            pen.draw.line((x - a, y - b + part, x + a, y - b + part), fill=pen.line, width=pen.width)
            box = (x - a + 5, y - b + part + 3, x + a - 4, y - b + part + (2 * b - 20) * 0.5)
            lettering.fill(pen.draw, rng, box, lettering.font(rng, 8, "sans"), ink)
    said = [f"It has {len(spots)} boxes with rows of text.", "Lines link the boxes."]
    return _made(pen, "Class diagram.", said, ("class diagram", "boxes", "lines"), boxes=len(spots))


_LOOKS: tuple[Draw, ...] = (
    _flow, _flow, _flow, _tree, _tree, _cycle, _network, _network, _neural, _blocks, _blocks, _blocks, _layers, _venn,
    _sequence, _classes,
)  # fmt: skip


def draw_diagram(rng: np.random.Generator) -> Drawing:
    """One diagram in one of many forms."""
    drawing = pick(rng, _LOOKS)(rng)
    return Drawing(handled(rng, drawing.image), drawing.kind, drawing.sentences, drawing.keywords, drawing.facts)
