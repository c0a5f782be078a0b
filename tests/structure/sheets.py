"""Sheets for tests, drawn with a known text at a known place, and the reading that a perfect OCR would give."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from alttext_local.types import Reading, Word

SALES = (
    ("Region", "2019", "2020"),
    ("North", "12", "15"),
    ("South", "340", "298"),
    ("East", "7", "81"),
    ("West", "55", "60"),
)


class Sheet:
    """A white picture that notes down each word that is written on it."""

    def __init__(self, size: tuple[int, int], ground: str = "white") -> None:
        self.image = Image.new("RGB", size, ground)
        self.draw = ImageDraw.Draw(self.image)
        self.words: list[Word] = []
        self._lines = 0

    def write(
        self, at: tuple[int, int], text: str, size: int = 16, ink: str = "black", confidence: float = 0.95
    ) -> int:
        """A line of words with its upper left corner at `at`; returns where it ends."""
        font = ImageFont.load_default(size)
        x = at[0]
        for word in text.split():
            left, top, right, bottom = (round(edge) for edge in font.getbbox(word))
            self.draw.text((x, at[1]), word, font=font, fill=ink)
            box = (x + left, at[1] + top, right - left, bottom - top)
            self.words.append(Word(word, confidence, box, self._lines))
            x += round(font.getlength(word + " "))
        self._lines += 1
        return x

    def reading(self, without: Sequence[str] = ()) -> Reading:
        """All words, or all but some that OCR missed."""
        words = tuple(word for word in self.words if word.text not in without)
        return Reading(" ".join(word.text for word in words), words, image_size=self.image.size)


def table(
    rows: Sequence[Sequence[str]] = SALES, rules: str = "all", title: str = "", shade: str = "", step: int = 34
) -> Sheet:
    """A table of equal columns; `rules` is all, across, few or none."""
    left, top, wide = 30, 60, 130
    right, bottom = left + wide * len(rows[0]), top + step * len(rows)
    sheet = Sheet((right + 30, bottom + 30))
    if title:
        sheet.write((left, 20), title)
    if shade:
        sheet.draw.rectangle((left, top, right, top + step), fill=shade)
    for i, row in enumerate(rows):
        for j, text in enumerate(row):
            sheet.write((left + wide * j + 10, top + step * i + 8), text)
    across = {"all": range(len(rows) + 1), "across": range(len(rows) + 1), "few": (0, 1, len(rows)), "none": ()}[rules]
    for i in across:
        sheet.draw.line((left, top + step * i, right, top + step * i), fill="grey")
    for j in range(len(rows[0]) + 1) if rules == "all" else ():
        sheet.draw.line((left + wide * j, top, left + wide * j, bottom), fill="grey")
    return sheet


COLUMNS = (
    "The harbour was built in three years. Ships from the north came first and traders soon followed them here. ",
    "Later the river changed its bed. The old quay fell dry and boats had to land some miles down the coast. ",
)


def page(columns: int = 2, heading: str = "A History of the Harbour", across: bool = True) -> Sheet:
    """A page with a running head and number; with `across` OCR has run the columns' lines together."""
    sheet = Sheet((1000, 900))
    sheet.write((400, 20), "COASTAL TOWNS 117")
    sheet.write((60, 80), heading, 44)
    wide = 860 // columns - 40
    lines = [_set(COLUMNS[i], wide, 18) for i in range(columns)]
    for row in range(18):
        number = sheet._lines
        for i in range(columns):
            sheet._lines = number if across else sheet._lines
            sheet.write((60 + i * (wide + 60), 180 + row * 30), lines[i][row], 18)
    return sheet


def _set(text: str, wide: int, size: int) -> list[str]:
    """Eighteen lines of a text over and over, each as long as fits."""
    font, lines, line, words = ImageFont.load_default(size), [], "", (text * 20).split()
    for word in words:
        if font.getlength(f"{line} {word}") > wide:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return lines[:18]


def flow(texts: Sequence[str] = ("Start", "Check input", "Done"), fill: str = "white") -> Sheet:
    """Boxes below each other with lines between."""
    sheet = Sheet((300, 60 + 100 * len(texts)))
    for i, text in enumerate(texts):
        top = 30 + 100 * i
        sheet.draw.rounded_rectangle((60, top, 240, top + 60), radius=8, fill=fill, outline="black", width=2)
        sheet.write((90, top + 18), text, 20)
        if i:
            sheet.draw.line((150, top - 40, 150, top), fill="black", width=2)
    return sheet
