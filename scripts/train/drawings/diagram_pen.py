"""A pen for diagrams at twice the size: shapes of nodes, straight, stepped and curved arrows, words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from scripts.train.drawings import lettering
from scripts.train.drawings.colours import BLACK, WHITE, Colour, any_colour, light, mixed, name_of, palette, pastel
from scripts.train.drawings.dice import chance, pick, span
from scripts.train.drawings.drawing import Drawing, Fact

Spot = tuple[float, float]
SHAPES = ("box", "box", "rounded", "ellipse", "hexagon", "cylinder", "cloud", "pile", "document", "slanted")
_S = 2
"""How many times larger it is drawn."""


class FinePen:
    """Draws nodes and arrows in one manner; all measures are pixels of the finished picture."""

    def __init__(self, rng: np.random.Generator, size: tuple[int, int]) -> None:
        self.rng, self.size = rng, size
        throw = rng.random()
        dark = throw < 0.07
        self.ground: Colour = (30, 32, 40) if dark else WHITE if throw < 0.8 else pastel(rng)
        self.line: Colour = (
            (230, 230, 230) if dark else pick(rng, (BLACK, BLACK, (51, 51, 51), (90, 100, 120), any_colour(rng)))
        )
        if abs(sum(self.line) - sum(self.ground)) < 200:
            self.line = WHITE if dark else BLACK
        self.fills: list[Colour] = pick(rng, (
            [self.ground], [WHITE, (180, 180, 180)], [any_colour(rng)], [pastel(rng)], palette(rng, 4), palette(rng, 6),
            [(255, 213, 102), (120, 230, 190), (250, 120, 210), (115, 205, 250), (0, 235, 0)],
            [(218, 232, 252), (213, 232, 212), (255, 242, 204), (248, 206, 204), (225, 213, 231)],
            [(236, 236, 255)], [(91, 155, 213)], [(204, 229, 255), (230, 245, 255)],
        ))  # fmt: skip
        self.width = pick(rng, (1.0, 1.0, 1.5, 2.0, 3.0))
        self.edged = self.ground in self.fills or chance(rng, 0.75)
        self.open_head = chance(rng, 0.25)
        self.letter = span(rng, 8, 13)
        style: lettering.Style = pick(rng, ("plain", "plain", "plain", "sans", "script"))
        self.type = str(getattr(lettering.font(rng, 10, style), "path", ""))
        self.image = Image.new("RGB", (size[0] * _S, size[1] * _S), self.ground)
        self.draw = ImageDraw.Draw(self.image)

    def finish(self) -> Image.Image:
        """The picture at its size."""
        return self.image.reduce(_S)

    def _pixels(self) -> int:
        return max(1, round(self.width * _S))

    def write(self, at: Spot, text: str, ink: Colour | None = None, scale: float = 1.0, anchor: str = "mm") -> None:
        """A line of text."""
        face = lettering.load(self.type, max(6, round(self.letter * scale * _S)))
        self.draw.text((at[0] * _S, at[1] * _S), text, font=face, fill=ink or self.line, anchor=anchor)

    def label(self, at: Spot, room: float, ink: Colour | None = None) -> None:
        """A word or two, in two lines where one has no room."""
        face = lettering.load(self.type, max(6, round(self.letter * _S)))
        parts = lettering.label(self.rng).split()
        if lettering.width_of(face, " ".join(parts)) <= room * _S:
            parts = [" ".join(parts)]
        for i, part in enumerate(parts):
            while len(part) > 2 and lettering.width_of(face, part) > room * _S:
                part = part[:-1]
            self.write((at[0], at[1] + (i - (len(parts) - 1) / 2) * self.letter * 1.15), part, ink)

    def node(self, at: Spot, half: Spot, shape: str, fill: Colour | None = None, labelled: bool = True) -> None:
        """A node round `at` of this half size."""
        fill = fill or pick(self.rng, self.fills)
        if shape == "pile":
            for shift in (6, 3):
                self._shape((at[0] + shift, at[1] + shift), half, "box", fill)
        self._shape(at, half, "box" if shape == "pile" else shape, fill)
        if labelled:
            self.label(at, half[0] * 1.8, BLACK if light(fill) else WHITE)

    def _shape(self, at: Spot, half: Spot, shape: str, fill: Colour) -> None:
        (x, y), (a, b) = (at[0] * _S, at[1] * _S), (half[0] * _S, half[1] * _S)
        edge, pen, draw = self.line if self.edged else None, self._pixels(), self.draw
        box = (x - a, y - b, x + a, y + b)
        if shape == "ellipse":
            draw.ellipse(box, fill=fill, outline=edge, width=pen)
        elif shape in ("box", "rounded"):
            draw.rounded_rectangle(
                box, radius=min(a, b) * 0.35 if shape == "rounded" else 0, fill=fill, outline=edge, width=pen
            )
        elif shape == "cylinder":
            c = b * 0.28
            draw.ellipse((x - a, y + b - 2 * c, x + a, y + b), fill=fill, outline=edge, width=pen)
            draw.rectangle((x - a, y - b + c, x + a, y + b - c), fill=fill)
            if edge:
                for side in (-1, 1):
                    draw.line((x + side * a, y - b + c, x + side * a, y + b - c), fill=edge, width=pen)
            draw.ellipse((x - a, y - b, x + a, y - b + 2 * c), fill=mixed(fill, WHITE, 0.25), outline=edge, width=pen)
        elif shape == "cloud":
            for fat in (pen, 0):
                for dx, dy, r in (
                    (-0.55, 0.15, 0.45),
                    (0.55, 0.15, 0.45),
                    (-0.15, -0.3, 0.6),
                    (0.25, -0.1, 0.6),
                    (0, 0.35, 0.6),
                ):
                    cx, cy, ra, rb = x + dx * a, y + dy * b, r * a + fat, r * b + fat
                    draw.ellipse((cx - ra, cy - rb, cx + ra, cy + rb), fill=self.line if fat else fill)
        else:
            outlines: dict[str, Sequence[Spot]] = {
                "diamond": [(-1, 0), (0, -1), (1, 0), (0, 1)],
                "hexagon": [(-1, 0), (-0.7, -1), (0.7, -1), (1, 0), (0.7, 1), (-0.7, 1)],
                "slanted": [(-0.8, -1), (1, -1), (0.8, 1), (-1, 1)],
                "document": [(-1, -1), (1, -1), (1, 0.7), (0.5, 0.95), (0, 0.75), (-0.5, 0.6), (-1, 0.9)],
                "chevron": [(-1, -1), (0.75, -1), (1, 0), (0.75, 1), (-1, 1), (-0.75, 0)],
            }
            draw.polygon([(x + px * a, y + py * b) for px, py in outlines[shape]], fill=fill, outline=edge, width=pen)

    def path(self, points: Sequence[Spot], headed: bool = True, dashed: bool = False, both: bool = False) -> None:
        """A line along points, with a head at its end."""
        scaled = [(x * _S, y * _S) for x, y in points]
        if dashed:
            for a, b in pairwise(scaled):
                length = max(1.0, float(np.hypot(b[0] - a[0], b[1] - a[1])))
                for s in np.arange(0, length, 14):
                    t = min(s + 8, length)
                    ends = [(a[0] + (b[0] - a[0]) * u / length, a[1] + (b[1] - a[1]) * u / length) for u in (s, t)]
                    self.draw.line(ends, fill=self.line, width=self._pixels())
        else:
            self.draw.line(scaled, fill=self.line, width=self._pixels(), joint="curve")
        if headed:
            self._head(scaled[-2], scaled[-1])
        if both:
            self._head(scaled[1], scaled[0])

    def _head(self, before: Spot, tip: Spot) -> None:
        length = max(1e-6, float(np.hypot(tip[0] - before[0], tip[1] - before[1])))
        ux, uy, h = (tip[0] - before[0]) / length, (tip[1] - before[1]) / length, (4 + self.width * 2) * _S
        left = (tip[0] - ux * h - uy * h * 0.45, tip[1] - uy * h + ux * h * 0.45)
        right = (tip[0] - ux * h + uy * h * 0.45, tip[1] - uy * h - ux * h * 0.45)
        if self.open_head:
            self.draw.line([left, tip, right], fill=self.line, width=self._pixels())
        else:
            self.draw.polygon([tip, left, right], fill=self.line)

    def link(self, a: Spot, b: Spot, half: Spot, manner: str = "straight", **how: bool) -> None:
        """An arrow from node to node, straight, stepped or curved."""
        if manner == "straight":
            dx, dy = b[0] - a[0], b[1] - a[1]
            share = min(half[0] / max(abs(dx), 1e-3), half[1] / max(abs(dy), 1e-3), 0.49)
            self.path([(a[0] + dx * share, a[1] + dy * share), (b[0] - dx * share, b[1] - dy * share)], **how)
            return
        way = 1 if b[1] > a[1] else -1
        start, end = (a[0], a[1] + way * half[1]), (b[0], b[1] - way * half[1])
        if abs(b[1] - a[1]) < half[1] * 2:
            way = 1 if b[0] > a[0] else -1
            self.path([(a[0] + way * half[0], a[1]), (b[0] - way * half[0], b[1])], **how)
        elif manner == "stepped":
            middle = (start[1] + end[1]) / 2
            self.path([start, (start[0], middle), (end[0], middle), end], **how)
        else:
            t = np.linspace(0, 1, 16)
            lift = (end[1] - start[1]) * 0.6
            x = start[0] + (end[0] - start[0]) * (3 * t**2 - 2 * t**3)
            y = (
                (1 - t) ** 3 * start[1]
                + 3 * (1 - t) ** 2 * t * (start[1] + lift)
                + 3 * (1 - t) * t**2 * (end[1] - lift)
                + t**3 * end[1]
            )
            self.path(list(zip(x.tolist(), y.tolist(), strict=True)), **how)

    def made(self, first: str, said: list[str], words: tuple[str, ...], facts: dict[str, Fact]) -> Drawing:
        """The finished drawing."""
        ground = name_of(self.ground)
        sentences = (first, *said, f"The background is {ground}.")
        keywords = tuple(dict.fromkeys(("diagram", *words)))
        return Drawing(self.finish(), "diagram", sentences, keywords, {**facts, "background": ground})
