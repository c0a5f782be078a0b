"""Pictures with the statistics of photographs, and sentences measured on any photograph."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from scripts.train.drawings.colours import Colour, hsv, main_colours, mixed, spoken
from scripts.train.drawings.dice import canvas_size, chance, pick, span, whole
from scripts.train.drawings.drawing import Drawing
from scripts.train.drawings.wear import grain, jpeg, noise_field

Field = NDArray[np.floating[Any]]
"""Of shape (height, width), or (height, width, 3) in colour, 0 to 255."""
_GROUND_HUES = (25, 30, 35, 45, 80, 95, 110, 130, 200, 210, 220)


def photograph_sentences(image: Image.Image) -> tuple[str, ...]:
    """What can be measured on a photograph: colours, light, format. True of any RGB picture."""
    small = image.convert("RGB").resize((48, 48), Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.float32)
    luminance = pixels @ np.array([0.299, 0.587, 0.114], dtype=np.float32) / 255
    grey = bool(np.ptp(pixels, axis=2).mean() < 6)
    said = ["Photograph."]
    colours = [] if grey else main_colours(small)
    if colours:
        said.append(f"It is mostly {spoken(colours)}.")
    if grey:
        said.append("It is black and white.")
    if luminance.mean() > 0.68:
        said.append("It is bright.")
    elif luminance.mean() < 0.3:
        said.append("It is dark.")
    upper_lead = float(luminance[:24].mean() - luminance[24:].mean())
    if abs(upper_lead) > 0.15:
        lighter, darker = ("upper", "lower") if upper_lead > 0 else ("lower", "upper")
        said.append(f"The {lighter} part is lighter than the {darker} part.")
    ratio = image.width / image.height
    shape = "landscape" if ratio > 1.1 else "portrait" if ratio < 0.9 else "square"
    said.append(f"It is in {shape} format.")
    return tuple(said)


def _natural(rng: np.random.Generator, hue: float | None = None) -> Colour:
    """A colour as nature has them: mostly muted, seldom loud."""
    hue = pick(rng, _GROUND_HUES) + span(rng, -12, 12) if hue is None else hue
    return hsv(hue, float(rng.beta(2, 3)), float(rng.beta(3, 2.5)))


def _shaded(field: Field, colours: list[Colour]) -> Field:
    """A colour ramp over a field of about -1..1; shape (height, width, 3)."""
    stops = np.linspace(-1, 1, len(colours))
    return np.stack([np.interp(field, stops, [c[i] for c in colours]) for i in range(3)], axis=2).astype(np.float32)


def _texture(rng: np.random.Generator, size: tuple[int, int]) -> Field:
    """1/f noise in colour: ground, foliage, rock, cloth."""
    field = noise_field(rng, size, pick(rng, (2, 3, 6)), 6)
    base = _natural(rng)
    ramp = [mixed(base, (0, 0, 0), 0.75), base, mixed(_natural(rng), (255, 255, 255), span(rng, 0, 0.7))]
    return _shaded(field, ramp) + noise_field(rng, size, 30, 3)[..., None] * span(rng, 4, 24)


def _sky(rng: np.random.Generator, size: tuple[int, int]) -> Field:
    """A gradient with clouds."""
    down = np.linspace(-1, 1, size[1], dtype=np.float32)[:, None]
    hue = pick(rng, (205, 210, 215, 220, 30, 15, 270))
    top, low = hsv(hue, span(rng, 0.1, 0.8), span(rng, 0.3, 1)), hsv(hue - 10, span(rng, 0, 0.4), span(rng, 0.6, 1))
    base = _shaded(np.broadcast_to(down, (size[1], size[0])), [top, low])
    cloud = np.clip(noise_field(rng, size, 2, 5) * span(rng, 0, 1.6), 0, 1)[..., None]
    sky: Field = base * (1 - cloud) + cloud * span(rng, 150, 255)
    return sky


def _landscape(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    scene = _sky(rng, size)
    height, width = scene.shape[:2]
    y = np.arange(height)[:, None]
    level = height * span(rng, 0.25, 0.7)
    for _ in range(whole(rng, 1, 4)):
        rough = noise_field(rng, (width, 8), 1, 6)[4] * height * span(rng, 0.01, 0.15)
        cover = np.clip((y - (level + rough)[None, :]) / span(rng, 1, 3), 0, 1)[..., None]
        scene = scene * (1 - cover) + _texture(rng, size) * cover
        level += height * span(rng, 0.06, 0.25)
    return _picture(scene)


def _picture(scene: Field) -> Image.Image:
    return Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8))


def _town(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Upright blocks with rows of windows before a sky."""
    image = _picture(_sky(rng, size))
    draw = ImageDraw.Draw(image)
    x = span(rng, -30, 10)
    base = _natural(rng)
    while x < size[0]:
        wide, top = span(rng, 0.06, 0.25) * size[0], size[1] * span(rng, 0.1, 0.7)
        wall = mixed(base, _natural(rng), span(rng, 0, 0.7))
        draw.rectangle((x, top, x + wide, size[1]), fill=wall)
        pane = mixed(wall, pick(rng, ((20, 25, 35), (255, 240, 200))), span(rng, 0.3, 0.8))
        step = max(5, wide / whole(rng, 3, 8))
        for wy in np.arange(top + step, size[1], step * 1.3):
            for wx in np.arange(x + step * 0.4, x + wide - step * 0.4, step):
                draw.rectangle((wx, wy, wx + step * 0.5, wy + step * 0.7), fill=pane)
        x += wide * span(rng, 0.8, 1.3)
    shade = 1 + 0.25 * noise_field(rng, size, 2, 5)[..., None]
    return _picture(np.asarray(image, dtype=np.float32) * shade)


