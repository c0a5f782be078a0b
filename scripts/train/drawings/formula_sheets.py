"""Equations of one or several lines put together of set pieces: aligned, numbered, in cases, in matrices, in chains.

matplotlib sets each piece once, large; lines are built of those pieces and scaled down, which is many times faster than
setting every formula anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser
from PIL import Image, ImageDraw

from scripts.train.drawings import lettering
from scripts.train.drawings.colours import BLACK, WHITE, paper_and_ink
from scripts.train.drawings.dice import chance, pick, span, whole
from scripts.train.drawings.drawing import Drawing, Fact
from scripts.train.drawings.wear import aged, handled

SIZE = 30
"""Points at which pieces are set."""
_FAMILIES = ("cm", "cm", "cm", "stix", "dejavuserif")
_ATOMS = (
    *"a b c d e f g h k m n p q r s t u v w x y z A B E F G K L M N P Q R S T V X Y Z".split(),
    *"0 1 2 3 4 5 6 7 8 9 10 12".split(),
    *r"\alpha \beta \gamma \lambda \mu \pi \theta \sigma \phi \omega \epsilon".split(),
    *r"\Delta \Omega \Psi \infty \nabla \hbar".split(),
    r"x^2",
    r"x^n",
    r"e^{-x}",
    r"a_1",
    r"a_n",
    r"x_i",
    r"y_{ij}",
    r"x'",
    r"\hat{x}",
    r"\bar{y}",
    r"\vec{v}",
    r"f(x)",
    r"g(t)",
    r"\sin x",
    r"\cos\theta",
    r"\log n",
    r"\max",
    r"\det A",
    r"n!",
    r"dx",
    r"dt",
    r"\mathbb{R}",
    r"\mathbb{E}",
    r"P(A|B)",
    r"\mathcal{L}",
    r"\partial u",
    r"x^{2}_{3}",
    r"\lim",
    r"\|v\|",
    r"T^{\mu\nu}",
    r"A^{-1}",
    r"O(n)",
    r"3.14",
)
_JOINS = (
    "+",
    "-",
    "=",
    r"\cdot",
    r"\times",
    r"\leq",
    r"\geq",
    r"\in",
    r"\to",
    ",",
    "<",
    r"\approx",
    r"\pm",
    r"\neq",
    r"\Rightarrow",
)


@dataclass(frozen=True)
class Piece:
    """Ink (0 to 255) with the height of its axis from the top, on which pieces are lined up."""

    ink: Image.Image
    axis: int


@cache
def _parser() -> MathTextParser:  # type: ignore[type-arg]
    return MathTextParser("agg")


@lru_cache(maxsize=2000)
def piece(text: str, family: str) -> Piece:
    """A short formula, set once a process."""
    made = _parser().parse(f"${text}$", 72, FontProperties(size=SIZE, math_fontfamily=family))
    ink = Image.fromarray(np.array(made.image, dtype=np.uint8))
    return Piece(ink, max(0, int(ink.height - made.depth - SIZE * 0.26)))


def row(parts: list[Piece], gap: int = 7) -> Piece:
    """Pieces side by side on one axis."""
    above, below = max(p.axis for p in parts), max(p.ink.height - p.axis for p in parts)
    sheet = Image.new("L", (sum(p.ink.width + gap for p in parts), above + below), 0)
    x = 0
    for part in parts:
        sheet.paste(part.ink, (x, above - part.axis))
        x += part.ink.width + gap
    return Piece(sheet, above)


def fraction(over: Piece, under: Piece) -> Piece:
    """One above the other with a bar."""
    wide = max(over.ink.width, under.ink.width) + 8
    sheet = Image.new("L", (wide, over.ink.height + under.ink.height + 9), 0)
    sheet.paste(over.ink, ((wide - over.ink.width) // 2, 0))
    sheet.paste(under.ink, ((wide - under.ink.width) // 2, over.ink.height + 9))
    ImageDraw.Draw(sheet).line((1, over.ink.height + 4, wide - 2, over.ink.height + 4), fill=255, width=2)
    return Piece(sheet, over.ink.height + 4)


def root(inner: Piece) -> Piece:
    """Under a root sign."""
    high = inner.ink.height + 8
    sheet = Image.new("L", (inner.ink.width + 24, high), 0)
    sheet.paste(inner.ink, (20, 7))
    draw = ImageDraw.Draw(sheet)
    draw.line([(1, high * 0.6), (6, high * 0.55), (11, high - 2), (18, 2), (sheet.width - 1, 2)], fill=255, width=2)
    return Piece(sheet, inner.axis + 7)


def tower(sign: str, family: str, low: str, high: str) -> Piece:
    """A sum, product or integral with its limits."""
    middle, under, over = piece(sign, family), piece(low, family), piece(high, family)
    big = middle.ink.resize((int(middle.ink.width * 1.35), int(middle.ink.height * 1.35)))
    small = [p.ink.resize((max(1, int(p.ink.width * 0.62)), max(1, int(p.ink.height * 0.62)))) for p in (over, under)]
    wide = max(big.width, *(one.width for one in small)) + 4
    sheet = Image.new("L", (wide, big.height + small[0].height + small[1].height + 4), 0)
    for ink, y in ((small[0], 0), (big, small[0].height + 2), (small[1], small[0].height + big.height + 4)):
        sheet.paste(ink, ((wide - ink.width) // 2, y))
    return Piece(sheet, small[0].height + 2 + big.height // 2)


def fenced(inner: Piece, left: str, right: str) -> Piece:
    """Between brackets as tall as it is; a side may be empty."""
    high, wide = inner.ink.height, 12
    sheet = Image.new("L", (inner.ink.width + 2 * wide + 4, high), 0)
    sheet.paste(inner.ink, (wide + 2, 0))
    draw = ImageDraw.Draw(sheet)
    for sign, x, way in ((left, 2, 1), (right, sheet.width - 3, -1)):
        far = x + way * 8
        if sign in "()" and sign:
            box = (min(x, x + way * 18), 0, max(x, x + way * 18), high - 1)
            draw.arc(box, *((110, 250) if way > 0 else (-70, 70)), fill=255, width=2)
        elif sign in "[]" and sign:
            draw.line([(far, 1), (x, 1), (x, high - 2), (far, high - 2)], fill=255, width=2)
        elif sign == "|":
            draw.line((x + way * 4, 0, x + way * 4, high), fill=255, width=2)
        elif sign in "{}" and sign:
            middle = high / 2
            near = x + way * 5
            draw.line(
                [
                    (far, 1),
                    (near, 5),
                    (near, middle - 5),
                    (x, middle),
                    (near, middle + 5),
                    (near, high - 6),
                    (far, high - 2),
                ],
                fill=255,
                width=2,
            )
    return Piece(sheet, inner.axis)


def _table(cells: list[list[Piece]]) -> Piece:
    """Rows and columns of pieces: the inside of a matrix or of cases."""
    wide = [max(r[c].ink.width for r in cells) + 18 for c in range(len(cells[0]))]
    tall = [max(p.ink.height for p in r) + 8 for r in cells]
    sheet = Image.new("L", (sum(wide), sum(tall)), 0)
    y = 0
    for line, height in zip(cells, tall, strict=True):
        x = 0
        for part, width in zip(line, wide, strict=True):
            sheet.paste(part.ink, (x + (width - part.ink.width) // 2, y + (height - part.ink.height) // 2))
            x += width
        y += height
    return Piece(sheet, sheet.height // 2)


class _Setter:
    """Builds terms and remembers what it put in."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng, self.family, self.holds = rng, pick(rng, _FAMILIES), set[str]()
        self.matrix_rows = 0

    def atom(self) -> Piece:
        """A letter, a number or a short standing piece."""
        return piece(pick(self.rng, _ATOMS), self.family)

    def term(self, depth: int) -> Piece:
        """A term that may hold others."""
        rng = self.rng
        if depth == 0 or chance(rng, 0.4):
            return self.atom()
        manner = pick(rng, ("fraction", "fraction", "root", "sum", "integral", "brackets", "product", "matrix"))
        if manner == "fraction":
            self.holds.add("fraction")
            return fraction(self.chain(whole(rng, 1, 2), depth - 1), self.chain(whole(rng, 1, 2), depth - 1))
        if manner == "root":
            self.holds.add("root")
            return root(self.chain(whole(rng, 1, 2), depth - 1))
        if manner in ("sum", "integral", "product"):
            self.holds.add(manner)
            sign = {"sum": r"\sum", "integral": r"\int", "product": r"\prod"}[manner]
            limits = pick(rng, (("i=1", "n"), ("k=0", r"\infty"), ("0", "1"), ("a", "b"), ("x", "y")))
            return row([tower(sign, self.family, *limits), self.term(depth - 1)], 4)
        if manner == "matrix" and not self.matrix_rows:
            self.matrix_rows, columns = whole(rng, 2, 4), whole(rng, 1, 4)
            cells = [[self.atom() for _ in range(columns)] for _ in range(self.matrix_rows)]
            left, right = pick(rng, (("(", ")"), ("[", "]"), ("|", "|")))
            return fenced(_table(cells), left, right)
        return fenced(self.chain(2, depth - 1), "(", ")")

    def chain(self, count: int, depth: int) -> Piece:
        """Terms with signs between."""
        parts = [self.term(depth)]
        for _ in range(count - 1):
            parts += [piece(pick(self.rng, _JOINS), self.family), self.term(depth)]
        return row(parts)


