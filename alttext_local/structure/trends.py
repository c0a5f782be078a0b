"""How a series of measured values runs, and which of them stands out: said only where one can see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Trend = Literal["rise", "fall", "rise and then fall", "fall and then rise", "show no clear trend"]
Values = Sequence[float] | NDArray[np.float64]

CLEAR = 0.06
"""Share of the largest value by which it must exceed the second, or the smallest fall short of the next."""


def trend_of(values: Values) -> Trend | None:
    """The trend of values in order, by Spearman's rank correlation with their places; None where in doubt."""
    series = np.asarray(values, float)
    span = float(np.ptp(series)) if len(series) else 0.0
    if len(series) < 4 or span <= 0:
        return None
    whole = rank_agreement(series)
    if abs(whole) > 0.87 and abs(series[-1] - series[0]) > 0.62 * span:
        return "rise" if whole > 0 else "fall"
    if len(series) < 5:
        return None
    turned = _turn(series, span)
    if turned is not None:
        return turned
    return "show no clear trend" if abs(whole) < 0.25 else None


def _turn(series: NDArray[np.float64], span: float) -> Trend | None:
    for sign in (1, -1):
        top = int(np.argmax(sign * series))
        inner = 0.2 * len(series) < top < 0.8 * (len(series) - 1)
        ends = min(abs(series[top] - series[0]), abs(series[top] - series[-1]))
        if not inner or ends < 0.48 * span:
            continue
        left, right = sign * rank_agreement(series[: top + 1]), sign * rank_agreement(series[top:])
        if left > 0.83 and right < -0.83:
            return "rise and then fall" if sign > 0 else "fall and then rise"
    return None


def rank_agreement(values: Values) -> float:
    """Spearman's rank correlation of values with their order; ties take the order they stand in."""
    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return float(np.corrcoef(np.arange(len(ranks)), ranks)[0, 1]) if len(ranks) > 1 else 0.0


def clear_largest(values: Values, margin: float = CLEAR, least: float = 0.0) -> int | None:
    """The place of the largest value where it exceeds the second by `margin` of itself and by `least`."""
    if len(values) < 2:
        return None
    order = np.argsort(values)
    first, second = float(values[order[-1]]), float(values[order[-2]])
    return int(order[-1]) if first - second > max(margin * abs(first), least) else None


def clear_smallest(values: Values, margin: float = CLEAR, least: float = 0.0) -> int | None:
    """The place of the smallest value where the next exceeds it by `margin` of the largest and by `least`."""
    if len(values) < 2:
        return None
    order = np.argsort(values)
    gap = float(values[order[1]]) - float(values[order[0]])
    return int(order[0]) if gap > max(margin * float(np.abs(values).max()), least) else None
