"""Facts of real charts, read off what their makers wrote beside them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from scripts.train.chartjs_config import read_fixture, tell_config
from scripts.train.pictures import is_permissive
from scripts.train.real_charts import RealChart, gather_charts, read_charts, tell_source
from scripts.train.vega_scene import Facts

WHO = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")


def axis(side: str, said: str, ticks: list[tuple[float, str]]) -> str:
    """An axis as Vega writes it: a label for screen readers and the ticks' texts at their places."""
    texts = "".join(
        f'<text transform="translate({place if side == "X" else -5},{5 if side == "X" else place})">{name}</text>'
        for place, name in ticks
    )
    return (
        f'<g class="mark-group role-axis" aria-roledescription="axis" aria-label="{side}-axis {said}">'
        f'<g class="mark-text role-axis-label">{texts}</g></g>'
    )


def scene(role: str, marks: list[tuple[str, str]], *axes: str, scope: str = "") -> bytes:
    """A Vega scene of a plot 100 pixels wide and high."""
    paths = "".join(
        f'<path role="graphics-symbol" aria-roledescription="{role}" d="{d}" fill="{fill}"/>' for d, fill in marks
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg"><g class="mark-group role-frame root">'
        f'<path class="background" d="M0.5,0.5h100v100h-100Z"/>{"".join(axes)}'
        f'<g class="mark-group role-scope {scope}">{paths}</g></g></svg>'
    ).encode()


def told(role: str, marks: list[tuple[str, str]], *axes: str, scope: str = "") -> Facts | None:
    return tell_source("chart.svg", scene(role, marks, *axes, scope=scope))


TWO = axis("X", "titled 'fruit' for a discrete scale with 2 values: fig, pear", [(25, "fig"), (75, "pear")])
TO_TEN = axis("Y", "titled 'weight' for a linear scale with values from 0 to 10", [(100, "0"), (0, "10")])


def test_single_bars() -> None:
    facts = told("bar", [("M10,80h30v20h-30Z", "red"), ("M60,10h30v90h-30Z", "red")], TWO, TO_TEN)
    assert facts == {
        "kind": "bar chart",
        "horizontal": False,
        "labels": ["fig", "pear"],
        "layout": "single",
        "groups": 2,
        "series": 1,
        "values": [2.0, 9.0],
        "largest": 2,
        "smallest": 1,
        "x_title": "fruit",
        "y_title": "weight",
    }


def test_lying_bars_are_counted_from_the_top_whatever_their_order_in_the_file() -> None:
    rows = axis("Y", "titled 'fruit' for a discrete scale with 2 values: fig, pear", [(75, "pear"), (25, "fig")])
    length = axis("X", "titled 'weight' for a linear scale with values from 0 to 10", [(0, "0"), (100, "10")])
    facts = told("bar", [("M0,60h30v30h-30Z", "red"), ("M0,10h50v30h-50Z", "red")], length, rows)
    assert facts is not None
    assert (facts["horizontal"], facts["labels"], facts["values"]) == (True, ["fig", "pear"], [5.0, 3.0])


@pytest.mark.parametrize(
    ("second", "layout", "values"),
    [
        ("M10,60h30v20h-30Z", "stacked", [[2.0, 2.0], [9.0, 0.0]]),
        ("M25,60h15v40h-15Z", "grouped", [[2.0, 4.0], [9.0, 0.0]]),
    ],
)
def test_bars_of_two_colours_are_stacked_or_stand_beside_each_other(
    second: str, layout: str, values: list[list[float]]
) -> None:
    first = "M10,80h30v20h-30Z" if layout == "stacked" else "M10,80h15v20h-15Z"
    facts = told("bar", [(first, "red"), (second, "blue"), ("M60,10h30v90h-30Z", "red")], TWO, TO_TEN)
    assert facts is not None
    assert (facts["layout"], facts["values"], facts["largest"]) == (layout, values, 2)


