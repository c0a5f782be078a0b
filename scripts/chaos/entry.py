"""The command line, whole or with one thing broken, so that the harness can be shown to see what it is there for.

`BROKEN` in the environment names what is broken; the product knows nothing of it.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from alttext_local import assemble_jobs
from alttext_local.cli import main as command_line
from alttext_local.jobs.desk import Desk, Wishes
from alttext_local.jobs.files import key_of
from alttext_local.jobs.intake import take_in
from alttext_local.jobs.job import Job, Progress
from alttext_local.jobs.ledger import Order
from alttext_local.jobs.on_dbos import DbosQueue
from alttext_local.jobs.worker import Worker
from alttext_local.settings import Settings

VARIABLE = "CHAOS_BROKEN"
LATE_SECONDS = 0.5
"""So long after its acknowledgement the broken desk writes a job down."""


def main() -> None:
    """Run the command line, broken as the environment wishes."""
    broken = {"acknowledge-before-commit": acknowledge_before_commit, "no-reclaim": no_reclaim}
    wish = os.environ.get(VARIABLE, "")
    if wish:
        broken[wish]()
    command_line()


def acknowledge_before_commit() -> None:
    """A job is answered for at once and written down a moment later."""

    def take(self: Desk, part: Path, wishes: Wishes) -> Job:
        intake = take_in(part, wishes.file_name, self._limits.archive, self._limits.fields, self._models)
        order = Order(wishes.owner, wishes.file_name, intake.items, wishes.user_email, wishes.callback_url)
        self._files.put(part, key_of(order.id, "input"))

        def commit() -> None:
            time.sleep(LATE_SECONDS)
            self.ledger.open_job(order)

        threading.Thread(target=commit, daemon=True).start()
        now, progress = datetime.now(UTC), Progress(len(intake.items), 0, 0)
        return Job(order.id, wishes.owner, wishes.file_name, "Queued", now, now, progress)

    Desk.take = take  # type: ignore[method-assign]


def no_reclaim() -> None:
    """A worker has another name after each start, and nobody puts again what the dead one had in hand."""

    @contextmanager
    def another_name(settings: Settings) -> Iterator[str]:  # noqa: ARG001
        yield uuid.uuid4().hex

    assemble_jobs.worker_name = another_name
    DbosQueue.take_over = lambda *_: 0  # type: ignore[method-assign]
    Worker._take_over = lambda self: None  # type: ignore[method-assign]  # noqa: ARG005


if __name__ == "__main__":
    main()
