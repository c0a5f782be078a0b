"""Strangers out of a computer: renders, meshes, fractals, illusions, glitches, montages, posters, cutaways."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from scripts.train.drawings import lettering
from scripts.train.drawings.colours import BLACK, WHITE, any_colour, hsv, light, mixed, palette, pastel
from scripts.train.drawings.dice import canvas_size, chance, pick, some, span, whole
from scripts.train.drawings.photographs import draw_photograph
from scripts.train.drawings.stranger_scans import RAMPS, mesh, ramped
from scripts.train.drawings.wear import noise_field


def balls(rng: np.random.Generator) -> Image.Image:
    """Shiny balls over a plain or chequered floor, lit from one side."""
    size = canvas_size(rng, 180, 340, (0.9, 1.8))
    x, y = mesh(size)
    sky, floor = np.array(pastel(rng), dtype=np.float32), np.array(any_colour(rng), dtype=np.float32)
    horizon = span(rng, -0.4, 0.2)
    deep = np.maximum(y - horizon, 1e-3)
    tiles = ((np.floor(x / deep * 2) + np.floor(2 / deep)) % 2) if chance(rng, 0.5) else np.zeros(x.shape)
    ground = floor * (0.55 + 0.45 * tiles[..., None])
    pixels = np.where(
        (y > horizon)[..., None], ground * np.clip(0.5 + deep, 0, 1)[..., None], sky * (1 - 0.2 * y[..., None])
    )
    sun = np.array((span(rng, -0.7, 0.7), -0.6, 0.6))
    sun = sun / np.linalg.norm(sun)
    for _ in range(whole(rng, 1, 6)):
        cx, r = span(rng, -1, 1), span(rng, 0.12, 0.45)
        cy = horizon + span(rng, 0.1, 0.7)
        shadow = ((x - cx + sun[0] * r) / (r * 1.1)) ** 2 + ((y - cy - r) / (r * 0.3)) ** 2 < 1
        pixels = np.where(shadow[..., None], pixels * 0.55, pixels)
        dx, dy = (x - cx) / r, (y - cy) / r
        up = np.sqrt(np.maximum(0, 1 - dx**2 - dy**2))
        shine = np.clip(dx * sun[0] + dy * sun[1] + up * sun[2], 0, 1)
        tone = 0.18 + 0.8 * shine
        body = np.array(any_colour(rng), dtype=np.float32) * tone[..., None] + 255 * (shine**40)[..., None]
        pixels = np.where((dx**2 + dy**2 < 1)[..., None], body, pixels)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def blocks(rng: np.random.Generator) -> Image.Image:
    """Boxes in isometric view, each side in its own shade."""
    size = canvas_size(rng, 180, 320, (0.9, 1.6))
    image = Image.new("RGB", size, pick(rng, (WHITE, pastel(rng), (30, 32, 44))))
    draw, unit, hue = ImageDraw.Draw(image), span(rng, 10, 26), span(rng, 0, 360)
    count = whole(rng, 3, 7)
    for i in range(count):
        for j in range(count):
            if chance(rng, 0.25):
                continue
            x, y = size[0] / 2 + (i - j) * unit, size[1] * 0.35 + (i + j) * unit * 0.5
            tall, body = unit * span(rng, 0.3, 3), hsv(hue + span(rng, -20, 20), 0.6, 0.9)
            top = [
                (x, y - tall),
                (x + unit, y - tall + unit / 2),
                (x, y - tall + unit),
                (x - unit, y - tall + unit / 2),
            ]
            draw.polygon(top, fill=body)
            draw.polygon([top[3], top[2], (x, y + unit), (x - unit, y + unit / 2)], fill=mixed(body, BLACK, 0.25))
            draw.polygon([top[2], top[1], (x + unit, y + unit / 2), (x, y + unit)], fill=mixed(body, BLACK, 0.5))
    return image


def wire_mesh(rng: np.random.Generator) -> Image.Image:
    """A net over a bent surface."""
    size = canvas_size(rng, 180, 340, (0.9, 1.6))
    dark = chance(rng, 0.4)
    image = Image.new("RGB", size, (16, 18, 26) if dark else WHITE)
    draw, ink = ImageDraw.Draw(image), (120, 220, 255) if dark else pick(rng, (BLACK, (60, 60, 60), any_colour(rng)))
    count = whole(rng, 14, 34)
    u, v = np.meshgrid(np.linspace(-1, 1, count), np.linspace(-1, 1, count))
    height = sum(
        span(rng, 0.1, 0.3) * np.sin(u * span(rng, 1, 5) + v * span(rng, 1, 5) + span(rng, 0, 6)) for _ in range(3)
    )
    turn = span(rng, 0.3, 1.2)
    px = (u * np.cos(turn) - v * np.sin(turn)) * size[0] * 0.36 + size[0] / 2
    py = (u * np.sin(turn) + v * np.cos(turn)) * size[1] * 0.2 - height * size[1] * 0.3 + size[1] / 2
    for i in range(count):
        draw.line(list(zip(px[i].tolist(), py[i].tolist(), strict=True)), fill=ink)
        draw.line(list(zip(px[:, i].tolist(), py[:, i].tolist(), strict=True)), fill=ink)
    return image


def fractal(rng: np.random.Generator) -> Image.Image:
    """A Julia set in false colours."""
    size = canvas_size(rng, 140, 240, (0.8, 1.6))
    x, y = mesh(size)
    z = (x + 1j * y) * span(rng, 0.4, 1.5)
    c = pick(rng, (-0.8 + 0.156j, 0.285 + 0.01j, -0.4 + 0.6j, -0.7269 + 0.1889j, -0.1 + 0.651j))
    steps = np.zeros(x.shape, dtype=np.float32)
    for _ in range(36):
        alive = abs(z) < 4
        z = np.where(alive, z * z + c, z)
        steps += alive
    return ramped(((steps / 36) ** span(rng, 0.5, 1.2)).astype(np.float32), pick(rng, RAMPS))


def illusion(rng: np.random.Generator) -> Image.Image:
    """Stripes or rings that flicker."""
    size = canvas_size(rng, 160, 300, (0.8, 1.3))
    x, y = mesh(size)
    reach, angle = np.hypot(x, y), np.arctan2(y, x)
    manner = whole(rng, 0, 3)
    plane = (
        np.sin(reach * span(rng, 20, 50))
        if manner == 0
        else np.sin(angle * whole(rng, 8, 40) + reach * span(rng, 0, 12))
        if manner == 1
        else np.sin((x + 0.2 * np.sin(y * 4)) * span(rng, 15, 40)) * np.sin(reach * 14)
        if manner == 2
        else np.sin(np.log(reach + 0.02) * span(rng, 6, 14)) * np.sin(angle * whole(rng, 6, 20))
    )
    one, two = (BLACK, WHITE) if chance(rng, 0.6) else (any_colour(rng), any_colour(rng))
    return Image.fromarray(np.where((plane > 0)[..., None], np.array(one), np.array(two)).astype(np.uint8))


def static(rng: np.random.Generator) -> Image.Image:
    """Noise: grey, coloured, coarse or in rows."""
    size = canvas_size(rng, 100, 260, (0.7, 1.6))
    cell = pick(rng, (1, 1, 2, 4, 8))
    shape = (max(4, size[1] // cell), max(4, size[0] // cell))
    pixels = rng.integers(0, 256, (*shape, 3 if chance(rng, 0.5) else 1), dtype=np.uint8)
    image = Image.fromarray(np.broadcast_to(pixels, (*shape, 3)).copy())
    return image.resize(size, Image.Resampling.NEAREST)


def glitch(rng: np.random.Generator) -> Image.Image:
    """A broken file: rows shifted, colours torn apart, half of it grey."""
    image = draw_photograph(rng).image
    pixels = np.asarray(image).copy()
    for _ in range(whole(rng, 4, 20)):
        y, tall = whole(rng, 0, image.height - 9), whole(rng, 3, 24)
        pixels[y : y + tall] = np.roll(pixels[y : y + tall], whole(rng, -60, 60), axis=1)
        if chance(rng, 0.4):
            pixels[y : y + tall] = pixels[y : y + tall, :, ::-1]
    if chance(rng, 0.4):
        pixels[int(image.height * span(rng, 0.3, 0.8)) :] = 128
    return Image.fromarray(pixels)


def negative(rng: np.random.Generator) -> Image.Image:
    """A photograph with its tones turned round, or nothing but its edges."""
    image = draw_photograph(rng).image
    if chance(rng, 0.5):
        return ImageOps.invert(image)
    return image.convert("L").filter(ImageFilter.FIND_EDGES).convert("RGB")


def montage(rng: np.random.Generator) -> Image.Image:
    """Pictures of different kinds side by side."""
    from scripts.train.drawings import chart_bars, chart_pies, diagrams, illustrations, pages, photographs, tables

    programs = [
        chart_bars.draw_bars,
        chart_pies.draw_pie,
        tables.draw_table,
        diagrams.draw_diagram,
        pages.draw_text,
        photographs.draw_photograph,
        photographs.draw_photograph,
        illustrations.draw_illustration,
    ]
    columns, rows = pick(rng, ((2, 1), (3, 1), (2, 2), (3, 2), (1, 2)))
    cell = whole(rng, 110, 170)
    chosen = [programs[int(i)] for i in rng.permutation(len(programs))[: columns * rows]]
    image = Image.new("RGB", (columns * cell, rows * cell), pick(rng, (WHITE, WHITE, BLACK, pastel(rng))))
    for i, program in enumerate(chosen):
        part = program(rng).image
        part.thumbnail((cell - 8, cell - 8))
        image.paste(
            part, (i % columns * cell + (cell - part.width) // 2, i // columns * cell + (cell - part.height) // 2)
        )
    return image


def poster(rng: np.random.Generator) -> Image.Image:
    """A picture under large words, badges and shapes."""
    size = canvas_size(rng, 240, 400, (0.55, 1.6))
    image = draw_photograph(rng).image.resize(size) if chance(rng, 0.5) else Image.new("RGB", size, any_colour(rng))
    draw = ImageDraw.Draw(image)
    for colour in palette(rng, whole(rng, 2, 6)):
        x, y, r = span(rng, 0, size[0]), span(rng, 0, size[1]), span(rng, 0.08, 0.35) * min(size)
        (draw.ellipse if chance(rng, 0.5) else draw.rectangle)((x - r, y - r, x + r, y + r), fill=colour)
    for _ in range(whole(rng, 2, 5)):
        text = lettering.words(rng, whole(rng, 1, 2)).upper()
        face = lettering.fitted(rng, text, size[0] * span(rng, 0.4, 0.95), size[1] * span(rng, 0.06, 0.22), "bold")
        at = (size[0] * span(rng, 0.02, 0.2), size[1] * span(rng, 0.05, 0.85))
        under = image.getpixel((int(at[0]), int(at[1])))
        draw.text(at, text, font=face, fill=BLACK if isinstance(under, tuple) and light(under) else WHITE)  # type: ignore[arg-type]
    return image


def strata(rng: np.random.Generator) -> Image.Image:
    """Layers cut through: ground, skin, a fruit, a trunk."""
    size = canvas_size(rng, 180, 320, (0.9, 1.8))
    x, y = mesh(size)
    round_cut = chance(rng, 0.45)
    deep = (np.hypot(x, y) if round_cut else y * 0.5 + 0.5) + 0.09 * noise_field(rng, size, 2, 3)
    cuts = np.sort(rng.uniform(0.1, 1.1, whole(rng, 4, 9)))
    layer = np.searchsorted(cuts, deep)
    hue = span(rng, 0, 60)
    colours = np.array(
        [hsv(hue + span(rng, -20, 30), span(rng, 0.15, 0.7), span(rng, 0.35, 0.95)) for _ in range(len(cuts) + 1)]
    )
    pixels = colours[layer] + 14 * noise_field(rng, size, 20, 2)[..., None]
    if round_cut:
        pixels = np.where((np.hypot(x, y) > 0.98)[..., None], 255, pixels)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def weave(rng: np.random.Generator) -> Image.Image:
    """A material close up: wood, marble, stone, cloth, metal."""
    size = canvas_size(rng, 160, 320, (0.8, 1.5))
    x, y = mesh(size)
    field, manner = noise_field(rng, size, 4, 5), whole(rng, 0, 3)
    plane = (
        np.sin((x * span(rng, 1, 3) + 0.3 * field) * span(rng, 10, 30)) * 0.25 + 0.1 * field
        if manner == 0
        else -np.abs(noise_field(rng, size, 3, 5)) * 0.9 + 0.3
        if manner == 1
        else np.sin(x * 90) * 0.15 + np.sin(y * 90) * 0.15 + 0.1 * field
        if manner == 2
        else rng.normal(0, 0.16, x.shape)
    )
    tint = np.array(hsv(pick(rng, (25, 30, 35, 210, 0)), span(rng, 0, 0.6), span(rng, 0.4, 0.9)), dtype=np.float32)
    return Image.fromarray(np.clip(tint * (1 + plane[..., None]), 0, 255).astype(np.uint8))


def plush(rng: np.random.Generator) -> Image.Image:
    """A stage light, smoke or ink on one ground: nothing to name."""
    size = canvas_size(rng, 160, 320, (0.8, 1.7))
    smoke = np.clip(noise_field(rng, size, 2, 6) * span(rng, 0.5, 1.2) + span(rng, -0.1, 0.4), 0, 1)[..., None]
    one, two = np.array(pick(rng, ((0, 0, 0), (255, 255, 255)))), np.array(any_colour(rng))
    return Image.fromarray(np.clip(one + (two - one) * smoke, 0, 255).astype(np.uint8))


def widgets(rng: np.random.Generator) -> Image.Image:
    """Parts of an interface without one: a switch, a bar of progress, dots, a slider, stars."""
    size = canvas_size(rng, 70, 200, (1.5, 6.0))
    ground, accent = pick(rng, (WHITE, (245, 245, 247), (28, 28, 32))), any_colour(rng)
    image = Image.new("RGB", size, ground)
    draw, (wide, high) = ImageDraw.Draw(image), size
    soft, y = mixed(ground, accent, 0.25), high / 2
    manner = pick(rng, ("progress", "switch", "dots", "slider", "ring"))
    if manner == "progress":
        draw.rounded_rectangle((8, y - 6, wide - 8, y + 6), 6, fill=soft)
        draw.rounded_rectangle((8, y - 6, 20 + (wide - 28) * span(rng, 0, 1), y + 6), 6, fill=accent)
    elif manner == "switch":
        r, x = high * 0.3, wide * 0.4
        draw.rounded_rectangle((x, y - r, x + r * 3.6, y + r), r, fill=accent)
        draw.ellipse((x + r * 1.8, y - r * 0.85, x + r * 3.5, y + r * 0.85), fill=WHITE)
    elif manner == "dots":
        for i in range(whole(rng, 3, 8)):
            r, x = high * 0.1, wide * 0.2 + i * high * 0.4
            draw.ellipse((x - r, y - r, x + r, y + r), fill=accent if i == 0 else soft)
    elif manner == "slider":
        x = wide * span(rng, 0.1, 0.9)
        draw.line((8, y, wide - 8, y), fill=soft, width=4)
        draw.ellipse((x - 9, y - 9, x + 9, y + 9), fill=accent)
    else:
        r = high * 0.38
        box = (wide / 2 - r, y - r, wide / 2 + r, y + r)
        draw.arc(box, 0, 360, fill=soft, width=max(3, int(r / 5)))
        draw.arc(box, -90, whole(rng, -60, 200), fill=accent, width=max(3, int(r / 5)))
    return image


def tiles(rng: np.random.Generator) -> Image.Image:
    """A game seen from above or from the side, built of tiles of few pixels."""
    count, unit = whole(rng, 9, 18), whole(rng, 14, 22)
    kinds = []
    for colour in some(rng, [hsv(h, 0.55, 0.7) for h in (30, 60, 110, 140, 200, 220)], 4):
        cell = np.clip(np.array(colour) + rng.integers(-28, 28, (8, 8, 1)), 0, 255).astype(np.uint8)
        kinds.append(Image.fromarray(cell).resize((unit, unit), Image.Resampling.NEAREST))
    image = Image.new("RGB", (count * unit, int(count * 0.7) * unit), BLACK)
    level = noise_field(rng, (count, int(count * 0.7)), 2, 2)
    for j in range(int(count * 0.7)):
        for i in range(count):
            image.paste(kinds[int(np.clip(level[j, i] * 2 + 2, 0, 3))], (i * unit, j * unit))
    return image


FORMS = {
    "rendered balls": balls,
    "rendered blocks": blocks,
    "wire mesh": wire_mesh,
    "fractal": fractal,
    "illusion": illusion,
    "noise": static,
    "broken file": glitch,
    "negative": negative,
    "montage": montage,
    "poster": poster,
    "cross-section": strata,
    "material": weave,
    "smoke": plush,
    "interface parts": widgets,
    "game tiles": tiles,
}
"""Form -> program."""
