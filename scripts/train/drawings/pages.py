"""Pictures of text: pages, scans, signs, slogans, code, receipts; with equations and handwriting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw

from scripts.train.drawings import lettering
from scripts.train.drawings.colours import (
    BLACK,
    WHITE,
    Colour,
    any_colour,
    light,
    name_of,
    palette,
    paper_and_ink,
    pastel,
    shade,
)  # fmt: skip
from scripts.train.drawings.dice import canvas_size, chance, pick, span, whole
from scripts.train.drawings.drawing import Draw, Drawing
from scripts.train.drawings.wear import handled, noise_field, scanned

PAGE_ASPECTS = (0.62, 0.85)


def _inked(ink: Colour, paper: Colour) -> str:
    return f"The text is {name_of(ink)} on {name_of(paper)}."


def _sheet(size: tuple[int, int], paper: Colour) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", size, paper)
    return image, ImageDraw.Draw(image)


def _page(rng: np.random.Generator) -> Drawing:
    size = canvas_size(rng, 260, 520, PAGE_ASPECTS if chance(rng, 0.75) else (0.8, 2.0))
    paper, ink = paper_and_ink(rng, 0.06)
    image, draw = _sheet(size, paper)
    columns = pick(rng, (1, 1, 1, 2, 2, 3)) if size[0] > 260 else 1
    margin = size[0] * span(rng, 0.02, 0.13)
    y, has_heading = margin * span(rng, 0.5, 1.5), chance(rng, 0.5)
    if has_heading:
        y = _heading(draw, rng, (margin, y, size[0] - margin, size[1]), ink)
    other = lettering.foreign(rng, span(rng, 7, 15)) if chance(rng, 0.15) else None
    face, reach = other or (lettering.font(rng, span(rng, 7, 15)), None)
    gutter = margin * 0.6 + 6
    width = (size[0] - 2 * margin - gutter * (columns - 1)) / columns
    end = size[1] - (margin if chance(rng, 0.6) else 0)
    for column in range(columns):
        x = margin + column * (width + gutter)
        _column(draw, rng, (x, y, x + width, end), face, ink, reach)
    if chance(rng, 0.3):
        draw.text((size[0] / 2, size[1] - margin * 0.7), str(whole(rng, 1, 400)), font=face, fill=ink)
    sentences = ["Page of text.", f"The text stands in {columns} column{'s' * (columns > 1)}."]
    sentences += ["It has a heading."] * has_heading + [_inked(ink, paper)]
    keywords = ["text", "page", "paragraphs"] + ["columns"] * (columns > 1) + ["heading"] * has_heading
    return _drawing(image, sentences, keywords, columns=columns, heading=has_heading)


def _heading(draw: ImageDraw.ImageDraw, rng: np.random.Generator, box: lettering.Box, ink: Colour) -> float:
    x0, y, x1, _ = box
    text = lettering.words(rng, whole(rng, 1, 5))
    face = lettering.fitted(rng, text, (x1 - x0) * span(rng, 0.5, 1), span(rng, 20, 48), "bold")
    x = (x0 + x1 - lettering.width_of(face, text)) / 2 if chance(rng, 0.5) else x0
    draw.text((x, y), text, font=face, fill=ink)
    y += getattr(face, "size", 12) * 1.7
    if chance(rng, 0.25):
        draw.line((x0, y, x1, y), fill=ink, width=whole(rng, 1, 2))
        y += 8
    return y


def _column(
    draw: ImageDraw.ImageDraw, rng: np.random.Generator, box: lettering.Box, face: lettering.Font, ink: Colour,
    reach: tuple[int, int] | None,
) -> None:  # fmt: skip
    x0, y, x1, y1 = box
    leading, justified = span(rng, 1.15, 1.7), chance(rng, 0.5)
    while y < y1 - 20:
        part = whole(rng, 3, 25)
        _, y = lettering.fill(
            draw, rng, (x0, y, x1, y1), face, ink, leading=leading, justified=justified, reach=reach, most_lines=part
        )
        y += span(rng, 4, 16)
        if chance(rng, 0.2) and y < y1 - 40:
            y = _heading(draw, rng, (x0, y, x0 + (x1 - x0) * 0.7, y1), ink)


def _scan(rng: np.random.Generator) -> Drawing:
    drawing = _newspaper(rng) if chance(rng, 0.25) else _page(rng)
    draw = ImageDraw.Draw(drawing.image)
    width, height = drawing.image.size
    if chance(rng, 0.2):
        for y in (0.2, 0.8):
            draw.ellipse((6, y * height, 16, y * height + 10), fill=(60, 60, 60))
    if chance(rng, 0.2):
        x, y, r = span(rng, 0.2, 0.8) * width, span(rng, 0.5, 0.9) * height, width * 0.1
        draw.ellipse((x - r, y - r, x + r, y + r), outline=pick(rng, ((170, 30, 40), (40, 50, 150))), width=3)
    tint = pick(rng, (WHITE, (250, 240, 215), (232, 208, 160), (205, 170, 120), (235, 235, 230)))
    kept = tuple(s for s in drawing.sentences if not s.startswith("The text is"))
    return replace(drawing, image=scanned(rng, drawing.image, tint), sentences=kept)


def _newspaper(rng: np.random.Generator) -> Drawing:
    size = canvas_size(rng, 320, 500, PAGE_ASPECTS)
    image, draw = _sheet(size, WHITE)
    columns = whole(rng, 3, 5)
    y = _heading(draw, rng, (10, 4, size[0] - 10, size[1]), BLACK)
    width = (size[0] - 16) / columns
    for column in range(columns):
        x, top = 8 + column * width, y
        while top < size[1] - 30:
            if chance(rng, 0.2):
                tall = span(rng, 30, 90)
                draw.rectangle((x, top, x + width - 6, top + tall), fill=shade(rng, "grey"))
                top += tall + 6
            _, top = lettering.fill(
                draw, rng, (x, top, x + width - 6, size[1] - 8), lettering.font(rng, pick(rng, (7, 7, 14))), BLACK,
                leading=1.15, justified=True, most_lines=whole(rng, 3, 20),
            )  # fmt: skip
            top += 5
    sentences = ["Page of text.", f"The text stands in {columns} columns.", "It has a heading."]
    return _drawing(image, sentences, ["text", "page", "columns", "heading"], columns=columns, heading=True)


def _few_words(rng: np.random.Generator) -> Drawing:
    lines = whole(rng, 1, 5)
    aspects = (2.0, 9.0) if lines == 1 else (0.7, 2.4)
    size = canvas_size(rng, 110, 420, aspects)
    paper, ink = paper_and_ink(rng, 0.25)
    if chance(rng, 0.3):
        paper = any_colour(rng)
        ink = BLACK if light(paper) else WHITE
    image, draw = _sheet(size, paper)
    centred, step = chance(rng, 0.6), size[1] / (lines + span(rng, 0.1, 1.5))
    y = (size[1] - step * lines) / 2
    texts = [lettering.words(rng, whole(rng, 1, 3)) for _ in range(lines)]
    if chance(rng, 0.3):
        texts = [text.upper() for text in texts]
    longest = max(texts, key=len)
    styles: tuple[lettering.Style, ...] = ("any", "bold", "bold", "sans")
    style = pick(rng, styles)
    face = lettering.fitted(rng, longest, size[0] * span(rng, 0.7, 0.97), step, style)
    for text in texts:
        free = size[0] - lettering.width_of(face, text)
        draw.text((free / 2 if centred else size[0] * 0.03, y), text, font=face, fill=ink)
        y += step
    if chance(rng, 0.1):
        image = image.rotate(90, expand=True)
    first = "Short text in large letters."
    more = ["It is one line."] if lines == 1 else [f"It has {lines} lines."]
    return _drawing(image, [first, *more, _inked(ink, paper)], ["text", "large letters", name_of(paper)], lines=lines)


def _cover(rng: np.random.Generator) -> Drawing:
    size = canvas_size(rng, 260, 460, PAGE_ASPECTS)
    paper, ink = paper_and_ink(rng, 0.2)
    image, draw = _sheet(size, paper)
    width, height = size
    y = height * span(rng, 0.05, 0.3)
    for part in range(whole(rng, 3, 9)):
        text = lettering.words(rng, whole(rng, 1, 4))
        tall = height * (0.1 if part < 2 else span(rng, 0.02, 0.05))
        face = lettering.fitted(rng, text, width * 0.85, tall)
        draw.text(((width - lettering.width_of(face, text)) / 2, y), text, font=face, fill=ink)
        y += tall * span(rng, 1.1, 3)
        if y > height * 0.9:
            break
    if chance(rng, 0.3):
        draw.rectangle((6, 6, width - 7, height - 7), outline=ink, width=whole(rng, 1, 4))
    return _drawing(
        image, ["Cover page.", "It has a title in large letters.", _inked(ink, paper)], ["text", "cover page", "title"]
    )


def _list(rng: np.random.Generator) -> Drawing:
    size = canvas_size(rng, 180, 460, (0.6, 1.8))
    paper, ink = paper_and_ink(rng)
    image, draw = _sheet(size, paper)
    face = lettering.font(rng, span(rng, 9, 22))
    step = getattr(face, "size", 12) * span(rng, 1.3, 2.2)
    y, items, numbered, mark = step * 0.6, 0, chance(rng, 0.4), any_colour(rng)
    while y < size[1] - step:
        items += 1
        if numbered:
            draw.text((10, y), f"{items}.", font=face, fill=ink)
        else:
            draw.ellipse((12, y + step * 0.25, 12 + step * 0.2, y + step * 0.45), fill=mark)
        row = (20 + step * 0.8, y, size[0] - 10, y + 99)
        _, y = lettering.fill(draw, rng, row, face, ink, most_lines=pick(rng, (1, 1, 1, 2)))
        y += step * 0.2
    first = "Numbered list." if numbered else "List with bullets."
    return _drawing(
        image, [first, f"It has {items} items.", _inked(ink, paper)], ["text", "list", "items"], items=items
    )


def _code(rng: np.random.Generator) -> Drawing:
    size = canvas_size(rng, 180, 480, (0.8, 3.0))
    dark = chance(rng, 0.3)
    paper = shade(rng, "black") if dark else (WHITE if chance(rng, 0.6) else (246, 247, 249))
    image, draw = _sheet(size, paper)
    ink = (220, 220, 220) if dark else (30, 30, 30)
    inks = [ink, *palette(rng, 3)] if chance(rng, 0.7) else [ink]
    lines = write_code(draw, rng, (8, 6, size[0], size[1]), inks, span(rng, 8, 17))
    sentences = ["Code listing.", f"The background is {name_of(paper)}."]
    sentences += ["The words have several colours."] * (len(inks) > 1)
    return _drawing(image, sentences, ["text", "code", "listing"], lines=lines)


def write_code(
    draw: ImageDraw.ImageDraw, rng: np.random.Generator, box: lettering.Box, inks: list[Colour], size: float
) -> int:
    """Writes lines that look like program code, indented, in the inks given; returns how many."""
    face = lettering.font(rng, size, "mono")
    wide, indent, lines = lettering.width_of(face, "m"), 0, 0
    x0, y, x1, y1 = box
    while y + size < y1:
        lines += 1
        indent = max(0, min(6, indent + whole(rng, -1, 1)))
        x = x0 + indent * 2 * wide
        for _ in range(0 if chance(rng, 0.12) else whole(rng, 1, 6)):
            text = pick(rng, ("{}", "{}(", "{}()", "{} =", '"{}"', "{};", ".{}", "{}:")).format(lettering.word(rng))
            if x + len(text) * wide > x1:
                break
            draw.text((x, y), text, font=face, fill=pick(rng, inks))
            x += (len(text) + 1) * wide
        y += size * 1.4
    return lines


def _receipt(rng: np.random.Generator) -> Drawing:
    size = canvas_size(rng, 220, 360, (0.35, 0.65))
    image, draw = _sheet(size, pick(rng, (WHITE, (248, 246, 240))))
    face, ink = lettering.font(rng, span(rng, 9, 13), "mono"), (40, 40, 50)
    y, step, items = 12.0, getattr(face, "size", 10) * 1.35, 0
    for _ in range(whole(rng, 2, 4)):
        text = lettering.words(rng, 2).upper()
        draw.text(((size[0] - lettering.width_of(face, text)) / 2, y), text, font=face, fill=ink)
        y += step
    while y < size[1] - 3 * step:
        items += 1
        draw.text((10, y), lettering.word(rng).capitalize(), font=face, fill=ink)
        price = f"{span(rng, 0, 99):.2f}"
        draw.text((size[0] - 10 - lettering.width_of(face, price), y), price, font=face, fill=ink)
        y += step * (2 if chance(rng, 0.1) else 1)
    draw.line((8, y, size[0] - 8, y), fill=ink)
    return _drawing(image, ["Receipt.", "It lists items with prices on the right."], ["text", "receipt", "prices"])


def _sign(rng: np.random.Generator) -> Drawing:
    size = canvas_size(rng, 180, 420, (0.8, 2.2))
    board = any_colour(rng)
    ink = BLACK if light(board) else WHITE
    image, _ = _sheet(size, pastel(rng))
    if chance(rng, 0.7):
        field = noise_field(rng, size, 2, 5)[..., None] * span(rng, 10, 40)
        image = Image.fromarray(np.clip(np.array(pastel(rng)) * 0.7 + field, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    edge_x, edge_y = size[0] * span(rng, 0.03, 0.2), size[1] * span(rng, 0.03, 0.2)
    box = (edge_x, edge_y, size[0] - edge_x, size[1] - edge_y)
    draw.rounded_rectangle(box, radius=span(rng, 0, 30), fill=board, outline=ink, width=whole(rng, 0, 6))
    lines = whole(rng, 1, 3)
    step = (box[3] - box[1]) / (lines + 0.5)
    for line in range(lines):
        text = lettering.words(rng, whole(rng, 1, 2))
        face = lettering.fitted(rng, text, (box[2] - box[0]) * 0.85, step, "bold")
        x = (size[0] - lettering.width_of(face, text)) / 2
        draw.text((x, box[1] + step * (line + 0.25)), text, font=face, fill=ink)
    sentences = ["Sign with text.", _inked(ink, board), f"It has {lines} line{'s' * (lines > 1)}."]
    return _drawing(image, sentences, ["text", "sign", name_of(board)], lines=lines)


def _boxes(rng: np.random.Generator) -> Drawing:
    size = canvas_size(rng, 240, 460, (0.6, 1.7))
    image, draw = _sheet(size, WHITE if chance(rng, 0.6) else pastel(rng))
    count = whole(rng, 2, 5)
    fills = palette(rng, count)
    step = size[1] / count
    for i, fill in enumerate(fills):
        box = (10.0, i * step + 6, size[0] - 10.0, (i + 1) * step - 6)
        draw.rounded_rectangle(box, radius=pick(rng, (0, 8)), fill=fill)
        face = lettering.font(rng, min(step / 3, span(rng, 9, 20)))
        ink = BLACK if light(fill) else WHITE
        lettering.fill(draw, rng, (20, box[1] + 6, size[0] - 20, box[3]), face, ink, centred=chance(rng, 0.4))
    sentences = ["Text in coloured boxes.", f"It has {count} boxes."]
    return _drawing(image, sentences, ["text", "boxes", "coloured"], boxes=count)


def _drawing(
    image: Image.Image, sentences: list[str], keywords: list[str], **facts: int | float | str | bool | list[str]
) -> Drawing:
    return Drawing(image, "text", tuple(sentences), tuple(dict.fromkeys(keywords)), dict(facts))


_LOOKS: tuple[Draw, ...] = (
    _page, _page, _page, _scan, _scan, _scan, _newspaper, _few_words, _few_words, _few_words,
    _cover, _list, _code, _receipt, _sign, _boxes,
)  # fmt: skip


def draw_text(rng: np.random.Generator) -> Drawing:
    """One picture of text in one of many looks."""
    drawing = pick(rng, _LOOKS)(rng)
    return replace(drawing, image=handled(rng, drawing.image))
