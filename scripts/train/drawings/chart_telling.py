"""Turns the numbers behind a chart into sentences, keywords and facts: only what can be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from PIL.Image import Image

from alttext_local.structure.colours import name_of
from scripts.train.drawings.chart_palettes import Colour
from scripts.train.drawings.drawing import Drawing, Fact


@dataclass
class Telling:
    """What there is to say of one picture."""

    sentences: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)

    def say(self, sentence: str, keyword: str = "") -> None:
        """One more sentence, and the keyword that goes with it."""
        self.sentences.append(sentence)
        if keyword:
            self.say_keyword(keyword)

    def say_keyword(self, keyword: str) -> None:
        """One more keyword, unless it is there already or there are six."""
        if keyword not in self.keywords and len(self.keywords) < 6:
            self.keywords.append(keyword)

    def drawing(self, kind: str, image: Image, written: Mapping[str, Fact] = MappingProxyType({})) -> Drawing:
        """The finished drawing; short lists of keywords are filled up with what all charts share.

        `written` are words on the picture that are facts too, such as its `title`.
        """
        for spare in ("chart", "data"):
            if len(self.keywords) < 3:
                self.say_keyword(spare)
        return Drawing(image, kind, tuple(self.sentences), tuple(self.keywords), {**self.facts, **written})


def number_of(count: int, thing: str, things: str = "") -> str:
    """A count with its noun: `1 bar`, `3 bars`."""
    return f"{count} {thing if count == 1 else things or thing + 's'}"


def nth(index: int) -> str:
    """0 is `1st`; good for the small numbers of a chart."""
    return f"{index + 1}{ {0: 'st', 1: 'nd', 2: 'rd'}.get(index, 'th') }"


def unique_name(colours: Sequence[Colour], index: int) -> str:
    """The name of this colour, if no other of them is called the same; else nothing."""
    names = Counter(name_of(colour) for colour in colours)
    mine = name_of(colours[index])
    return mine if names[mine] == 1 else ""


def colour_names(colours: Sequence[Colour]) -> list[str]:
    """The plain name of each colour."""
    return [name_of(colour) for colour in colours]


def clear_largest(values: Sequence[float] | np.ndarray, margin: float = 0.06) -> int | None:
    """The index of the largest, where one can see that it is."""
    order = np.argsort(values)
    if len(order) < 2:
        return None
    first, second = float(values[order[-1]]), float(values[order[-2]])
    return int(order[-1]) if first - second > margin * max(abs(first), 1e-9) else None


def clear_smallest(values: Sequence[float] | np.ndarray, margin: float = 0.05) -> int | None:
    """The index of the smallest, where one can see that it is."""
    order = np.argsort(values)
    if len(order) < 2:
        return None
    gap = float(values[order[1]]) - float(values[order[0]])
    return int(order[0]) if gap > margin * max(float(np.max(np.abs(values))), 1e-9) else None


def rank_agreement(values: Sequence[float] | np.ndarray) -> float:
    """Spearman's correlation of the values with their order."""
    ranks = np.argsort(np.argsort(values))
    return float(np.corrcoef(np.arange(len(ranks)), ranks)[0, 1]) if len(ranks) > 1 else 0.0


def trend_of(values: Sequence[float] | np.ndarray) -> str:
    """`rise`, `fall`, `rise and then fall`, `fall and then rise`, `show no clear trend`, or nothing if in doubt."""
    series = np.asarray(values, float)
    if len(series) < 3:
        return ""
    whole = rank_agreement(series)
    span = float(np.ptp(series))
    if abs(whole) > 0.85 and abs(series[-1] - series[0]) > 0.6 * span:
        return "rise" if whole > 0 else "fall"
    if len(series) >= 5:
        for sign, name in ((1, "rise and then fall"), (-1, "fall and then rise")):
            top = int(np.argmax(sign * series))
            inner = 0.2 * len(series) < top < 0.8 * (len(series) - 1)
            ends = span * 0.45 < min(abs(series[top] - series[0]), abs(series[top] - series[-1]))
            left, right = rank_agreement(series[: top + 1]), rank_agreement(series[top:])
            if inner and ends and sign * left > 0.8 and sign * right < -0.8:
                return name
        if abs(whole) < 0.3:
            return "show no clear trend"
    return ""


def singular(trend: str) -> str:
    """The same words for one line: `rises and then falls`."""
    return trend.replace("rise", "rises").replace("fall", "falls").replace("show", "shows")


def plural_colours(names: Sequence[str], things: str) -> str:
    """`The bars are blue.` or `The bars have 3 colours.`"""
    kinds = dict.fromkeys(names)
    if len(kinds) == 1:
        return f"The {things} are {names[0]}."
    return f"The {things} have {len(kinds)} colours."
