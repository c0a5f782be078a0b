"""docs/RELIABILITY.md, from what was counted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

INTRODUCTION = """\
# Reliability: what `kill -9` does to bulk jobs

Made by `make chaos` (`python -m scripts.chaos.run`); the figures are in `reliability.json`. Do not edit by hand.

A real `alttext-local serve` and a real `alttext-local worker`, with a shipped model, are killed with SIGKILL again and
again, at random moments and at named points of a job's way (`alttext_local/jobs/points.py`), and started again at once.
Meanwhile a client sends ZIPs of 3 to 12 pictures of 48 x 48 pixels, cancels one job in 25, and takes callbacks, a tenth
of which it answers with 500 first. Then nobody is killed any more, the house comes to rest, and every job is looked
at: in the ledger, in the status document, in the output ZIP, in what the receiver got, in the folder of files.
"""
LIMITS = """\
## What this does not show

- A killed process is not a failed power supply: what the kernel had in memory was kept. That a commit is on the disk
  before it is acknowledged rests on `fsync` and `synchronous=FULL`, which no kill of a process can test.
- Most processes are forked from one that has imported the program and done nothing else, so that a start takes about a
  second; {cold} starts went through the interpreter as a user's do. Between import and the first line of our own
  nobody is killed in the others.
- The worker is started beside the server here, not by it; the tests of `serve` show that one.
- Pictures are tiny and the model is the small one that is shipped: long generations are not exercised.
- An image that a worker seems to die of eight times running is given up by rule and becomes a failure; under so many
  kills that can hit an innocent one. They are counted above.
"""


def write_markdown(path: Path, runs: Sequence[dict[str, Any]], kills: int) -> None:
    """Write the page."""
    whole = [run for run in runs if not run["broken"]]
    broken = [run for run in runs if run["broken"]]
    cold = sum(run["cold_starts"] for run in whole)
    parts = [INTRODUCTION, _machine(kills), _outcome(whole), *map(_places, whole)]
    if broken:
        parts.append(_broken(broken))
    path.write_text("\n".join([*parts, LIMITS.format(cold=cold)]), encoding="utf-8")


def _machine(kills: int) -> str:
    return f"Command: `make chaos KILLS={kills}`. Machine: {os.cpu_count()} processor cores, no GPU, Linux.\n"


def _outcome(runs: Sequence[dict[str, Any]]) -> str:
    rows = (
        ("kills", "kills"), ("minutes of killing", "minutes"), ("jobs acknowledged", "acknowledged"),
        ("jobs committed, but killed before the answer", "unacknowledged_but_there"),
        ("uploads without an answer", "uploads_unanswered"), ("jobs cancelled", "cancelled"),
        ("images", "images"), ("results", "results"), ("callbacks received", "callbacks"),
        ("jobs told more than once, by the same id and body", "told_more_than_once"),
        ("images given up by rule", "given_up"), ("files of no job, swept", "left_by_the_dead"),
        ("**acknowledged jobs lost**", "lost"), ("**jobs standing**", "standing"),
        ("**images without a result**", "incomplete"), ("**images with two results**", "twice"),
        ("**ledger, document and output disagree**", "disagreeing"), ("**jobs told by two ids**", "two_ids"),
        ("**ids with two bodies**", "two_bodies"), ("**files left after purge**", "files_left"),
        ("processes that ended of themselves", "ended_by_themselves"),
    )  # fmt: skip
    for run in runs:
        run["minutes"] = round(run["seconds"] / 60, 1)
    head = ["## What came of it\n", "| | " + " | ".join(run["database"] for run in runs) + " |"]
    head.append("|---|" + "---:|" * len(runs))
    body = [f"| {title} | " + " | ".join(f"{run[key]}" for run in runs) + " |" for title, key in rows]
    return "\n".join([*head, *body, ""])


def _places(run: dict[str, Any]) -> str:
    lines = [f"## Where was killed: {run['database']}\n", "| process and place | kills |", "|---|---:|"]
    lines += [f"| {place} | {count} |" for place, count in run["kills_by_place"].items()]
    return "\n".join([*lines, ""])


def _broken(runs: Sequence[dict[str, Any]]) -> str:
    lines = ["## Would it be seen?\n", "The same, with one thing broken on purpose (`scripts/chaos/entry.py`):\n"]
    lines += ["| broken | kills | acknowledged | lost | standing | seen |", "|---|---:|---:|---:|---:|---|"]
    for run in runs:
        seen = "yes" if not run["clean"] else "NO"
        lines.append(
            f"| {run['broken']} | {run['kills']} | {run['acknowledged']} | {run['lost']} | {run['standing']} | {seen} |"
        )
    return "\n".join([*lines, ""])
