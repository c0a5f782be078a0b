"""Figures become a table and a page; nothing is in them that was not measured."""

from __future__ import annotations

import pytest

from scripts.bench.report import machine, page, read, table, write
from scripts.bench.turns import percentile

ROWS = [
    {"name": "plain loop", "seconds": [4.0, 2.0, 3.0], "images_per_second": 2.0, "memory": 2**30, "same_texts": 1.0},
    {"name": "ours", "seconds": [1.0, 1.0, 1.0], "images_per_second": 5.0, "memory": 2**30, "same_texts": 0.5},
    {"name": "pipeline", "impossible": "ImportError: torchvision"},
]


def result(workload, model="tiny"):
    told = {"model": model, "dtype": "float32", "device": "cpu", "gate": "equal", "contenders": ROWS}
    return {"workload": workload, "pictures": 6, "machine": machine(), **told}


def test_the_table_has_only_what_was_measured():
    lines = table(result("one")).splitlines()
    assert lines[0] == "| contender | images/s | to the first | median s | rounds | peak GiB | same texts |"
    assert lines[2] == "| plain loop | 2 | 1.00x | 3 | 3 | 1.00 | 100% |"
    assert lines[3] == "| ours | 5 | 2.50x | 1 | 3 | 1.00 | 50% |"
    assert lines[-1] == "pipeline could not run: ImportError: torchvision."


def test_the_page_is_made_from_the_files_in_the_order_of_workloads(tmp_path):
    for number, workload in enumerate(("files", "one")):
        write(tmp_path / f"{number}.json", result(workload))
    told = page(read(sorted(tmp_path.iterdir())))
    assert told.index("## One picture: tiny") < told.index("## Files to JSON lines: tiny")
    assert "6 pictures, float32 on cpu" in told and "Gate: equal." in told
    assert "## What this does not show" in told


@pytest.mark.parametrize(("share", "value"), [(0.5, 5), (0.99, 10), (0.1, 1), (1.0, 10)])
def test_percentiles_are_values_that_were_measured(share, value):
    assert percentile(list(range(10, 0, -1)), share) == value
