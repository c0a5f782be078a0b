"""Chance for the drawing programs: short words for what a generator is asked most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    """One of `options`, each as likely as the other."""
    return options[int(rng.integers(len(options)))]


def some(rng: np.random.Generator, options: Sequence[T], count: int) -> list[T]:
    """`count` different ones of `options`, in random order."""
    return [options[int(i)] for i in rng.permutation(len(options))[:count]]


def chance(rng: np.random.Generator, share: float) -> bool:
    """True in `share` of the throws."""
    return bool(rng.random() < share)


def whole(rng: np.random.Generator, low: int, high: int) -> int:
    """A whole number from `low` to `high`, both included."""
    return int(rng.integers(low, max(low, high) + 1))


def span(rng: np.random.Generator, low: float, high: float) -> float:
    """A number from `low` to `high`."""
    return float(rng.uniform(low, high))


def canvas_size(
    rng: np.random.Generator, low: int = 200, high: int = 480, aspects: tuple[float, float] = (0.6, 1.8)
) -> tuple[int, int]:
    """Width and height: the geometric mean lies between `low` and `high`, the aspect in `aspects`."""
    mean = np.exp(rng.uniform(np.log(low), np.log(high)))
    aspect = np.exp(rng.uniform(np.log(aspects[0]), np.log(aspects[1])))
    width, height = mean * aspect**0.5, mean / aspect**0.5
    return max(24, int(width)), max(24, int(height))
