"""Pictures that are nearly the same: found among a million by a perceptual hash, confirmed on their pixels.

Two steps, for two purposes. `Likeness` says which earlier picture looks the same at 32 x 32 pixels: good enough to be
reported to a person. It is not good enough to give one picture the other's text: two tables of one report differ in
digits that 32 x 32 pixels do not show. `same_picture` compares both at full size and may be trusted with that.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE, COLOUR_SIDE, BANDS, BITS = 32, 8, 4, 16
HEAD = struct.Struct("<Qf")
"""The hash, and width by height."""
RECORD = HEAD.size + SIDE * SIDE + 2 * COLOUR_SIDE * COLOUR_SIDE
MOST_LOOKED_AT = 256
"""Of the newest pictures with the same 16 bits in one place: what bounds the time where very many look alike."""
MOST_ASPECT = 0.02
"""Share by which width by height may differ: rounding of a small copy."""
MOST_MEAN, MOST_CELL, MOST_COLOUR = 3.0, 32, 10
"""Steps of 255: all cells' mean, any one cell, any cell's colour."""

CONFIRM_SIDE = 1024
WINDOW, COLOUR_WINDOW = 3, 9
"""Sides in pixels. JPEG keeps colour at half the size, so its differences are evened out over more."""
MOST_WINDOW, MOST_WINDOW_SCALED, MOST_COLOUR_WINDOW = 20.0, 10.0, 14.0
"""Steps of 255 by which the mean of any window may differ: brightness in two pictures of one size, in two of different
sizes, and colour. Measured on 265 drawings and photographs and 195 of them with one character exchanged (10 x 12
pixels, for the most alike of a dozen other spots): at one size, JPEG of quality 60 differs by 17 at most (95th
percentile), an exchange by 42 or more (1st); at half the size, scaling by 9 (median), an exchange by 12 or more."""
FULL_RANGE = 128
"""Steps of grey between dark and light under which a picture is faint, and every difference counts for more."""

_WAVES = np.cos(np.pi / SIDE * np.outer(np.arange(8), np.arange(SIDE) + 0.5))
"""The first 8 waves of the discrete cosine transform (DCT-II), unscaled."""


def signature_of(image: Image.Image) -> bytes:
    """`RECORD` bytes that tell how an RGB picture looks; to be kept and given to `Likeness.add`."""
    grey = np.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.HAMMING))
    colour = image.resize((COLOUR_SIDE, COLOUR_SIDE), Image.Resampling.HAMMING).convert("YCbCr")
    chroma = np.asarray(colour)[..., 1:]
    return HEAD.pack(_hash(grey), image.width / image.height) + grey.tobytes() + chroma.tobytes()


def _hash(grey: NDArray[np.uint8]) -> int:
    """64 bits: which of the 8 x 8 longest waves are stronger than their median (the first, the mean, left out)."""
    strengths = (_WAVES @ grey.astype(np.float64) @ _WAVES.T).ravel()
    strengths[0] = np.median(strengths[1:])
    return int.from_bytes(np.packbits(strengths > strengths[0]).tobytes(), "big")


class Likeness:
    """All pictures so far. Not for several threads at once.

    The hash is cut into four bands of 16 bits. Pictures whose hashes differ in three bits or fewer share a band, so
    a look into four tables finds them all. Memory: 24 bytes a picture and its key; the signatures lie in a file.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` for a file of 1.2 GB a million pictures, gone when this is closed; the system's own by default."""
        self._keys: list[str] = []
        self._file = tempfile.TemporaryFile(dir=folder, prefix="alttext-likeness-", buffering=0)  # noqa: SIM115 - `close` ends it
        self._heads = np.full((BANDS, 1 << BITS), -1, dtype=np.int32)
        self._earlier = np.empty((1024, BANDS), dtype=np.int32)

    def add(self, key: str, signature: bytes) -> str | None:
        """Keep a picture; the key of the earlier one that looks most like it, `None` when none looks the same."""
        nearest = self._nearest(signature)
        number = len(self._keys)
        if number == len(self._earlier):
            self._earlier = np.concatenate((self._earlier, np.empty_like(self._earlier)))
        for band, value in enumerate(_bands(signature)):
            self._earlier[number, band] = self._heads[band, value]
            self._heads[band, value] = number
        self._file.seek(number * RECORD)
        self._file.write(signature)
        self._keys.append(key)
        return None if nearest is None else self._keys[nearest]

    def __len__(self) -> int:
        return len(self._keys)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _nearest(self, signature: bytes) -> int | None:
        numbers = sorted(set(self._candidates(signature)))
        if not numbers:
            return None
        records = b"".join(self._read(number) for number in numbers)
        distances = _distances(signature, records)
        nearest = int(distances.argmin())
        return numbers[nearest] if np.isfinite(distances[nearest]) else None

    def _read(self, number: int) -> bytes:
        self._file.seek(number * RECORD)
        return self._file.read(RECORD)

    def _candidates(self, signature: bytes) -> Iterator[int]:
        for band, value in enumerate(_bands(signature)):
            number = int(self._heads[band, value])
            for _ in range(MOST_LOOKED_AT):
                if number < 0:
                    break
                yield number
                number = int(self._earlier[number, band])


def _bands(signature: bytes) -> tuple[int, ...]:
    return struct.unpack_from("<4H", signature)


def _distances(signature: bytes, records: bytes) -> NDArray[np.floating]:
    """Mean difference of the cells to each record in steps of 255; infinite for those that do not look the same."""
    layout = np.dtype([("hash", "<u8"), ("aspect", "<f4"), ("cells", "u1", RECORD - HEAD.size)])
    one, others = np.frombuffer(signature, layout)[0], np.frombuffer(records, layout)
    apart = np.abs(others["cells"].astype(np.int16) - one["cells"])
    grey, colour = apart[:, : SIDE * SIDE], apart[:, SIDE * SIDE :]
    wider, narrower = np.maximum(others["aspect"], one["aspect"]), np.minimum(others["aspect"], one["aspect"])
    mean: NDArray[np.floating] = grey.mean(axis=1)
    other = wider > (1 + MOST_ASPECT) * narrower
    other |= (grey.max(axis=1) > MOST_CELL) | (colour.max(axis=1) > MOST_COLOUR) | (mean > MOST_MEAN)
    mean[other] = np.inf
    return mean


def same_picture(one: Image.Image, other: Image.Image) -> bool:
    """Whether two RGB pictures show the same in every part, whatever their sizes and how they were compressed.

    Compared at the smaller one's size, `CONFIRM_SIDE` pixels at most, in windows that even out what compression and
    scaling change. Rather no than yes: many a small copy of a drawing is not recognised, an exchanged digit is seen.
    """
    if max(aspects := (one.width / one.height, other.width / other.height)) > (1 + MOST_ASPECT) * min(aspects):
        return False
    width, height = min(one.width, other.width), min(one.height, other.height)
    scale = min(1.0, CONFIRM_SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    first, second = (_at_size(image, size) for image in (one, other))
    most = MOST_WINDOW if one.size == other.size == size else MOST_WINDOW_SCALED
    faintness = min(1.0, float(np.ptp(first[..., 0])) / FULL_RANGE)
    apart = first - second
    if _most_apart(apart[..., 0], WINDOW) > max(1.0, most * faintness):
        return False
    return all(_most_apart(apart[..., channel], COLOUR_WINDOW) <= MOST_COLOUR_WINDOW for channel in (1, 2))


def _at_size(image: Image.Image, size: tuple[int, int]) -> NDArray[np.float32]:
    """Brightness and two of colour, (height, width, 3)."""
    scaled = image if image.size == size else image.resize(size, Image.Resampling.HAMMING)
    return np.asarray(scaled.convert("YCbCr"), dtype=np.float32)


def _most_apart(apart: NDArray[np.float32], window: int) -> float:
    """The largest mean of `window` x `window` pixels, by a table of sums; at the rim its pixels count again."""
    sums = np.pad(apart, window // 2, mode="edge").cumsum(0, dtype=np.float64).cumsum(1)
    sums = np.pad(sums, ((1, 0), (1, 0)))
    means = sums[window:, window:] - sums[:-window, window:] - sums[window:, :-window] + sums[:-window, :-window]
    return float(np.abs(means).max()) / window**2
