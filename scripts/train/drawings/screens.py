"""Screenshots: windows of several systems, web pages, phones, terminals, editors, dialogs, spreadsheets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from scripts.train.drawings import icons, lettering
from scripts.train.drawings.colours import (
    BLACK,
    WHITE,
    Colour,
    any_colour,
    light,
    mixed,
    name_of,
    palette,
    pastel,
    shade,
)
from scripts.train.drawings.dice import canvas_size, chance, pick, span, whole
from scripts.train.drawings.drawing import Draw, Drawing
from scripts.train.drawings.pages import write_code
from scripts.train.drawings.photographs import draw_photograph
from scripts.train.drawings.wear import handled

Box = lettering.Box


@dataclass
class Screen:
    """A screen being drawn: its picture, colours and font size."""

    rng: np.random.Generator
    image: Image.Image
    dark: bool
    ground: Colour
    ink: Colour
    accent: Colour
    text: float

    @classmethod
    def new(cls, rng: np.random.Generator, aspects: tuple[float, float], dark_share: float = 0.3, high: int = 480) -> Screen:
        dark = chance(rng, dark_share)
        ground: Colour = pick(rng, ((30, 30, 30), (24, 26, 32), (40, 44, 52), (13, 17, 23), (45, 0, 35))) if dark else pick(
            rng, (WHITE, WHITE, (240, 240, 240), (246, 247, 250), (236, 233, 216), (212, 208, 200))
        )  # fmt: skip
        image = Image.new("RGB", canvas_size(rng, 220, high, aspects), ground)
        ink = (222, 222, 224) if dark else pick(rng, ((30, 30, 34), BLACK))
        return cls(rng, image, dark, ground, ink, any_colour(rng), span(rng, 7, 13))

    @property
    def draw(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self.image)

    def soft(self, share: float = 0.08) -> Colour:
        return mixed(self.ground, self.ink, share)

    def write(self, at: tuple[float, float], text: str, ink: Colour | None = None, scale: float = 1, anchor: str = "la") -> None:
        face = lettering.load(self.face, max(6, int(self.text * scale)))
        self.draw.text(at, text, font=face, fill=ink or self.ink, anchor=anchor)

    @property
    def face(self) -> str:
        if not hasattr(self, "_face"):
            self._face = str(getattr(lettering.font(self.rng, 10, "sans"), "path", ""))
        return self._face

    def rows(self, box: Box, step: float, with_icons: bool = True) -> int:
        """A list of entries, one of them perhaps selected."""
        x0, y, x1, y1 = box
        count, chosen = 0, whole(self.rng, 0, 9)
        while y + step <= y1:
            if count == chosen:
                self.draw.rectangle((x0, y, x1, y + step), fill=mixed(self.ground, self.accent, 0.35))
            x = x0 + 6
            if with_icons:
                side = step * 0.55
                self.draw.rectangle((x, y + step * 0.22, x + side, y + step * 0.22 + side), fill=pick(self.rng, (self.accent, (240, 200, 90))))
                x += side + 6
            if x1 - x > 20:
                text = lettering.words(self.rng, whole(self.rng, 1, 2))[: max(2, int((x1 - x) / self.text * 1.7))]
                self.write((x, y + step * 0.5), text, anchor="lm")
            y += step
            count += 1
        return count

    def button(self, box: Box, filled: bool) -> None:
        fill = self.accent if filled else self.soft(0.07)
        self.draw.rounded_rectangle(box, radius=pick(self.rng, (0, 3, 6)), fill=fill, outline=self.soft(0.35))
        ink = self.ink if not filled else (BLACK if light(fill) else WHITE)
        self.write(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), lettering.words(self.rng, 1)[:8], ink, anchor="mm")

    def paragraph(self, box: Box) -> float:
        face = lettering.load(self.face, max(6, int(self.text)))
        return lettering.fill(self.draw, self.rng, box, face, self.ink, leading=1.45)[1]

    def picture(self, box: Box) -> None:
        """A photograph, an icon or a flat area."""
        x0, y0, x1, y1 = (int(v) for v in box)
        size = (max(4, x1 - x0), max(4, y1 - y0))
        if chance(self.rng, 0.3):
            self.image.paste(draw_photograph(self.rng).image.resize(size), (x0, y0))
            return
        colour = pick(self.rng, (pastel(self.rng), any_colour(self.rng)))
        self.draw.rectangle(box, fill=colour)
        side = min(size) * 0.5
        at = (x0 + size[0] / 2 - side / 2, y0 + size[1] / 2 - side / 2, side)
        icons.glyph(self.draw, pick(self.rng, icons.GLYPHS), at, WHITE, colour)

    def made(self, of: str, said: list[str], words: tuple[str, ...]) -> Drawing:
        tone = f"The background is {'dark' if self.dark else 'light'}."
        keywords = tuple(dict.fromkeys(("screenshot", *words)))
        facts = {"of": of, "dark": self.dark}
        return Drawing(self.image, "screenshot", (f"Screenshot of a {of}.", *said, tone), keywords, facts)


def _title_bar(screen: Screen) -> float:
    """A window's bar in the manner of one system; returns where the inside begins."""
    rng, draw, width = screen.rng, screen.draw, screen.image.width
    tall, manner = whole(rng, 16, 26), pick(rng, ("mac", "xp", "ten", "classic", "ubuntu"))
    bar = {"mac": screen.soft(0.12), "xp": (0, 84, 227), "ten": screen.soft(0.02), "classic": (10, 36, 106), "ubuntu": (60, 59, 55)}[manner]
    draw.rectangle((0, 0, width, tall), fill=bar)
    ink = BLACK if light(bar) else WHITE
    middle = tall / 2
    if manner == "mac":
        for i, colour in enumerate(((255, 95, 86), (255, 189, 46), (39, 201, 63))):
            draw.ellipse((8 + i * 14, middle - 4, 16 + i * 14, middle + 4), fill=colour)
        screen.write((width / 2, middle), lettering.words(rng, 2), ink, anchor="mm")
        return tall
    screen.write((8, middle), lettering.words(rng, 2), ink, anchor="lm")
    for i in range(3):
        x = width - 16 - i * 18
        if manner == "xp":
            draw.rectangle((x - 6, middle - 6, x + 7, middle + 6), fill=(230, 80, 40) if i == 0 else (60, 120, 240), outline=WHITE)
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
    return tall


