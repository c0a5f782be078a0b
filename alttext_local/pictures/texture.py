"""How the pixels of a picture lie beside each other: drawn or taken, ruled or scattered, few colours or many.

It is no text and no verdict: `kinds` weighs it beside a model's scores. Cross-validated on 668 held-out pictures, some
of them under a wrong name then, they brought 4 more of 100 kinds right than those of `facts` alone; on 138 others, none
to 2, by the strength of the ridge.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 384
"""Pixels of the longer side that is measured: rules of one pixel must survive."""
FLAT = 0.008
"""Least step of luminance, of 1, from a pixel to the next that is no flat colour."""
EDGE, RULE, STROKE = 0.08, 0.04, 0.15
"""Steps of luminance: of an edge that has a direction, of a ruled line, of a letter's stroke."""
ALONG = 6
"""Degrees off an axis that an edge may have and still run along it."""
LONG = 0.5
"""Of the side: a run of edge pixels as long as this is a rule."""
Grey = NDArray[np.float32]


def measure_texture(image: Image.Image) -> dict[str, float]:
    """Measures by name; an RGB picture of any size."""
    small = _shrunk(image)
    pixels = np.asarray(small, np.float32) / np.float32(255)
    grey: Grey = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    grey = np.pad(grey, ((0, max(0, 2 - grey.shape[0])), (0, max(0, 2 - grey.shape[1]))), mode="edge")
    across, down = np.diff(grey, axis=1), np.diff(grey, axis=0)
    return {
        **_edges(across[:-1], down[:, :-1]),
        **_rules(np.abs(across), np.abs(down)),
        **_strokes(np.abs(across), np.abs(down)),
        **_colours(small, pixels, grey),
    }


def _shrunk(image: Image.Image) -> Image.Image:
    scale = SIDE / max(image.size)
    if scale >= 1:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BOX, reducing_gap=2.0)


def _edges(across: Grey, down: Grey) -> dict[str, float]:
    strong = np.hypot(across, down) > EDGE
    angles = np.abs(np.degrees(np.arctan2(down, across))) % 90
    along = strong & ((angles < ALONG) | (angles > 90 - ALONG))
    flat = (np.abs(across) < FLAT) & (np.abs(down) < FLAT)
    return {
        "flat share": float(flat.mean()),
        "strong edges": float(strong.mean()),
        "edges along the axes": float(along.sum() / max(1, strong.sum())),
    }


def _rules(across: Grey, down: Grey) -> dict[str, float]:
    rows, columns = _longest_runs(down > RULE), _longest_runs((across > RULE).T)
    return {
        "log horizontal rules": float(np.log1p((rows > LONG).sum())),
        "log vertical rules": float(np.log1p((columns > LONG).sum())),
        "longest horizontal rule": float(rows.max()),
        "longest vertical rule": float(columns.max()),
    }


def _longest_runs(marked: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The longest run of true pixels in each row, as a share of the row."""
    width = marked.shape[1]
    places = np.arange(1, width + 1)
    last_gap = np.maximum.accumulate(np.where(marked, 0, places), axis=1)
    return np.asarray((places - last_gap).max(1) / width, np.float64)


def _strokes(across: Grey, down: Grey) -> dict[str, float]:
    rows, columns = across > STROKE, down > STROKE
    return {
        "log strokes a row": float(np.log1p(rows.sum(1).mean())),
        "log strokes a column": float(np.log1p(columns.sum(0).mean())),
        "unevenness of rows": float(rows.mean(1).std()),
        "unevenness of columns": float(columns.mean(0).std()),
    }


def _colours(small: Image.Image, pixels: NDArray[np.float32], grey: Grey) -> dict[str, float]:
    channels = np.asarray(small, np.int32) >> 4
    coarse = (channels[..., 0] << 8 | channels[..., 1] << 4 | channels[..., 2]).ravel()
    shares = np.sort(np.bincount(coarse, minlength=4096))[::-1] / coarse.size
    there = shares[shares > 0]
    chroma = pixels.max(2) - pixels.min(2)
    greys = np.histogram(grey, 16, (0, 1))[0] / grey.size
    return {
        "colour entropy": float(-(there * np.log(there)).sum()),
        "two colours' share": float(shares[:2].sum()),
        "five colours' share": float(shares[:5].sum()),
        "vivid share": float((chroma > 0.2).mean()),
        "chroma deviation": float(chroma.std()),
        "middle greys": float(greys[4:12].sum()),
        "near white": float(greys[15]),
        "near black": float(greys[0]),
    }
