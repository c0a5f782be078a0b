"""People go before jobs, also where the two are served by two processes of one machine.

A lock on a file says it, since a lock ends with the process that held it: the server holds it shared while
somebody waits for an answer, and a worker looks, before it begins something, whether it could have it alone.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

PATIENCE_SECONDS = 10.0
"""So long people may keep a worker waiting; then it does a little, so that no job stands still for ever."""
LOOK_SECONDS = 0.02


class Precedence:
    """One process's side of the lock. Thread-safe."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._guard = Lock()
        self._waiting = 0

    @contextmanager
    def somebody_waits(self) -> Iterator[None]:
        """While it lasts, workers of this machine begin nothing new, up to their patience."""
        with self._guard:
            self._waiting += 1
            if self._waiting == 1:
                self._take()
        try:
            yield
        finally:
            with self._guard:
                self._waiting -= 1
                if self._waiting == 0:
                    fcntl.flock(self._file, fcntl.LOCK_UN)

    def wait(self, patience: float = PATIENCE_SECONDS) -> bool:
        """Return when nobody waits for an answer (True), or when patience is over (False)."""
        until = time.monotonic() + patience
        while not self._nobody_waits():
            if time.monotonic() > until:
                return False
            time.sleep(LOOK_SECONDS)
        return True

    def close(self) -> None:
        """Let the lock go for good."""
        os.close(self._file)

    def _take(self) -> None:
        for _ in range(5):  # a worker that looks holds it for microseconds; an event loop waits for nobody
            try:
                fcntl.flock(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                continue
            return

    def _nobody_waits(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        fcntl.flock(self._file, fcntl.LOCK_UN)
        return True
