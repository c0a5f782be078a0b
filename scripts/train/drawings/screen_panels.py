"""Screens as manuals and sites show them: settings, property grids, consoles, dashboards, landing pages, notebooks."""

from __future__ import annotations

import numpy as np
from PIL import ImageDraw

from scripts.train.drawings import lettering
from scripts.train.drawings.colours import BLACK, WHITE, any_colour, light, pastel
from scripts.train.drawings.dice import chance, pick, span, whole
from scripts.train.drawings.drawing import Drawing
from scripts.train.drawings.pages import write_code
from scripts.train.drawings.photographs import draw_photograph
from scripts.train.drawings.screen import Screen
from scripts.train.drawings.wear import handled


def _words(screen: Screen, most: int) -> str:
    return lettering.words(screen.rng, whole(screen.rng, 1, most))


def _bar(screen: Screen, tall: float, coloured: float = 0.3) -> float:
    """A title bar of today's flat kind or of the glassy one before; returns where the inside begins."""
    rng, draw, width = screen.rng, screen.draw, screen.image.width
    fill = screen.accent if chance(rng, coloured) else screen.soft(pick(rng, (0.0, 0.04, 0.1)))
    draw.rectangle((0, 0, width, tall), fill=fill)
    ink = BLACK if light(fill) else WHITE
    middle = tall / 2
    draw.rectangle((6, middle - 5, 16, middle + 5), fill=any_colour(rng))
    screen.write((22, middle), _words(screen, 3), ink, anchor="lm")
    x = width - 14.0
    draw.line((x - 4, middle - 4, x + 4, middle + 4), fill=ink)
    draw.line((x - 4, middle + 4, x + 4, middle - 4), fill=ink)
    if chance(rng, 0.7):
        draw.rectangle((x - 28, middle - 4, x - 20, middle + 4), outline=ink)
        draw.line((x - 48, middle, x - 40, middle), fill=ink)
    return tall


def _field(screen: Screen, box: tuple[float, float, float, float], manner: str) -> None:
    """An entry, a list that drops down, a check box, a radio button or a slider with its words."""
    x0, y0, x1, y1 = box
    draw, edge = screen.draw, screen.soft(0.4)
    paper = screen.soft(0.06) if screen.dark else WHITE
    middle = (y0 + y1) / 2
    if manner in ("check", "radio"):
        side = min(11.0, (y1 - y0) * 0.7)
        shape = draw.rectangle if manner == "check" else draw.ellipse
        shape((x0, middle - side / 2, x0 + side, middle + side / 2), fill=paper, outline=edge)
        if chance(screen.rng, 0.5):
            shape((x0 + 3, middle - side / 2 + 3, x0 + side - 3, middle + side / 2 - 3), fill=screen.accent)
        screen.write((x0 + side + 6, middle), _words(screen, 3), anchor="lm")
        return
    draw.rectangle((x0, y0, x1, y1), fill=paper, outline=edge)
    if chance(screen.rng, 0.7):
        screen.write((x0 + 4, middle), _words(screen, 2)[: max(1, int((x1 - x0) / screen.text * 1.5))], anchor="lm")
    if manner == "drop":
        draw.polygon([(x1 - 12, middle - 2), (x1 - 5, middle - 2), (x1 - 8.5, middle + 3)], fill=screen.ink)