def _ball(colour: Colour, radius: int, light: tuple[float, float]) -> Image.Image:
    """A shaded ball with its mask as the fourth channel."""
    y, x = np.mgrid[-1 : 1 : radius * 2j, -1 : 1 : radius * 2j].astype(np.float32)
    r2 = x**2 + y**2
    z = np.sqrt(np.clip(1 - r2, 0, 1))
    bright = np.clip(0.25 + 0.85 * (0.6 * z + light[0] * x + light[1] * y), 0.05, 1.3)
    glint = 170 * np.clip(1 - ((x - light[0] * 0.8) ** 2 + (y - light[1] * 0.8) ** 2) * 14, 0, 1)
    pixels = np.array(colour, dtype=np.float32) * bright[..., None] + glint[..., None]
    mask = np.clip((1 - r2) * radius / 2, 0, 1) * 255
    return Image.fromarray(np.dstack([np.clip(pixels, 0, 255), mask]).astype(np.uint8), "RGBA")


def _heap(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Many shaded things on top of each other: dead leaves with light."""
    image = _picture(_texture(rng, size) * 0.5)
    base, light = pick(rng, (_natural(rng), hsv(span(rng, 0, 360), 0.85, 0.8))), (span(rng, -0.5, 0.5), -0.4)
    alike, reach = span(rng, 0.05, 0.8), span(rng, 0.04, 0.12)
    stamps = [_ball(mixed(base, _natural(rng), alike * span(rng, 0, 1)), whole(rng, 6, 8 + int(size[0] * reach)), light)
              for _ in range(7)]  # fmt: skip
    wide = span(rng, 0.5, 1.4)
    stamps = [s.resize((max(6, int(s.width * wide)), s.height)).rotate(span(rng, 0, 90), expand=True) for s in stamps]
    for _ in range(whole(rng, 40, 160)):
        stamp = pick(rng, stamps)
        at = (int(rng.integers(-20, size[0])), int(rng.integers(-20, size[1])))
        image.paste(stamp, at, stamp)
    return image


def _bokeh(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Lamps out of focus, or a sharp thing before a soft ground."""
    night = chance(rng, 0.6)
    image = _picture(_texture(rng, size) * (0.2 if night else 0.9)).filter(ImageFilter.GaussianBlur(9))
    glow = Image.new("RGB", size)
    draw = ImageDraw.Draw(glow)
    for _ in range(whole(rng, 5, 50)):
        x, y, r = rng.integers(size[0]), rng.integers(size[1]), span(rng, 0.01, 0.07) * size[0]
        tone = hsv(pick(rng, (35, 45, 20, 0, 200, 120)), span(rng, 0.1, 0.7), span(rng, 0.3, 0.9))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=tone)
    glow = glow.filter(ImageFilter.GaussianBlur(span(rng, 1, 5)))
    image = _picture(np.asarray(image, dtype=np.float32) + np.asarray(glow, dtype=np.float32))
    if not night:
        stamp = _ball(_natural(rng, span(rng, 0, 360)), int(min(size) * span(rng, 0.15, 0.35)), (-0.4, -0.4))
        image.paste(stamp, (int(size[0] * span(rng, 0.1, 0.5)), int(size[1] * span(rng, 0.1, 0.4))), stamp)
    return image