def _menu_bar(screen: Screen, y: float) -> float:
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


def _window(rng: np.random.Generator) -> Drawing:
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
    inner, inside = (x + 8, y + 6, width - 8.0, height - 8.0), pick(rng, ("rows", "form", "text", "icons", "picture"))
    if inside != "form":
        screen.draw.rectangle((inner[0] - 2, inner[1] - 2, inner[2] + 2, inner[3] + 2), fill=screen.ground if screen.dark else WHITE, outline=screen.soft(0.3))
    {"rows": _columns, "form": _form, "text": lambda s, b: s.paragraph(b), "icons": _icons, "picture": _view}[inside](screen, inner)
    said = ["It has a title bar."] + ["It has a side bar on the left."] * side
    said += {"rows": ["It shows a list."], "form": ["It shows a form."], "text": ["It shows text."], "icons": ["It shows icons."],
             "picture": ["It shows a picture."]}[inside]  # fmt: skip
    return screen.made("desktop window", said, ("window", "desktop", inside))


def _view(screen: Screen, box: Box) -> None:
    screen.picture(box)


def _columns(screen: Screen, box: Box) -> None:
    step = screen.text * 1.9
    screen.draw.rectangle((box[0], box[1], box[2], box[1] + step), fill=screen.soft(0.1))
    count = whole(screen.rng, 2, 4)
    wide = (box[2] - box[0]) / count
    for i in range(count):
        screen.rows((box[0] + i * wide, box[1] + step * (i > 0), box[0] + (i + 1) * wide, box[3]), step, i == 0)


def _form(screen: Screen, box: Box) -> None:
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


def _web_page(rng: np.random.Generator) -> Drawing:
    screen = Screen.new(rng, (0.6, 1.8), 0.2, 520)
    width, height = screen.image.size
    draw, y, said = screen.draw, 0.0, []
    if chance(rng, 0.4):
        draw.rectangle((0, 0, width, 44), fill=screen.soft(0.12))
        for i in range(whole(rng, 1, 4)):
            draw.rounded_rectangle((8 + i * 84, 4, 86 + i * 84, 24), radius=5, fill=screen.ground if i == 0 else screen.soft(0.2))
            screen.write((14 + i * 84, 13), lettering.words(rng, 1)[:9], anchor="lm")
        draw.rectangle((0, 22, width, 44), fill=screen.ground)
        draw.rounded_rectangle((60, 26, width - 40, 41), radius=7, fill=screen.soft(0.08))
        y, said = 44.0, ["It shows a browser with tabs."]
    bar = pick(rng, (screen.accent, screen.soft(0.03), (35, 38, 45)))
    draw.rectangle((0, y, width, y + 26), fill=bar)
    for i in range(whole(rng, 2, 6)):
        screen.write((12 + i * 62, y + 13), lettering.words(rng, 1)[:8], BLACK if light(bar) else WHITE, anchor="lm")
    y += 26
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
        part = pick(rng, ("heading", "text", "text", "cards", "form", "picture"))
        if part == "heading":
            screen.write((x, y + 8), lettering.words(rng, 3)[:24], screen.ink, 1.8)
            y += screen.text * 2 + 16
        elif part == "text":
            y = screen.paragraph((x, y + 8, right, min(height, y + span(rng, 40, 140)))) + 6
        elif part == "cards":
            count, tall = whole(rng, 2, 4), span(rng, 60, 110)
            wide = (right - x) / count
            for i in range(count):
                box = (x + i * wide + 3, y + 8, x + (i + 1) * wide - 3, y + tall)
                draw.rounded_rectangle(box, radius=4, fill=screen.soft(0.03), outline=screen.soft(0.15))
                screen.picture((box[0] + 3, box[1] + 3, box[2] - 3, box[1] + tall * 0.45))
                screen.paragraph((box[0] + 5, box[1] + tall * 0.5, box[2] - 5, box[3]))
            y += tall + 10
        elif part == "form":
            _form(screen, (x, y + 8, right, y + 110))
            y += 120
        else:
            tall = span(rng, 60, 140)
            screen.picture((x, y + 8, right, y + tall))
            y += tall + 8
    return screen.made("web page", said, ("web page", "browser", "layout"))


