"""Screens without windows: web pages, phone apps, games."""

from __future__ import annotations

import numpy as np

from scripts.train.drawings import icons, lettering
from scripts.train.drawings.colours import BLACK, WHITE, any_colour, light, mixed
from scripts.train.drawings.dice import chance, pick, span, whole
from scripts.train.drawings.drawing import Drawing
from scripts.train.drawings.photographs import draw_photograph
from scripts.train.drawings.screen import Screen
from scripts.train.drawings.screen_windows import form


def draw_web_page(rng: np.random.Generator) -> Drawing:
    """A web page, perhaps in a browser."""
    screen = Screen.new(rng, (0.6, 1.8), 0.2, 520)
    width, height = screen.image.size
    y, said = 0.0, []
    if chance(rng, 0.4):
        y, said = _browser(screen), ["It shows a browser with tabs."]
    y = _top_bar(screen, y)
    said.append("It has a bar at the top.")
    side = chance(rng, 0.3)
    x = width * 0.22 if side else width * span(rng, 0.02, 0.12)
    if side:
        screen.rows((4, y + 8, x - 6, height), screen.text * 1.8, False)
        said.append("It has a side bar on the left.")
    elif chance(rng, 0.4):
        tall = height * span(rng, 0.15, 0.35)
        screen.picture((0, y, width, y + tall))
        screen.write((width / 2, y + tall / 2), lettering.words(rng, 3), WHITE, 2.2, "mm")
        y += tall
    right = width - (x if not side else 10)
    while y < height - 50:
        y = _page_part(screen, x, y, right)
    return screen.made("web page", said, ("web page", "browser", "layout"))


def _browser(screen: Screen) -> float:
    """Tabs and an address bar; returns where the page begins."""
    rng, draw, width = screen.rng, screen.draw, screen.image.width
    draw.rectangle((0, 0, width, 44), fill=screen.soft(0.12))
    for i in range(whole(rng, 1, 4)):
        fill = screen.ground if i == 0 else screen.soft(0.2)
        draw.rounded_rectangle((8 + i * 84, 4, 86 + i * 84, 24), radius=5, fill=fill)
        screen.write((14 + i * 84, 13), lettering.words(rng, 1)[:9], anchor="lm")
    draw.rectangle((0, 22, width, 44), fill=screen.ground)
    draw.rounded_rectangle((60, 26, width - 40, 41), radius=7, fill=screen.soft(0.08))
    return 44.0


def _top_bar(screen: Screen, y: float) -> float:
    """The page's own menu; returns where its content begins."""
    rng = screen.rng
    bar = pick(rng, (screen.accent, screen.soft(0.03), (35, 38, 45)))
    screen.draw.rectangle((0, y, screen.image.width, y + 26), fill=bar)
    for i in range(whole(rng, 2, 6)):
        text = lettering.words(rng, 1)[:8]
        screen.write((12 + i * 62, y + 13), text, BLACK if light(bar) else WHITE, anchor="lm")
    return y + 26


def _page_part(screen: Screen, x: float, y: float, right: float) -> float:
    """One block of a page between `x` and `right`; returns where the next begins."""
    rng, height = screen.rng, screen.image.height
    part = pick(rng, ("heading", "text", "text", "cards", "form", "picture"))
    if part == "heading":
        screen.write((x, y + 8), lettering.words(rng, 3)[:24], screen.ink, 1.8)
        return y + (screen.text * 2 + 16)
    if part == "text":
        return screen.paragraph((x, y + 8, right, min(height, y + span(rng, 40, 140)))) + 6
    if part == "cards":
        return _cards(screen, x, y, right)
    if part == "form":
        form(screen, (x, y + 8, right, y + 110))
        return y + 120
    tall = span(rng, 60, 140)
    screen.picture((x, y + 8, right, y + tall))
    return y + (tall + 8)


