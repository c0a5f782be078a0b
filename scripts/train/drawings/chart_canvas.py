"""A sheet to draw charts on, in the pixels of the finished picture, whatever it is supersampled by."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw

from scripts.train.drawings.chart_fonts import Face, font
from scripts.train.drawings.chart_palettes import Colour

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


class Canvas:
    """Shapes and words on one sheet."""

    def __init__(self, size: tuple[int, int], ground: Colour, smooth: int, face: Face) -> None:
        self.width, self.height = size
        self._scale = smooth
        self._face = face
        self._sheet = Image.new("RGB", (size[0] * smooth, size[1] * smooth), ground)
        self._pen = ImageDraw.Draw(self._sheet)
        self.written: dict[str, str] = {}
        """The title and the names of the axes, for the facts."""

    def finish(self) -> Image.Image:
        """The picture at the size asked for."""
        return self._sheet if self._scale == 1 else self._sheet.reduce(self._scale)

    def rect(
        self, box: Box, fill: Colour | None, outline: Colour | None = None, width: float = 1, radius: float = 0
    ) -> None:
        """A rectangle, its corners round where `radius` leaves room."""
        x0, x1 = sorted((box[0], box[2]))
        y0, y1 = sorted((box[1], box[3]))
        corners = [round(part * self._scale) for part in (x0, y0, x1, y1)]
        pixels = self._pixels(width) if outline else 0
        if radius and min(x1 - x0, y1 - y0) > 2 * radius:
            self._pen.rounded_rectangle(corners, radius * self._scale, fill, outline, pixels)
        else:
            self._pen.rectangle(corners, fill, outline, pixels)

    def line(self, points: Sequence[Point], colour: Colour, width: float = 1, dash: float = 0) -> None:
        """A line through the points; `dash` is the length of a dash, 0 for none."""
        scaled = [(x * self._scale, y * self._scale) for x, y in points]
        pixels = self._pixels(width)
        if not dash:
            self._pen.line(scaled, colour, pixels, joint="curve" if pixels > 2 else None)
            return
        for start, end in itertools.pairwise(scaled):
            self._dashes(start, end, colour, pixels, dash * self._scale)

    def _dashes(self, start: Point, end: Point, colour: Colour, pixels: int, dash: float) -> None:
        length = math.dist(start, end)
        for i in range(0, max(1, int(length / dash)), 2):
            ends = [min(1.0, (i + step) * dash / max(length, 1e-6)) for step in (0, 1)]
            self._pen.line(
                [(start[0] + (end[0] - start[0]) * t, start[1] + (end[1] - start[1]) * t) for t in ends], colour, pixels
            )

    def polygon(
        self, points: Sequence[Point], fill: Colour | None, outline: Colour | None = None, width: float = 1
    ) -> None:
        """A closed shape."""
        scaled = [(x * self._scale, y * self._scale) for x, y in points]
        if fill:
            self._pen.polygon(scaled, fill)
        if outline:
            self._pen.line([*scaled, scaled[0]], outline, self._pixels(width), joint="curve")

    def ellipse(
        self, centre: Point, radius: float, fill: Colour | None, outline: Colour | None = None, width: float = 1
    ) -> None:
        """A circle round `centre`."""
        x, y, r = (part * self._scale for part in (*centre, radius))
        self._pen.ellipse((x - r, y - r, x + r, y + r), fill, outline, self._pixels(width) if outline else 0)

    def mark(self, centre: Point, radius: float, shape: str, colour: Colour, fill: Colour | None) -> None:
        """A marker: circle, square, triangle, diamond, cross or plus; hollow where `fill` is None."""
        x, y = centre
        r = radius
        if shape == "circle":
            self.ellipse(centre, r, fill, colour)
        elif shape == "square":
            self.rect((x - r, y - r, x + r, y + r), fill, colour)
        elif shape == "triangle":
            self.polygon(((x, y - r), (x + r, y + r), (x - r, y + r)), fill, colour)
        elif shape == "diamond":
            self.polygon(((x, y - r), (x + r, y), (x, y + r), (x - r, y)), fill, colour)
        elif shape == "cross":
            self.line(((x - r, y - r), (x + r, y + r)), colour)
            self.line(((x - r, y + r), (x + r, y - r)), colour)
        else:
            self.line(((x - r, y), (x + r, y)), colour)
            self.line(((x, y - r), (x, y + r)), colour)

    def arc_slice(self, centre: Point, radii: tuple[float, float], start: float, end: float, fill: Colour) -> None:
        """A slice of a ring, from the inner to the outer radius; angles in degrees, clockwise from the right."""
        inner, outer = radii
        steps = max(2, int((end - start) / 3))
        angles = [math.radians(start + (end - start) * i / steps) for i in range(steps + 1)]
        rim = [(centre[0] + outer * math.cos(a), centre[1] + outer * math.sin(a)) for a in angles]
        back = [(centre[0] + inner * math.cos(a), centre[1] + inner * math.sin(a)) for a in reversed(angles)]
        self.polygon([*rim, *(back if inner else [centre])], fill)

    def text(
        self, at: Point, words: str, size: float, colour: Colour, anchor: str = "mm", bold: bool = False, turn: int = 0
    ) -> None:
        """Words at a point, turned by `turn` degrees anticlockwise; `anchor` is where on the turned words it lies."""
        if not words:
            return
        letters = font(self._face[int(bold)], max(6, round(size * self._scale)))
        x, y = at[0] * self._scale, at[1] * self._scale
        if not turn:
            self._pen.text((x, y), words, colour, letters, anchor=anchor)
            return
        _left, _top, right, bottom = letters.getbbox(words)
        slip = Image.new("L", (int(right) + 2, int(bottom) + 2), 0)
        ImageDraw.Draw(slip).text((0, 0), words, 255, letters)
        slip = slip.rotate(turn, expand=True, resample=Image.Resampling.BILINEAR)
        shift_x = {"l": 0, "m": slip.width / 2, "r": slip.width}[anchor[0]]
        shift_y = {"t": 0, "a": 0, "m": slip.height / 2, "b": slip.height, "s": slip.height}[anchor[1]]
        self._sheet.paste(colour, (round(x - shift_x), round(y - shift_y)), slip)

    def length(self, words: str, size: float, bold: bool = False) -> float:
        """How wide these words are."""
        letters = font(self._face[int(bold)], max(6, round(size * self._scale)))
        return float(letters.getlength(words)) / self._scale

    def _pixels(self, width: float) -> int:
        return max(1, round(width * self._scale))
