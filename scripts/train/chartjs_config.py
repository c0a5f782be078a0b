"""The facts of a chart out of a Chart.js configuration (Chart.js documentation, "Configuration")."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from scripts.train.vega_scene import Facts, tell_rows, tell_shares


def read_fixture(text: str) -> Any:
    """The fixture in a JSON file, or in a script that does nothing but export plain data.

    A script is never run. Raises ValueError (json.JSONDecodeError) where there is more in it than data.
    """
    text = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE).strip()
    if not text.startswith("{"):
        text = text.removeprefix("module.exports =").strip().removesuffix(";")
        text = re.sub(r"'([^'\"\n]*)'", r'"\1"', text)
        text = re.sub(r"([{,]\s*)([A-Za-z_]\w*)\s*:", r'\1"\2":', text)
        text = re.sub(r",(\s*[}\]])", r"\1", text)
    return json.loads(text)


def tell_config(config: Mapping[str, Any]) -> Facts | None:
    """The facts of a plain bar, line or pie chart; None where an option could change what is seen."""
    kind, data, options = config.get("type"), config.get("data", {}), config.get("options", {})
    sets = [one for one in data.get("datasets", []) if not one.get("hidden")]
    if not sets or any(one.get("type", kind) != kind or not _plain(one.get("data")) for one in sets):
        return None
    if kind in ("pie", "doughnut"):
        return _tell_pie(sets, options)
    lengths = {len(one["data"]) for one in sets}
    if kind not in ("bar", "line") or len(lengths) != 1 or _clipped(options):
        return None
    titles = _titles(options)
    if kind == "line":
        if any(one.get("showLine") is False or one.get("borderColor") == "transparent" for one in sets):
            return None
        return {"kind": "line chart", "lines": len(sets), "points": lengths.pop(), **titles}
    return _tell_bars(sets, data, options, titles)


def _tell_bars(sets: list[Any], data: Mapping[str, Any], options: Mapping[str, Any], titles: Facts) -> Facts | None:
    stacked = any(scale.get("stacked") for scale in _scales(options))
    layout = "single" if len(sets) == 1 else "stacked" if stacked else "grouped"
    values = np.array([one["data"] for one in sets], float).T
    if layout == "stacked" and bool((values < 0).any()):
        return None
    facts: Facts = {"kind": "bar chart", "horizontal": options.get("indexAxis") == "y"}
    shown = [scale.get("display", True) for scale in _scales(options)]
    if all(shown) and len(data.get("labels", [])) == len(values):
        facts["labels"] = [" ".join(one) if isinstance(one, list) else str(one) for one in data["labels"]]
    return {**facts, **tell_rows(layout, values), **titles}


def _tell_pie(sets: list[Any], options: Mapping[str, Any]) -> Facts | None:
    values = [float(value) for value in sets[0]["data"] if value]
    turned = {"circumference", "rotation"} & {*options, *sets[0], *options.get("datasets", {}).get("doughnut", {})}
    if len(sets) != 1 or turned or len(values) < 2 or min(values) < 0:
        return None
    return {"kind": "pie chart", **tell_shares([value / sum(values) for value in values])}


def _plain(values: object) -> bool:
    return isinstance(values, list) and bool(values) and all(isinstance(one, int | float) for one in values)


def _clipped(options: Mapping[str, Any]) -> bool:
    """Whether a scale is cut, turned, or no linear one: then order and lengths are not those of the data."""
    odd = {"min", "max", "reverse", "suggestedMin", "suggestedMax"}
    scales = _scales(options)
    return any(odd & set(scale) or scale.get("type") in ("logarithmic", "time") for scale in scales)


def _scales(options: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The settings of the scales; a scale that is only switched on or off has none."""
    found = options.get("scales") or {}
    return [one if isinstance(one, dict) else {"display": bool(one)} for one in found.values()]


def _titles(options: Mapping[str, Any]) -> Facts:
    title = options.get("plugins", {}).get("title", {})
    return {"title": str(title["text"])} if title.get("display") and title.get("text") else {}
