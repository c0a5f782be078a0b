"""Geometric figures as in textbooks: polygons, circles, angles, solids, coordinate planes, plain shapes."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scripts.train.drawings import lettering
from scripts.train.drawings.colours import (
    BLACK,
    WHITE,
    Colour,
    any_colour,
    mixed,
    name_of,
    pastel,
)
from scripts.train.drawings.dice import canvas_size, chance, pick, span, whole
from scripts.train.drawings.drawing import Drawing
from scripts.train.drawings.wear import aged, handled

Spot = tuple[float, float]
_NAMED = {3: "triangle", 4: "quadrilateral", 5: "pentagon", 6: "hexagon", 7: "heptagon", 8: "octagon"}


class Board:
    """The ground of one figure, with pen, colours and font."""

    def __init__(self, rng: np.random.Generator, aspects: tuple[float, float] = (0.8, 1.5)) -> None:
        self.rng = rng
        self.size = canvas_size(rng, 160, 340, aspects)
        dark = chance(rng, 0.08)
        self.ground: Colour = (18, 24, 48) if dark else pick(rng, (WHITE, WHITE, WHITE, pastel(rng), (212, 212, 212)))
        self.line: Colour = WHITE if dark else pick(rng, (BLACK, BLACK, BLACK, mixed(any_colour(rng), BLACK, 0.3)))
        self.fill: Colour | None = None if chance(rng, 0.6) else pick(rng, (pastel(rng), any_colour(rng)))
        self.image = Image.new("RGB", self.size, self.ground)
        self.draw = ImageDraw.Draw(self.image)
        self.pen = whole(rng, 1, 4)
        self.face = lettering.font(rng, span(rng, 12, 18), pick(rng, ("any", "sans")))
        self.grid = chance(rng, 0.2)
        if self.grid:
            step, tone = whole(rng, 10, 26), mixed(self.ground, (120, 140, 200), 0.35)
            for x in range(0, self.size[0], step):
                self.draw.line((x, 0, x, self.size[1]), fill=tone)
            for y in range(0, self.size[1], step):
                self.draw.line((0, y, self.size[0], y), fill=tone)

    def shape(self, points: list[Spot], fill: Colour | None = None) -> None:
        """A closed outline, filled where the board fills."""
        if fill or self.fill:
            self.draw.polygon(points, fill=fill or self.fill)
        self.draw.line([*points, points[0], points[1]], fill=self.line, width=self.pen, joint="curve")

    def names(self, points: list[Spot], start: str = "A") -> None:
        """Letters outside the vertices."""
        x, y = np.mean(points, axis=0)
        for i, (a, b) in enumerate(points):
            far = max(1.0, float(np.hypot(a - x, b - y)))
            at = (a + (a - x) / far * 13, b + (b - y) / far * 13)
            self.draw.text(at, chr(ord(start) + i), font=self.face, fill=self.line, anchor="mm")

    def dashed(self, a: Spot, b: Spot) -> None:
        """A dashed line from a to b."""
        steps = max(2, int(np.hypot(a[0] - b[0], a[1] - b[1]) / 5))
        at = np.linspace(a, b, steps)
        for i in range(0, steps - 1, 2):
            self.draw.line((*map(float, at[i]), *map(float, at[i + 1])), fill=self.line, width=max(1, self.pen - 1))

    def made(self, said: list[str], words: tuple[str, ...]) -> Drawing:
        """The finished drawing with what is said of it."""
        said = ["Geometric figure.", *said] + ["There is a grid behind it."] * self.grid
        said.append(f"The background is {name_of(self.ground)}.")
        keywords = tuple(dict.fromkeys(("geometric figure", *words, "geometry")))
        return Drawing(self.image, "geometric figure", tuple(said), keywords, {"shows": list(words)})


def _polygon(rng: np.random.Generator) -> Drawing:
    board = Board(rng)
    corners = pick(rng, (3, 3, 3, 4, 4, 5, 6, 8))
    regular, r = chance(rng, 0.4), min(board.size) * span(rng, 0.28, 0.38)
    turns = np.linspace(0, 2 * np.pi, corners, endpoint=False) + (span(rng, 0, 6) if not regular else -np.pi / 2)
    if not regular:
        turns = turns + rng.uniform(-0.9, 0.9, corners) / corners * 1.6
    middle = (board.size[0] / 2, board.size[1] / 2)
    points = [(middle[0] + r * float(np.cos(t)), middle[1] + r * float(np.sin(t))) for t in turns]
    board.shape(points)
    named, said = chance(rng, 0.6), [f"It shows {'an' if corners == 8 else 'a'} {_NAMED[corners]}."]
    if named:
        board.names(points)
    if chance(rng, 0.3) and corners > 3:
        board.dashed(points[0], points[corners // 2])
        said.append("A dashed line crosses it.")
    if chance(rng, 0.25):
        board.draw.ellipse(
            (middle[0] - r, middle[1] - r, middle[0] + r, middle[1] + r), outline=board.line, width=board.pen
        )
        said.append("A circle runs through the corners.")
    said += ["The corners have letters."] * named
    return board.made(said, (_NAMED[corners],))


def _right_triangle(rng: np.random.Generator) -> Drawing:
    board = Board(rng)
    width, height = board.size
    x0, y0 = width * 0.15, height * 0.82
    a, b = width * span(rng, 0.5, 0.7), height * span(rng, 0.4, 0.65)
    points = [(x0, y0), (x0 + a, y0), (x0, y0 - b)]
    if chance(rng, 0.5):
        points = [(width - x, y) for x, y in points]
    board.shape(points)
    sign, step = 1 if points[1][0] > points[0][0] else -1, 13
    corner = points[0]
    square = [
        (corner[0] + sign * step, corner[1]),
        (corner[0] + sign * step, corner[1] - step),
        (corner[0], corner[1] - step),
    ]
    board.draw.line(square, fill=board.line, width=max(1, board.pen - 1))
    said = ["It shows a triangle.", "A right angle is marked."]
    if chance(rng, 0.7):
        board.names(points)
        said.append("The corners have letters.")
    return board.made(said, ("triangle", "right angle"))


def _circle(rng: np.random.Generator) -> Drawing:
    board = Board(rng)
    x, y, r = board.size[0] / 2, board.size[1] / 2, min(board.size) * span(rng, 0.3, 0.4)
    board.draw.ellipse((x - r, y - r, x + r, y + r), fill=board.fill, outline=board.line, width=board.pen)
    said, turn = ["It shows a circle."], span(rng, 0, 6.28)
    end = (x + r * float(np.cos(turn)), y + r * float(np.sin(turn)))
    extra = whole(rng, 0, 4)
    if extra == 1:
        board.draw.line((x, y, *end), fill=board.line, width=board.pen)
        said.append("A radius is drawn.")
    elif extra == 2:
        board.draw.line((2 * x - end[0], 2 * y - end[1], *end), fill=board.line, width=board.pen)
        said.append("A line through the middle is drawn.")
    elif extra == 3:
        board.draw.pieslice(
            (x - r, y - r, x + r, y + r), 0, whole(rng, 40, 140), fill=any_colour(rng), outline=board.line
        )
        said.append("A sector is coloured.")
    elif extra == 4:
        turns = turn + np.array([0, span(rng, 1.5, 2.4), span(rng, 3.4, 4.6)])
        points = [(x + r * float(np.cos(t)), y + r * float(np.sin(t))) for t in turns]
        board.draw.line([*points, points[0]], fill=board.line, width=board.pen)
        board.names(points)
        said.append("A triangle stands in the circle.")
    if extra in (1, 2):
        board.draw.ellipse((x - 3, y - 3, x + 3, y + 3), fill=board.line)
        board.draw.text((x + 5, y + 3), "O", font=board.face, fill=board.line)
    return board.made(said, ("circle",))


def _angle(rng: np.random.Generator) -> Drawing:
    board = Board(rng, (1.0, 1.8))
    x, y, far = board.size[0] * 0.15, board.size[1] * 0.8, board.size[0] * 0.7
    turn = span(rng, 0.4, 1.1)
    board.draw.line((x, y, x + far, y), fill=board.line, width=board.pen)
    end = (x + far * float(np.cos(turn)) * 0.9, max(8.0, y - far * float(np.sin(turn)) * 0.9))
    board.draw.line((x, y, *end), fill=board.line, width=board.pen)
    r, true = far * 0.25, np.degrees(np.arctan2(y - end[1], end[0] - x))
    board.draw.arc((x - r, y - r, x + r, y + r), -true, 0, fill=any_colour(rng), width=2)
    board.draw.text(
        (x + r * 1.3, y - r * 0.5), pick(rng, "αβγθφ"), font=lettering.font(rng, 16, "sans"), fill=board.line
    )
    return board.made(["It shows an angle.", "The angle is marked with an arc."], ("angle", "lines"))


def _solid(rng: np.random.Generator) -> Drawing:
    board = Board(rng)
    w, h = board.size
    kind = pick(rng, ("cube", "cylinder", "cone", "pyramid", "sphere"))
    x0, x1, y0, y1 = w * 0.25, w * 0.75, h * 0.2, h * 0.82
    mid, flat = w / 2, h * 0.07
    if kind == "cube":
        a, d = min(w, h) * 0.42, min(w, h) * 0.17
        x, y = w / 2 - a / 2 - d / 2, h / 2 - a / 2 + d / 2
        front = [(x, y), (x + a, y), (x + a, y + a), (x, y + a)]
        back = [(p + d, q - d) for p, q in front]
        board.shape([front[0], back[0], back[1], back[2], front[2], front[3]])
        board.draw.line([front[0], front[1], front[2]], fill=board.line, width=board.pen)
        board.draw.line([front[1], back[1]], fill=board.line, width=board.pen)
        for other in (back[0], back[2], front[3]):
            board.dashed(back[3], other)
    elif kind == "sphere":
        r = min(w, h) * 0.36
        board.draw.ellipse(
            (mid - r, h / 2 - r, mid + r, h / 2 + r), fill=board.fill, outline=board.line, width=board.pen
        )
        board.draw.arc((mid - r, h / 2 - r * 0.3, mid + r, h / 2 + r * 0.3), 0, 180, fill=board.line, width=board.pen)
    elif kind == "cylinder":
        if board.fill:
            board.draw.rectangle((x0, y0, x1, y1), fill=board.fill)
        board.draw.ellipse((x0, y1 - flat, x1, y1 + flat), fill=board.fill, outline=board.line, width=board.pen)
        board.draw.ellipse((x0, y0 - flat, x1, y0 + flat), fill=board.fill, outline=board.line, width=board.pen)
        for x in (x0, x1):
            board.draw.line((x, y0, x, y1), fill=board.line, width=board.pen)
    elif kind == "cone":
        board.draw.ellipse((x0, y1 - flat, x1, y1 + flat), fill=board.fill, outline=board.line, width=board.pen)
        board.draw.line([(x0, y1), (mid, y0), (x1, y1)], fill=board.line, width=board.pen)
        board.dashed((mid, y0), (mid, y1))
    else:
        base = [(x0, y1), (x1 - w * 0.1, y1), (x1 + w * 0.05, y1 - h * 0.2)]
        board.shape([base[0], base[1], base[2], (mid, y0)])
        board.draw.line([(mid, y0), base[1]], fill=board.line, width=board.pen)
        for other in (base[0], base[2], (mid, y0)):
            board.dashed((x0 + w * 0.15, y1 - h * 0.2), other)
    return board.made([f"It shows a {kind}."], (kind, "solid"))


def _plane(rng: np.random.Generator) -> Drawing:
    """Axes with a curve, as in a textbook."""
    board = Board(rng)
    (w, h), colour = board.size, any_colour(rng)
    x0, y0 = w * pick(rng, (0.12, 0.5)), h * pick(rng, (0.88, 0.5))
    tip = min(w, h) * 0.05
    board.draw.line((4, y0, w - 6, y0), fill=board.line, width=2)
    board.draw.line((x0, h - 4, x0, 6), fill=board.line, width=2)
    board.draw.polygon([(w - 1, y0), (w - 1 - tip, y0 - tip / 2), (w - 1 - tip, y0 + tip / 2)], fill=board.line)
    board.draw.polygon([(x0, 1), (x0 - tip / 2, 1 + tip), (x0 + tip / 2, 1 + tip)], fill=board.line)
    u = np.linspace(-1, 1, 120)
    name, curve = pick(
        rng, (("straight line", u * span(rng, 0.4, 1)), ("parabola", 1.6 * u**2 - 0.8), ("wave", np.sin(u * 7) * 0.5))
    )
    flip = pick(rng, (-1, 1))
    points = [(w / 2 + float(a) * w * 0.42, h / 2 - flip * float(b) * h * 0.45) for a, b in zip(u, curve, strict=True)]
    board.draw.line(points, fill=colour, width=board.pen + 1, joint="curve")
    board.draw.text((w - 14, y0 + 4), "x", font=board.face, fill=board.line)
    board.draw.text((x0 + 6, 2), "y", font=board.face, fill=board.line)
    return board.made(["It shows axes with a curve.", f"The curve is a {name}."], ("axes", name))


def _plain_shapes(rng: np.random.Generator) -> Drawing:
    """Filled shapes alone or in rows, as in graphics manuals."""
    board = Board(rng)
    kind, columns, rows = pick(rng, ("square", "circle", "ellipse", "star", "triangle")), *pick(
        rng, ((1, 1), (1, 1), (2, 1), (2, 2), (3, 1), (3, 2)))  # fmt: skip
    colour, hollow = any_colour(rng), chance(rng, 0.4)
    step = (board.size[0] / columns, board.size[1] / rows)
    r = min(step) * span(rng, 0.25, 0.45)
    for i in range(columns * rows):
        x, y = step[0] * (i % columns + 0.5), step[1] * (i // columns + 0.5)
        corners = {"square": 4, "triangle": 3, "star": 10}.get(kind, 60)
        turns = np.linspace(0, 2 * np.pi, corners, endpoint=False) + (np.pi / 4 if kind == "square" else -np.pi / 2)
        radii = np.where(np.arange(corners) % 2 == 0, 1, 0.42) if kind == "star" else np.ones(corners)
        flat = 0.55 if kind == "ellipse" else 1
        points = [
            (x + r * float(k * np.cos(t)), y + r * flat * float(k * np.sin(t)))
            for k, t in zip(radii, turns, strict=True)
        ]
        if hollow:
            board.draw.line([*points, points[0], points[1]], fill=colour, width=board.pen + 2, joint="curve")
        else:
            board.shape(points, colour)
    count = columns * rows
    many = f"It shows {count} {name_of(colour)} {kind}s."
    one = f"It shows {'an' if name_of(colour) == 'orange' else 'a'} {name_of(colour)} {kind}."
    return board.made([one if count == 1 else many], (kind, name_of(colour)))


_LOOKS = (_polygon, _polygon, _right_triangle, _circle, _circle, _angle, _solid, _plane, _plain_shapes, _plain_shapes)


def draw_figure(rng: np.random.Generator) -> Drawing:
    """One geometric figure."""
    drawing = pick(rng, _LOOKS)(rng)
    image = aged(rng, drawing.image, (235, 222, 190)) if chance(rng, 0.06) else drawing.image
    sentences = drawing.sentences if image is drawing.image else drawing.sentences[:-1]
    return Drawing(handled(rng, image), drawing.kind, sentences, drawing.keywords, drawing.facts)
