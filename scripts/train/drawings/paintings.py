"""Paintings: scenes laid in strokes, washes and hard planes of colour, varnished, on canvas."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from scripts.train.drawings.colours import Colour, hsv, main_colours, mixed, palette, spoken
from scripts.train.drawings.dice import canvas_size, chance, pick, span, whole
from scripts.train.drawings.drawing import Drawing, Fact
from scripts.train.drawings.forms import Form, scene
from scripts.train.drawings.photographs import draw_photograph
from scripts.train.drawings.wear import handled, noise_field

_HUES = {
    "ground": (30, 45, 90, 110),
    "wall": (25, 40, 210, 120),
    "thing": (20, 30, 45, 0),
    "cloth": (0, 15, 215, 40, 280, 120),
    "skin": (22, 28),
    "hair": (20, 30, 35),
    "leaf": (80, 100, 130),
}


def _colour(rng: np.random.Generator, form: Form, dark: float, strength: float) -> Colour:
    hue = pick(rng, _HUES[form.role]) + span(rng, -10, 10)
    value = float(np.clip(form.tone * (1 - dark * 0.75) + span(rng, -0.08, 0.08), 0.04, 1))
    return hsv(
        hue, strength * {"skin": 1.1, "hair": 0.7}.get(form.role, 1.0), value * (0.6 if form.role == "hair" else 1)
    )


def _model(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """What the painter looks at: a photograph-like view, or people and things in soft light."""
    if chance(rng, 0.35):
        return draw_photograph(rng).image.resize(size)
    dark, strength = span(rng, 0, 0.75), span(rng, 0.25, 0.75)
    back = hsv(pick(rng, (25, 35, 45, 205, 215)), strength * 0.7, 0.12 + 0.75 * (1 - dark) * span(rng, 0.5, 1))
    image = Image.new("RGB", size, back)
    draw = ImageDraw.Draw(image)
    near = pick(rng, (1.0, 1.0, 1.5, 2.3))  # a head and shoulders rather than a whole figure
    for form in scene(rng, size, pick(rng, (0, 1, 1, 2, 4)) if near == 1 else 1):
        outline = [((x - size[0] / 2) * near + size[0] / 2, y * near) for x, y in form.outline]
        draw.polygon(outline, fill=_colour(rng, form, dark, strength))
    light = 1 + 0.3 * noise_field(rng, size, 2, 3)
    y, x = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
    light = light * (1 - dark * 0.75 * np.clip(np.hypot(x - span(rng, -0.5, 0.5), y + 0.2), 0, 1.1))
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(2.5)), dtype=np.float32) * light[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def stroked(rng: np.random.Generator, image: Image.Image, long: float, wide: int, count: int) -> Image.Image:
    """The picture laid again in short strokes of its own colours, along its edges."""
    pixels = np.asarray(image)
    grey = np.asarray(image.convert("L").filter(ImageFilter.GaussianBlur(3)), dtype=np.float32)
    down, right = np.gradient(grey)
    swirl = noise_field(rng, image.size, 2, 2)
    turn = np.where(np.hypot(down, right) > 1.5, np.arctan2(down, right) + np.pi / 2, swirl * 2.5)
    made = image.copy()
    draw = ImageDraw.Draw(made)
    xs, ys = rng.integers(0, image.width, count), rng.integers(0, image.height, count)
    shift = rng.normal(0, 9, (count, 3))
    colours = np.clip(pixels[ys, xs] + shift, 0, 255).astype(np.uint8).tolist()
    dx, dy = np.cos(turn[ys, xs]) * long, np.sin(turn[ys, xs]) * long
    ends = np.stack([xs - dx, ys - dy, xs + dx, ys + dy], axis=1).tolist()
    for line, colour in zip(ends, colours, strict=True):
        draw.line(line, fill=tuple(colour), width=wide)
    return made


def _canvas(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    """The grain of the canvas and a warm or cool varnish."""
    y, x = np.mgrid[0 : image.height, 0 : image.width]
    grain = (np.sin(x * 2.1) + np.sin(y * 2.1)) * span(rng, 0, 4) + rng.normal(0, span(rng, 1, 5), x.shape)
    tint = np.array(pick(rng, ((255, 255, 255), (255, 244, 215), (250, 232, 190)))) / 255
    pixels = (np.asarray(image, dtype=np.float32) + grain[..., None]) * tint
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def painting(rng: np.random.Generator) -> tuple[Image.Image, str]:
    """An oil painting: broad strokes or fine ones."""
    size = canvas_size(rng, 190, 330, (0.65, 2.4))
    model = _model(rng, size)
    wide = pick(rng, (2, 2, 3, 5))
    laid = stroked(rng, model, span(rng, 2, 9), wide, min(2200, int(size[0] * size[1] / (wide * 14))))
    return _canvas(rng, laid.filter(ImageFilter.GaussianBlur(span(rng, 0.3, 0.9)))), "painting"


def planes(rng: np.random.Generator) -> tuple[Image.Image, str]:
    """An abstract painting: overlapping planes, bars and arcs."""
    size = canvas_size(rng, 190, 320, (0.7, 1.5))
    colours = palette(rng, whole(rng, 3, 7))
    image = Image.new("RGB", size, mixed(colours[0], (255, 255, 255), 0.5))
    draw, upright = ImageDraw.Draw(image), chance(rng, 0.4)
    for _ in range(whole(rng, 30, 160)):
        x, y, r = span(rng, 0, size[0]), span(rng, 0, size[1]), span(rng, 4, min(size) * 0.22)
        colour = mixed(pick(rng, colours), (0, 0, 0), span(rng, 0, 0.5))
        if upright:
            draw.rectangle((x - r, y - r * 0.4, x + r, y + r * 0.4), fill=colour, outline=(40, 36, 34))
        elif chance(rng, 0.7):
            corners = [(x + rng.normal(0, r), y + rng.normal(0, r)) for _ in range(4)]
            draw.polygon(corners, fill=colour, outline=(20, 20, 20) if chance(rng, 0.3) else None)
        else:
            draw.arc(
                (x - r, y - r, x + r, y + r),
                whole(rng, 0, 180),
                whole(rng, 181, 360),
                fill=(20, 20, 20),
                width=whole(rng, 1, 5),
            )
    return _canvas(rng, stroked(rng, image, 4, 3, 700)), "abstract painting"


def print_in_colour(rng: np.random.Generator) -> tuple[Image.Image, str]:
    """A coloured print or picture-book page: flat soft colours inside dark outlines, on tinted paper."""
    size = canvas_size(rng, 200, 340, (0.65, 2.2))
    image = Image.new("RGB", size, pick(rng, ((236, 224, 196), (222, 206, 170), (248, 240, 225), (250, 250, 248))))
    draw, strength = ImageDraw.Draw(image), span(rng, 0.15, 0.6)
    ink = pick(rng, ((40, 34, 30), (70, 50, 40)))
    for form in scene(rng, size, pick(rng, (1, 2, 3, 4))):
        draw.polygon(list(form.outline), fill=_colour(rng, form, 0.1, strength), outline=ink)
    mottled = np.asarray(image, dtype=np.float32) * (1 + 0.08 * noise_field(rng, size, 8, 3))[..., None]
    return Image.fromarray(np.clip(mottled, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.5)), "print"


def draw_painting(rng: np.random.Generator) -> Drawing:
    """A painted or printed picture."""
    image, manner = pick(rng, (painting, painting, painting, planes, print_in_colour))(rng)
    names = main_colours(image)
    sentences = ["Illustration." if manner == "print" else "Painting."]
    if names:
        sentences.append(
            f"The main colours are {spoken(names)}." if len(names) > 1 else f"The main colour is {names[0]}."
        )
    if manner == "abstract painting":
        sentences.append("It is abstract.")
    if manner == "print":
        sentences.append("The shapes have dark outlines.")
    facts: dict[str, Fact] = {"manner": manner, "colours": names}
    keywords = tuple(dict.fromkeys(("illustration", manner, *names, "drawn picture")))
    return Drawing(handled(rng, image), "illustration", tuple(sentences), keywords, facts)
