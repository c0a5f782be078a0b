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
WINDOW = 3
MOST_WINDOW = 12.0
"""Steps of 255 by which the mean of any 3 x 3 pixels may differ. A digit that was exchanged differs by 44 or more at
full size, by 15 or more at half of it (1st percentile of 312); a copy at another size by 16 at most (95th of 425)."""
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
        self._file = tempfile.TemporaryFile(dir=folder, prefix="alttext-likeness-")  # noqa: SIM115 - `close` ends it
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
        best, nearest = float("inf"), None
        for number in sorted(set(self._candidates(signature))):
            self._file.seek(number * RECORD)
            distance = _distance(signature, self._file.read(RECORD))
            if distance is not None and distance < best:
                best, nearest = distance, number
        return nearest

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


def _distance(one: bytes, other: bytes) -> float | None:
    """Mean difference of the cells in steps of 255; `None` for two that do not look the same."""
    aspects = HEAD.unpack_from(one)[1], HEAD.unpack_from(other)[1]
    if max(aspects) > (1 + MOST_ASPECT) * min(aspects):
        return None
    cells, others = (np.frombuffer(record, np.uint8, offset=HEAD.size).astype(np.int16) for record in (one, other))
    apart = np.abs(cells - others)
    grey, colour = apart[: SIDE * SIDE], apart[SIDE * SIDE :]
    if grey.max() > MOST_CELL or colour.max() > MOST_COLOUR or grey.mean() > MOST_MEAN:
        return None
    return float(grey.mean())


def same_picture(one: Image.Image, other: Image.Image) -> bool:
    """Whether two RGB pictures show the same in every part, whatever their sizes and how they were compressed.

    Compared at the smaller one's size, `CONFIRM_SIDE` pixels at most, in windows that even out what compression and
    scaling change. A strong compression may make this say no; an exchanged digit does not make it say yes.
    """
    if max(aspects := (one.width / one.height, other.width / other.height)) > (1 + MOST_ASPECT) * min(aspects):
        return False
    width, height = min(one.width, other.width), min(one.height, other.height)
    scale = min(1.0, CONFIRM_SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    first, second = (
        np.asarray(image if image.size == size else image.resize(size, Image.Resampling.HAMMING), dtype=np.float32)
        for image in (one, other)
    )
    spread = float(np.ptp(first.mean(axis=2)))
    most = MOST_WINDOW * min(1.0, spread / FULL_RANGE)
    return bool(np.abs(_window_means(first - second)).max() <= max(most, 1.0))


def _window_means(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means of `WINDOW` x `WINDOW` pixels around each; at the rim, its pixels count again."""
    half = WINDOW // 2
    padded = np.pad(values, ((half, half), (half, half), (0, 0)), mode="edge")
    height, width = values.shape[:2]
    total = np.zeros_like(values)
    for down in range(WINDOW):
        for across in range(WINDOW):
            total += padded[down : down + height, across : across + width]
    total /= WINDOW**2
    return total
