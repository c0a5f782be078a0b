"""Tables as publishers and programs set them: booktabs, reports with groups and spanning heads, spreadsheets, forms."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw

from scripts.train.drawings import chart_words as words
from scripts.train.drawings import lettering
from scripts.train.drawings.chart_fonts import pick_face
from scripts.train.drawings.colours import BLACK, WHITE, Colour, any_colour, light, mixed, name_of, pastel
from scripts.train.drawings.dice import chance, pick, span, whole
from scripts.train.drawings.drawing import Drawing, Fact
from scripts.train.drawings.wear import handled, scanned


@dataclass
class Plan:
    """What a table holds and how it is ruled; the head counts as a row."""

    cells: list[list[str]]
    aligns: list[str]
    manner: str
    """report, booktabs, spreadsheet, striped, grid or bare."""
    groups: dict[int, str] = field(default_factory=dict)
    """Row -> the words of a group head above it, which is a row of its own."""
    spanner: tuple[int, int, str] | None = None
    """Columns from, to and words of a head over several columns."""
    total: bool = False
    marked: int | None = None
    """A column with a tint."""
    title: str = ""
    notes: int = 0

    @property
    def rows(self) -> int:
        """Rows of one line each, group heads and head included, the head over columns not."""
        return len(self.cells) + len(self.groups)

    @property
    def columns(self) -> int:
        """How many columns."""
        return len(self.aligns)


def _cell(rng: np.random.Generator, filler: str) -> str:
    if filler == "number":
        return words.number(rng)
    if filler == "year":
        return str(whole(rng, 1900, 2024))
    if filler == "date":
        return f"{whole(rng, 1980, 2024)}-{whole(rng, 1, 12):02d}-{whole(rng, 1, 28):02d}"
    if filler == "word":
        return lettering.word(rng).capitalize()
    if filler == "tick":
        return pick(rng, ("yes", "no", "+", "-", "NA"))
    return lettering.words(rng, whole(rng, 2, 4))


def plan_table(rng: np.random.Generator) -> Plan:
    """Decides on a table."""
    manner = pick(rng, ("report", "report", "booktabs", "booktabs", "spreadsheet", "striped", "grid", "bare"))
    rows, columns = whole(rng, 2, 16), whole(rng, 2, 8)
    fillers = [
        "phrase" if chance(rng, 0.35) else "word",
        *(pick(rng, ("number", "number", "number", "year", "date", "word", "tick")) for _ in range(columns - 1)),
    ]
    cells = [[_cell(rng, filler) for filler in fillers] for _ in range(rows - 1)]
    head = [words.topic(rng).split()[0] if chance(rng, 0.5) else lettering.word(rng) for _ in range(columns)]
    aligns = ["r" if filler in ("number", "year") else "l" for filler in fillers]
    plan = Plan([head, *cells], aligns, manner)
    if manner in ("report", "booktabs", "striped"):
        if rows > 5 and chance(rng, 0.3):
            starts = {1, *(whole(rng, 2, rows - 2) for _ in range(whole(rng, 1, 2)))}
            plan.groups = {start: lettering.words(rng, 2) for start in sorted(starts)}
        if columns > 3 and chance(rng, 0.35):
            low = whole(rng, 1, columns - 2)
            plan.spanner = (low, whole(rng, low + 1, columns - 1), words.topic(rng))
        plan.marked = whole(rng, 1, columns - 1) if chance(rng, 0.12) else None
    plan.total = rows > 3 and chance(rng, 0.2)
    plan.title = words.title(rng) if chance(rng, 0.3) and manner != "spreadsheet" else ""
    plan.notes = whole(rng, 1, 2) if chance(rng, 0.15) and manner != "spreadsheet" else 0
    return plan


@dataclass(frozen=True)
class _Dress:
    regular: str
    bold: str
    size: int
    pad: float
    line: Colour
    head: Colour | None
    ink: Colour


def _dress(rng: np.random.Generator, plan: Plan) -> _Dress:
    regular, bold = pick_face(rng, serif=0.8 if plan.manner == "booktabs" else 0.12, odd=0.02)
    size = whole(rng, 8, 17)
    line = {"report": (211, 211, 211), "spreadsheet": (208, 208, 208), "striped": (222, 226, 230)}.get(
        plan.manner, BLACK
    )
    head = None
    if plan.manner == "spreadsheet":
        head = (230, 230, 230)
    elif plan.manner in ("striped", "grid") and chance(rng, 0.5):
        head = pick(rng, (any_colour(rng), pastel(rng), (33, 37, 41)))
    return _Dress(regular, bold, size, span(rng, 0.35, 1.1), line, head, pick(rng, (BLACK, (51, 51, 51), (33, 37, 41))))


def _paint(rng: np.random.Generator, plan: Plan, dress: _Dress) -> Image.Image:
    plain, strong = lettering.load(dress.regular, dress.size), lettering.load(dress.bold, dress.size)
    gutter = dress.size * dress.pad
    widths = [
        max(lettering.width_of(strong if i == 0 else plain, row[c]) for i, row in enumerate(plan.cells)) + 2 * gutter
        for c in range(plan.columns)
    ]
    stub = dress.size * 2.2 if plan.manner == "spreadsheet" else 0.0
    if plan.manner == "spreadsheet":
        widths = [max(width, dress.size * 4) for width in widths]
    while sum(widths) > 820 and len(widths) > 2:
        widths.pop()
        plan.aligns.pop()
        plan.cells = [row[:-1] for row in plan.cells]
        plan.spanner, plan.marked = None, None
    step = dress.size * (1.3 + dress.pad)
    while step * plan.rows > 720 and len(plan.cells) > 3:
        plan.cells.pop()
    plan.groups = {start: text for start, text in plan.groups.items() if start < len(plan.cells)}
    margin = whole(rng, 2, 20)
    left = margin + (whole(rng, 20, 160) if plan.manner == "report" and chance(rng, 0.5) else 0) + stub
    top = (
        margin
        + (step * 1.4 if plan.title else 0)
        + (step if plan.manner == "spreadsheet" else 0)
        + (step if plan.spanner else 0)
    )
    wide, tall = left + sum(widths) + (left - stub), top + step * plan.rows + margin + plan.notes * step
    image = Image.new("RGB", (max(90, int(wide)), max(50, int(tall))), WHITE)
    draw, right = ImageDraw.Draw(image), left + sum(widths)
    if plan.title:
        draw.text(((left + right) / 2, margin + step * 0.6), plan.title, font=strong, fill=dress.ink, anchor="mm")
    _tints(draw, plan, dress, (left, top, right), widths, step)
    y = top
    for i, row in enumerate(plan.cells):
        if i in plan.groups:
            draw.text(
                (left + gutter * 0.6, y + step / 2),
                plan.groups[i],
                font=strong if chance(rng, 0.5) else plain,
                fill=dress.ink,
                anchor="lm",
            )
            _rule(draw, plan, dress, (left, right), y, i)
            y += step
        x, last = left, plan.total and i == len(plan.cells) - 1
        ink = WHITE if i == 0 and dress.head and not light(dress.head) else dress.ink
        for text, width, align in zip(row, widths, plan.aligns, strict=True):
            at = x + gutter if align == "l" else x + width - gutter
            draw.text(
                (at, y + step / 2),
                text,
                font=strong if (i == 0 and plan.manner != "report") or last else plain,
                fill=ink,
                anchor=f"{align}m",
            )
            x += width
        _rule(draw, plan, dress, (left, right), y, i)
        y += step
    _frame(draw, plan, dress, (left, top, right, y), widths, step)
    for note in range(plan.notes):
        draw.text(
            (left, y + step * (0.6 + note)),
            words.source(rng),
            font=lettering.load(dress.regular, max(6, int(dress.size * 0.8))),
            fill=dress.ink,
            anchor="lm",
        )
    return image


def _tints(
    draw: ImageDraw.ImageDraw,
    plan: Plan,
    dress: _Dress,
    box: tuple[float, float, float],
    widths: list[float],
    step: float,
) -> None:
    left, top, right = box
    if plan.manner == "striped":
        for i in range(2, plan.rows, 2):
            draw.rectangle((left, top + i * step, right, top + (i + 1) * step), fill=(242, 242, 242))
    if dress.head and plan.manner != "spreadsheet":
        draw.rectangle((left, top, right, top + step), fill=dress.head)
    if plan.marked is not None:
        x = left + sum(widths[: plan.marked])
        draw.rectangle((x, top, x + widths[plan.marked], top + step * plan.rows), fill=(225, 225, 225))


def _rule(
    draw: ImageDraw.ImageDraw, plan: Plan, dress: _Dress, across: tuple[float, float], y: float, row: int
) -> None:
    """The line above a row."""
    every = plan.manner in ("report", "spreadsheet", "grid") or (plan.manner == "striped" and row == 1)
    if (every and row > 0) or (plan.manner == "booktabs" and (row == 1 or (plan.total and row == len(plan.cells) - 1))):
        draw.line((across[0], y, across[1], y), fill=dress.line)


def _frame(
    draw: ImageDraw.ImageDraw,
    plan: Plan,
    dress: _Dress,
    box: tuple[float, float, float, float],
    widths: list[float],
    step: float,
) -> None:
    left, top, right, low = box
    if plan.spanner:
        start, end, text = plan.spanner
        x0, x1 = left + sum(widths[:start]), left + sum(widths[: end + 1])
        draw.text(
            ((x0 + x1) / 2, top - step / 2),
            text,
            font=lettering.load(dress.regular, dress.size),
            fill=dress.ink,
            anchor="mm",
        )
        draw.line((x0 + 4, top - 1, x1 - 4, top - 1), fill=dress.line)
        top -= step
    if plan.manner in ("report", "booktabs", "striped"):
        for y in (top, low):
            draw.line((left, y, right, y), fill=dress.line if plan.manner != "report" else (168, 168, 168), width=2)
        if plan.manner == "report":
            draw.line(
                (left, top + step * (2 if plan.spanner else 1), right, top + step * (2 if plan.spanner else 1)),
                fill=(168, 168, 168),
                width=2,
            )
    if plan.manner in ("grid", "spreadsheet"):
        x = left
        for width in (0.0, *widths):
            x += width
            draw.line((x, top - (step if plan.manner == "spreadsheet" else 0), x, low), fill=dress.line)
        draw.rectangle((left, top, right, low), outline=dress.line)
    if plan.manner == "spreadsheet":
        _sheet_edges(draw, plan, dress, (left, top, right, low), widths, step)


def _sheet_edges(
    draw: ImageDraw.ImageDraw,
    plan: Plan,
    dress: _Dress,
    box: tuple[float, float, float, float],
    widths: list[float],
    step: float,
) -> None:
    """The letters of the columns and the numbers of the rows."""
    left, top, right, low = box
    stub, face = dress.size * 2.2, lettering.load(dress.regular, dress.size)
    draw.rectangle((left - stub, top - step, right, top), fill=dress.head, outline=dress.line)
    draw.rectangle((left - stub, top - step, left, low), fill=dress.head, outline=dress.line)
    x = left
    for i, width in enumerate(widths):
        draw.text((x + width / 2, top - step / 2), chr(65 + i), font=face, fill=dress.ink, anchor="mm")
        draw.line((x, top - step, x, top), fill=dress.line)
        x += width
    for i in range(plan.rows):
        draw.text((left - stub / 2, top + step * (i + 0.5)), str(i + 1), font=face, fill=dress.ink, anchor="mm")


def tell_table(plan: Plan, dress: _Dress) -> tuple[list[str], list[str], dict[str, Fact]]:
    """Sentences, keywords and facts of a table as it was painted."""
    said = ["Table.", f"It has {plan.rows} rows and {plan.columns} columns."]
    keywords = ["table", f"{plan.rows} rows", f"{plan.columns} columns"]
    if plan.manner == "spreadsheet":
        said.append("The columns have letters and the rows have numbers.")
        keywords.append("spreadsheet")
    if plan.spanner:
        said.append("One heading stands over several columns.")
    if plan.groups:
        said.append("The rows are in groups with headings.")
        keywords.append("groups")
    if dress.head and plan.manner != "spreadsheet":
        said += ["The header row is shaded.", f"The header row is {name_of(dress.head)}."]
    if plan.manner == "striped" and plan.rows > 3:
        said.append("The rows have alternating shades.")
    rules = {
        "report": "It has lines between the rows.",
        "booktabs": "It has few lines.",
        "bare": "It has no ruled lines.",
        "grid": "It has ruled lines around the cells.",
        "spreadsheet": "It has ruled lines around the cells.",
    }
    said += [rules[plan.manner]] if plan.manner in rules else []
    facts: dict[str, Fact] = {
        "rows": plan.rows,
        "columns": plan.columns,
        "rows_include_header": True,
        "style": plan.manner,
        "ruled": plan.manner in ("grid", "spreadsheet"),
        "zebra": plan.manner == "striped",
        "groups": len(plan.groups),
        "header_shaded": bool(dress.head),
        "spanning_head": plan.spanner is not None,
        "total_row": plan.total,
    }
    return said, keywords, facts


def draw_table_form(rng: np.random.Generator) -> Drawing:
    """A table in one of these manners; some come off a scanner."""
    plan = plan_table(rng)
    dress = _dress(rng, plan)
    image = _paint(rng, plan, dress)
    said, keywords, facts = tell_table(plan, dress)
    if chance(rng, 0.08) and plan.manner in ("grid", "booktabs"):
        image = scanned(rng, image, mixed(WHITE, (240, 220, 180), span(rng, 0, 1)))
    return Drawing(handled(rng, image), "table", tuple(said), tuple(keywords), facts)
