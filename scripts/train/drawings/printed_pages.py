"""Printed pages, scanned or photographed: books, articles, newspapers, patents, letters, contents, verse."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from scripts.train.drawings import lettering
from scripts.train.drawings.chart_fonts import _SANS, _SERIF, _faces
from scripts.train.drawings.colours import BLACK, WHITE, Colour, name_of
from scripts.train.drawings.dice import canvas_size, chance, pick, span, whole
from scripts.train.drawings.drawing import Drawing, Fact
from scripts.train.drawings.wear import aged, grain, handled, noise_field, skewed

Box = tuple[float, float, float, float]


@dataclass
class Sheet:
    """A page being set: its paper and type, and what is true of it so far."""

    rng: np.random.Generator
    image: Image.Image
    ink: Colour
    letter: float
    regular: str
    bold: str
    reach: tuple[int, int] | None = None
    facts: dict[str, Fact] = field(default_factory=dict)

    @classmethod
    def new(cls, rng: np.random.Generator, aspects: tuple[float, float] = (0.6, 0.82)) -> Sheet:
        """A white sheet with a plain book face, now and then in another script."""
        size = canvas_size(rng, 300, 460, aspects)
        faces = _faces(tuple(_SERIF if chance(rng, 0.7) else _SANS)) or (("", ""),)
        regular, bold = pick(rng, faces)
        letter = size[0] / span(rng, 28, 62)
        sheet = cls(
            rng, Image.new("RGB", size, WHITE), pick(rng, (BLACK, BLACK, (35, 32, 30))), max(5.0, letter), regular, bold
        )
        if chance(rng, 0.14):
            other = lettering.foreign(rng, letter)
            if other:
                sheet.regular = sheet.bold = str(getattr(other[0], "path", ""))
                sheet.reach = other[1]
        return sheet

    @property
    def draw(self) -> ImageDraw.ImageDraw:
        """A pen on the sheet."""
        return ImageDraw.Draw(self.image)

    def face(self, scale: float = 1.0, bold: bool = False) -> lettering.Font:
        """The page's type at a multiple of its size."""
        return lettering.load(self.bold if bold else self.regular, max(4, round(self.letter * scale)))

    def phrase(self, count: int) -> str:
        """A few words in the page's script."""
        if self.reach:
            return " ".join(lettering.foreign_word(self.rng, self.reach) for _ in range(count))
        return lettering.words(self.rng, count)

    def line(
        self, at: tuple[float, float], text: str, scale: float = 1, anchor: str = "la", bold: bool = False
    ) -> None:
        """One line of type."""
        self.draw.text(at, text, font=self.face(scale, bold), fill=self.ink, anchor=anchor)

    def heading(self, box: Box, scale: float, centred: bool = True) -> float:
        """A heading in one or two lines; returns where it ends."""
        x0, y, x1, _ = box
        for _ in range(whole(self.rng, 1, 2)):
            text = self.phrase(whole(self.rng, 2, 4))
            text = text.upper() if chance(self.rng, 0.3) else text
            fits = min(1.0, (x1 - x0) / max(1.0, self.face(scale).getlength(text)))
            at = ((x0 + x1) / 2, y) if centred else (x0, y)
            self.line(at, text, scale * fits, "ma" if centred else "la", chance(self.rng, 0.6))
            y += self.letter * scale * 1.35
        return y + self.letter * 0.5

    def body(self, box: Box, leading: float, justified: bool = True, scale: float = 1.0) -> float:
        """Paragraphs until the box is full; returns where they end."""
        x0, y, x1, y1 = box
        face, step = self.face(scale), self.letter * scale * leading
        while y + step < y1:
            lines = whole(self.rng, 3, 14)
            indent = self.letter * pick(self.rng, (0.0, 1.5))
            if indent:
                lettering.fill(
                    self.draw,
                    self.rng,
                    (x0 + indent, y, x1, y + step + 1),
                    face,
                    self.ink,
                    leading=leading,
                    justified=justified,
                    reach=self.reach,
                    most_lines=1,
                )
                y += step
            _, y = lettering.fill(
                self.draw,
                self.rng,
                (x0, y, x1, y1),
                face,
                self.ink,
                leading=leading,
                justified=justified,
                reach=self.reach,
                most_lines=lines,
            )
            y += step * pick(self.rng, (0.0, 0.5, 0.0))
        return y

    def columns(self, box: Box, count: int, leading: float, justified: bool = True, scale: float = 1.0) -> None:
        """Body text in columns, now and then a heading in them."""
        x0, y0, x1, y1 = box
        gap = self.letter * 1.6
        wide = (x1 - x0 - gap * (count - 1)) / count
        for column in range(count):
            x, y = x0 + column * (wide + gap), y0
            while y < y1 - self.letter * 3:
                stop = min(y1, y + self.letter * leading * whole(self.rng, 8, 45))
                y = self.body((x, y, x + wide, stop), leading, justified, scale)
                if y < y1 - self.letter * 6 and chance(self.rng, 0.5):
                    y = self.heading((x, y, x + wide, y1), 1.05, False)
        self.facts["columns"] = count

    def figure(self, box: Box) -> None:
        """A picture in the page with a caption below: a chart, a photograph, a drawing."""
        from scripts.train.drawings import chart_bars, chart_lines, chart_scatters, photographs

        x0, y0, x1, y1 = (int(v) for v in box)
        program = pick(
            self.rng,
            (chart_bars.draw_bars, chart_lines.draw_lines, chart_scatters.draw_scatter, photographs.draw_photograph),
        )
        part = program(self.rng).image.resize((max(8, x1 - x0), max(8, y1 - y0 - int(self.letter * 2))))
        self.image.paste(part if chance(self.rng, 0.4) else part.convert("L").convert("RGB"), (x0, y0))
        self.line((x0, y1 - self.letter * 1.6), f"Fig. {whole(self.rng, 1, 9)}. {self.phrase(4)}", 0.85)
        self.facts["figures"] = int(self.facts.get("figures", 0)) + 1  # type: ignore[arg-type]


