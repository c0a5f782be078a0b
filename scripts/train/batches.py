"""What the learner sees: balanced batches of stored pictures, shifted and lit a little differently each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from queue import Queue
from threading import Thread

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scripts.train import llava
from scripts.train.pictures import FILL
from scripts.train.shards import Store, Truth

SHIFT = 14
"""Pixels that a picture may move in its square."""


@dataclass(frozen=True)
class Batch:
    """Normalised pixels [pictures, 3, side, side] and what is true of each picture."""

    pixels: Tensor
    truths: list[Truth]


def normalised(squares: NDArray[np.uint8]) -> Tensor:
    """uint8 [pictures, side, side, 3] to what the processor of the saved model makes of it."""
    pixels = torch.from_numpy(squares).permute(0, 3, 1, 2).float() / 255
    mean, deviation = (torch.tensor(values).view(1, 3, 1, 1) for values in (llava.MEAN, llava.DEVIATION))
    return (pixels - mean) / deviation


def moved(squares: NDArray[np.uint8], generator: np.random.Generator) -> Tensor:
    """Shift each square [pictures, side, side, 3] by a few pixels, padding coming in, change its light, normalise."""
    count, side = squares.shape[:2]
    shifted = np.empty((count, 3, side, side), np.uint8)
    shifted[:] = np.array(FILL, np.uint8).reshape(1, 3, 1, 1)
    for picture, (down, right) in enumerate(generator.integers(-SHIFT, SHIFT + 1, (count, 2))):
        kept = squares[picture, max(0, -down) : side - max(0, down), max(0, -right) : side - max(0, right)]
        top, left = max(0, down), max(0, right)
        shifted[picture, :, top : top + kept.shape[0], left : left + kept.shape[1]] = kept.transpose(2, 0, 1)
    light = generator.normal(0, 0.08, (2, count, 3, 1, 1))
    mean, deviation = (np.array(values).reshape(1, 3, 1, 1) for values in (llava.MEAN, llava.DEVIATION))
    slope = (1 + light[0]) / (255 * deviation)
    offset = light[1] - (1 + light[0]) * mean / deviation
    return (
        torch.from_numpy(shifted).float().mul_(torch.from_numpy(slope).float()).add_(torch.from_numpy(offset).float())
    )


class Batches:
    """Endless batches: a share of real pictures beside drawings, each store run through in shuffled rounds."""

    def __init__(self, drawn: Store, real: Store | None, size: int, real_share: float, seed: int) -> None:
        self._drawn, self._real = drawn, real
        self._reals = round(size * real_share) if real is not None and len(real) else 0
        self._drawns = size - self._reals
        self._generator = np.random.default_rng(seed)

    def __iter__(self) -> Iterator[Batch]:
        """Batches, made in a thread while the learner works on the ones before."""
        ready: Queue[Batch] = Queue(maxsize=3)

        def fill() -> None:
            for batch in self._made():
                ready.put(batch)

        Thread(target=fill, daemon=True).start()
        while True:
            yield ready.get()

    def _made(self) -> Iterator[Batch]:
        drawn = self._rounds(self._drawn, self._drawns)
        real = self._rounds(self._real, self._reals) if self._real is not None and self._reals else None
        for indices in drawn:
            squares, truths = self._drawn.squares(indices), [self._drawn.truths[i] for i in indices]
            if real is not None and self._real is not None:
                chosen = next(real)
                squares = np.concatenate([squares, self._real.squares(chosen)])
                truths += [self._real.truths[i] for i in chosen]
            yield Batch(moved(squares, self._generator), truths)

    def _rounds(self, store: Store, size: int) -> Iterator[Sequence[int]]:
        while True:
            order = self._generator.permutation(len(store))
            for start in range(0, max(1, len(order) - size + 1), size):
                yield [int(i) for i in order[start : start + size]]