_ARTICLES = {"integral": "an"}


def draw_formula_sheet(rng: np.random.Generator) -> Drawing:
    """One to seven lines of formulas, aligned at a sign or centred, numbered or not, in cases, on paper or board."""
    setter, count = _Setter(rng), pick(rng, (1, 1, 1, 2, 2, 3, 3, 4, 5, 7))
    cases = count == 1 and chance(rng, 0.15)
    lines = []
    for _ in range(count):
        left = setter.chain(whole(rng, 1, 2), 1)
        right = setter.chain(whole(rng, 1, 3), pick(rng, (0, 1, 2)))
        lines.append((left, row([piece("=", setter.family), right])))
    if cases:
        inner = _table([[setter.chain(whole(rng, 1, 2), 1), setter.atom()] for _ in range(whole(rng, 2, 4))])
        lines = [(setter.atom(), row([piece("=", setter.family), fenced(inner, "{", "")]))]
    aligned, numbered, gap = chance(rng, 0.6), chance(rng, 0.2), int(SIZE * span(rng, 0.3, 1.1))
    image = _sheet(rng, lines, aligned, numbered, gap)
    holds = sorted(setter.holds)
    said = [
        "Equation." if count == 1 else "Equations.",
        f"It has {count} line{'s' * (count > 1)}." if not cases else "It has several cases.",
    ]
    said += [f"It contains {_ARTICLES.get(name, 'a')} {name}." for name in holds]
    said += [f"It contains a matrix with {setter.matrix_rows} rows."] * bool(setter.matrix_rows)
    said += ["The lines are numbered."] * numbered
    facts: dict[str, Fact] = {
        "lines": count,
        "numbered": numbered,
        "contains": holds,
        "cases": cases,
        "matrix_rows": setter.matrix_rows,
        "aligned": aligned,
    }
    keywords = tuple(dict.fromkeys(("equation", "mathematics", "formula", *holds)))
    return Drawing(handled(rng, image), "equation", tuple(said), keywords, facts)


