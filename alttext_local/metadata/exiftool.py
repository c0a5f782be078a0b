"""One exiftool process that answers command after command.

PyExifTool was looked at: it has no time limit, takes no name that is not UTF-8 or has a line break, and leaves an
exiftool behind when its parent is killed. What is needed here is short.
"""

from __future__ import annotations

import contextlib
import html
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from alttext_local.errors import MissingProgram

CONFIG = Path(__file__).with_name("provenance.config")
INSTALL = "Install it: sudo apt-get install libimage-exiftool-perl (or: brew install exiftool)."


@dataclass(frozen=True)
class Said:
    """What exiftool answered."""

    out: str
    errors: str


class ExiftoolFailed(Exception):
    """It died or took too long over a file; the next command gets a new process."""


def find_exiftool() -> Path | None:
    """The program on this machine's path."""
    found = shutil.which("exiftool")
    return Path(found) if found else None


class Exiftool:
    """Blocks; may be used from several threads, one command at a time. It reads no configuration but ours.

    It never sees a name of the user's: each file is reached by a link in a private folder, so names that begin with
    `-`, end in `|`, or hold line breaks or bytes that are no UTF-8 cannot mean anything to it.
    """

    def __init__(self, seconds: float, program: Path | None = None) -> None:
        """`seconds` for one command. `MissingProgram`, with what to do, when exiftool is not here."""
        found = program or find_exiftool()
        if found is None:
            raise MissingProgram(f"exiftool is not found. {INSTALL}")
        self._program = str(found)
        self._seconds = seconds
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="alttext-exiftool-"))
        self._errors = (self._folder / "errors").open("w+b", buffering=0)

    def run(self, arguments: Sequence[str]) -> Said:
        """One command; each argument is one line of ASCII or UTF-8. `ExiftoolFailed` when it dies or is too slow."""
        if any("\n" in argument or "\r" in argument for argument in arguments):
            raise ValueError("an argument has a line break")
        with self._lock:
            process = self._running()
            clock = threading.Timer(self._seconds, _kill, (process,))
            clock.daemon = True
            clock.start()
            try:
                return self._exchange(process, arguments)
            except OSError:
                self._end()
                raise ExiftoolFailed from None
            finally:
                clock.cancel()

    @contextlib.contextmanager
    def linked(self, path: Path, suffix: str) -> Iterator[str]:
        """A name that exiftool can be given for a file or folder, with an ending that says what it is."""
        link = self._folder / f"{next(self._numbers)}{suffix}"
        link.symlink_to(path.absolute())
        try:
            yield str(link)
        finally:
            link.unlink(missing_ok=True)

    def version(self) -> str:
        """Such as `12.57`."""
        return self.run(["-ver"]).out.strip()

    def close(self) -> None:
        """End the process and remove the private folder."""
        with self._lock:
            self._end()
            self._errors.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                [self._program, "-config", str(CONFIG), "-stay_open", "True", "-@", "-"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                cwd=self._folder,
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for the run, which finishes the file in hand
            )
        return self._process

    def _exchange(self, process: subprocess.Popen[bytes], arguments: Sequence[str]) -> Said:
        stdin, stdout = process.stdin, process.stdout
        if stdin is None or stdout is None:
            raise OSError
        self._errors.seek(0)
        self._errors.truncate()
        number = next(self._numbers)
        stdin.write("\n".join([*arguments, f"-execute{number}", ""]).encode("utf-8", "replace"))
        stdin.flush()
        end, lines = f"{{ready{number}}}".encode(), []
        while (line := stdout.readline()).rstrip(b"\r\n") != end:
            if not line:
                raise OSError
            lines.append(line)
        self._errors.seek(0)
        return Said(b"".join(lines).decode("utf-8", "replace"), self._errors.read().decode("utf-8", "replace").strip())

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        _kill(process)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With its children, for exiftool may be a script around the program: they would hold the pipe open."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg") and process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def escaped(text: str) -> str:
    """A value for a command with `-E`: one line, whatever the text holds."""
    return html.escape(text, quote=False).replace("\n", "&#10;")


def _environment() -> dict[str, str]:
    """Nothing of Perl's or exiftool's own switches; times in UTC; and whose death is to be its own."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP") if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC", "ALTTEXT_PARENT": str(os.getpid())}