def settings(rng: np.random.Generator) -> Drawing:
    """A dialog or a page of settings: labelled fields, tabs, buttons below."""
    screen = Screen.new(rng, (0.8, 1.9), 0.3)
    width, height = screen.image.size
    y = _bar(screen, span(rng, 18, 28)) + 8
    step = screen.text * span(rng, 2.0, 2.8)
    if chance(rng, 0.35):
        x = 8.0
        for i in range(whole(rng, 2, 5)):
            text = lettering.words(rng, 1)[:9]
            wide = len(text) * screen.text * 0.62 + 14
            screen.draw.rectangle(
                (x, y, x + wide, y + step * 0.8),
                fill=screen.ground if i else screen.soft(0.02),
                outline=screen.soft(0.3),
            )
            screen.write((x + wide / 2, y + step * 0.4), text, anchor="mm")
            x += wide
        y += step
    left = width * span(rng, 0.25, 0.42)
    fields = 0
    stacked = chance(rng, 0.3)
    while y + step * 2.2 < height:
        manner = pick(rng, ("entry", "entry", "drop", "check", "radio"))
        if manner in ("check", "radio"):
            _field(screen, (12, y, width - 12, y + step * 0.75), manner)
        elif stacked:
            screen.write((12, y), _words(screen, 3))
            y += step * 0.7
            _field(screen, (12, y, width - span(rng, 12, 60), y + step * 0.75), manner)
        else:
            screen.write((12, y + step * 0.38), _words(screen, 2) + ":", anchor="lm")
            _field(screen, (left, y, width - 14, y + step * 0.75), manner)
        y += step
        fields += 1
    buttons = whole(rng, 1, 3)
    for i in range(buttons):
        x = width - (buttons - i) * 74
        if x > 0:
            screen.button((x, height - step, x + 66, height - 6), filled=i == 0 and chance(rng, 0.5))
    _marked(screen)
    return screen.made("dialog window", ["It shows a form.", "It has a title bar."], ("dialog", "form", "buttons"))


def property_grid(rng: np.random.Generator) -> Drawing:
    """A narrow list of names and values, one of them chosen."""
    screen = Screen.new(rng, (0.55, 1.1), 0.5, 420)
    width, height = screen.image.size
    y, step = _bar(screen, 22, 0.6) + 2, screen.text * span(rng, 1.6, 2.1)
    middle, chosen, row = width * span(rng, 0.4, 0.55), whole(rng, 1, 12), 0
    while y + step < height:
        if chance(rng, 0.12):
            screen.draw.rectangle((0, y, width, y + step), fill=screen.soft(0.14))
            screen.write((14, y + step / 2), _words(screen, 1), anchor="lm")
        else:
            if row == chosen:
                screen.draw.rectangle((14, y, middle, y + step), fill=(51, 120, 215))
            screen.draw.rectangle((14, y, width, y + step), outline=screen.soft(0.18))
            screen.draw.line((middle, y, middle, y + step), fill=screen.soft(0.18))
            screen.write((20, y + step / 2), _words(screen, 1)[:14], WHITE if row == chosen else None, anchor="lm")
            value = pick(rng, ("True", "False", "0, 0", str(whole(rng, 1, 900)), lettering.words(rng, 1)))
            screen.write((middle + 4, y + step / 2), value, anchor="lm")
        y += step
        row += 1
    _marked(screen)
    return screen.made("desktop window", ["It has a title bar.", "It shows a list."], ("window", "properties", "list"))


def console(rng: np.random.Generator) -> Drawing:
    """A console, most of it empty."""
    screen = Screen.new(rng, (1.0, 2.2), 1.0, 520)
    width, height = screen.image.size
    screen.ground = pick(rng, (BLACK, (12, 12, 12), (48, 10, 36), (0, 43, 54), (1, 36, 86), (30, 30, 30)))
    screen.draw.rectangle((0, 0, width, height), fill=screen.ground)
    y = 4.0
    barred = chance(rng, 0.7)
    if barred:
        y += _bar(screen, span(rng, 16, 24), 0.1)
    screen.text = span(rng, 6, 11)
    face = lettering.font(rng, screen.text, "mono")
    inks = pick(
        rng, ([(204, 204, 204)], [(0, 255, 0)], [(220, 220, 220), (90, 200, 120), (240, 210, 90), (100, 150, 240)])
    )
    stop = y + (height - y) * (span(rng, 0.1, 0.6) if chance(rng, 0.6) else 1.0)
    while y + screen.text < stop:
        if chance(rng, 0.25):
            screen.draw.text(
                (6, y),
                pick(rng, ("$ ", "C:\\> ", "PS> ", "user@host:~$ ")) + lettering.words(rng, 2).lower(),
                font=face,
                fill=inks[-1],
            )
        elif chance(rng, 0.85):
            box = (6.0, y, 6 + (width - 12) * span(rng, 0.2, 1.0), y + screen.text * 1.6)
            lettering.fill(screen.draw, rng, box, face, pick(rng, inks), leading=1.3, most_lines=1)
        y += screen.text * 1.35
    screen.draw.rectangle((8, y, 14, y + screen.text), fill=inks[0])
    said = ["It shows lines of text."] + ["It has a title bar."] * barred
    return screen.made("terminal", said, ("terminal", "command line", "text"))