def _book(rng: np.random.Generator) -> Sheet:
    sheet = Sheet.new(rng)
    (wide, high), edge = sheet.image.size, sheet.image.width * span(rng, 0.07, 0.16)
    top = edge * span(rng, 0.8, 1.3)
    sheet.line((wide / 2, top * 0.55), sheet.phrase(2).upper(), 0.9, "mm")
    sheet.line((pick(rng, (edge, wide - edge)), top * 0.55), str(whole(rng, 2, 480)), 0.9, "mm")
    chapter = chance(rng, 0.3)
    if chapter:
        top = sheet.heading((edge, top + high * span(rng, 0.02, 0.18), wide - edge, high), span(rng, 1.2, 2))
    sheet.facts["heading"] = chapter
    leading, foot = span(rng, 1.15, 1.6), high - edge * span(rng, 0.7, 1.3)
    notes = chance(rng, 0.25)
    if notes:
        start = foot - high * span(rng, 0.06, 0.2)
        sheet.draw.line((edge, start, edge + wide * 0.2, start), fill=sheet.ink)
        sheet.columns((edge, start + 3, wide - edge, foot), 1, 1.2, scale=0.8)
        foot = start - 4
    if chapter and chance(rng, 0.4):
        tall = sheet.letter * 3.6
        sheet.line((edge, top - 2), chr(65 + whole(rng, 0, 25)), 3.8)
        sheet.body((edge + tall * 0.95, top, wide - edge, top + tall), leading)
        top += tall
    sheet.columns((edge, top, wide - edge, foot), pick(rng, (1, 1, 1, 2)), leading)
    return sheet


