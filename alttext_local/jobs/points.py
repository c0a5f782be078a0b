"""Named points on the way of a job, at which a test of reliability lets the process die.

Nothing happens at them but one look into the environment, unless `ALTTEXT_DIE_AT` names a point: `shard-begun` or,
for the third time that it is reached, `shard-begun:3`. Then the process ends as by `kill -9`.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

VARIABLE = "ALTTEXT_DIE_AT"
SERVER = ("upload-spooled", "upload-stored", "job-written", "job-committed")
"""Reached where an upload is taken in; `job-written` lies inside the transaction."""
WORKER = (
    "shards-put", "shards-noted",
    "shard-begun", "result-ready", "result-kept", "shard-described", "shard-done",
    "output-written", "output-stored", "end-written", "job-ended",
    "callback-due", "callback-sent", "callback-noted",
)  # fmt: skip
"""Reached where a job is worked on; `end-written` lies inside the transaction."""
TIDYING = ("input-deleted", "job-deleted")
"""Reached where old files and jobs are erased: the file is gone, the ledger does not know yet."""
NAMES = SERVER + WORKER + TIDYING
_reached: Counter[str] = Counter()


def reach(name: str) -> None:
    """Die here where the environment says so."""
    wish = os.environ.get(VARIABLE)
    if wish:
        _die(name, *wish.partition(":")[::2])


def _die(name: str, wanted: str, time: str) -> None:
    if name != wanted:
        return
    _reached[name] += 1
    if _reached[name] >= int(time or 1):
        os.write(2, f"died at {name}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)