def _sheet(
    rng: np.random.Generator, lines: list[tuple[Piece, Piece]], aligned: bool, numbered: bool, gap: int
) -> Image.Image:
    before = max(left.ink.width for left, _ in lines)
    rows = [row([left, right]) for left, right in lines]
    wide = max(before + 7 + right.ink.width for _, right in lines) if aligned else max(one.ink.width for one in rows)
    tall = sum(one.ink.height + gap for one in rows) - gap
    edge = (whole(rng, 4, 30), whole(rng, 4, 26))
    side = 70 if numbered else 0
    mask = Image.new("L", (wide + 2 * edge[0] + side, tall + 2 * edge[1]), 0)
    y = edge[1]
    for number, ((left, _), one) in enumerate(zip(lines, rows, strict=True), 1):
        x = edge[0] + (before - left.ink.width if aligned else (wide - one.ink.width) // 2)
        mask.paste(one.ink, (x, y))
        if numbered:
            face = lettering.load(str(getattr(lettering.font(rng, 22, "plain"), "path", "")), 22)
            ImageDraw.Draw(mask).text((mask.width - 12, y + one.axis), f"({number})", font=face, fill=255, anchor="rm")
        y += one.ink.height + gap
    scale = min(span(rng, 0.3, 1.0), 760 / mask.width, 700 / mask.height)
    mask = mask.resize(
        (max(24, int(mask.width * scale)), max(14, int(mask.height * scale))),
        Image.Resampling.BOX if scale < 0.6 else Image.Resampling.BILINEAR,
    )
    paper, ink = (WHITE, BLACK) if chance(rng, 0.75) else paper_and_ink(rng, 0.3)
    image = Image.new("RGB", mask.size, paper)
    image.paste(ink, mask=mask)
    if chance(rng, 0.3) and paper == WHITE:
        sheet = Image.new(
            "RGB", (min(800, image.width + whole(rng, 10, 240)), min(700, image.height + whole(rng, 0, 160))), WHITE
        )
        sheet.paste(image, (0, 0))
        image = sheet
    return aged(rng, image, (238, 224, 190)) if chance(rng, 0.06) else image
