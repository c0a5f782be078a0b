"""The real world as maps show it: outlines of countries and states, and the usual projections.

`atlas.json` holds outlines after Natural Earth (1:110m) and the US Census Bureau, both in the public domain,
simplified: `countries` in tenths of a degree, `states` in the units of a flat Albers sheet of 975 by 610.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Ring = tuple[tuple[float, float], ...]
Field = NDArray[np.float32]
Places = tuple[Field, Field, NDArray[np.bool_]]
"""Longitude and latitude in degrees of each pixel, and which pixels lie on the map at all."""

CELLS = 5
"""Cells of the world raster a degree."""
STATES_SHEET = (975, 610)
_ATLAS = Path(__file__).with_name("atlas.json")


@cache
def outlines(layer: str) -> tuple[tuple[str, tuple[Ring, ...]], ...]:
    """Names and rings of one layer, `countries` (degrees) or `states` (units of the sheet)."""
    unit = 0.1 if layer == "countries" else 1.0
    rows = json.loads(_ATLAS.read_text(encoding="utf-8"))[layer]
    return tuple((name, tuple(_ring(flat, unit) for flat in rings)) for name, rings in rows)


def _ring(flat: list[int], unit: float) -> Ring:
    return tuple((x * unit, y * unit) for x, y in zip(flat[::2], flat[1::2], strict=True))


def _unrolled(ring: Ring) -> Ring:
    """A ring without jumps of a whole turn; one that runs round the pole keeps its jump."""
    longitude = np.unwrap([x for x, _ in ring], period=360.0)
    if abs(longitude[0] - longitude[-1]) > 180:
        return ring
    return tuple((float(x), y) for x, (_, y) in zip(longitude, ring, strict=True))


@cache
def raster() -> NDArray[np.uint8]:
    """Which country lies where: [180 * CELLS, 360 * CELLS], row 0 in the north; 0 is water, else index + 1."""
    sheet = Image.new("L", (360 * CELLS, 180 * CELLS), 0)
    draw = ImageDraw.Draw(sheet)
    for number, (_, rings) in enumerate(outlines("countries")):
        for ring in rings:
            for turn in (-360, 0, 360):  # what crosses the date line shows at both ends
                draw.polygon([((x + turn + 180) * CELLS, (90 - y) * CELLS) for x, y in _unrolled(ring)], number + 1)
    return np.asarray(sheet)


def country_at(places: Places) -> NDArray[np.uint8]:
    """The raster's value under each pixel; water where there is no map."""
    longitude, latitude, on = places
    column = (((longitude + 180) % 360) * CELLS).astype(np.intp) % (360 * CELLS)
    row = np.clip((90 - latitude) * CELLS, 0, 180 * CELLS - 1).astype(np.intp)
    found = raster()[row, column]
    return np.where(on, found, 0).astype(np.uint8)


def _mesh(size: tuple[int, int]) -> tuple[Field, Field]:
    """x and y from -1 (left, bottom) to 1 (right, top)."""
    x = np.linspace(-1, 1, size[0], dtype=np.float32)
    y = np.linspace(1, -1, size[1], dtype=np.float32)
    return np.broadcast_to(x, (size[1], size[0])), np.broadcast_to(y[:, None], (size[1], size[0]))


def _single(values: NDArray[np.floating[Any]]) -> Field:
    return values.astype(np.float32)


def rectangle(size: tuple[int, int], middle: float, window: tuple[float, float, float]) -> Places:
    """Plate carrée: `window` is (longitude of the centre less `middle`, latitude, degrees of half the width)."""
    x, y = _mesh(size)
    half = window[2]
    latitude = window[1] + y * half * size[1] / size[0]
    return middle + window[0] + x * half, latitude.astype(np.float32), abs(latitude) <= 90