def _article(rng: np.random.Generator) -> Sheet:
    sheet = Sheet.new(rng, (0.68, 0.8))
    sheet.letter *= 0.85
    (wide, high), edge = sheet.image.size, sheet.image.width * span(rng, 0.06, 0.11)
    y = edge * 0.9
    if chance(rng, 0.7):
        y = sheet.heading((edge, y, wide - edge, high), span(rng, 1.7, 2.8), chance(rng, 0.7))
        sheet.line((wide / 2, y), sheet.phrase(3), 1, "ma")
        y += sheet.letter * 2.4
        if chance(rng, 0.5):
            y = sheet.body((edge * 1.7, y, wide - edge * 1.7, y + high * 0.12), 1.2, scale=0.9) + sheet.letter
        sheet.facts["heading"] = True
    count = pick(rng, (2, 2, 2, 1, 3))
    if chance(rng, 0.55):
        tall = high * span(rng, 0.16, 0.34)
        column = (wide - 2 * edge) / count
        right = wide - edge if chance(rng, 0.4) else edge + column * 0.96
        low = chance(rng, 0.5)
        box = (edge, high - edge - tall, right, high - edge) if low else (edge, y, right, y + tall)
        if right < wide - edge:
            sheet.columns((edge + column + sheet.letter * 0.8, y, wide - edge, high - edge), max(1, count - 1), 1.2)
            span_text = (edge, y, right, box[1] - 4) if low else (edge, box[3] + 4, right, high - edge)
            sheet.body(span_text, 1.2)
        else:
            sheet.columns((edge, y, right, box[1] - 4) if low else (edge, box[3] + 4, right, high - edge), count, 1.2)
        sheet.figure(box)
    else:
        sheet.columns((edge, y, wide - edge, high - edge), count, span(rng, 1.15, 1.35))
    sheet.facts["columns"] = count
    return sheet


def _newspaper(rng: np.random.Generator) -> Sheet:
    sheet = Sheet.new(rng, (0.62, 0.85))
    sheet.letter *= 0.8
    (wide, high), edge, count = sheet.image.size, 8.0, whole(rng, 3, 5)
    y = sheet.heading((edge, 5, wide - edge, high), span(rng, 3, 5.5), chance(rng, 0.5))
    sheet.draw.line((edge, y, wide - edge, y), fill=sheet.ink, width=pick(rng, (1, 2)))
    tall = high * span(rng, 0.18, 0.35)
    sheet.columns((edge, y + 4, wide - edge, high - edge), count, 1.15)
    column = (wide - 2 * edge) / count
    start, over = whole(rng, 0, count - 2), whole(rng, 1, 2)
    box = (edge + column * start, y + 6, edge + column * (start + over) - sheet.letter, y + tall)
    sheet.draw.rectangle((box[0] - 4, box[1] - 4, box[2] + 4, box[3] + 4), fill=WHITE)
    sheet.figure(box)
    sheet.facts.update(columns=count, heading=True)
    return sheet


def _contents(rng: np.random.Generator) -> Sheet:
    """Contents, an index or verse: short lines, some with leaders."""
    sheet = Sheet.new(rng)
    (wide, high), edge = sheet.image.size, sheet.image.width * span(rng, 0.1, 0.2)
    y = sheet.heading((edge, edge * 0.8, wide - edge, high), span(rng, 1.2, 2))
    sheet.facts.update(heading=True, columns=1)
    verse, step = chance(rng, 0.5), sheet.letter * span(rng, 1.3, 1.7)
    while y < high - edge:
        if verse:
            for _ in range(whole(rng, 3, 7)):
                sheet.line((edge + wide * pick(rng, (0.05, 0.05, 0.09)), y), sheet.phrase(whole(rng, 3, 6)))
                y += step
                if y > high - edge:
                    break
            y += step * 0.7
        else:
            text = sheet.phrase(whole(rng, 1, 5))
            sheet.line((edge, y), text)
            right = wide - edge
            start = edge + sheet.face().getlength(text) + sheet.letter
            dots = "." * max(0, int((right - sheet.letter * 2 - start) / max(1.0, sheet.face().getlength("."))))
            sheet.line((start, y), dots)
            sheet.line((right, y), str(whole(rng, 1, 400)), anchor="ra")
            y += step
    return sheet


