"""Strangers made of squares and signs: codes for machines, boards, puzzles, music, cards, test cards, swatches."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scripts.train.drawings import lettering
from scripts.train.drawings.colours import BLACK, WHITE, Colour, any_colour, hsv, light, palette, pastel
from scripts.train.drawings.dice import canvas_size, chance, pick, some, span, whole

_SIGNS = "DejaVuSans.ttf"


def _signs(size: float) -> lettering.Font:
    """The font that has chess pieces, cards and notes."""
    path = next((str(path) for path in lettering.files() if path.name == _SIGNS), "")
    return lettering.load(path, max(6, int(size)))


def qr_code(rng: np.random.Generator) -> Image.Image:
    """A square code with its three corner marks."""
    cells, unit = pick(rng, (21, 25, 29, 33, 41)), whole(rng, 3, 8)
    grid = rng.random((cells, cells)) < 0.5
    for i, j in ((0, 0), (0, cells - 7), (cells - 7, 0)):
        grid[max(0, i - 1) : i + 8, max(0, j - 1) : j + 8] = False
        grid[i : i + 7, j : j + 7] = True
        grid[i + 1 : i + 6, j + 1 : j + 6] = False
        grid[i + 2 : i + 5, j + 2 : j + 5] = True
    ink, paper = pick(rng, ((BLACK, WHITE), (BLACK, WHITE), ((30, 60, 120), WHITE), (WHITE, (30, 30, 30))))
    pixels = np.where(np.pad(grid, whole(rng, 0, 4))[..., None], np.array(ink), np.array(paper))
    image = Image.fromarray(pixels.astype(np.uint8))
    return image.resize((image.width * unit, image.height * unit), Image.Resampling.NEAREST)


def barcode(rng: np.random.Generator) -> Image.Image:
    """Upright bars of several widths over digits."""
    size = canvas_size(rng, 140, 300, (1.4, 3.0))
    image = Image.new("RGB", size, WHITE)
    draw, x = ImageDraw.Draw(image), size[0] * 0.06
    unit, low = max(1.0, size[0] / 110), size[1] * span(rng, 0.78, 0.95)
    while x < size[0] * 0.93:
        wide = whole(rng, 1, 3) * unit
        draw.rectangle((x, size[1] * 0.08, x + wide - 1, low), fill=BLACK)
        x += wide + whole(rng, 1, 3) * unit
    digits = "".join(str(whole(rng, 0, 9)) for _ in range(13))
    draw.text((size[0] / 2, size[1]), digits, font=lettering.font(rng, size[1] * 0.14, "mono"), fill=BLACK, anchor="mb")
    return image


def chess(rng: np.random.Generator) -> Image.Image:
    """A board of eight by eight, with pieces."""
    unit = whole(rng, 22, 44)
    image = Image.new("RGB", (unit * 8, unit * 8))
    draw = ImageDraw.Draw(image)
    pale, dark = pick(
        rng,
        (
            ((240, 217, 181), (181, 136, 99)),
            ((238, 238, 210), (118, 150, 86)),
            (WHITE, (130, 130, 130)),
            ((222, 227, 230), (140, 162, 173)),
        ),
    )
    face, flat = _signs(unit * 0.85), chance(rng, 0.3)
    for i in range(64):
        x, y = i % 8 * unit, i // 8 * unit
        draw.rectangle((x, y, x + unit, y + unit), fill=dark if (i + i // 8) % 2 else pale)
        home = flat and i // 8 in (0, 1, 6, 7)
        if home or (not flat and chance(rng, 0.3)):
            sign = chr(0x2654 + whole(rng, 0, 11))
            draw.text((x + unit / 2, y + unit / 2), sign, font=face, fill=BLACK, anchor="mm")
    return image


def go_board(rng: np.random.Generator) -> Image.Image:
    """Stones on a ruled board of wood."""
    cells, unit = pick(rng, (9, 13, 19)), whole(rng, 14, 26)
    side = unit * (cells + 1)
    image = Image.new("RGB", (side, side), hsv(span(rng, 30, 42), span(rng, 0.4, 0.6), 0.85))
    draw = ImageDraw.Draw(image)
    for i in range(1, cells + 1):
        draw.line((unit, i * unit, cells * unit, i * unit), fill=BLACK)
        draw.line((i * unit, unit, i * unit, cells * unit), fill=BLACK)
    for i in range(cells * cells):
        if chance(rng, 0.35):
            x, y, r = (i % cells + 1) * unit, (i // cells + 1) * unit, unit * 0.46
            draw.ellipse((x - r, y - r, x + r, y + r), fill=pick(rng, (BLACK, WHITE)), outline=BLACK)
    return image


def crossword(rng: np.random.Generator) -> Image.Image:
    """Black and white squares, small numbers, some letters."""
    cells, unit = whole(rng, 7, 15), whole(rng, 17, 30)
    image = Image.new("RGB", (cells * unit + 1, cells * unit + 1), WHITE)
    draw, number = ImageDraw.Draw(image), 0
    small, large, filled = (
        lettering.font(rng, unit * 0.32, "sans"),
        lettering.font(rng, unit * 0.6, "sans"),
        chance(rng, 0.4),
    )
    black = rng.random((cells, cells)) < 0.22
    black |= black[::-1, ::-1]
    for i in range(cells * cells):
        x, y = i % cells * unit, i // cells * unit
        draw.rectangle((x, y, x + unit, y + unit), fill=BLACK if black[i // cells, i % cells] else WHITE, outline=BLACK)
        if black[i // cells, i % cells]:
            continue
        if chance(rng, 0.25):
            number += 1
            draw.text((x + 2, y + 1), str(number), font=small, fill=BLACK)
        if filled:
            draw.text((x + unit / 2, y + unit * 0.58), chr(65 + whole(rng, 0, 25)), font=large, fill=BLACK, anchor="mm")
    return image


def sudoku(rng: np.random.Generator) -> Image.Image:
    """Nine by nine cells in nine blocks, some with digits."""
    unit = whole(rng, 20, 38)
    image = Image.new("RGB", (unit * 9 + 4, unit * 9 + 4), WHITE)
    draw, face = ImageDraw.Draw(image), lettering.font(rng, unit * 0.6, "sans")
    for i in range(10):
        pen = 3 if i % 3 == 0 else 1
        draw.line((0, i * unit + 1, unit * 9, i * unit + 1), fill=BLACK, width=pen)
        draw.line((i * unit + 1, 0, i * unit + 1, unit * 9), fill=BLACK, width=pen)
    for i in range(81):
        if chance(rng, 0.4):
            at = ((i % 9 + 0.5) * unit, (i // 9 + 0.5) * unit)
            draw.text(at, str(whole(rng, 1, 9)), font=face, fill=BLACK, anchor="mm")
    return image


def music(rng: np.random.Generator) -> Image.Image:
    """Staves with notes."""
    size = canvas_size(rng, 200, 400, (0.7, 3.0))
    image = Image.new("RGB", size, WHITE if chance(rng, 0.7) else (248, 240, 220))
    draw, gap = ImageDraw.Draw(image), span(rng, 4, 9)
    y = gap * 3
    clef = _signs(gap * 6)
    while y + gap * 6 < size[1]:
        for line in range(5):
            draw.line((6, y + line * gap, size[0] - 6, y + line * gap), fill=BLACK)
        draw.text((8, y + gap * 2), pick(rng, ("\u266d", "\u266f", "\u266e")), font=clef, fill=BLACK, anchor="lm")
        _notes(rng, draw, (gap * 6, y, size[0] - 10), gap)
        y += gap * whole(rng, 9, 12)
    return image


def _notes(rng: np.random.Generator, draw: ImageDraw.ImageDraw, row: tuple[float, float, float], gap: float) -> None:
    x, y, right = row
    while x < right:
        if chance(rng, 0.15):
            draw.line((x, y, x, y + 4 * gap), fill=BLACK)
        else:
            at = y + whole(rng, -1, 9) * gap / 2
            hollow = chance(rng, 0.15)
            box = (x - gap * 0.65, at - gap * 0.5, x + gap * 0.65, at + gap * 0.5)
            draw.ellipse(box, fill=None if hollow else BLACK, outline=BLACK)
            side, way = (0.6, -1) if at > y + 2 * gap else (-0.6, 1)
            draw.line((x + side * gap, at, x + side * gap, at + way * 3.2 * gap), fill=BLACK)
            if chance(rng, 0.3):
                draw.line(
                    (x + side * gap, at + way * 3.2 * gap, x + (side + 2.2) * gap, at + way * 3 * gap),
                    fill=BLACK,
                    width=max(2, int(gap / 2)),
                )
        x += gap * span(rng, 2.2, 4)


def cards(rng: np.random.Generator) -> Image.Image:
    """Playing cards side by side or fanned."""
    count, tall = whole(rng, 1, 5), whole(rng, 120, 220)
    wide = int(tall * 0.68)
    image = Image.new(
        "RGB", (int(wide * (0.6 + 0.62 * count)) + 20, tall + 20), pick(rng, ((20, 110, 60), WHITE, (40, 40, 60)))
    )
    for i in range(count):
        card = Image.new("RGB", (wide, tall), WHITE)
        draw, suit = ImageDraw.Draw(card), whole(rng, 0, 3)
        ink: Colour = (200, 20, 30) if suit in (1, 2) else BLACK
        draw.rounded_rectangle((0, 0, wide - 1, tall - 1), 6, outline=BLACK, width=2)
        sign, rank = "\u2660\u2665\u2666\u2663"[suit], pick(rng, tuple("A23456789JQK"))
        draw.text((8, 4), rank, font=lettering.font(rng, tall * 0.14, "sans"), fill=ink)
        for _ in range(whole(rng, 1, 6)):
            at = (wide * pick(rng, (0.3, 0.5, 0.7)), tall * pick(rng, (0.25, 0.4, 0.6, 0.75)))
            draw.text(at, sign, font=_signs(tall * 0.18), fill=ink, anchor="mm")
        image.paste(card, (10 + int(i * wide * 0.62), 10))
    return image


def maze(rng: np.random.Generator) -> Image.Image:
    """Walls of a maze, thick or thin."""
    columns, rows = whole(rng, 9, 24), whole(rng, 9, 24)
    cells = np.zeros((2 * rows + 1, 2 * columns + 1), bool)
    cells[1::2, 1::2] = True
    for i in range(rows):
        for j in range(columns):
            if (i > 0 and chance(rng, 0.5)) or j == 0:
                cells[max(1, 2 * i), 2 * j + 1] = True
            else:
                cells[2 * i + 1, 2 * j] = True
    unit = max(3, 300 // max(cells.shape))
    ink = BLACK if chance(rng, 0.7) else any_colour(rng)
    pixels = np.where(cells[..., None], np.array(WHITE), np.array(ink)).astype(np.uint8)
    image = Image.fromarray(pixels)
    return image.resize((image.width * unit, image.height * unit), Image.Resampling.NEAREST)


def test_card(rng: np.random.Generator) -> Image.Image:
    """Bars of colour and greys to set a screen by."""
    size = canvas_size(rng, 180, 340, (1.2, 1.8))
    image = Image.new("RGB", size, BLACK)
    draw, (wide, high) = ImageDraw.Draw(image), size
    full: tuple[Colour, ...] = (
        (192, 192, 192),
        (192, 192, 0),
        (0, 192, 192),
        (0, 192, 0),
        (192, 0, 192),
        (192, 0, 0),
        (0, 0, 192),
    )
    cut = high * span(rng, 0.6, 0.75)
    for i, colour in enumerate(full):
        draw.rectangle((wide * i / 7, 0, wide * (i + 1) / 7, cut), fill=colour)
    for i in range(9):
        draw.rectangle((wide * i / 9, cut, wide * (i + 1) / 9, high), fill=(i * 31,) * 3)
    if chance(rng, 0.4):
        r = high * 0.4
        draw.ellipse((wide / 2 - r, high / 2 - r, wide / 2 + r, high / 2 + r), outline=WHITE, width=3)
    return image


def swatches(rng: np.random.Generator) -> Image.Image:
    """A palette: rows of plain colours, perhaps with their codes."""
    columns, rows, unit = whole(rng, 3, 9), whole(rng, 1, 6), whole(rng, 34, 70)
    gap = pick(rng, (0, 0, 4, 10))
    image = Image.new("RGB", (columns * unit + gap, rows * unit + gap), WHITE)
    draw, coded = ImageDraw.Draw(image), chance(rng, 0.4)
    face = lettering.font(rng, 8, "mono")
    for i, colour in enumerate(palette(rng, columns * rows)):
        x, y = i % columns * unit + gap, i // columns * unit + gap
        draw.rectangle((x, y, x + unit - gap - 1, y + unit - gap - 1), fill=colour)
        if coded:
            ink = BLACK if light(colour) else WHITE
            draw.text((x + 3, y + 3), "#{:02x}{:02x}{:02x}".format(*colour), font=face, fill=ink)
    return image


def colour_wheel(rng: np.random.Generator) -> Image.Image:
    """All hues round a circle, or a square to pick a colour from."""
    side = whole(rng, 140, 300)
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    if chance(rng, 0.6):
        hue, strength = (np.arctan2(y, x) / (2 * np.pi) + 0.5) * 255, np.hypot(x, y) * 255
        layers = [hue, np.clip(strength, 0, 255), np.full_like(x, 255.0)]
        inside = np.hypot(x, y) < 1
    else:
        layers = [np.full_like(x, float(whole(rng, 0, 255))), (x + 1) * 127, (1 - y) * 127]
        inside = np.ones(x.shape, bool)
    image = Image.merge("HSV", [Image.fromarray(layer.astype(np.uint8)) for layer in layers]).convert("RGB")
    sheet = Image.new("RGB", image.size, WHITE)
    sheet.paste(image, mask=Image.fromarray((inside * 255).astype(np.uint8)))
    return sheet


def life(rng: np.random.Generator) -> Image.Image:
    """Random square cells of two or a few colours: an automaton, a bead pattern."""
    columns, rows, unit = whole(rng, 16, 60), whole(rng, 16, 60), whole(rng, 4, 8)
    count = pick(rng, (2, 2, 4, 6))
    colours = np.array([pastel(rng) if chance(rng, 0.5) else any_colour(rng) for _ in range(count)], dtype=np.uint8)
    cells = rng.integers(count, size=(rows, columns))
    if chance(rng, 0.5):
        for i in range(1, rows):
            cells[i] = (cells[i - 1] + np.roll(cells[i - 1], 1) * np.roll(cells[i - 1], -1) + 1) % count
    image = Image.fromarray(colours[cells])
    return image.resize((columns * unit, rows * unit), Image.Resampling.NEAREST)


def dice_throw(rng: np.random.Generator) -> Image.Image:
    """Dice or dominoes with their spots."""
    count, side = whole(rng, 1, 5), whole(rng, 50, 110)
    image = Image.new("RGB", (count * (side + 14) + 14, side + 28), pick(rng, (WHITE, (20, 100, 50), pastel(rng))))
    draw, body = ImageDraw.Draw(image), pick(rng, (WHITE, (200, 30, 40), (20, 20, 20)))
    places = {
        1: ((1, 1),),
        2: ((0, 0), (2, 2)),
        3: ((0, 0), (1, 1), (2, 2)),
        4: ((0, 0), (0, 2), (2, 0), (2, 2)),
        5: ((0, 0), (0, 2), (1, 1), (2, 0), (2, 2)),
        6: ((0, 0), (1, 0), (2, 0), (0, 2), (1, 2), (2, 2)),
    }
    for i in range(count):
        x, y = 14 + i * (side + 14), 14
        draw.rounded_rectangle((x, y, x + side, y + side), side * 0.15, fill=body, outline=BLACK, width=2)
        for row, column in places[whole(rng, 1, 6)]:
            cx, cy, r = x + side * (0.25 + 0.25 * column), y + side * (0.25 + 0.25 * row), side * 0.09
            draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=BLACK if light(body) else WHITE)
    return image


def eye_chart(rng: np.random.Generator) -> Image.Image:
    """Letters row by row smaller, or a target of rings and wedges."""
    size = canvas_size(rng, 180, 300, (0.6, 0.8))
    image = Image.new("RGB", size, WHITE)
    draw = ImageDraw.Draw(image)
    if chance(rng, 0.5):
        for i in range(0, 360, pick(rng, (5, 10))):
            draw.pieslice((0, (size[1] - size[0]) / 2, size[0], (size[1] + size[0]) / 2), i, i + 3, fill=BLACK)
        return image
    y, tall = 8.0, size[1] * 0.24
    for row in range(8):
        face = lettering.font(rng, tall, "sans")
        text = " ".join(some(rng, "EFPTOZLDCHKNRSV", min(row + 1, 8)))
        draw.text((size[0] / 2, y), text, font=face, fill=BLACK, anchor="mt")
        y += tall + 8
        tall *= 0.68
    return image


def ascii_art(rng: np.random.Generator) -> Image.Image:
    """A tone picture made of letters."""
    columns, rows, unit = whole(rng, 36, 70), whole(rng, 20, 44), whole(rng, 5, 7)
    dark = chance(rng, 0.4)
    image = Image.new("RGB", (columns * unit, rows * unit * 2), BLACK if dark else WHITE)
    draw, face = ImageDraw.Draw(image), lettering.font(rng, unit * 1.7, "mono")
    x, y = np.linspace(-1, 1, columns), np.linspace(-1, 1, rows)[:, None]
    tone = np.sin(x * span(rng, 1, 5) + span(rng, 0, 6)) * np.cos(y * span(rng, 1, 5)) * 0.5 + 0.5
    ramp = " .:-=+*#%@"
    for i, row in enumerate(tone):
        text = "".join(ramp[int(v * 9.99)] for v in np.clip(row, 0, 1))
        draw.text((0, i * unit * 2), text, font=face, fill=WHITE if dark else BLACK)
    return image


FORMS = {
    "QR code": qr_code,
    "barcode": barcode,
    "chess board": chess,
    "go board": go_board,
    "crossword": crossword,
    "sudoku": sudoku,
    "music": music,
    "playing cards": cards,
    "maze": maze,
    "test card": test_card,
    "colour swatches": swatches,
    "colour wheel": colour_wheel,
    "cell automaton": life,
    "dice": dice_throw,
    "eye chart": eye_chart,
    "letter picture": ascii_art,
}
"""Form -> program."""
