"""Icons and wordmarks set in type: thousands of signs from symbol fonts, monograms, names beside marks."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from scripts.train.drawings import lettering
from scripts.train.drawings.colours import BLACK, WHITE, Colour, any_colour, hsv, light, mixed, name_of, pastel, shade
from scripts.train.drawings.dice import chance, pick, span, whole
from scripts.train.drawings.drawing import Drawing, Fact
from scripts.train.drawings.wear import handled

_RANGES = ((0x2190, 0x21FF), (0x2300, 0x23FA), (0x25A0, 0x25FF), (0x2600, 0x26FF), (0x2700, 0x27BF), (0x2B00, 0x2B59),
           (0x1F300, 0x1F5FF), (0x1F680, 0x1F6D0), (0x1F780, 0x1F7D0))  # fmt: skip
_FONTS = (
    "NotoSansSymbols2-Regular.ttf",
    "NotoSansSymbols-Bold.ttf",
    "NotoSansSymbols-Regular.ttf",
    "DejaVuSans.ttf",
    "DejaVuSans-Bold.ttf",
)


@cache
def _signs() -> tuple[tuple[str, str], ...]:
    """(font file, sign) of all signs that the symbol fonts here really draw."""
    found: list[tuple[str, str]] = []
    for path in lettering.files():
        if path.name not in _FONTS:
            continue
        face = ImageFont.truetype(str(path), 24)
        blank = bytes(face.getmask("\U0010fffe"))
        for low, high in _RANGES:
            for code in range(low, high + 1):
                mask = face.getmask(chr(code))
                if mask.size[0] > 6 and mask.size[1] > 6 and bytes(mask) != blank:
                    found.append((str(path), chr(code)))
    return tuple(found) or (("", "\u25a0"),)


def _sign(rng: np.random.Generator, side: int, fill: float) -> Image.Image:
    """A mask of this side with one sign in the middle, `fill` of it wide."""
    path, sign = pick(rng, _signs())
    face = lettering.load(path, max(8, int(side * fill)))
    left, top, right, bottom = face.getbbox(sign)
    scale = side * fill / max(right - left, bottom - top, 1)
    face = lettering.load(path, max(8, int(side * fill * min(scale, 1.8))))
    left, top, right, bottom = face.getbbox(sign)
    mask = Image.new("L", (side, side), 0)
    at = ((side - (right - left)) / 2 - left, (side - (bottom - top)) / 2 - top)
    ImageDraw.Draw(mask).text(at, sign, font=face, fill=255)
    return mask


def _ramp(size: tuple[int, int], first: Colour, second: Colour) -> Image.Image:
    """A gradient from corner to corner."""
    share = np.add.outer(np.linspace(0, 0.5, size[1]), np.linspace(0, 0.5, size[0]))[..., None]
    return Image.fromarray((np.array(first) * (1 - share) + np.array(second) * share).astype(np.uint8))


def sign_icon(rng: np.random.Generator) -> Drawing:
    """One sign on a plain, round, tiled or bare ground, small or large."""
    side = pick(rng, (24, 32, 48, 64, 96, 128, 200, 256))
    big = 256
    manner = pick(rng, ("bare", "bare", "bare", "plain", "plain", "tile", "disc", "ramp"))
    ink = pick(rng, (BLACK, BLACK, (60, 60, 60), any_colour(rng)))
    ground: Colour = WHITE
    image = Image.new("RGB", (big, big), WHITE)
    if manner == "plain":
        ground = any_colour(rng)
        image = Image.new("RGB", (big, big), ground)
        ink = pick(rng, (BLACK, WHITE))
    elif manner in ("tile", "disc", "ramp"):
        ground = any_colour(rng)
        ink = BLACK if light(ground) else WHITE
        mask = Image.new("L", (big, big), 0)
        pen = ImageDraw.Draw(mask)
        if manner == "disc":
            pen.ellipse((4, 4, big - 5, big - 5), fill=255)
        else:
            pen.rounded_rectangle((6, 6, big - 7, big - 7), radius=pick(rng, (0, 24, 56)), fill=255)
        body = (
            _ramp((big, big), ground, mixed(ground, BLACK, 0.4))
            if manner == "ramp"
            else Image.new("RGB", (big, big), ground)
        )
        image.paste(body, mask=mask)
    image.paste(
        ink, mask=_sign(rng, big, span(rng, 0.5, 0.95) if manner in ("bare", "plain") else span(rng, 0.4, 0.65))
    )
    image = image.resize((side, side), Image.Resampling.LANCZOS)
    if manner == "bare" and chance(rng, 0.3):
        image = image.filter(ImageFilter.GaussianBlur(0.4))
    colour, behind = name_of(ink), name_of(ground)
    facts: dict[str, Fact] = {"shows": "sign", "sign_colour": colour, "ground": manner, "side": side}
    if manner in ("bare", "plain"):
        said = ["Icon.", f"It shows {_a(colour)} sign.", f"The background is {behind}."]
    else:
        said = [
            "Icon.",
            f"It shows {_a(behind)} {'circle' if manner == 'disc' else 'square'} with {_a(colour)} sign.",
            "The background is white.",
        ]
    return Drawing(image, "logo or icon", tuple(said), ("icon", "sign", colour), facts)


def _a(colour: str) -> str:
    return f"an {colour}" if colour[0] in "aeiou" else f"a {colour}"


def wordmark(rng: np.random.Generator) -> Drawing:
    """A name in one strong face, perhaps with a mark beside or above it, a rule, a second line."""
    name = lettering.word(rng) + (lettering.word(rng) if chance(rng, 0.3) else "")
    name = name.upper() if chance(rng, 0.35) else name.capitalize() if chance(rng, 0.7) else name
    tall = whole(rng, 40, 110)
    style: lettering.Style = pick(rng, ("bold", "bold", "sans", "any", "script"))
    face = lettering.font(rng, tall, style)
    dark = chance(rng, 0.15)
    ground = pick(rng, ((20, 22, 30), BLACK, shade(rng, "blue"))) if dark else WHITE
    ink = WHITE if dark else pick(rng, (BLACK, (50, 50, 60), any_colour(rng), any_colour(rng)))
    wide, edge = int(lettering.width_of(face, name)), int(tall * span(rng, 0.15, 0.8))
    mark, above = pick(rng, ("none", "left", "left", "above")), int(tall * 1.3)
    size = (
        wide + 2 * edge + (above if mark == "left" else 0),
        int(tall * 1.3) + 2 * edge + (above if mark == "above" else 0),
    )
    size = (max(size[0], above + 2 * edge), size[1])
    image = Image.new("RGB", size, ground)
    draw, colour = ImageDraw.Draw(image), any_colour(rng)
    x, y = float(edge), float(edge)
    if mark != "none":
        at = (edge, edge) if mark == "left" else ((size[0] - above) // 2, edge)
        if chance(rng, 0.5):
            image.paste(colour, at, _sign(rng, above, 0.85))
        else:
            _figure(rng, draw, (at[0], at[1], above), colour)
        x, y = (x + above + tall * 0.15, y) if mark == "left" else ((size[0] - wide) / 2, y + above)
    if chance(rng, 0.25) and len(name) > 4:
        cut = len(name) // 2
        draw.text((x, y), name[:cut], font=face, fill=ink)
        draw.text((x + lettering.width_of(face, name[:cut]), y), name[cut:], font=face, fill=colour)
    else:
        draw.text((x, y), name, font=face, fill=ink)
    image.thumbnail((whole(rng, 120, 460), 300))
    said = ["Logo."]
    if mark != "none":
        said.append(f"It shows {_a(name_of(colour))} sign {'left of' if mark == 'left' else 'above'} a name.")
    else:
        said.append("It shows a name in letters.")
    said.append(f"The background is {name_of(ground)}.")
    facts: dict[str, Fact] = {"shows": "name", "mark": mark, "mark_colour": name_of(colour)}
    return Drawing(image, "logo or icon", tuple(said), ("logo", "name", "brand"), facts)


def _figure(rng: np.random.Generator, draw: ImageDraw.ImageDraw, at: tuple[int, int, int], colour: Colour) -> None:
    """A mark of a few geometric parts in one or two hues."""
    x, y, side = at
    second = mixed(colour, pick(rng, (WHITE, BLACK)), 0.4)
    manner = whole(rng, 0, 4)
    if manner == 0:
        for i in range(whole(rng, 2, 4)):
            r = side * (0.48 - 0.13 * i)
            box = (x + side / 2 - r, y + side / 2 - r, x + side / 2 + r, y + side / 2 + r)
            draw.ellipse(box, fill=colour if i % 2 == 0 else WHITE)
    elif manner == 1:
        draw.polygon([(x, y + side), (x + side / 2, y), (x + side, y + side)], fill=colour)
        draw.polygon([(x + side / 2, y), (x + side, y + side), (x + side / 2, y + side * 0.7)], fill=second)
    elif manner == 2:
        count = whole(rng, 3, 8)
        for i in range(count):
            start = 360 * i / count
            draw.pieslice((x, y, x + side, y + side), start, start + 300 / count, fill=colour if i % 2 else second)
    elif manner == 3:
        for i in range(4):
            a, b = x + (i % 2) * side * 0.52, y + (i // 2) * side * 0.52
            draw.rounded_rectangle(
                (a, b, a + side * 0.46, b + side * 0.46), radius=side * 0.1, fill=hsv(span(rng, 0, 360), 0.7, 0.85)
            )
    else:
        draw.arc(
            (x, y, x + side, y + side), whole(rng, 0, 360), whole(rng, 500, 640), fill=colour, width=max(2, side // 6)
        )
        draw.ellipse((x + side * 0.36, y + side * 0.36, x + side * 0.64, y + side * 0.64), fill=second)


def app_tile(rng: np.random.Generator) -> Drawing:
    """A letter or a mark on a tile, as phones have them, perhaps with a long shadow."""
    side = pick(rng, (48, 72, 96, 144, 192))
    ground, big = any_colour(rng), 256
    image = Image.new("RGB", (big, big), pick(rng, (WHITE, WHITE, pastel(rng))))
    mask = Image.new("L", (big, big), 0)
    ImageDraw.Draw(mask).rounded_rectangle((14, 14, big - 15, big - 15), radius=pick(rng, (16, 52, 114)), fill=255)
    image.paste(_ramp((big, big), mixed(ground, WHITE, 0.25), ground), mask=mask)
    ink = BLACK if light(ground) else WHITE
    letters = lettering.word(rng)[: whole(rng, 1, 2)].capitalize()
    face = lettering.font(rng, 130 if len(letters) == 1 else 96, "bold")
    ImageDraw.Draw(image).text((big / 2, big / 2), letters, font=face, fill=ink, anchor="mm")
    said = ("Icon.", f"It shows {_a(name_of(ground))} tile with {'a letter' if len(letters) == 1 else 'letters'}.")
    facts: dict[str, Fact] = {"shows": "tile", "tile_colour": name_of(ground), "letters": len(letters)}
    return Drawing(
        image.resize((side, side), Image.Resampling.LANCZOS), "logo or icon", said, ("icon", "app", "letter"), facts
    )


def draw_glyph_icon(rng: np.random.Generator) -> Drawing:
    """An icon or a logo set in type."""
    drawing = pick(rng, (sign_icon, sign_icon, sign_icon, wordmark, wordmark, app_tile))(rng)
    return Drawing(handled(rng, drawing.image), drawing.kind, drawing.sentences, drawing.keywords, drawing.facts)
