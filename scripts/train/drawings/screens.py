"""Screenshots of many things: windows, whole desktops, web pages, phones, games."""

from __future__ import annotations

import numpy as np

from scripts.train.drawings import icons
from scripts.train.drawings.colours import any_colour, name_of
from scripts.train.drawings.dice import chance, pick, span, whole
from scripts.train.drawings.drawing import Draw, Drawing
from scripts.train.drawings.screen import Screen
from scripts.train.drawings.screen_pages import draw_game, draw_phone, draw_web_page
from scripts.train.drawings.screen_windows import draw_dialog, draw_editor, draw_spreadsheet, draw_terminal, draw_window
from scripts.train.drawings.wear import handled


def _desktop(rng: np.random.Generator) -> Drawing:
    """Windows on a desktop with a task bar."""
    screen = Screen.new(rng, (1.2, 1.9), 0.5, 440)
    width, height = screen.image.size
    ground = pick(rng, ((0, 128, 128), (58, 110, 165), any_colour(rng), (70, 20, 60)))
    screen.draw.rectangle((0, 0, width, height), fill=ground)
    count = whole(rng, 1, 3)
    for _ in range(count):
        window = pick(rng, (draw_window, draw_terminal, draw_editor, draw_dialog))(rng).image
        window.thumbnail((width * 0.65, height * 0.75))
        at = (whole(rng, 10, int(width * 0.4)), whole(rng, 5, int(height * 0.35)))
        screen.image.paste(window, at)
    screen.draw.rectangle(
        (0, height - 18, width, height), fill=pick(rng, ((30, 30, 36), (200, 205, 215), (36, 94, 219)))
    )
    for i in range(whole(rng, 3, 8)):
        icons.glyph(
            screen.draw, pick(rng, icons.GLYPHS), (6 + i * 20, height - 15, 12.0), any_colour(rng), (30, 30, 36)
        )
    made = screen.made(
        "desktop",
        ["It has a bar at the bottom.", f"The desktop is {name_of(ground)}."],
        ("desktop", "windows", "task bar"),
    )
    return Drawing(made.image, made.kind, made.sentences[:-1], made.keywords, {"of": "desktop"})


_LOOKS: tuple[Draw, ...] = (
    draw_window, draw_window, draw_window, draw_web_page, draw_web_page, draw_web_page, draw_phone,
    draw_terminal, draw_terminal, draw_editor, draw_editor,
    draw_dialog, draw_spreadsheet, draw_game, _desktop,
)  # fmt: skip


def draw_screenshot(rng: np.random.Generator) -> Drawing:
    """One screenshot of one of many things; some are cut out of a larger screen."""
    drawing = pick(rng, _LOOKS)(rng)
    image, sentences = drawing.image, drawing.sentences
    pictured = drawing.facts.get("of") in ("game", "web page")  # a part of it may be nothing but a picture
    if chance(rng, 0.12) and min(image.size) > 200 and not pictured:
        wide, tall = image.width * span(rng, 0.5, 0.8), image.height * span(rng, 0.5, 0.8)
        x, y = span(rng, 0, image.width - wide), span(rng, 0, image.height - tall)
        image, sentences = image.crop((int(x), int(y), int(x + wide), int(y + tall))), ("Screenshot.",)
    return Drawing(handled(rng, image), "screenshot", sentences, (*drawing.keywords[:2], "interface"), drawing.facts)