def landing_page(rng: np.random.Generator) -> Drawing:
    """The head of a web site: a menu over a wide picture with a large claim, then cards."""
    screen = Screen.new(rng, (0.55, 1.8), 0.25, 520)
    width, height = screen.image.size
    tall = height * span(rng, 0.3, 1.0)
    if chance(rng, 0.55):
        photo = draw_photograph(rng).image.resize((width, int(tall)))
        screen.image.paste(photo.point(lambda v: int(v * 0.6)) if chance(rng, 0.6) else photo, (0, 0))
        ink = WHITE
    else:
        ground = pick(rng, (any_colour(rng), pastel(rng), screen.soft(0.05)))
        screen.draw.rectangle((0, 0, width, tall), fill=ground)
        ink = BLACK if light(ground) else WHITE
    screen.write((14, 14), _words(screen, 1), ink, 1.2, "lm")
    for i in range(whole(rng, 2, 5)):
        screen.write((width - 40 - i * 52, 14), lettering.words(rng, 1)[:7], ink, 0.85, "lm")
    middle, at = chance(rng, 0.65), (width / 2, tall * span(rng, 0.35, 0.5))
    if not middle:
        at = (width * 0.06, at[1])
    anchor = "mm" if middle else "lm"
    claim = _words(screen, 3)
    scale = min(3.2, width * 0.8 / max(1, len(claim) * screen.text * 0.6))
    screen.write(at, claim, ink, scale, anchor)
    screen.write((at[0], at[1] + screen.text * 3), lettering.words(rng, 6), ink, 0.9, anchor)
    x = at[0] - 36 if middle else at[0]
    if at[1] + screen.text * 8 < tall:
        screen.button((x, at[1] + screen.text * 5, x + 72, at[1] + screen.text * 7.5), True)
    y = tall + 10
    count, wide = whole(rng, 2, 4), 0.0
    while y + 60 < height:
        wide = (width - 20) / count
        for i in range(count):
            left = 10 + i * wide
            screen.picture((left + 4, y, left + wide - 8, y + 46))
            screen.paragraph((left + 4, y + 52, left + wide - 8, min(height, y + 100)))
        y += 110
    facts_said = ["It has a menu at the top.", "It has large words over a picture."]
    return screen.made("web page", facts_said, ("web page", "site", "layout"))


def dashboard(rng: np.random.Generator) -> Drawing:
    """Tiles with numbers and small charts, a side bar."""
    from scripts.train.drawings.chart_bars import draw_bars
    from scripts.train.drawings.chart_lines import draw_lines
    from scripts.train.drawings.chart_pies import draw_pie

    screen = Screen.new(rng, (1.2, 1.9), 0.4, 520)
    width, height = screen.image.size
    x = width * span(rng, 0.14, 0.24)
    screen.draw.rectangle((0, 0, x, height), fill=pick(rng, (screen.soft(0.08), (38, 45, 61), screen.accent)))
    screen.rows((0, 26, x, height), screen.text * 2.2)
    columns, rows = whole(rng, 2, 4), whole(rng, 2, 3)
    wide, tall, charts = (width - x - 8) / columns, (height - 30) / rows, 0
    screen.write((x + 10, 14), _words(screen, 2), scale=1.3, anchor="lm")
    for i in range(columns * rows):
        left, top = x + 6 + i % columns * wide, 28 + i // columns * tall
        box = (left, top, left + wide - 6, top + tall - 6)
        screen.draw.rounded_rectangle(
            box, radius=4, fill=screen.soft(0.04) if screen.dark else WHITE, outline=screen.soft(0.15)
        )
        screen.write((left + 6, top + 9), lettering.words(rng, 1), screen.soft(0.7), 0.9, "lm")
        if i < columns and chance(rng, 0.6):
            screen.write((left + 6, top + tall * 0.45), f"{whole(rng, 10, 9999):,}", screen.accent, 2, "lm")
        elif charts < 3:
            charts += 1
            part = pick(rng, (draw_bars, draw_lines, draw_pie))(rng).image
            screen.image.paste(
                part.resize((max(8, int(wide - 18)), max(8, int(tall - 30)))), (int(left + 6), int(top + 18))
            )
        else:
            screen.rows((left + 4, top + 18, left + wide - 10, top + tall - 8), screen.text * 1.8)
    return screen.made(
        "dashboard", ["It has a side bar on the left.", "It shows several tiles."], ("dashboard", "tiles", "charts")
    )