def _cards(screen: Screen, x: float, y: float, right: float) -> float:
    """Boxes side by side, a picture over text in each; returns where the next block begins."""
    count, tall = whole(screen.rng, 2, 4), span(screen.rng, 60, 110)
    wide = (right - x) / count
    for i in range(count):
        box = (x + i * wide + 3, y + 8, x + (i + 1) * wide - 3, y + tall)
        screen.draw.rounded_rectangle(box, radius=4, fill=screen.soft(0.03), outline=screen.soft(0.15))
        screen.picture((box[0] + 3, box[1] + 3, box[2] - 3, box[1] + tall * 0.45))
        screen.paragraph((box[0] + 5, box[1] + tall * 0.5, box[2] - 5, box[3]))
    return y + (tall + 10)


def draw_phone(rng: np.random.Generator) -> Drawing:
    """A phone app: a list, or messages in bubbles."""
    screen = Screen.new(rng, (0.45, 0.62), 0.3, 420)
    width, height = screen.image.size
    draw, chat = screen.draw, chance(rng, 0.4)
    screen.write((8, 8), "12:30", anchor="lm")
    draw.rectangle((width - 26, 4, width - 8, 12), fill=screen.ink)
    draw.rectangle((0, 16, width, 48), fill=screen.accent)
    screen.write((14, 32), lettering.words(rng, 1), BLACK if light(screen.accent) else WHITE, 1.4, "lm")
    y = 54.0
    while y < height - 60:
        if chat:
            tall, wide, mine = span(rng, 18, 50), width * span(rng, 0.4, 0.7), chance(rng, 0.5)
            x = width - wide - 8 if mine else 8
            fill = mixed(screen.ground, screen.accent, 0.45) if mine else screen.soft(0.12)
            draw.rounded_rectangle((x, y, x + wide, y + tall), radius=8, fill=fill)
            screen.paragraph((x + 6, y + 3, x + wide - 6, y + tall))
            y += tall + 8
        else:
            draw.ellipse((10, y + 5, 36, y + 31), fill=any_colour(rng))
            screen.write((44, y + 12), lettering.words(rng, 2)[:16], anchor="lm")
            screen.write((44, y + 25), lettering.words(rng, 3)[:20], screen.soft(0.5), 0.85, "lm")
            draw.line((44, y + 38, width, y + 38), fill=screen.soft(0.15))
            y += 40
    draw.rectangle((0, height - 36, width, height), fill=screen.soft(0.06))
    for i in range(4):
        icons.glyph(
            draw, pick(rng, icons.GLYPHS), (width * (i + 0.5) / 4 - 9, height - 28, 18.0), screen.ink, screen.soft(0.06)
        )
    what = "It shows messages in bubbles." if chat else "It shows a list."
    return screen.made(
        "phone screen", [what, "A coloured bar is at the top."], ("phone", "app", "messages" if chat else "list")
    )


def draw_game(rng: np.random.Generator) -> Drawing:
    """A game: a scene with bars, boxes and a score over it."""
    screen = Screen.new(rng, (1.2, 1.9), 1.0, 360)
    width, height = screen.image.size
    screen.image.paste(draw_photograph(rng).image.resize(screen.image.size), (0, 0))
    draw = screen.draw
    for i in range(whole(rng, 1, 3)):
        draw.rectangle((10, 10 + i * 14, 10 + width * 0.25, 19 + i * 14), fill=(40, 40, 40), outline=WHITE)
        draw.rectangle((11, 11 + i * 14, 11 + width * 0.25 * span(rng, 0.2, 0.95), 18 + i * 14), fill=any_colour(rng))
    for i in range(whole(rng, 3, 8)):
        x = width * 0.3 + i * 26
        draw.rectangle((x, height - 32, x + 23, height - 9), fill=(50, 50, 50), outline=(200, 200, 200))
        icons.glyph(draw, pick(rng, icons.GLYPHS), (x + 4, height - 28, 15.0), any_colour(rng), (50, 50, 50))
    screen.write((width - 12, 12), str(whole(rng, 100, 99999)), WHITE, 1.6, "ra")
    made = screen.made(
        "game",
        ["It has bars at the top left.", "It has a row of small boxes at the bottom."],
        ("game", "bars", "boxes"),
    )
    return Drawing(made.image, made.kind, made.sentences[:-1], made.keywords, {"of": "game"})
