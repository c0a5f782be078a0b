"""Fonts of this machine and words to set in them; nobody is meant to read the words."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import ImageDraw, ImageFont

from scripts.train.drawings.colours import Colour
from scripts.train.drawings.dice import chance, pick, whole

Style = Literal["any", "sans", "mono", "bold", "script"]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Box = tuple[float, float, float, float]

_FOLDER = Path("/usr/share/fonts")
_STYLES: dict[Style, str] = {
    "any": r"(?i)^(?!noto|.*(script|humor|math|emoji|symbol|comic|dancing|hairline|thin)).*"
    r"|^Noto(Sans|Serif|SerifDisplay)-",
    "sans": r"(?i)^(DejaVuSans|LiberationSans|Lato|OpenSans|Carlito|NotoSans-|Roboto|Ubuntu)(?!.*(mono|hairline|thin))",
    "mono": r"(?i).*(mono|hack|courier|code)",
    "bold": r"(?i)^(?!noto|.*(script|humor|math|emoji)).*(bold|black|heavy)",
    "script": r"(?i)^(?!noto).*(dancing|humor|script|hand|caveat|pacifico)",
}
_SCRIPTS = {
    "NotoSansArabic": (0x627, 0x64A), "NotoSansHebrew": (0x5D0, 0x5EA), "NotoSansDevanagari": (0x905, 0x939),
    "NotoSansThai": (0xE01, 0xE2E), "NotoSansGeorgian": (0x10D0, 0x10F0), "NotoSansArmenian": (0x561, 0x586),
    "NotoSansEthiopic": (0x1200, 0x1240), "NotoSansBengali": (0x985, 0x9A8), "NotoSansTamil": (0xB85, 0xBB5),
    "NotoSansCJK": (0x4E00, 0x5E00), "NotoSerifCJK": (0x4E00, 0x5E00), "DejaVuSerif": (0x430, 0x44F),
    "DejaVuSans": (0x3B1, 0x3C9),
}  # fmt: skip
_SYLLABLES = (
    "a be co da el fa go hi in ja ko le mi no or pa qui ra sta ter un ver wi xi yo za "
    "tion ing ment the and con pro re ous ble ly ph sh cr br"
)


@lru_cache(maxsize=1)
def files() -> tuple[Path, ...]:
    """Every font file of this machine, in order."""
    found = [path for path in _FOLDER.rglob("*") if path.suffix.lower() in (".ttf", ".otf", ".ttc")]
    return tuple(sorted(found))


@lru_cache(maxsize=32)
def _matching(pattern: str) -> tuple[str, ...]:
    return tuple(str(path) for path in files() if re.match(pattern, path.name))


@lru_cache(maxsize=2048)
def load(path: str, size: int) -> Font:
    """A font file at a size; PIL's own font when `path` is empty."""
    return ImageFont.truetype(path, size) if path else ImageFont.load_default(size)


def font(rng: np.random.Generator, size: float, style: Style = "any") -> Font:
    """One of the fonts here that have this style."""
    choices = _matching(_STYLES[style]) or _matching(_STYLES["any"]) or ("",)
    return load(pick(rng, choices), max(5, int(size)))


def foreign(rng: np.random.Generator, size: float) -> tuple[Font, tuple[int, int]] | None:
    """A font for another script, with the range of its letters; None where there is none."""
    here = [(path, reach) for name, reach in _SCRIPTS.items() for path in _matching(name + r"(-Regular)?\.")]
    if not here:
        return None
    path, reach = pick(rng, here)
    return load(path, max(6, int(size))), reach


@lru_cache(maxsize=65536)
def width_of(face: Font, text: str) -> float:
    """Pixels that the text takes in this font."""
    return face.getlength(text)


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[str, ...]:
    rng = np.random.default_rng(7)
    parts = _SYLLABLES.split()
    return tuple("".join(pick(rng, parts) for _ in range(whole(rng, 1, 4))) for _ in range(600))


def word(rng: np.random.Generator) -> str:
    """A word that means nothing."""
    return pick(rng, _vocabulary())


def words(rng: np.random.Generator, count: int) -> str:
    """A phrase of `count` words that begins with a capital."""
    text = " ".join(word(rng) for _ in range(count))
    return text[:1].upper() + text[1:]


def label(rng: np.random.Generator, longest: int = 2) -> str:
    """What stands in a box or on a button: a word or few, a number, an abbreviation."""
    throw = rng.random()
    if throw < 0.12:
        return str(whole(rng, 1, 2000))
    if throw < 0.25:
        return word(rng).upper()[:4]
    return words(rng, whole(rng, 1, longest))


def foreign_word(rng: np.random.Generator, reach: tuple[int, int]) -> str:
    """A word of random letters of another script."""
    return "".join(chr(int(c)) for c in rng.integers(reach[0], reach[1] + 1, whole(rng, 2, 9)))


def fill(
    draw: ImageDraw.ImageDraw,
    rng: np.random.Generator,
    box: Box,
    face: Font,
    ink: Colour,
    *,
    leading: float = 1.3,
    justified: bool = False,
    centred: bool = False,
    reach: tuple[int, int] | None = None,
    most_lines: int = 999,
) -> tuple[int, float]:
    """Fills a box with lines of words; returns how many lines, and where the next would begin."""
    x0, y, x1, y1 = box
    step = getattr(face, "size", 10) * leading
    space, lines = width_of(face, " ") or 3, 0
    while y + step <= y1 and lines < most_lines:
        row, used = _row_of_words(rng, face, x1 - x0, space, reach)
        last = chance(rng, 0.12) and lines > 0
        if last:
            row = row[: max(1, len(row) // 2)]
        if justified and not last and len(row) > 1:
            _spread(draw, row, face, (x0, y), space + (x1 - x0 - used) / (len(row) - 1), ink)
        else:
            text = " ".join(row)
            x = (x0 + x1 - width_of(face, text)) / 2 if centred else x0
            draw.text((x, y), text, font=face, fill=ink)
        y += step * (1.35 if last and not centred else 1)
        lines += 1
    return lines, y


def _row_of_words(
    rng: np.random.Generator, face: Font, width: float, space: float, reach: tuple[int, int] | None
) -> tuple[list[str], float]:
    row: list[str] = []
    used = -space
    while len(row) < 40:
        text = foreign_word(rng, reach) if reach else word(rng)
        if chance(rng, 0.1):
            text = text.capitalize()
        if chance(rng, 0.08):
            text += pick(rng, (".", ",", ";", "?"))
        more = space + width_of(face, text)
        if used + more > width and row:
            break
        row.append(text)
        used += more
    return row, used


def _spread(
    draw: ImageDraw.ImageDraw, row: list[str], face: Font, at: tuple[float, float], gap: float, ink: Colour
) -> None:
    x, y = at
    for text in row:
        draw.text((x, y), text, font=face, fill=ink)
        x += width_of(face, text) + gap


def fitted(rng: np.random.Generator, text: str, width: float, height: float, style: Style = "any") -> Font:
    """A font in which the text just fits into width and height."""
    choices = _matching(_STYLES[style]) or _matching(_STYLES["any"]) or ("",)
    path = pick(rng, choices)
    wide = width_of(load(path, 40), text) / 40
    return load(path, max(6, int(min(height / 1.25, width / max(wide, 0.1)))))