def notebook(rng: np.random.Generator) -> Drawing:
    """Cells of code with what they print."""
    screen = Screen.new(rng, (0.8, 2.0), 0.2, 480)
    width, height = screen.image.size
    y = 0.0
    if chance(rng, 0.6):
        screen.draw.rectangle((0, 0, width, 30), fill=screen.soft(0.05))
        screen.write((10, 10), "\u25cf " + _words(screen, 2), anchor="lm")
        for i in range(whole(rng, 3, 8)):
            screen.write((10 + i * 46, 23), lettering.words(rng, 1)[:6], scale=0.8, anchor="lm")
        y = 36.0
    cells = 0
    while y + 34 < height:
        tall = span(rng, 26, 90)
        box = (52, y, width - 8, min(height - 2, y + tall))
        screen.draw.rectangle(box, fill=screen.soft(0.04), outline=screen.soft(0.15))
        screen.write((6, y + 10), f"In [{cells + 1}]:", (48, 63, 159), 0.8, "lm")
        inks = [screen.ink, (0, 128, 0), (170, 34, 255), (186, 33, 33)]
        write_code(screen.draw, rng, (58.0, y + 3, box[2], box[3]), inks, screen.text * 0.95)
        y = box[3] + 6
        if chance(rng, 0.5) and y + 40 < height:
            y = screen.paragraph((58, y, width - 12, y + span(rng, 20, 60))) + 6
        cells += 1
    return screen.made(
        "notebook",
        [f"It has {cells} cells of code." if cells > 1 else "It has one cell of code."],
        ("notebook", "code", "cells"),
    )


def _marked(screen: Screen) -> None:
    """Now and then a red box or an arrow that a manual puts over a screen."""
    rng, (width, height) = screen.rng, screen.image.size
    if chance(rng, 0.25):
        x, y = span(rng, 0.05, 0.6) * width, span(rng, 0.1, 0.8) * height
        box = (x, y, x + span(rng, 0.15, 0.4) * width, y + span(rng, 0.05, 0.12) * height)
        ImageDraw.Draw(screen.image).rectangle(box, outline=(230, 30, 30), width=whole(rng, 1, 3))


_LOOKS = (
    settings,
    settings,
    settings,
    property_grid,
    console,
    console,
    landing_page,
    landing_page,
    dashboard,
    notebook,
)


def draw_panel(rng: np.random.Generator) -> Drawing:
    """One screen in one of many looks; some are cut tight out of a larger one."""
    drawing = pick(rng, _LOOKS)(rng)
    image, sentences = drawing.image, drawing.sentences
    of = str(drawing.facts["of"])
    if of not in ("web page", "dashboard") and chance(rng, 0.18) and min(image.size) > 160:
        wide, tall = int(image.width * span(rng, 0.4, 0.9)), int(image.height * span(rng, 0.25, 0.8))
        x, y = whole(rng, 0, image.width - wide), whole(rng, 0, image.height - tall)
        image, sentences = image.crop((x, y, x + wide, y + tall)), ("Screenshot.",)
    return Drawing(handled(rng, image), "screenshot", sentences, drawing.keywords, drawing.facts)
