"""Fonts of this machine and words to set in them; nobody is meant to read the words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from scripts.train.drawings.colours import Colour
from scripts.train.drawings.dice import chance, pick, whole

Style = Literal["any", "plain", "sans", "mono", "bold", "script"]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Box = tuple[float, float, float, float]

_FOLDER = Path("/usr/share/fonts")
_STYLES: dict[Style, str] = {
    "any": r"(?i)^(?!noto|.*(script|humor|math|emoji|symbol|comic|dancing|hairline|thin)).*"
    r"|^Noto(Sans|Serif|SerifDisplay)-",
    "plain": r"(?i)^(DejaVu(Sans|Serif)|Liberation(Sans|Serif)-Regular|Lato-Regular|Carlito-Regular|Caladea-Regular"
    r"|EBGaramond12-Regular|Roboto-Regular|OpenSans-Regular|Noto(Sans|Serif)-Regular)\.|^DejaVu(Sans|Serif)\.",
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
    if style == "any" and chance(rng, 0.6):
        style = "plain"  # most of what is printed is neither bold nor slanted
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


@dataclass(frozen=True)
class Bank:
    """Rows of words set once in one font, to be cut into lines: setting type anew for every page is slow."""

    rows: tuple[Image.Image, ...]
    """Masks of one line each."""
    words: tuple[tuple[tuple[int, int], ...], ...]
    """Where the words of each row begin and end, in pixels."""


BANK_ROWS, BANK_WIDTH = 6, 900


@lru_cache(maxsize=700)
def bank(path: str, size: int, reach: tuple[int, int] | None = None) -> Bank:
    """The bank of a font file at a size, the same in every process."""
    rng = np.random.default_rng(size)
    face = (
        load(path, size) if reach or not path else ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    )
    rows, places = [], []
    for _ in range(BANK_ROWS):
        words_here = [_running_word(rng, reach) for _ in range(BANK_WIDTH // max(4, 3 * size))]
        mask = Image.new("L", (BANK_WIDTH, max(2, round(size * 1.45))))
        draw, x, spans = ImageDraw.Draw(mask), 0.0, []
        space = width_of(face, " ") or size / 3
        for text in words_here:
            end = x + face.getlength(text)
            if end > BANK_WIDTH:
                break
            draw.text((x, 0), text, font=face, fill=255)
            spans.append((int(x), int(end) + 1))
            x = end + space
        rows.append(mask)
        places.append(tuple(spans) or ((0, BANK_WIDTH),))
    return Bank(tuple(rows), tuple(places))


def _running_word(rng: np.random.Generator, reach: tuple[int, int] | None) -> str:
    text = foreign_word(rng, reach) if reach else word(rng)
    if chance(rng, 0.1):
        text = text.capitalize()
    return text + pick(rng, (".", ",", ";", "?")) if chance(rng, 0.08) else text


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
    size = int(getattr(face, "size", 10))
    step, lines = size * leading, 0
    stock = bank(str(getattr(face, "path", "")), size, reach)
    while y + step <= y1 and lines < most_lines:
        row, start, luck = rng.integers(0, (BANK_ROWS, 1 << 16, 1000)).tolist()
        spans = _cut(stock.words[row], start, x1 - x0)
        last = luck < 120 and lines > 0
        if last:
            spans = spans[: max(1, len(spans) // 2)]
        _set(draw, stock.rows[row], spans, (x0, y, x1), ink, justified and not last, centred)
        y += step * (1.35 if last and not centred else 1)
        lines += 1
    return lines, y


def _cut(spans: tuple[tuple[int, int], ...], start: int, width: float) -> tuple[tuple[int, int], ...]:
    """Words that stand one after the other and fit in the width; at least one."""
    wide = spans[-1][1]
    first = start % max(1, sum(1 for begin, _ in spans if wide - begin > width) or len(spans) // 2 or 1)
    last = first
    while last + 1 < len(spans) and spans[last + 1][1] - spans[first][0] <= width:
        last += 1
    return spans[first : last + 1]


def _set(
    draw: ImageDraw.ImageDraw,
    mask: Image.Image,
    spans: tuple[tuple[int, int], ...],
    at: tuple[float, float, float],
    ink: Colour,
    justified: bool,
    centred: bool,
) -> None:
    x0, y, x1 = at
    begin, end = spans[0][0], min(spans[-1][1], spans[0][0] + max(1, int(x1 - x0)))
    free = x1 - x0 - (end - begin)
    if justified and len(spans) > 1 and free < 0.45 * (x1 - x0):
        for i, (left, right) in enumerate(spans):
            x = x0 + left - begin + free * i / (len(spans) - 1)
            draw.bitmap((int(x), int(y)), mask.crop((left, 0, right, mask.height)), fill=ink)
        return
    x = x0 + free / 2 if centred else x0
    draw.bitmap((int(x), int(y)), mask.crop((begin, 0, end, mask.height)), fill=ink)


def fitted(rng: np.random.Generator, text: str, width: float, height: float, style: Style = "any") -> Font:
    """A font in which the text just fits into width and height."""
    choices = _matching(_STYLES[style]) or _matching(_STYLES["any"]) or ("",)
    path = pick(rng, choices)
    wide = width_of(load(path, 40), text) / 40
    return load(path, max(6, int(min(height / 1.25, width / max(wide, 0.1)))))