def _letter(rng: np.random.Generator) -> Sheet:
    sheet = Sheet.new(rng, (0.68, 0.8))
    (wide, high), edge = sheet.image.size, sheet.image.width * span(rng, 0.09, 0.15)
    y = edge
    if chance(rng, 0.6):
        y = sheet.heading((edge, edge * 0.5, wide - edge, high), 1.6, chance(rng, 0.5))
    for _ in range(whole(rng, 2, 4)):
        sheet.line((edge, y), sheet.phrase(2))
        y += sheet.letter * 1.3
    sheet.line(
        (wide - edge, y),
        f"{whole(rng, 1, 28)} {pick(rng, ('May', 'June', 'March'))} {whole(rng, 1890, 2024)}",
        anchor="ra",
    )
    low = high * span(rng, 0.55, 0.85)
    y = sheet.body((edge, y + sheet.letter * 3, wide - edge, low), span(rng, 1.2, 1.6), chance(rng, 0.3))
    face = lettering.font(rng, sheet.letter * 2, "script")
    sheet.draw.text((edge, y + sheet.letter), lettering.words(rng, 1), font=face, fill=(30, 40, 110))
    sheet.facts.update(columns=1, heading=False)
    return sheet


def _slide(rng: np.random.Generator) -> Sheet:
    """A slide or a card: a title over short points."""
    sheet = Sheet.new(rng, (1.25, 1.8))
    (wide, high), edge = sheet.image.size, sheet.image.width * 0.07
    sheet.letter = high / span(rng, 14, 20)
    y = sheet.heading((edge, edge, wide - edge, high), 1.7, False) + sheet.letter * 0.5
    points = 0
    while y < high - edge - sheet.letter and points < 7:
        sheet.line((edge, y), "\u2022 " + sheet.phrase(whole(rng, 2, 5)))
        y += sheet.letter * 1.7
        points += 1
    sheet.facts.update(heading=True, columns=1, points=points)
    return sheet


def _sentences(sheet: Sheet) -> list[str]:
    facts = sheet.facts
    if "points" in facts:
        return ["Slide with text.", f"It has {facts['points']} points.", "It has a heading."]
    said = ["Page of text."]
    count = int(facts.get("columns", 1))  # type: ignore[arg-type]
    said.append(f"The text stands in {count} column{'s' * (count > 1)}.")
    if facts.get("figures"):
        said.append("There is a figure on the page.")
    if facts.get("heading"):
        said.append("It has a heading.")
    return said


def _scanned(rng: np.random.Generator, image: Image.Image) -> tuple[Image.Image, list[str], dict[str, Fact]]:
    """As scanners, cameras and copiers bring a page in; what can be said of that."""
    manner = pick(rng, ("clean", "clean", "fax", "old", "old", "copy", "photo"))
    said, facts = [], {"scan": manner}
    if chance(rng, 0.1):
        draw, holes = ImageDraw.Draw(image), whole(rng, 2, 4)
        for i in range(holes):
            y, r = image.height * (i + 1) / (holes + 1), image.width * 0.018
            draw.ellipse((10, y - r, 10 + 2 * r, y + r), fill=(70, 70, 70))
        said.append("The page has punch holes.")
    if chance(rng, 0.1):
        image = _stamped(rng, image)
        said.append("There is a stamp on it.")
    if manner == "fax":
        image = skewed(rng, image, WHITE, 2)
        pixels = np.asarray(image.convert("L")) + rng.normal(0, 30, (image.height, image.width))
        image = Image.fromarray(np.where(pixels > 140, 255, 0).astype(np.uint8)).convert("RGB")
    elif manner == "old":
        tint = pick(rng, ((232, 210, 165), (214, 182, 130), (240, 228, 200), (190, 150, 105)))
        image = grain(rng, aged(rng, image.filter(ImageFilter.GaussianBlur(0.4)), tint), span(rng, 2, 7))
        said.append("The paper is old.")
    elif manner == "copy":
        image = skewed(rng, image, pick(rng, (WHITE, (20, 20, 20))), 3)
        across = np.linspace(0, 1, image.width)
        gutter = 1 - span(rng, 0.2, 0.7) * np.exp(-(across if chance(rng, 0.5) else 1 - across) * span(rng, 15, 40))
        image = Image.fromarray((np.asarray(image) * gutter[None, :, None]).astype(np.uint8))
    elif manner == "photo":
        lit = 0.75 + 0.2 * noise_field(rng, image.size, 2, 2)
        cast = np.array(pick(rng, ((255, 240, 215), (215, 225, 255), (255, 255, 255)))) / 255
        pixels = np.asarray(image, dtype=np.float32) * lit[..., None] * cast * span(rng, 0.5, 1)
        image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).filter(
            ImageFilter.GaussianBlur(span(rng, 0.4, 1.4))
        )
        image = skewed(rng, image, pick(rng, ((60, 45, 35), (25, 25, 30), (150, 150, 150))), 6)
    return image, said, facts  # type: ignore[return-value]