def _phone(rng: np.random.Generator) -> Drawing:
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
        icons.glyph(draw, pick(rng, icons.GLYPHS), (width * (i + 0.5) / 4 - 9, height - 28, 18.0), screen.ink, screen.soft(0.06))
    what = "It shows messages in bubbles." if chat else "It shows a list."
    return screen.made("phone screen", [what, "A coloured bar is at the top."], ("phone", "app", "messages" if chat else "list"))


def _terminal(rng: np.random.Generator) -> Drawing:
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
            text = pick(rng, (lettering.word(rng), "--" + lettering.word(rng), str(whole(rng, 0, 9999)), "/" + lettering.word(rng)))
            if x + len(text) * wide > width:
                break
            screen.draw.text((x, y), text, font=face, fill=pick(rng, inks))
            x += (len(text) + 1) * wide
        y += step
    return screen.made("terminal", ["It shows lines of text."], ("terminal", "command line", "text"))


def _editor(rng: np.random.Generator) -> Drawing:
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


def _dialog(rng: np.random.Generator) -> Drawing:
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


def _spreadsheet(rng: np.random.Generator) -> Drawing:
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
    return screen.made("spreadsheet", ["It shows cells with numbers.", "It has a title bar."], ("spreadsheet", "cells", "window"))


def _game(rng: np.random.Generator) -> Drawing:
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
    made = screen.made("game", ["It has bars at the top left.", "It has a row of small boxes at the bottom."], ("game", "bars", "boxes"))
    return Drawing(made.image, made.kind, made.sentences[:-1], made.keywords, {"of": "game"})


def _desktop(rng: np.random.Generator) -> Drawing:
    """Windows on a desktop with a task bar."""
    screen = Screen.new(rng, (1.2, 1.9), 0.5, 440)
    width, height = screen.image.size
    ground = pick(rng, ((0, 128, 128), (58, 110, 165), any_colour(rng), (70, 20, 60)))
    screen.draw.rectangle((0, 0, width, height), fill=ground)
    count = whole(rng, 1, 3)
    for _ in range(count):
        window = pick(rng, (_window, _terminal, _editor, _dialog))(rng).image
        window.thumbnail((width * 0.65, height * 0.75))
        at = (whole(rng, 10, int(width * 0.4)), whole(rng, 5, int(height * 0.35)))
        screen.image.paste(window, at)
    screen.draw.rectangle((0, height - 18, width, height), fill=pick(rng, ((30, 30, 36), (200, 205, 215), (36, 94, 219))))
    for i in range(whole(rng, 3, 8)):
        icons.glyph(screen.draw, pick(rng, icons.GLYPHS), (6 + i * 20, height - 15, 12.0), any_colour(rng), (30, 30, 36))
    made = screen.made("desktop", ["It has a bar at the bottom.", f"The desktop is {name_of(ground)}."], ("desktop", "windows", "task bar"))
    return Drawing(made.image, made.kind, made.sentences[:-1], made.keywords, {"of": "desktop"})


_LOOKS: tuple[Draw, ...] = (
    _window, _window, _window, _web_page, _web_page, _web_page, _phone, _terminal, _terminal, _editor, _editor,
    _dialog, _spreadsheet, _game, _desktop,
)  # fmt: skip


def draw_screenshot(rng: np.random.Generator) -> Drawing:
    """One screenshot of one of many things; some are cut out of a larger screen."""
    drawing = pick(rng, _LOOKS)(rng)
    image, sentences = drawing.image, drawing.sentences
    if chance(rng, 0.12) and min(image.size) > 200:
        wide, tall = image.width * span(rng, 0.5, 0.8), image.height * span(rng, 0.5, 0.8)
        x, y = span(rng, 0, image.width - wide), span(rng, 0, image.height - tall)
        image, sentences = image.crop((int(x), int(y), int(x + wide), int(y + tall))), ("Screenshot.",)
    return Drawing(handled(rng, image), "screenshot", sentences, drawing.keywords[:2] + ("interface",), drawing.facts)


DRAWS: dict[str, Draw] = {"screenshot": draw_screenshot}