def _portrait(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Soft blobs in the places of hair, face, neck and shoulders."""
    ground = _picture(_texture(rng, size) * span(rng, 0.3, 1.1)).filter(ImageFilter.GaussianBlur(span(rng, 3, 12)))
    draw = ImageDraw.Draw(ground)
    width, height = size
    x, y, r = width * span(rng, 0.35, 0.65), height * span(rng, 0.3, 0.45), min(size) * span(rng, 0.13, 0.24)
    skin, hair = hsv(span(rng, 12, 28), span(rng, 0.3, 0.6), span(rng, 0.35, 0.95)), hsv(28, 0.5, span(rng, 0.08, 0.6))
    cloth = _natural(rng, span(rng, 0, 360))
    draw.ellipse((x - r * 1.25, y - r * 1.55, x + r * 1.25, y + r * span(rng, 0.6, 2.0)), fill=hair)
    draw.ellipse((x - r * 2.6, y + r * 1.7, x + r * 2.6, y + r * 6), fill=cloth)
    draw.rectangle((x - r * 0.45, y + r * 0.8, x + r * 0.45, y + r * 2), fill=mixed(skin, (0, 0, 0), 0.2))
    draw.ellipse((x - r * 0.9, y - r * 1.1, x + r * 0.9, y + r * 1.25), fill=skin)
    for side in (-0.38, 0.38):
        draw.ellipse((x + r * (side - 0.14), y - r * 0.15, x + r * (side + 0.14), y), fill=mixed(hair, (0, 0, 0), 0.5))
    draw.ellipse((x - r * 0.3, y + r * 0.6, x + r * 0.3, y + r * 0.75), fill=mixed(skin, (150, 30, 30), 0.5))
    soft = ground.filter(ImageFilter.GaussianBlur(max(1, r * 0.06)))
    shade = 1 + 0.2 * noise_field(rng, size, 2, 6) + np.linspace(-0.4, 0.3, width)[None, :] * pick(rng, (-1, 1))
    return _picture(np.asarray(soft, dtype=np.float32) * shade[..., None])


def _still(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Shaded boxes and balls with shadows on a table before a wall."""
    width, height = size
    wall, table = _natural(rng), _natural(rng, span(rng, 15, 40))
    edge = height * span(rng, 0.3, 0.65)
    image = Image.new("RGB", size, wall)
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, edge), (width, edge + span(rng, -30, 30)), (width, height), (0, height)], fill=table)
    for _ in range(whole(rng, 1, 7)):
        x, y, r = span(rng, 0, 0.9) * width, edge + span(rng, -0.1, 0.4) * height, int(min(size) * span(rng, 0.06, 0.2))
        tone = _natural(rng, span(rng, 0, 360))
        draw.ellipse((x - r * 0.4, y + r * 1.5, x + r * 3, y + r * 2.2), fill=mixed(table, (0, 0, 0), 0.5))
        if chance(rng, 0.5):
            stamp = _ball(tone, r, (-0.4, -0.4))
            image.paste(stamp, (int(x), int(y)), stamp)
        else:
            draw.rectangle((x, y, x + r * 1.6, y + r * 2), fill=tone)
            side = [(x + r * 1.6, y), (x + r * 2.1, y - r * 0.4), (x + r * 2.1, y + r * 1.5), (x + r * 1.6, y + r * 2)]
            draw.polygon(side, fill=mixed(tone, (0, 0, 0), 0.45))
    light = 1 + 0.15 * noise_field(rng, size, 2, 7) + np.linspace(0.35, -0.35, width)[None, :]
    return _picture(np.asarray(image.filter(ImageFilter.GaussianBlur(1)), dtype=np.float32) * light[..., None])


def _close_up(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    return _picture(_texture(rng, size))


_SCENES = (_landscape, _landscape, _landscape, _town, _town, _heap, _heap, _bokeh, _portrait, _portrait, _still, _still,
           _close_up)  # fmt: skip


def _developed(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    """Lens and film: vignette, colour cast, focus, grain, black and white, JPEG."""
    pixels = np.asarray(image, dtype=np.float32)
    height, width = pixels.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    fall = 1 - span(rng, 0, 0.4) * (x**2 + y**2) / 2
    cast = np.array([span(rng, 0.85, 1.15), 1.0, span(rng, 0.85, 1.15)])
    light = span(rng, 0.6, 1.35)
    image = _picture(pixels * fall[..., None].astype(np.float32) * cast.astype(np.float32) * light)
    if chance(rng, 0.12):
        image = image.convert("L").convert("RGB")
    if chance(rng, 0.25):
        image = image.filter(ImageFilter.GaussianBlur(span(rng, 0.5, 2)))
    if chance(rng, 0.5):
        image = grain(rng, image, span(rng, 1, 9))
    return jpeg(image, whole(rng, 40, 95)) if chance(rng, 0.7) else image


def draw_photograph(rng: np.random.Generator) -> Drawing:
    """A scene with the light, texture and colours of photographs."""
    size = canvas_size(rng, 180, 300, (0.6, 1.8))
    image = _developed(rng, pick(rng, _SCENES)(rng, size))
    sentences = photograph_sentences(image)
    colours = main_colours(image)
    plain = "black and white" if "It is black and white." in sentences else "colour"
    shape = next(s for s in ("landscape", "portrait", "square") if f"It is in {s} format." in sentences)
    keywords = ("photograph", *([] if plain != "colour" else colours), plain, f"{shape} format")
    return Drawing(image, "photograph", sentences, keywords, {"colours": colours})
