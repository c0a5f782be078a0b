"""Windows on a desktop: lists and forms, terminals, code editors, dialogs, spreadsheets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scripts.train.drawings import icons, lettering
from scripts.train.drawings.colours import BLACK, WHITE, Colour, light, name_of, palette, shade
from scripts.train.drawings.dice import chance, pick, span, whole
from scripts.train.drawings.drawing import Drawing
from scripts.train.drawings.pages import write_code
from scripts.train.drawings.screen import Box, Screen


def _title_bar(screen: Screen) -> float:
    """A window's bar in the manner of one system; returns where the inside begins."""
    rng, draw, width = screen.rng, screen.draw, screen.image.width
    tall, manner = whole(rng, 16, 26), pick(rng, ("mac", "xp", "ten", "classic", "ubuntu"))
    bar = {
        "mac": screen.soft(0.12),
        "xp": (0, 84, 227),
        "ten": screen.soft(0.02),
        "classic": (10, 36, 106),
        "ubuntu": (60, 59, 55),
    }[manner]
    draw.rectangle((0, 0, width, tall), fill=bar)
    ink = BLACK if light(bar) else WHITE
    middle = tall / 2
    if manner == "mac":
        for i, colour in enumerate(((255, 95, 86), (255, 189, 46), (39, 201, 63))):
            draw.ellipse((8 + i * 14, middle - 4, 16 + i * 14, middle + 4), fill=colour)
        screen.write((width / 2, middle), lettering.words(rng, 2), ink, anchor="mm")
        return tall
    screen.write((8, middle), lettering.words(rng, 2), ink, anchor="lm")
    _window_buttons(screen, middle, manner, ink)
    return tall


def _window_buttons(screen: Screen, middle: float, manner: str, ink: Colour) -> None:
    """Close, enlarge and hide, from the right edge inwards."""
    draw, width = screen.draw, screen.image.width
    for i in range(3):
        x = width - 16 - i * 18
        if manner == "xp":
            draw.rectangle(
                (x - 6, middle - 6, x + 7, middle + 6), fill=(230, 80, 40) if i == 0 else (60, 120, 240), outline=WHITE
            )
        if manner == "classic":
            draw.rectangle((x - 6, middle - 6, x + 7, middle + 6), fill=(212, 208, 200))
        mark = BLACK if manner == "classic" else ink
        if i == 0:
            draw.line((x - 3, middle - 3, x + 4, middle + 4), fill=mark)
            draw.line((x - 3, middle + 4, x + 4, middle - 3), fill=mark)
        elif i == 1:
            draw.rectangle((x - 3, middle - 3, x + 4, middle + 4), outline=mark)
        else:
            draw.line((x - 3, middle + 3, x + 4, middle + 3), fill=mark)


def _menu_bar(screen: Screen, y: float) -> float:
    """Menus, perhaps with a row of tools below; returns where the inside begins."""
    x, rng = 8.0, screen.rng
    for _ in range(whole(rng, 3, 7)):
        text = lettering.words(rng, 1)[:6]
        screen.write((x, y + 9), text, anchor="lm")
        x += len(text) * screen.text * 0.6 + 12
    if chance(rng, 0.5):
        for i in range(whole(rng, 4, 14)):
            at = (8 + i * 20, y + 20, 13.0)
            icons.glyph(screen.draw, pick(rng, icons.GLYPHS), at, pick(rng, (screen.accent, screen.ink)), screen.ground)
        return y + 38
    return y + 20


def draw_window(rng: np.random.Generator) -> Drawing:
    """A desktop window with a list, a form, text, icons or a picture in it."""
    screen = Screen.new(rng, (0.8, 1.9))
    width, height = screen.image.size
    y = _title_bar(screen)
    if chance(rng, 0.7):
        y = _menu_bar(screen, y)
    side = chance(rng, 0.5)
    x = width * span(rng, 0.2, 0.33) if side else 0.0
    if side:
        screen.draw.rectangle((0, y, x, height), fill=screen.soft(0.06))
        screen.rows((0, y + 4, x, height), screen.text * 1.9, chance(rng, 0.7))
    inner, inside = (x + 8, y + 6, width - 8.0, height - 8.0), pick(rng, tuple(_INSIDES))
    if inside != "form":
        screen.draw.rectangle(
            (inner[0] - 2, inner[1] - 2, inner[2] + 2, inner[3] + 2),
            fill=screen.ground if screen.dark else WHITE,
            outline=screen.soft(0.3),
        )
    fill, what = _INSIDES[inside]
    fill(screen, inner)
    said = ["It has a title bar."] + ["It has a side bar on the left."] * side
    said.append(f"It shows {what}.")
    return screen.made("desktop window", said, ("window", "desktop", inside))