@pytest.mark.parametrize(
    ("marks", "scope"),
    [
        ([("M10,20h30v20h-30Z", "red"), ("M60,10h30v90h-30Z", "red")], ""),
        ([("M10,80h30v20h-30Z", "red"), ("M10,60h30v40h-30Z", "blue")], ""),
        ([("M10,80h30v20h-30Z", "red"), ("M60,10h30v90h-30Z", "red")], "cell"),
    ],
    ids=["bars that hang free", "bars over each other", "a facet"],
)
def test_nothing_is_said_in_doubt(marks: list[tuple[str, str]], scope: str) -> None:
    assert told("bar", marks, TWO, TO_TEN, scope=scope) is None


def test_a_line_that_rises() -> None:
    across = axis("X", "titled 'year' for a linear scale with values from 0 to 4", [])
    facts = told("line mark", [("M0,90L25,70L50,50L75,20L100,5", "red")], across, TO_TEN, scope="pathgroup")
    assert facts is not None
    assert (facts["lines"], facts["points"], facts["trend"]) == (1, 5, "rise")


def test_slices_go_clockwise_from_twelve() -> None:
    quarter = ("M50,0A50,50,0,0,0,0,-50L0,0Z", "red")
    rest = ("M0,-50A50,50,0,1,0,50,0L0,0Z", "blue")
    facts = told("arc mark", [rest, quarter])
    assert facts == {
        "kind": "pie chart",
        "donut": False,
        "slices": 2,
        "shares": [0.25, 0.75],
        "largest": 2,
        "smallest": 1,
    }


def test_points_on_two_quantities_are_a_scatter_plot_and_on_a_category_none() -> None:
    across = axis("X", "titled 'length' for a linear scale with values from 0 to 4", [])
    dots = [("M2,0A2,2,0,1,1,-2,0Z", "red")] * 7
    assert told("point", dots, across, TO_TEN) == {
        "kind": "scatter plot",
        "points": 7,
        "x_title": "length",
        "y_title": "weight",
    }
    assert told("point", dots, TWO, TO_TEN) is None


def test_a_chartjs_script_of_plain_data_is_read_and_one_with_more_is_not() -> None:
    data = "{labels: ['a', 'b'],\n datasets: [{data: [1, 3]},]}"
    script = f"// about\nmodule.exports = {{\n  config: {{type: 'bar', data: {data}}}\n}};"
    facts = tell_config(read_fixture(script)["config"])
    assert facts is not None
    assert (facts["values"], facts["labels"], facts["largest"]) == ([1.0, 3.0], ["a", "b"], 2)
    with pytest.raises(json.JSONDecodeError):
        read_fixture("module.exports = {config: {type: 'bar', plugins: [function() { return 1; }]}};")


@pytest.mark.parametrize("scales", [{"y": {"min": 2}}, {"y": {"type": "logarithmic"}}])
def test_a_cut_or_bent_scale_tells_nothing(scales: dict[str, object]) -> None:
    data = {"labels": ["a", "b"], "datasets": [{"data": [1, 3]}]}
    assert tell_config({"type": "bar", "data": data, "options": {"scales": scales}}) is None


def test_charts_are_gathered_as_they_are(tmp_path: Path) -> None:
    clone = tmp_path / "clones" / "somebody+charts"
    clone.mkdir(parents=True)
    (clone / "bars.png").write_bytes(b"any bytes")
    (clone / "bars.svg").write_bytes(
        scene("bar", [("M10,80h30v20h-30Z", "red"), ("M60,10h30v90h-30Z", "red")], TWO, TO_TEN)
    )
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "Charts")):
        subprocess.run(["git", "-C", str(clone), *WHO, *words], check=True)
    head = subprocess.run(["git", "-C", str(clone), "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    chart = RealChart("somebody/charts", "bars.png", head.stdout.strip(), "MIT", "bars.svg")

    gather_charts([chart], clone.parent, tmp_path / "made")

    (facts,) = json.loads((tmp_path / "made" / "facts.json").read_text())
    assert (facts["repository"], facts["values"]) == ("somebody/charts", [2.0, 9.0])
    assert (tmp_path / "made" / facts["file"]).read_bytes() == b"any bytes"


def test_the_list_is_permissive_and_has_each_chart_once() -> None:
    charts = read_charts()
    assert all(is_permissive(chart.licence) and len(chart.commit) == 40 for chart in charts)
    assert len({(chart.repo, chart.path) for chart in charts}) == len(charts) > 100