def _stamped(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    draw, ink = ImageDraw.Draw(layer), (*pick(rng, ((170, 30, 40), (40, 50, 150), (60, 60, 60))), 190)
    x, y, r = span(rng, 0.2, 0.8) * image.width, span(rng, 0.1, 0.9) * image.height, image.width * span(rng, 0.07, 0.13)
    if chance(rng, 0.6):
        draw.ellipse((x - r, y - r, x + r, y + r), outline=ink, width=3)
        draw.ellipse((x - r * 0.75, y - r * 0.75, x + r * 0.75, y + r * 0.75), outline=ink, width=1)
    else:
        draw.rectangle((x - r * 1.5, y - r * 0.5, x + r * 1.5, y + r * 0.5), outline=ink, width=3)
    draw.text((x, y), lettering.words(rng, 1).upper(), font=lettering.font(rng, r * 0.4, "bold"), fill=ink, anchor="mm")
    layer = layer.rotate(span(rng, -25, 25), center=(x, y))
    sheet = image.convert("RGBA")
    sheet.alpha_composite(layer)
    return sheet.convert("RGB")


def draw_printed_page(rng: np.random.Generator) -> Drawing:
    """A page of print, as it comes off a scanner or a press."""
    sheet = pick(rng, (_book, _book, _book, _article, _article, _newspaper, _contents, _letter, _slide))(rng)
    said = _sentences(sheet)
    image, more, facts = _scanned(rng, sheet.image)
    throw, cut = rng.random(), False
    if throw < 0.06:
        image = image.rotate(180)
        more.append("It stands upside down.")
    elif throw < 0.1:
        image = image.rotate(pick(rng, (90, 270)), expand=True)
        more.append("It lies on its side.")
    elif throw < 0.22:
        wide, tall = int(image.width * span(rng, 0.4, 0.9)), int(image.height * span(rng, 0.15, 0.5))
        x, y = whole(rng, 0, image.width - wide), whole(rng, 0, image.height - tall)
        image, cut = image.crop((x, y, x + wide, y + tall)), True
    if cut:
        return Drawing(handled(rng, image), "text", ("Part of a page of text.",), ("text", "page", "lines"), facts)
    keywords = tuple(
        dict.fromkeys(("text", "page", "paragraphs", "columns" if sheet.facts.get("columns", 1) != 1 else "lines"))
    )
    return Drawing(handled(rng, image), "text", (*said, *more), keywords, {**sheet.facts, **facts})


def draw_lettering(rng: np.random.Generator) -> Drawing:
    """A few large letters or words, cut tight, plain: what typographers and test files have."""
    size = canvas_size(rng, 90, 300, (1.0, 5.0))
    image = Image.new("RGB", size, WHITE if chance(rng, 0.75) else pick(rng, ((245, 245, 240), (30, 30, 34))))
    ground = image.getpixel((0, 0))
    ink = WHITE if ground == (30, 30, 34) else BLACK
    lines = whole(rng, 1, 3)
    for i in range(lines):
        text = lettering.words(rng, whole(rng, 1, 3))
        style: lettering.Style = pick(rng, ("any", "bold", "sans", "mono"))
        face = lettering.fitted(rng, text, size[0] * span(rng, 0.6, 1.15), size[1] / lines * span(rng, 0.7, 1.1), style)
        ImageDraw.Draw(image).text((size[0] * 0.02, size[1] * i / lines), text, font=face, fill=ink)
    said = ["Short text in large letters.", "It is one line." if lines == 1 else f"It has {lines} lines."]
    said.append(f"The text is {name_of(ink)} on {name_of(ground)}.")
    return Drawing(handled(rng, image), "text", tuple(said), ("text", "large letters", "words"), {"lines": lines})