def _columns(screen: Screen, box: Box) -> None:
    step = screen.text * 1.9
    screen.draw.rectangle((box[0], box[1], box[2], box[1] + step), fill=screen.soft(0.1))
    count = whole(screen.rng, 2, 4)
    wide = (box[2] - box[0]) / count
    for i in range(count):
        screen.rows((box[0] + i * wide, box[1] + step * (i > 0), box[0] + (i + 1) * wide, box[3]), step, i == 0)


def form(screen: Screen, box: Box) -> None:
    """Labels with fields, ticks, sliders and choices beside them, and buttons at the end."""
    rng, draw, y, step = screen.rng, screen.draw, box[1] + 4, screen.text * 2.4
    middle = box[0] + (box[2] - box[0]) * span(rng, 0.28, 0.42)
    while y + step < box[3] - 26:
        screen.write((box[0] + 4, y + step / 2), lettering.words(rng, 1)[:12], anchor="lm")
        part = pick(rng, ("field", "field", "tick", "slider", "choice"))
        field = (middle, y + 3, box[2] - 8, y + step - 3)
        if field[2] - field[0] < 30:
            break
        if part in ("field", "choice"):
            draw.rectangle(field, fill=screen.soft(0.02) if screen.dark else WHITE, outline=screen.soft(0.4))
            if part == "choice":
                a, b = field[2] - 10, (field[1] + field[3]) / 2
                draw.polygon([(a - 4, b - 2), (a + 4, b - 2), (a, b + 3)], fill=screen.ink)
        elif part == "tick":
            draw.rectangle((middle, y + 4, middle + step - 8, y + step - 4), fill=WHITE, outline=screen.soft(0.5))
        else:
            draw.line((middle, y + step / 2, field[2], y + step / 2), fill=screen.soft(0.4), width=2)
            a = span(rng, middle, field[2])
            draw.ellipse((a - 5, y + step / 2 - 5, a + 5, y + step / 2 + 5), fill=screen.accent)
        y += step
    screen.button((box[2] - 70, box[3] - 22, box[2] - 4, box[3] - 2), True)
    if box[2] - box[0] > 170:
        screen.button((box[2] - 144, box[3] - 22, box[2] - 78, box[3] - 2), False)


def _icons(screen: Screen, box: Box) -> None:
    cell = span(screen.rng, 36, 64)
    for y in np.arange(box[1] + 4, box[3] - cell, cell * 1.15):
        for x in np.arange(box[0] + 4, box[2] - cell, cell):
            name, ink = pick(screen.rng, icons.GLYPHS), pick(screen.rng, (screen.accent, (240, 195, 80)))
            icons.glyph(screen.draw, name, (x + cell * 0.25, y, cell * 0.5), ink, screen.ground)
            screen.write((x + cell / 2, y + cell * 0.7), lettering.word(screen.rng)[:7], anchor="mm")


def _text(screen: Screen, box: Box) -> None:
    screen.paragraph(box)


_INSIDES: dict[str, tuple[Callable[[Screen, Box], None], str]] = {
    "rows": (_columns, "a list"),
    "form": (form, "a form"),
    "text": (_text, "text"),
    "icons": (_icons, "icons"),
    "picture": (Screen.picture, "a picture"),
}


def draw_terminal(rng: np.random.Generator) -> Drawing:
    """A terminal with commands and what they printed."""
    screen = Screen.new(rng, (0.9, 2.4), 0.92)
    width, height = screen.image.size
    y = _title_bar(screen) if chance(rng, 0.6) else 4.0
    face = lettering.font(rng, span(rng, 8, 14), "mono")
    wide, step = lettering.width_of(face, "m"), getattr(face, "size", 10) * 1.3
    inks = [screen.ink, screen.ink, *palette(rng, whole(rng, 1, 4))]
    end = height * (1 if chance(rng, 0.6) else span(rng, 0.3, 0.9))
    while y + step < end:
        x = 5.0
        if chance(rng, 0.3):
            screen.draw.text((x, y), "user@host:~$", font=face, fill=inks[-1])
            x += 13 * wide
        for _ in range(whole(rng, 0, 8)):
            text = pick(
                rng,
                (lettering.word(rng), "--" + lettering.word(rng), str(whole(rng, 0, 9999)), "/" + lettering.word(rng)),
            )
            if x + len(text) * wide > width:
                break
            screen.draw.text((x, y), text, font=face, fill=pick(rng, inks))
            x += (len(text) + 1) * wide
        y += step
    return screen.made("terminal", ["It shows lines of text."], ("terminal", "command line", "text"))


