"""Plain names for the colours of charts."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

Colour = tuple[int, int, int]
"""Red, green and blue, 0..255."""

_HUES = ((14, "red"), (45, "orange"), (68, "yellow"), (160, "green"), (193, "teal"), (247, "blue"), (300, "purple"))
"""Upper end of each hue in degrees, for a full colour."""


def name_of(colour: Colour) -> str:
    """One of twelve plain names, by hue, saturation and value (HSV)."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(part / 255 for part in colour))
    if value < 0.2:
        return "black"
    if saturation < 0.13 or saturation * value < 0.1:
        return "white" if value > 0.93 else "grey"
    return _hue_name(hue * 360, saturation, value)


def sure_name(colour: Colour) -> str | None:
    """The name where a slightly different colour has the same one; None on a border between names."""
    names = _possible_names(colour)
    return names.pop() if len(names) == 1 else None


def telling_names(colours: Sequence[Colour]) -> list[str | None]:
    """The names by which each of a few colours is known from the others; None where two might be called the same.

    Among others a colour on a border between names has one, where no other might have it too.
    """
    names, possible = [name_of(colour) for colour in colours], [_possible_names(colour) for colour in colours]
    found: list[str | None] = []
    for i, name in enumerate(names):
        others = [*names[:i], *names[i + 1 :]]
        if len(possible[i]) > 1:
            others += [one for k, more in enumerate(possible) if k != i for one in more]
        found.append(None if name in others else name)
    return found


def _possible_names(colour: Colour) -> set[str]:
    names = {name_of(colour)}
    for shift in (-9, 9):
        for channel in range(3):
            moved = [min(255, max(0, part + shift * (i == channel))) for i, part in enumerate(colour)]
            names.add(name_of((moved[0], moved[1], moved[2])))
    return names


def distance(first: Colour, second: Colour) -> float:
    """Euclidean, in RGB."""
    return float(sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) ** 0.5)


def all_named(colours: Sequence[Colour]) -> list[str] | None:
    """The name of each, None if one of them has none that is sure."""
    names = [sure_name(colour) for colour in colours]
    return [name for name in names if name] if all(names) else None


def _hue_name(degrees: float, saturation: float, value: float) -> str:
    if degrees < 14 or degrees >= 345:
        dull = value < 0.5 or (saturation < 0.6 and value < 0.6)
        return "pink" if saturation < 0.52 and value > 0.75 else "brown" if dull and degrees < 14 else "red"
    if degrees < 45 and value < 0.72:
        return "brown"
    if 45 <= degrees < 68 and value < 0.5:
        return "brown"
    for bound, name in _HUES:
        if degrees < bound:
            return name
    return "purple" if value < 0.6 else "pink"