def mercator(size: tuple[int, int], middle: float, window: tuple[float, float, float]) -> Places:
    """Mercator, as web maps have it; `window` as for `rectangle`."""
    x, y = _mesh(size)
    centre = np.log(np.tan(np.pi / 4 + np.radians(np.clip(window[1], -75, 75)) / 2))
    up = centre + y * np.radians(window[2]) * size[1] / size[0]
    latitude = np.degrees(2 * np.arctan(np.exp(up)) - np.pi / 2)
    return middle + window[0] + x * window[2], latitude.astype(np.float32), abs(latitude) < 84


def mollweide(size: tuple[int, int], middle: float, window: tuple[float, float, float]) -> Places:
    """The whole world in an oval of equal areas."""
    del window
    x, y = _mesh(size)
    theta = np.arcsin(np.clip(y, -1, 1))
    latitude = np.degrees(np.arcsin(np.clip((2 * theta + np.sin(2 * theta)) / np.pi, -1, 1)))
    longitude = 180 * x / np.maximum(np.cos(theta), 1e-4)
    return _single(middle + longitude), _single(latitude), abs(longitude) <= 180


def flat_oval(size: tuple[int, int], middle: float, window: tuple[float, float, float]) -> Places:
    """The whole world between flat poles and bulging sides, much as Robinson's and Eckert's look."""
    del window
    x, y = _mesh(size)
    latitude = 90 * y
    longitude = 180 * x / (0.52 + 0.48 * np.sqrt(np.maximum(1 - y**2, 0)))
    return _single(middle + longitude), _single(latitude), abs(longitude) <= 180


def globe(size: tuple[int, int], middle: float, window: tuple[float, float, float]) -> Places:
    """The earth from far away, centred on longitude `middle` and the latitude of `window`."""
    x, y = _mesh(size)
    radius = np.sqrt(x**2 + y**2)
    return _azimuthal(x, y, np.arcsin(np.clip(radius, 0, 1)), (middle, window[1]), radius <= 1)


def stereographic(size: tuple[int, int], middle: float, window: tuple[float, float, float]) -> Places:
    """A part of the world round a point, meridians and parallels bent; `window[2]` is half its width in degrees."""
    x, y = _mesh(size)
    y = _single(y * size[1] / size[0])
    reach = float(2 * np.tan(np.radians(min(window[2], 140.0)) / 2))
    angle = 2 * np.arctan(np.sqrt(x**2 + y**2) * reach / 2)
    return _azimuthal(x, y, angle, (middle + window[0], window[1]), np.ones(x.shape, bool))


def polar_disc(size: tuple[int, int], middle: float, window: tuple[float, float, float]) -> Places:
    """A hemisphere or more round a pole, distances true."""
    x, y = _mesh(size)
    radius = np.sqrt(x**2 + y**2)
    pole = 90.0 if window[1] >= 0 else -90.0
    return _azimuthal(x, y, radius * np.radians(100), (middle, pole), radius <= 1)


def _azimuthal(x: Field, y: Field, angle: Field, centre: tuple[float, float], on: NDArray[np.bool_]) -> Places:
    """From the plane round `centre` (longitude, latitude) back to the sphere; `angle` is the arc from the centre."""
    middle, height = centre
    radius = np.maximum(np.sqrt(x**2 + y**2), 1e-6)
    sine, cosine, up = np.sin(angle), np.cos(angle), np.radians(height)
    latitude = np.arcsin(np.clip(cosine * np.sin(up) + y / radius * sine * np.cos(up), -1, 1))
    longitude = np.arctan2(x * sine, radius * cosine * np.cos(up) - y * sine * np.sin(up))
    return middle + np.degrees(longitude), np.degrees(latitude), on


Projection = Callable[[tuple[int, int], float, tuple[float, float, float]], Places]


def edges(values: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Where a pixel differs from the one above or to the left."""
    found = np.zeros(values.shape, bool)
    found[1:] |= values[1:] != values[:-1]
    found[:, 1:] |= values[:, 1:] != values[:, :-1]
    return found


def graticule(places: Places, step: float) -> NDArray[np.bool_]:
    """Meridians and parallels every `step` degrees."""
    longitude, latitude, on = places
    meridian = np.floor(((longitude + 180) % 360) / step)
    return on & (edges(meridian) | edges(np.floor(latitude / step)))