def draw_editor(rng: np.random.Generator) -> Drawing:
    """A code editor, perhaps with a list of files and a second pane."""
    screen = Screen.new(rng, (1.0, 2.0), 0.65, 520)
    width, height = screen.image.size
    y = _title_bar(screen) if chance(rng, 0.6) else 0.0
    y = _menu_bar(screen, y) if chance(rng, 0.4) else y
    side = chance(rng, 0.75)
    x = width * span(rng, 0.15, 0.28) if side else 0.0
    if side:
        screen.draw.rectangle((0, y, x, height), fill=screen.soft(0.05))
        screen.rows((0, y + 6, x, height), screen.text * 1.7, chance(rng, 0.4))
    screen.draw.rectangle((x, y, width, y + 18), fill=screen.soft(0.1))
    screen.draw.rectangle((x, y, x + 80, y + 18), fill=screen.ground)
    screen.write((x + 8, y + 9), lettering.word(rng)[:8], anchor="lm")
    bottom = height * span(rng, 0.65, 0.8) if chance(rng, 0.4) else height - 12
    screen.draw.rectangle((0, height - 12, width, height), fill=screen.accent)
    write_code(screen.draw, rng, (x + 28, y + 22, width, bottom), [screen.ink, *palette(rng, 4)], screen.text)
    if bottom < height - 12:
        screen.draw.line((x, bottom + 3, width, bottom + 3), fill=screen.soft(0.3))
        write_code(screen.draw, rng, (x + 8, bottom + 6, width, height - 12), [screen.ink], screen.text)
    said = ["It shows coloured code."] + ["It has a side bar on the left."] * side
    return screen.made("code editor", said, ("code editor", "code", "window"))


def draw_dialog(rng: np.random.Generator) -> Drawing:
    """A small window with a sign, a message and buttons."""
    screen = Screen.new(rng, (1.2, 2.6), 0.15, 320)
    width, height = screen.image.size
    y = _title_bar(screen)
    sign, colour = pick(rng, ("triangle", "circle", "shield")), shade(rng, pick(rng, ("yellow", "red", "blue")))
    icons.glyph(screen.draw, sign, (14, y + 14, 36.0), colour, screen.ground)
    screen.paragraph((64, y + 12, width - 12, height - 36))
    count = whole(rng, 1, 3)
    for i in range(count):
        screen.button((width - (i + 1) * 74, height - 28, width - i * 74 - 8, height - 8), i == 0 and chance(rng, 0.5))
    said = [f"It has {count} button{'s' * (count > 1)} at the bottom.", f"A {name_of(colour)} sign is on the left."]
    return screen.made("dialog window", said, ("dialog", "buttons", "window"))


def draw_spreadsheet(rng: np.random.Generator) -> Drawing:
    """A grid of cells with numbers under a menu."""
    screen = Screen.new(rng, (1.0, 2.0), 0.1)
    width, height = screen.image.size
    y = _menu_bar(screen, _title_bar(screen))
    step, wide = screen.text * 1.7, span(rng, 44, 80)
    screen.draw.rectangle((0, y, width, y + step), fill=screen.soft(0.12))
    screen.draw.rectangle((0, y, 24, height), fill=screen.soft(0.12))
    filled = (span(rng, 0.3, 1) * width, span(rng, 0.3, 1) * height)
    for b in np.arange(y, height, step):
        screen.draw.line((0, b, width, b), fill=screen.soft(0.2))
        for a in np.arange(24, width, wide):
            if y < b < filled[1] and a < filled[0] and chance(rng, 0.8):
                screen.write((a + wide - 4, b + step / 2), str(whole(rng, 0, 9999)), anchor="rm")
    for a in np.arange(24, width, wide):
        screen.draw.line((a, y, a, height), fill=screen.soft(0.2))
    return screen.made(
        "spreadsheet", ["It shows cells with numbers.", "It has a title bar."], ("spreadsheet", "cells", "window")
    )
