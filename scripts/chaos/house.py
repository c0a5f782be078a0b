"""A house whose processes are killed: how each is started, how each comes to its end, and what was counted."""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from alttext_local.jobs.points import SERVER, VARIABLE, WORKER
from scripts.chaos import entry
from scripts.chaos.client import TOKEN
from scripts.chaos.nursery import PROGRAM, ROOT, Child, Nursery, start_cold

COLD = 0.08
"""Share of the starts that go without the nursery."""
NAMED = {"server": 0.4, "worker": 0.7}
"""Share of the lives that are to end at a named point."""
TIMES = {"server": (1, 2, 4, 8), "worker": (1, 1, 2, 3)}
"""At the n-th time that the point is reached. Servers live longer, so that there is work to be killed at."""
MOMENTS = {"server": ((0.02, 2), (3, 12), (3, 12)), "worker": ((0.02, 1.5), (0.5, 8))}
"""Seconds from the start to a random end, from and to."""
PATIENCE = 25.0
"""A life that has not come to its named point by then is killed where it is."""


@dataclass
class Counts:
    """How processes ended."""

    kills: Counter[str] = field(default_factory=Counter)
    """Role and place to how often, such as `worker at job-ended`."""
    cold: int = 0
    by_themselves: list[str] = field(default_factory=list)
    """Ends that nobody asked for: role and the end of the log."""

    @property
    def total(self) -> int:
        """Kills of all kinds."""
        return sum(self.kills.values())


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """The processes of one house over one data folder."""

    def __init__(self, folder: Path, seed: int, more: dict[str, str], workers: Sequence[str] = ("",)) -> None:
        """`more` goes into the environment; `workers` are names, "" for the one that has none of its own."""
        self.folder = folder
        self.port = free_port()
        self.counts = Counts()
        self.workers = tuple(workers)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("ALTTEXT_")} | {
            "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
            "ALTTEXT_DATA_DIR": str(folder / "data"), "ALTTEXT_MODELS_DIR": str(ROOT / "models"),
            "ALTTEXT_DEVICE": "cpu", "ALTTEXT_PRELOAD": "gpt-4o", "ALTTEXT_TOKENS": TOKEN,
            "ALTTEXT_WORKER": "none", "ALTTEXT_DECODE_WORKERS": "1", "ALTTEXT_OCR_WORKERS": "1",
            "ALTTEXT_LINK_SECONDS": "604800", "ALTTEXT_CALLBACK_HOSTS": "127.0.0.1", "ALTTEXT_JOBS_PER_TOKEN": "10000",
            "ALTTEXT_HOST": "127.0.0.1", "ALTTEXT_PORT": str(self.port),
        } | more  # fmt: skip
        self._dice = random.Random(seed)
        self._lives = 0
        self._lock = threading.Lock()
        (folder / "data").mkdir(exist_ok=True, mode=0o700)
        (folder / "logs").mkdir(exist_ok=True)
        self.nursery = Nursery(*PROGRAM)

    @property
    def url(self) -> str:
        """Where the server is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, role: str, name: str = "", die_at: str = "", *, cold: bool = False) -> Child:
        """Start the `server` or a `worker`."""
        with self._lock:
            self._lives += 1
            environment = dict(self.environment)
            if die_at:
                environment[VARIABLE] = die_at
            if name:
                environment["ALTTEXT_WORKER_NAME"] = name
            log = self.folder / "logs" / f"{role}-{self._lives}.log"
            start = start_cold if cold else self.nursery.start
            return start(entry.__name__, ["serve" if role == "server" else "worker"], environment, log)

    def ready(self, seconds: float = 120) -> None:
        """Wait until the server listens."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise SystemExit("the server does not listen")

    def torment(
        self, enough: Callable[[], bool], seconds: float, points: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        """Kill and start anew until it is `enough`, or the time is over.

        With `points`, by role: nothing is left to chance, each life ends at one of them, and who has none lives on.
        """
        until = time.monotonic() + seconds
        both = threading.Event()

        def over() -> bool:
            return enough() or time.monotonic() > until

        threads = []
        for role, name in [("server", ""), *(("worker", name) for name in self.workers)]:
            dice = random.Random(self._dice.random())
            if points is None:
                threads.append(threading.Thread(target=self._lead, args=(role, name, over, both, dice)))
            else:
                threads.append(threading.Thread(target=self._lead_to, args=(role, name, over, points.get(role, ()))))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _lead(self, role: str, name: str, over: Callable[[], bool], both: threading.Event, dice: random.Random) -> None:
        """Life after life of one process."""
        points = SERVER if role == "server" else WORKER
        turn = dice.randrange(len(points))
        while not over():
            point = ""
            if dice.random() < NAMED[role]:
                point, turn = points[turn % len(points)], turn + 1
            cold = dice.random() < COLD
            self.counts.cold += cold
            times = dice.choice(TIMES[role])
            child = self.start(role, name, f"{point}:{times}" if point else "", cold=cold)
            self._end(role, child, point, dice, both)

    def _lead_to(self, role: str, name: str, over: Callable[[], bool], points: Sequence[str]) -> None:
        """The same without chance."""
        turn = 0
        while not over():
            point = points[turn % len(points)] if points else ""
            turn += 1
            child = self.start(role, name, point)
            while not (ended := child.wait(0.05)) and not over():
                pass
            if ended:
                self._note_end(role, child, point)
            child.signal(signal.SIGKILL)
            child.wait(30)
            child.close()

    def _end(self, role: str, child: Child, point: str, dice: random.Random, both: threading.Event) -> None:
        """See a life to its end: at its point, at a random moment, or together with the other process."""
        longest = PATIENCE if point else dice.uniform(*dice.choice(MOMENTS[role]))
        together = not point and dice.random() < 0.25
        until = time.monotonic() + longest
        while not (ended := child.wait(0.05)) and time.monotonic() < until:
            if both.is_set() and role == "server":
                break
        if ended:
            self._note_end(role, child, point)
        else:
            if together and role == "worker":
                both.set()
            child.signal(signal.SIGKILL)
            child.wait(30)
            pair = both.is_set()
            if role == "server":
                both.clear()
            self.counts.kills[f"{role} {'together with the other' if pair else 'at a random moment'}"] += 1
        child.close()

    def _note_end(self, role: str, child: Child, point: str) -> None:
        words = child.log.read_text(errors="replace")
        if point and f"died at {point}" in words:
            self.counts.kills[f"{role} at {point}"] += 1
        else:
            self.counts.by_themselves.append(f"{role}: {words[-1500:]}")

    def close(self) -> None:
        """Let the nursery go."""
        self.nursery.close()


def complain(text: str) -> None:
    """One line for whoever watches."""
    print(text, file=sys.stderr, flush=True)
