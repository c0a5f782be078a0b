"""Makes a folder of real charts with facts known from their source, to score what is said of charts.

`real-charts.csv` names the charts (repository, path, commit, licence, and the file beside the picture that
the facts are read from); each was looked at beside its facts. They are for evaluation alone.

    python -m scripts.train.real_charts CLONES FOLDER

writes FOLDER/NAME.png in full size and FOLDER/facts.json, a list of objects: file, repository, path, commit,
licence, kind, and what is sure of: layout (single, grouped, stacked), horizontal, groups, series, values,
labels, largest and smallest (counted from 1, from the left or top; in a pie, clockwise), trend, lines,
points, slices, shares, title, x_title, y_title. What is not sure is not there.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scripts.train.chartjs_config import read_fixture, tell_config
from scripts.train.listed import Listed, read_list
from scripts.train.vega_scene import Facts, read_scene, tell_scene

LIST = Path(__file__).with_name("real-charts.csv")


@dataclass(frozen=True)
class RealChart(Listed):
    """A chart, and which file of the same commit says what it shows."""

    source: str


def read_charts(listed: Path = LIST) -> list[RealChart]:
    """All charts of the list, in its order."""
    return read_list(RealChart, listed)


def tell_source(name: str, data: bytes) -> Facts | None:
    """The facts in a source: an SVG by Vega, or a Chart.js fixture (data with `config`)."""
    if name.endswith(".svg"):
        scene = read_scene(data.decode("utf-8"))
        return tell_scene(scene) if scene else None
    fixture = read_fixture(data.decode("utf-8"))
    return tell_config(fixture["config"]) if "config" in fixture else None


def gather_charts(charts: Iterable[RealChart], clones: Path, folder: Path) -> list[Facts]:
    """Writes pictures and facts into `folder`; raises FileNotFoundError or ValueError on what is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    told: list[Facts] = []
    for chart in charts:
        facts = tell_source(chart.source, chart.read(clones, chart.source))
        if facts is None:
            raise ValueError(f"{chart.repo}: {chart.source} tells nothing")
        file = f"{chart.owner_and_name}__{chart.path.removesuffix('.png').replace('/', '_')}.png"
        (folder / file).write_bytes(chart.read(clones))
        whence = {"repository": chart.repo, "path": chart.path, "commit": chart.commit, "licence": chart.licence}
        told.append({"file": file, **whence, **facts})
    (folder / "facts.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return told


def main() -> None:
    """Gathers the charts of the list."""
    parser = argparse.ArgumentParser(description=gather_charts.__doc__)
    parser.add_argument("clones", type=Path, help="folder of clones, each named owner+name")
    parser.add_argument("folder", type=Path, help="where the charts and their facts go")
    arguments = parser.parse_args()
    print(len(gather_charts(read_charts(), arguments.clones, arguments.folder)), "charts")


if __name__ == "__main__":
    main()
