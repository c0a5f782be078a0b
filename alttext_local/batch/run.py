"""One start of a run from its beginning to its files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from alttext_local.batch.house import House
from alttext_local.batch.journal import Journal
from alttext_local.batch.outputs import write_outputs
from alttext_local.batch.runner import Rhythm, Runner
from alttext_local.batch.shard import Shard
from alttext_local.batch.sources import PathList, Source
from alttext_local.batch.summary import Summary
from alttext_local.batch.tally import Tally
from alttext_local.errors import AltTextError, MissingFile, RunNotWritten
from alttext_local.jobs.durable import replacing

EMPTIED = "The source has no image any more, and had some when the run was started last: its output was left as it is."


@dataclass(frozen=True)
class Plan:
    """What is to be done."""

    source: Source
    outputs: Sequence[Path]
    """The first one names the folder of the run."""
    shard: Shard = field(default_factory=Shard)
    retry_failed: bool = False
    anew: bool = False
    """Forget what was done before."""
    rhythm: Rhythm = field(default_factory=Rhythm)

    @property
    def folder(self) -> Path:
        """Where the run keeps what it needs to go on after a kill."""
        return run_folder(self.outputs[0])


def run_folder(output: Path) -> Path:
    """The folder of the run that made, or makes, an output."""
    return output.with_name(f"{output.name}.run")


@dataclass(frozen=True)
class Outcome:
    """What became of it."""

    summary: Summary
    complete: bool
    """Whether the source was gone through to its end."""


def carry_out(plan: Plan, house: House, tally: Tally, stopping: Callable[[], bool]) -> Outcome:
    """Describe what is left and write the outputs, also when it was stopped in between.

    Raises `RunIsHere`, `BadSettings`, `RunNotWritten`, and what the runner raises; what is done is kept then.
    """
    try:
        return _carry_out(plan, house, tally, stopping)
    except (sqlite3.Error, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise RunNotWritten(f"{why}.") from error


def _carry_out(plan: Plan, house: House, tally: Tally, stopping: Callable[[], bool]) -> Outcome:
    with Journal(plan.folder) as journal:
        journal.begin(anew=plan.anew)
        _count(plan, tally)
        runner = Runner(
            plan.source,
            house,
            journal,
            tally,
            shard=plan.shard,
            rhythm=plan.rhythm,
            retry_failed=plan.retry_failed,
            stopping=stopping,
        )
        complete = runner.run()
        summary = Summary()
        if complete:
            if not tally.done and journal.any_before():
                raise MissingFile(EMPTIED)
            summary.gone, summary.gone_examples = journal.end()
        for row in write_outputs(plan.outputs, journal.rows(), journal.columns()):
            summary.add(row)
        summary.same = journal.shared()
        _leave_note(plan, summary, complete)
        return Outcome(summary, complete)


def _count(plan: Plan, tally: Tally) -> None:
    """Count the source beside the work. What is wrong with it the runner will say."""
    if isinstance(plan.source, PathList):
        return

    def count() -> None:
        try:
            tally.total = sum(plan.shard.has(entry.path) for entry in plan.source.entries())
        except AltTextError:
            tally.total = None

    Thread(target=count, name="counter", daemon=True).start()


def _leave_note(plan: Plan, summary: Summary, complete: bool) -> None:
    said = {"complete": complete, "shard": f"{plan.shard.number}/{plan.shard.count}", **summary.to_dict()}
    with replacing(plan.folder / "summary.json", 0o666) as stream:
        stream.write(json.dumps(said, ensure_ascii=False, indent=1).encode())
