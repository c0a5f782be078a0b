"""Starts processes quickly: one that has imported the program, and has done nothing else, forks each of them.

To import the program takes seconds, to fork milliseconds; what a child then does (settings, database, model, queue) it
does from the beginning, as after any start. A share of the starts goes without the nursery, as a user's do.
Used as `python -m scripts.chaos.nursery MODULE...`, with a JSON object a line on standard input.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (
    "alttext_local.cli",
    "alttext_local.api.server",
    "alttext_local.adapters.llava",
    "dbos",
    "scripts.chaos.entry",
)

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
"""What keeps libraries from starting threads when they are imported; the last one is pyarrow's, where it is there."""


class Child:
    """A process that was started, by a handle that no other process can inherit the number of."""

    def __init__(self, pid: int, log: Path, process: subprocess.Popen[bytes] | None = None) -> None:
        self.log = log
        self._process = process
        self.handle: int | None = None
        with suppress(ProcessLookupError):
            self.handle = os.pidfd_open(pid)

    def wait(self, seconds: float) -> bool:
        """Whether it ended within so long."""
        return self.handle is None or bool(select.select([self.handle], [], [], max(0.0, seconds))[0])

    def signal(self, what: signal.Signals) -> None:
        """Send a signal; a process that has ended gets none."""
        if self.handle is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.handle, what)

    def close(self) -> None:
        """Let the handle go; the process has ended."""
        if self._process is not None:
            self._process.wait()
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None


class Nursery:
    """A warm parent."""

    def __init__(self, *modules: str) -> None:
        """`modules` are imported before the first fork."""
        words = [sys.executable, "-m", "scripts.chaos.nursery", *modules]
        environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT)}
        self._parent = subprocess.Popen(
            words, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._parent.stdout is not None
        assert self._parent.stdout.readline() == "ready\n"

    def start(self, module: str, words: Sequence[str], environment: Mapping[str, str], log: Path) -> Child:
        """Run `module.main()` in a child, with `words` as its arguments and its output appended to `log`."""
        assert self._parent.stdin is not None and self._parent.stdout is not None
        wish = {"module": module, "words": list(words), "environment": dict(environment), "log": str(log)}
        self._parent.stdin.write(json.dumps(wish) + "\n")
        self._parent.stdin.flush()
        return Child(int(self._parent.stdout.readline()), log)

    def close(self) -> None:
        """End the parent; its children go on."""
        self._parent.communicate()


def start_cold(module: str, words: Sequence[str], environment: Mapping[str, str], log: Path) -> Child:
    """The same from nothing, by the interpreter."""
    program = ["-c", f"from {module} import main; main()", *words]
    with log.open("ab") as stream:
        process = subprocess.Popen(
            [sys.executable, *program],
            env=dict(environment),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )
    return Child(process.pid, log, process)


def main() -> None:
    """The parent."""
    for module in sys.argv[1:]:
        importlib.import_module(module)
    gc.freeze()
    if len(list(Path("/proc/self/task").iterdir())) != 1:
        raise SystemExit("an import has started a thread: no safe parent")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that the dead are gone at once
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _live(json.loads(line))
        print(pid, flush=True)


def _live(wish: dict[str, object]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(str(wish["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(wish["environment"])  # type: ignore[call-overload]
    sys.argv = ["alttext-local", *wish["words"]]  # type: ignore[misc]
    code = 0
    try:
        importlib.import_module(str(wish["module"])).main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 70
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
