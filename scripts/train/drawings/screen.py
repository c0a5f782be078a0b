"""A screen being drawn: its colours, its type, and the parts all kinds of screens share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image, ImageDraw

from scripts.train.drawings import icons, lettering
from scripts.train.drawings.colours import BLACK, WHITE, Colour, any_colour, light, mixed, pastel
from scripts.train.drawings.dice import canvas_size, chance, pick, span, whole
from scripts.train.drawings.drawing import Drawing, Facts
from scripts.train.drawings.photographs import draw_photograph

Box = lettering.Box
_DARK_GROUNDS: tuple[Colour, ...] = ((30, 30, 30), (24, 26, 32), (40, 44, 52), (13, 17, 23), (45, 0, 35))
_LIGHT_GROUNDS: tuple[Colour, ...] = (
    WHITE, WHITE, (240, 240, 240), (246, 247, 250), (236, 233, 216), (212, 208, 200),
)  # fmt: skip


@dataclass
class Screen:
    """A screen being drawn: its picture, colours and font size."""

    rng: np.random.Generator
    image: Image.Image
    dark: bool
    ground: Colour
    ink: Colour
    accent: Colour
    text: float

    @classmethod
    def new(
        cls, rng: np.random.Generator, aspects: tuple[float, float], dark_share: float = 0.3, high: int = 480
    ) -> Screen:
        """A fresh screen in the light or dark manner."""
        dark = chance(rng, dark_share)
        ground = pick(rng, _DARK_GROUNDS if dark else _LIGHT_GROUNDS)
        image = Image.new("RGB", canvas_size(rng, 220, high, aspects), ground)
        ink = (222, 222, 224) if dark else pick(rng, ((30, 30, 34), BLACK))
        return cls(rng, image, dark, ground, ink, any_colour(rng), span(rng, 7, 13))

    @property
    def draw(self) -> ImageDraw.ImageDraw:
        """A pen on the picture as it is now."""
        return ImageDraw.Draw(self.image)

    def soft(self, share: float = 0.08) -> Colour:
        """The ground with a little of the ink in it."""
        return mixed(self.ground, self.ink, share)

    def write(
        self, at: tuple[float, float], text: str, ink: Colour | None = None, scale: float = 1, anchor: str = "la"
    ) -> None:
        """One line of text; `scale` is relative to the screen's font size."""
        face = lettering.load(self.face, max(6, int(self.text * scale)))
        self.draw.text(at, text, font=face, fill=ink or self.ink, anchor=anchor)

    @cached_property
    def face(self) -> str:
        """The font file of this screen, chosen when it is first needed."""
        return str(getattr(lettering.font(self.rng, 10, "plain" if chance(self.rng, 0.75) else "sans"), "path", ""))

    def rows(self, box: Box, step: float, with_icons: bool = True) -> int:
        """A list of entries, one of them perhaps selected."""
        x0, y, x1, y1 = box
        count, chosen = 0, whole(self.rng, 0, 9)
        while y + step <= y1:
            if count == chosen:
                self.draw.rectangle((x0, y, x1, y + step), fill=mixed(self.ground, self.accent, 0.35))
            x = x0 + 6
            if with_icons:
                side = step * 0.55
                self.draw.rectangle(
                    (x, y + step * 0.22, x + side, y + step * 0.22 + side),
                    fill=pick(self.rng, (self.accent, (240, 200, 90))),
                )
                x += side + 6
            if x1 - x > 20:
                text = lettering.words(self.rng, whole(self.rng, 1, 2))[: max(2, int((x1 - x) / self.text * 1.7))]
                self.write((x, y + step * 0.5), text, anchor="lm")
            y += step
            count += 1
        return count

    def button(self, box: Box, filled: bool) -> None:
        """A button with a word on it."""
        fill = self.accent if filled else self.soft(0.07)
        self.draw.rounded_rectangle(box, radius=pick(self.rng, (0, 3, 6)), fill=fill, outline=self.soft(0.35))
        ink = self.ink if not filled else (BLACK if light(fill) else WHITE)
        self.write(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), lettering.words(self.rng, 1)[:8], ink, anchor="mm")

    def paragraph(self, box: Box) -> float:
        """Fills the box with text; returns where the text ends."""
        face = lettering.load(self.face, max(6, int(self.text)))
        return lettering.fill(self.draw, self.rng, box, face, self.ink, leading=1.45)[1]

    def picture(self, box: Box) -> None:
        """A photograph, an icon or a flat area."""
        x0, y0, x1, y1 = (int(v) for v in box)
        size = (max(4, x1 - x0), max(4, y1 - y0))
        if chance(self.rng, 0.3):
            self.image.paste(draw_photograph(self.rng).image.resize(size), (x0, y0))
            return
        colour = pick(self.rng, (pastel(self.rng), any_colour(self.rng)))
        self.draw.rectangle(box, fill=colour)
        side = min(size) * 0.5
        at = (x0 + size[0] / 2 - side / 2, y0 + size[1] / 2 - side / 2, side)
        icons.glyph(self.draw, pick(self.rng, icons.GLYPHS), at, WHITE, colour)

    def made(self, of: str, said: list[str], words: tuple[str, ...]) -> Drawing:
        """The finished drawing with what is said of it."""
        tone = f"The background is {'dark' if self.dark else 'light'}."
        keywords = tuple(dict.fromkeys(("screenshot", *words)))
        facts: Facts = {"of": of, "dark": self.dark}
        return Drawing(self.image, "screenshot", (f"Screenshot of a {of}.", *said, tone), keywords, facts)
