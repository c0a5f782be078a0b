"""The queue on DBOS Transact: SQLite for one machine, PostgreSQL for several.

A task is a workflow of one kind, whose id is the task's key. DBOS keeps what waits and what is in hand,
gives it out by turn, and after a crash gives out again what the dead process had in hand.
https://docs.dbos.dev/python/reference/queues
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from itertools import count

from alttext_local.jobs.queue import Handler

APP = "alttext-local"
WAITS = frozenset({"ENQUEUED", "PENDING", "DELAYED"})
POLL_SECONDS = 0.1
LAST_TURN = 2**31 - 2
IMAGES, ERRANDS = "images", "errands"
"""Two queues: telling somebody that a job has ended never waits behind a million images."""
log = logging.getLogger(__name__)


class DbosQueue:
    """One process's share in the queue. There can be one in a process."""

    def __init__(self, url: str, worker: str, *, shards: int = 2, errands: int = 4) -> None:
        """`url` is SQLAlchemy's, `worker` names this process over restarts; how many shards and errands at once."""
        from dbos import DBOS, DBOSPortableJSONSerializer

        self._dbos = DBOS
        self._handlers: dict[str, Handler] = {}
        self._at_once = {IMAGES: shards, ERRANDS: errands}
        DBOS(
            config={
                "name": APP,
                "system_database_url": url,
                "application_version": "1",
                "executor_id": worker,
                "serializer": DBOSPortableJSONSerializer(),
                "log_level": "WARNING",
                "enable_otlp": False,
                "notification_listener_polling_interval_sec": 1.0,
            }
        )

        @DBOS.workflow(name="task")
        def do(task: str, args: list[str | int]) -> None:
            self._handlers[task](*args)

    def start(self, handlers: Mapping[str, Handler]) -> None:
        """Launch DBOS and listen to both queues."""
        self._handlers.update(handlers)
        self._dbos.launch()
        for name, at_once in self._at_once.items():
            self._dbos.register_queue(
                name, worker_concurrency=at_once, polling_interval_sec=POLL_SECONDS, on_conflict="always_update"
            )

    def put(self, task: str, key: str, args: Sequence[str | int], *, turn: int = 1, delay: float = 0) -> None:
        """Enqueue a workflow under the first id of this key that is not over."""
        for number in count():
            workflow = f"{task}:{key}" if number == 0 else f"{task}:{key}~{number}"
            status = self._dbos.get_workflow_status(workflow)
            if status is not None and status.status in WAITS:
                return
            if status is None:
                break
        options = {
            "workflow_name": "task",
            "queue_name": IMAGES if task == "shard" else ERRANDS,
            "workflow_id": workflow,
            "priority": min(max(turn, 1), LAST_TURN),
            "app_version": "1",
        }
        if delay > 0:
            options["delay_seconds"] = delay
        self._dbos.enqueue_workflow_with_options(options, task, list(args))  # type: ignore[arg-type]

    def take_over(self, worker: str) -> int:
        """Resume what a dead worker had in hand."""
        left = self._dbos.list_workflows(status="PENDING", executor_id=worker, load_input=False, load_output=False)
        for workflow in left:
            queue = IMAGES if workflow.workflow_id.startswith("shard:") else ERRANDS
            self._dbos.resume_workflow(workflow.workflow_id, queue_name=queue)
        return len(left)

    def close(self, seconds: float = 0) -> None:
        """Take DBOS down."""
        self._dbos.destroy(workflow_completion_timeout_sec=round(seconds))
