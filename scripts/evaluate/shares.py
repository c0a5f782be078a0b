"""Shares with their uncertainty, precision and recall, reliability: the arithmetic of all tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Z = 1.96
"""Of 95 %."""


@dataclass(frozen=True)
class Share:
    """`right` of `count`."""

    right: int
    count: int

    @classmethod
    def of(cls, ones: Iterable[bool]) -> Share:
        """The share of true ones."""
        listed = list(ones)
        return cls(sum(listed), len(listed))

    @property
    def value(self) -> float | None:
        """0 to 1; None of nothing."""
        return self.right / self.count if self.count else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's interval of 95 % (Wilson 1927), which holds near 0 and 1 and for few cases too."""
        if not self.count:
            return None
        share, n = self.right / self.count, self.count
        middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z / (1 + Z * Z / n) * (share * (1 - share) / n + Z * Z / (4 * n * n)) ** 0.5
        return max(0.0, middle - half), min(1.0, middle + half)

    def document(self) -> dict[str, object]:
        """For JSON."""
        value, interval = self.value, self.interval
        return {
            "right": self.right,
            "count": self.count,
            "share": None if value is None else round(value, 4),
            "interval": None if interval is None else [round(end, 4) for end in interval],
        }


def kinds_table(pairs: Sequence[tuple[str, str]], names: Sequence[str]) -> dict[str, object]:
    """Of (true, said) pairs: precision and recall by name, confusion, the share right of all and the mean of names."""
    rows = {
        name: {
            "recall": Share.of(said == name for true, said in pairs if true == name).document(),
            "precision": Share.of(true == name for true, said in pairs if said == name).document(),
        }
        for name in names
    }
    confusion = {
        name: {other: times for other in names if (times := sum(p == (name, other) for p in pairs))} for name in names
    }
    recalls = [Share.of(said == name for true, said in pairs if true == name).value for name in names]
    present = [one for one in recalls if one is not None]
    return {
        "all": Share.of(true == said for true, said in pairs).document(),
        "mean_of_kinds": round(sum(present) / len(present), 4) if present else None,
        "kinds": rows,
        "confusion": {name: row for name, row in confusion.items() if row},
    }


def reliability(claims: Sequence[tuple[float, bool]], bins: int = 10) -> dict[str, object]:
    """The reliability diagram of (confidence, right) claims and the expected calibration error.

    ECE is the mean over bins of equal width of |share right - mean confidence|, weighed by their claims (Guo et al.
    2017, On Calibration of Modern Neural Networks).
    """
    rows: list[dict[str, float]] = []
    error = 0.0
    for number in range(bins):
        inside = [one for one in claims if min(int(one[0] * bins), bins - 1) == number]
        if inside:
            confidence = sum(c for c, _ in inside) / len(inside)
            right = sum(r for _, r in inside) / len(inside)
            error += abs(right - confidence) * len(inside) / len(claims)
            rows.append({"confidence": round(confidence, 4), "right": round(right, 4), "count": len(inside)})
    return {"ece": round(error, 4) if claims else None, "bins": rows}


def coverage_curve(claims: Sequence[tuple[float, bool]], steps: int = 50) -> list[dict[str, float]]:
    """For gates from 0 to 1: the share of claims that pass, and how many of those are right."""
    rows = []
    for step in range(steps + 1):
        gate = step / steps
        kept = [right for confidence, right in claims if confidence >= gate]
        if kept:
            rows.append(
                {
                    "gate": gate,
                    "coverage": round(len(kept) / len(claims), 4),
                    "precision": round(sum(kept) / len(kept), 4),
                }
            )
    return rows


def ordered(counts: Mapping[str, int], most: int) -> dict[str, int]:
    """The most frequent ones, the most frequent first."""
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:most])
