"""The kill harness in short: a real server and worker with a shipped model. The long form is `make chaos`."""

from __future__ import annotations

from pathlib import Path

from scripts.chaos.run import run

SECONDS = 300
"""Of killing at most: what it takes on a slow machine."""


def test_twelve_kills_lose_nothing(tmp_path: Path) -> None:
    came = run(tmp_path, kills=12, seconds=SECONDS, seed=5)
    assert came["kills"] >= 12, came
    assert came["acknowledged"] > 0
    assert came["results"] == came["images"] > 0 or came["cancelled"]
    assert came["clean"], came


def test_an_acknowledgement_before_the_commit_is_seen(tmp_path: Path) -> None:
    points = {"server": ["job-written"]}
    came = run(tmp_path, kills=2, seconds=SECONDS, broken="acknowledge-before-commit", quiet=10, points=points)
    assert came["kills"] >= 2, came
    assert came["lost"] >= 1, came


def test_work_that_nobody_takes_up_again_is_seen(tmp_path: Path) -> None:
    came = run(tmp_path, kills=2, seconds=SECONDS, broken="no-reclaim", quiet=10, points={"worker": ["shard-begun"]})
    assert came["kills"] >= 2, came
    assert came["standing"] >= 1, came
