"""Number series as real data make them: rising, falling, peaked, jagged, smooth."""

from __future__ import annotations

import numpy as np

Numbers = np.ndarray


def bar_values(rng: np.random.Generator, count: int) -> Numbers:
    """Heights of bars, all clearly over zero."""
    shape = str(rng.choice(["any", "rise", "fall", "peak", "dip", "long tail"], p=[0.42, 0.15, 0.18, 0.1, 0.05, 0.1]))
    t = np.linspace(0, 1, count)
    curve = {
        "any": rng.uniform(0.1, 1, count),
        "rise": 0.15 + 0.85 * t ** rng.uniform(0.5, 2),
        "fall": 1 - 0.85 * t ** rng.uniform(0.5, 1.5),
        "peak": 0.15 + 0.85 * np.exp(-(((t - rng.uniform(0.3, 0.7)) / 0.3) ** 2)),
        "dip": 1 - 0.8 * np.exp(-(((t - rng.uniform(0.3, 0.7)) / 0.3) ** 2)),
        "long tail": np.sort(rng.pareto(1.2, count) + 0.1)[::-1],
    }[shape]
    values = curve * rng.uniform(1 - 0.15 * rng.random(), 1, count)
    return np.asarray(np.clip(values / values.max(), 0.02, 1))


def line_values(rng: np.random.Generator, count: int) -> Numbers:
    """One line, roughly in 0..1."""
    t = np.linspace(0, 1, count)
    shape = str(rng.choice(["walk", "rise", "fall", "peak", "dip", "wave", "saw", "decay", "flat", "steps"]))
    curve = {
        "walk": np.cumsum(rng.normal(0, 1, count)),
        "rise": t ** rng.uniform(0.5, 3),
        "fall": 1 - t ** rng.uniform(0.5, 2),
        "peak": np.exp(-(((t - rng.uniform(0.3, 0.7)) / rng.uniform(0.15, 0.35)) ** 2)),
        "dip": -np.exp(-(((t - rng.uniform(0.3, 0.7)) / rng.uniform(0.15, 0.35)) ** 2)),
        "wave": np.sin(t * rng.uniform(4, 22) + rng.uniform(0, 6)),
        "saw": rng.uniform(0, 1, count),
        "decay": np.exp(-t * rng.uniform(2, 6)),
        "flat": np.full(count, 0.5) + 0.02 * t,
        "steps": np.round(np.cumsum(rng.normal(0, 0.6, count))),
    }[shape]
    curve = curve + rng.normal(0, float(rng.choice([0, 0.02, 0.06])) * max(float(np.ptp(curve)), 0.2), count)
    if shape == "flat":
        return np.asarray(curve, float)
    return np.asarray((curve - curve.min()) / max(float(np.ptp(curve)), 1e-9), float)


def cloud(rng: np.random.Generator, count: int, slope: float, spread: float) -> Numbers:
    """Points round a line through the middle, as an array of x and y."""
    x = np.clip(rng.normal(0, 0.25, count), -0.5, 0.5) if rng.random() < 0.5 else rng.uniform(-0.48, 0.48, count)
    y = slope * x + rng.normal(0, spread, count)
    return np.stack([x, y], axis=1)
