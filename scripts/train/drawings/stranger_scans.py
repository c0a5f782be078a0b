"""Strangers from laboratories and archives: slices, X-rays, cells, stars, fingerprints, spectra, heat, depth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from scripts.train.drawings.colours import hsv
from scripts.train.drawings.dice import canvas_size, chance, pick, span, whole
from scripts.train.drawings.wear import noise_field

Plane = NDArray[np.float32]


def mesh(size: tuple[int, int]) -> tuple[Plane, Plane]:
    """x and y from -1 to 1, the longer side beyond it."""
    width, height = size
    short = min(size)
    x = (np.arange(width, dtype=np.float32) - width / 2) / short * 2
    y = (np.arange(height, dtype=np.float32) - height / 2) / short * 2
    return np.broadcast_to(x, (height, width)), np.broadcast_to(y[:, None], (height, width))


def _grey(plane: Plane) -> Image.Image:
    return Image.fromarray(np.clip(plane * 255, 0, 255).astype(np.uint8)).convert("RGB")


def _ellipse(x: Plane, y: Plane, at: tuple[float, float], radii: tuple[float, float], soft: float = 0.04) -> Plane:
    """1 inside, 0 outside, a soft edge between."""
    distance = np.sqrt(((x - at[0]) / radii[0]) ** 2 + ((y - at[1]) / radii[1]) ** 2)
    return np.asarray(np.clip((1 - distance) / soft + 0.5, 0, 1), dtype=np.float32)


RAMPS: tuple[tuple[tuple[int, int, int], ...], ...] = (
    ((0, 0, 4), (87, 16, 110), (188, 55, 84), (249, 142, 9), (252, 255, 164)),
    ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)),
    ((0, 0, 131), (0, 60, 255), (0, 255, 255), (255, 255, 0), (128, 0, 0)),
    ((0, 0, 0), (230, 0, 0), (255, 210, 0), (255, 255, 255)),
)


def ramped(plane: Plane, ramp: tuple[tuple[int, int, int], ...]) -> Image.Image:
    """A plane of 0..1 in false colours."""
    stops = np.array(ramp, dtype=np.float32)
    at = np.clip(plane, 0, 1) * (len(stops) - 1)
    low = np.minimum(at.astype(np.intp), len(stops) - 2)
    share = (at - low)[..., None]
    return Image.fromarray((stops[low] * (1 - share) + stops[low + 1] * share).astype(np.uint8))


def head_slice(rng: np.random.Generator) -> Image.Image:
    """A slice through a head or a body on black."""
    size = canvas_size(rng, 160, 340, (0.75, 1.3))
    x, y = mesh(size)
    wide, tall = span(rng, 0.55, 0.8), span(rng, 0.7, 0.92)
    skull, inside = _ellipse(x, y, (0, 0), (wide, tall)), _ellipse(x, y, (0, 0), (wide * 0.88, tall * 0.9))
    folds = np.sin(noise_field(rng, size, 5, 4) * span(rng, 5, 12)) * 0.16
    tone = skull * span(rng, 0.5, 0.95) - inside * span(rng, 0.35, 0.6) + inside * folds * span(rng, 0.3, 1)
    for side in (-1, 1):
        at = (side * wide * 0.22, span(rng, -0.1, 0.1))
        tone = tone + _ellipse(x, y, at, (wide * 0.13, tall * 0.28), 0.2) * span(rng, -0.4, 0.3)
    for _ in range(whole(rng, 0, 3)):
        at = (span(rng, -0.3, 0.3), span(rng, -0.4, 0.4))
        tone = tone + _ellipse(x, y, at, (span(rng, 0.04, 0.15),) * 2, 0.3) * span(rng, 0.1, 0.5)
    return _grey(tone + rng.normal(0, 0.03, x.shape).astype(np.float32))


def chest_xray(rng: np.random.Generator) -> Image.Image:
    """Dark lungs between ribs, as on an X-ray."""
    size = canvas_size(rng, 200, 340, (0.8, 1.2))
    x, y = mesh(size)
    tone = 0.55 + 0.2 * (1 - abs(x)) + 0.12 * noise_field(rng, size, 2, 3)
    for side in (-1, 1):
        tone = tone - _ellipse(x, y, (side * 0.42, span(rng, -0.05, 0.1)), (0.34, 0.68), 0.25) * span(rng, 0.3, 0.5)
    ribs = np.maximum(0, np.sin((y + 0.5 * x**2) * span(rng, 16, 24))) ** 3
    tone = tone + ribs * 0.1 * (abs(x) > 0.1) + np.clip(0.12 - abs(x), 0, 1) * 1.6
    return _grey(tone * np.clip(1.35 - 0.4 * abs(x), 0, 1))


def hand_xray(rng: np.random.Generator) -> Image.Image:
    """Bones of fingers, white on black."""
    size = canvas_size(rng, 180, 320, (0.65, 0.9))
    image = Image.new("L", size, 12)
    draw, (wide, high) = ImageDraw.Draw(image), size
    flesh, bone = whole(rng, 45, 80), whole(rng, 150, 220)
    for width, colour, part in ((0.11, flesh, 1.0), (0.045, bone, 0.9)):
        for finger in range(5):
            angle = np.radians(-34 + finger * 17 + span(rng, -1, 1))
            reach = high * (0.58, 0.72, 0.76, 0.7, 0.55)[finger]
            for joint in range(4):
                a, b = joint / 4 + 0.03, (joint + part) / 4
                start = (wide / 2 + np.sin(angle) * reach * a, high * 0.92 - np.cos(angle) * reach * a)
                end = (wide / 2 + np.sin(angle) * reach * b, high * 0.92 - np.cos(angle) * reach * b)
                draw.line((*start, *end), fill=colour, width=max(3, int(wide * width)))
    return image.filter(ImageFilter.GaussianBlur(span(rng, 1.5, 4)))


def ultrasound(rng: np.random.Generator) -> Image.Image:
    """A grainy fan on black."""
    size = canvas_size(rng, 180, 320, (1.0, 1.4))
    x, y = mesh(size)
    reach, angle = np.hypot(x, y + 1.1), np.arctan2(x, y + 1.1)
    fan = (reach > 0.25) & (reach < 2.0) & (abs(angle) < span(rng, 0.5, 0.8))
    speckle = rng.gamma(1.2, 0.35, x.shape).astype(np.float32) * (0.5 + 0.7 * noise_field(rng, size, 3, 4))
    dark = _ellipse(
        x, y, (span(rng, -0.2, 0.2), span(rng, -0.1, 0.4)), (span(rng, 0.15, 0.4), span(rng, 0.12, 0.3)), 0.3
    )
    tone = np.where(fan, np.clip(speckle, 0, 1) * (1 - 0.85 * dark), 0).astype(np.float32)
    return _grey(tone).filter(ImageFilter.GaussianBlur(0.8))


def cells(rng: np.random.Generator) -> Image.Image:
    """Cells under a microscope, stained or glowing."""
    size = canvas_size(rng, 180, 340, (0.8, 1.5))
    glowing = chance(rng, 0.45)
    hue = pick(rng, (120, 220, 0, 300)) if glowing else pick(rng, (300, 330, 270))
    ground = (4, 4, 8) if glowing else hsv(hue, span(rng, 0.05, 0.25), 0.95)
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image, "RGBA")
    r0 = span(rng, 5, 26)
    for _ in range(whole(rng, 20, 140)):
        x, y, r = span(rng, 0, size[0]), span(rng, 0, size[1]), r0 * span(rng, 0.5, 1.3)
        stretch = span(rng, 0.7, 1.3)
        body = hsv(hue + span(rng, -25, 25), span(rng, 0.3, 0.9), span(rng, 0.5, 1))
        draw.ellipse((x - r, y - r * stretch, x + r, y + r * stretch), fill=(*body, 150))
        core = r * span(rng, 0.25, 0.5)
        draw.ellipse((x - core, y - core, x + core, y + core), fill=(*hsv(hue + 200 * glowing, 0.8, 0.5), 200))
    return image.filter(ImageFilter.GaussianBlur(span(rng, 0.6, 2)))


def stars(rng: np.random.Generator) -> Image.Image:
    """Stars, a galaxy or a nebula on black."""
    size = canvas_size(rng, 180, 360, (0.7, 1.7))
    x, y = mesh(size)
    tone = np.maximum(0, noise_field(rng, size, 2, 5) - span(rng, 0.1, 0.9)) * span(rng, 0, 0.5)
    if chance(rng, 0.5):
        turn = np.arctan2(y, x * span(rng, 1, 2.2)) * 2 + np.hypot(x, y) * span(rng, 4, 9)
        tone = tone + np.exp(-np.hypot(x, y) * span(rng, 2, 4)) * (0.6 + 0.4 * np.sin(turn))
    tint = np.array(hsv(span(rng, 0, 360), span(rng, 0, 0.6), 1), dtype=np.float32)
    pixels = tone[..., None] * tint
    for _ in range(whole(rng, 60, 500)):
        i, j = whole(rng, 0, size[1] - 2), whole(rng, 0, size[0] - 2)
        pixels[i : i + 1 + chance(rng, 0.15), j : j + 1 + chance(rng, 0.15)] = span(rng, 60, 255)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def fingerprint(rng: np.random.Generator) -> Image.Image:
    """Ridges round a core."""
    size = canvas_size(rng, 140, 280, (0.65, 1.0))
    x, y = mesh(size)
    reach = np.hypot(x * span(rng, 1, 1.5), y + 0.4 * x**2) + 0.12 * noise_field(rng, size, 2, 2)
    ridges = np.sin(reach * span(rng, 35, 60)) + 0.6 * noise_field(rng, size, 12, 2)
    inside = _ellipse(x, y, (0, 0), (0.75, 0.95), 0.15)
    return _grey(1 - inside * (ridges > 0) * span(rng, 0.6, 1))


def spectrogram(rng: np.random.Generator) -> Image.Image:
    """Sound in false colours: harmonics over time, no axes."""
    size = canvas_size(rng, 150, 320, (1.2, 3.0))
    width, height = size
    t = np.linspace(0, 1, width, dtype=np.float32)
    pitch = 0.04 + 0.03 * np.sin(t * span(rng, 5, 30)) + 0.02 * np.cumsum(rng.normal(0, 0.05, width))
    f = np.linspace(1, 0, height, dtype=np.float32)[:, None]
    voice = np.maximum(0, np.cos(2 * np.pi * f / np.maximum(pitch, 0.015))) ** 6 * np.exp(-f * span(rng, 1.5, 4))
    loud = np.repeat(rng.random(max(4, width // 24)), 24)[:width]
    loud = np.pad(loud, (0, width - len(loud)), mode="edge")
    plane = voice * loud + rng.gamma(1, 0.09, (height, width)) * (1 - f * 0.5)
    return ramped(plane.astype(np.float32), pick(rng, RAMPS))


def waveform(rng: np.random.Generator) -> Image.Image:
    """Sound as one thick band round a middle line."""
    size = canvas_size(rng, 120, 260, (2.0, 5.0))
    dark = chance(rng, 0.5)
    image = Image.new("RGB", size, (24, 26, 32) if dark else (255, 255, 255))
    draw, loud = ImageDraw.Draw(image), 0.5
    colour, step = hsv(span(rng, 0, 360), 0.7, 0.8), pick(rng, (1, 1, 3, 5))
    for x in range(0, size[0], step):
        loud = float(np.clip(loud + rng.normal(0, 0.08), 0.05, 1))
        half = size[1] * 0.47 * loud * span(rng, 0.3, 1)
        draw.line((x, size[1] / 2 - half, x, size[1] / 2 + half), fill=colour, width=max(1, step - 2))
    return image


def thermal(rng: np.random.Generator) -> Image.Image:
    """Warm bodies in false colours, blurred."""
    size = canvas_size(rng, 160, 320, (0.8, 1.5))
    x, y = mesh(size)
    plane = 0.25 + 0.12 * noise_field(rng, size, 2, 3)
    for _ in range(whole(rng, 1, 5)):
        at, r = (span(rng, -0.8, 0.8), span(rng, -0.4, 0.8)), span(rng, 0.15, 0.5)
        plane = plane + _ellipse(x, y, at, (r, r * span(rng, 1, 2.2)), 0.5) * span(rng, 0.3, 0.7)
    return ramped(plane, pick(rng, RAMPS)).filter(ImageFilter.GaussianBlur(2))


def depth(rng: np.random.Generator) -> Image.Image:
    """A map of depth or of disparity: flat greys or false colours stepping back."""
    size = canvas_size(rng, 160, 340, (1.0, 1.8))
    _, y = mesh(size)
    plane = np.asarray(0.3 - 0.3 * y, dtype=np.float32)
    mask = Image.new("L", size, 0)
    draw = ImageDraw.Draw(mask)
    for i in range(whole(rng, 2, 8)):
        cx, cy, r = span(rng, 0, size[0]), span(rng, 0.3, 1) * size[1], span(rng, 0.05, 0.25) * size[0]
        shape = draw.ellipse if chance(rng, 0.5) else draw.rectangle
        shape((cx - r, cy - r * 1.6, cx + r, cy + r), fill=60 + 24 * i)
    over = np.asarray(mask, dtype=np.float32) / 255
    plane = np.where(over > 0, 1 - over, plane + 0.3)
    return _grey(plane) if chance(rng, 0.4) else ramped(plane, pick(rng, RAMPS))


def labels(rng: np.random.Generator) -> Image.Image:
    """A mask of segments: flat colours in the shapes of things."""
    size = canvas_size(rng, 160, 340, (0.8, 1.8))
    field = noise_field(rng, size, 2, 4) * 2 + noise_field(rng, size, 6, 2) * 0.5
    steps = np.floor(field * span(rng, 1, 3)).astype(np.intp)
    colours = rng.integers(0, 256, (40, 3)).astype(np.uint8)
    if chance(rng, 0.5):
        colours[20] = 0
    return Image.fromarray(colours[np.clip(steps + 20, 0, 39)])


def satellite(rng: np.random.Generator) -> Image.Image:
    """Fields, woods and a road from above."""
    size = canvas_size(rng, 200, 340, (0.8, 1.5))
    image = Image.new("RGB", size, hsv(span(rng, 60, 110), span(rng, 0.25, 0.5), span(rng, 0.35, 0.6)))
    draw, step, turn = ImageDraw.Draw(image), span(rng, 22, 70), span(rng, -0.4, 0.4)
    for i in np.arange(-size[0], size[0] * 2, step):
        for j in np.arange(-size[1], size[1] * 2, step * span(rng, 0.5, 1.5)):
            a, b = step * span(rng, 0.6, 0.98), step * span(rng, 0.6, 0.98)
            corners = [(i, j), (i + a, j), (i + a, j + b), (i, j + b)]
            fill = hsv(pick(rng, (40, 60, 80, 95, 110)) + span(rng, -8, 8), span(rng, 0.2, 0.5), span(rng, 0.3, 0.7))
            draw.polygon(
                [(x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)) for x, y in corners],
                fill=fill,
            )
    for _ in range(whole(rng, 0, 2)):
        draw.line(
            (span(rng, 0, size[0]), 0, span(rng, 0, size[0]), size[1]), fill=(170, 165, 155), width=whole(rng, 2, 5)
        )
    pixels = np.asarray(image, dtype=np.float32) + 22 * noise_field(rng, size, 24, 3)[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.7))


def feature_maps(rng: np.random.Generator) -> Image.Image:
    """A grid of small patches, as from the inside of a network."""
    cell, columns, rows = whole(rng, 18, 44), whole(rng, 4, 9), whole(rng, 2, 8)
    gap = whole(rng, 0, 3)
    image = Image.new("RGB", (columns * (cell + gap), rows * (cell + gap)), pick(rng, ((255, 255, 255), (0, 0, 0))))
    ramp, coloured = pick(rng, RAMPS), chance(rng, 0.6)
    for i in range(columns * rows):
        plane = noise_field(rng, (cell, cell), whole(rng, 2, 5), 2) * 0.4 + 0.5
        patch = ramped(plane, ramp) if coloured else _grey(plane)
        image.paste(patch, (i % columns * (cell + gap), i // columns * (cell + gap)))
    return image


FORMS = {
    "head slice": head_slice,
    "chest X-ray": chest_xray,
    "hand X-ray": hand_xray,
    "ultrasound": ultrasound,
    "cells": cells,
    "stars": stars,
    "fingerprint": fingerprint,
    "spectrogram": spectrogram,
    "waveform": waveform,
    "thermal image": thermal,
    "depth map": depth,
    "segment mask": labels,
    "aerial view": satellite,
    "feature maps": feature_maps,
}
"""Form -> program."""
