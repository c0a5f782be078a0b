"""The worker process beside a server: started with it, started again when it dies, stopped with it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from threading import Event, Thread

log = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
STEADY_SECONDS = 30.0
"""A worker that lived so long is started again at once when it dies."""


class WorkerBeside:
    """Keeps one worker process alive."""

    def __init__(self, environment: Mapping[str, str], stop_seconds: float = 15) -> None:
        """`environment` is what the worker's settings are beyond our own environment."""
        self._environment = {**os.environ, **environment}
        self._stop_seconds = stop_seconds
        self._stopped = Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper = Thread(target=self._keep, name="worker-keeper", daemon=True)

    def start(self) -> None:
        """Start the process, and watch it in a thread."""
        self._keeper.start()

    def close(self) -> None:
        """Ask the process to end, wait for it, and do without it then."""
        self._stopped.set()
        if self._keeper.ident is not None:
            self._keeper.join(self._stop_seconds + 5)

    def _keep(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopped.is_set():
            began = time.monotonic()
            code = self._run()
            if self._stopped.is_set():
                return
            pause = FIRST_PAUSE if time.monotonic() - began > STEADY_SECONDS else min(LONGEST_PAUSE, 2 * pause)
            log.warning("the worker ended", extra={"exit": code, "again_in": pause})
            self._stopped.wait(pause)

    def _run(self) -> int:
        command = [sys.executable, "-m", "alttext_local.cli", "worker", "--beside", str(os.getpid())]
        with subprocess.Popen(command, env=self._environment, stdin=subprocess.DEVNULL) as process:
            while process.poll() is None:
                if self._stopped.wait(0.2):
                    process.terminate()
                    try:
                        process.wait(self._stop_seconds)
                    except subprocess.TimeoutExpired:
                        process.kill()
            return process.returncode
