"""Opening a file: its bytes go to a child process that decodes it, and a `Picture` comes back.

A child that dies, hangs or takes too much is the end of that one picture; the next gets a new child.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Self

from PIL import Image

import alttext_local
from alttext_local.errors import AltTextError, BadRequest, Draining, UnreadableImage, UnsupportedFormat
from alttext_local.pictures.decoding import HEAD, LENGTH, READY
from alttext_local.pictures.formats import API_FORMATS, Format, format_of, webp_frames
from alttext_local.pictures.limits import Limits
from alttext_local.pictures.pixels import MOST_PIXELS
from alttext_local.pictures.tiff import tiff_pages
from alttext_local.types import Facts, Picture

EMPTY = "The file is empty."
TOO_LONG = "The image takes longer to decode than the limit of {} seconds."
GAVE_UP = "The image cannot be decoded within the limits of processor time and memory."
MOST_JSON = 64 * 1024
START_SECONDS = 60.0
"""For a child's own start, which is not the picture's time."""


class Opener:
    """A pool of decoding children. `open` blocks and may be called from several threads at once."""

    def __init__(self, limits: Limits, workers: int, formats: tuple[Format, ...] = API_FORMATS) -> None:
        self._limits = limits
        self._formats = formats
        self._closed = False
        self._children = [_Child(limits, formats) for _ in range(workers)]
        self._free: queue.LifoQueue[_Child] = queue.LifoQueue()
        for child in self._children:
            self._free.put(child)

    def open(self, data: bytes) -> Picture:
        """The picture in a file's bytes.

        `BadRequest` for no bytes, `UnsupportedFormat` for what is none of the formats of this opener,
        `UnreadableImage` for damage and for whatever is over a limit.
        """
        if not data:
            raise BadRequest(EMPTY)
        name = format_of(data, self._formats)
        if name is None:
            raise UnsupportedFormat
        with self._child() as child:
            image, facts = child.decode(data)
        return Picture(image, facts, hashlib.sha256(data).hexdigest(), name, pages_of(data, name))

    def close(self) -> None:
        """End the children, whatever they have in hand."""
        self._closed = True
        for child in self._children:
            child.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _child(self) -> Iterator[_Child]:
        child = self._free.get()
        try:
            if self._closed:
                raise Draining
            yield child
        except UnreadableImage:
            if self._closed:  # the child was ended, the picture is not to blame
                raise Draining from None
            raise
        finally:
            self._free.put(child)


def pages_of(data: bytes, name: Format) -> int:
    """Pages of a TIFF, frames of a WEBP; the other formats are not counted (1)."""
    if name == "TIFF":
        return tiff_pages(data)
    return webp_frames(data) if name == "WEBP" else 1


class _Child:
    """One process, started anew after it died. Used by one thread at a time; `end` by any."""

    def __init__(self, limits: Limits, formats: tuple[Format, ...]) -> None:
        self._limits = limits
        self._arguments = [json.dumps(asdict(limits)), json.dumps(formats)]
        self._ended = False
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._start()

    def decode(self, data: bytes) -> tuple[Image.Image, Facts]:
        """`UnreadableImage` where the child says so, and where it does not live to say it."""
        process = self._running()
        clock = _Clock(process, self._limits.seconds)
        with clock:
            try:
                return _picture(*_exchange(process, data))
            except (OSError, EOFError, ValueError, KeyError, TypeError):
                self._start()
        seconds = f"{self._limits.seconds:g}"
        raise UnreadableImage(TOO_LONG.format(seconds) if clock.struck else GAVE_UP)

    def end(self) -> None:
        """Kill the process and let none follow it."""
        with self._lock:
            self._ended = True
            self._kill()

    def _running(self) -> subprocess.Popen[bytes]:
        """The process, once it said that it is ready. `AltTextError` when it cannot start: no picture's fault."""
        if self._process is None or self._process.poll() is not None:
            self._start()
        process = self._process
        if process is None:
            raise Draining
        if not self._ready:
            with _Clock(process, START_SECONDS):
                self._ready = _out(process).read(1) == READY
            if not self._ready:
                raise Draining if self._ended else AltTextError
        return process

    def _start(self) -> None:
        with self._lock:
            self._kill()
            if self._ended:
                return
            root = str(Path(alttext_local.__file__).resolve().parent.parent)
            self._ready = False
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-m", "alttext_local.pictures.decoding", *self._arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": root, "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", **_system()},
                cwd=root,
            )
            _widen(self._process)

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()


class _Clock:
    """Kills a process that is not done with its task in time."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self.struck = False
        self._process = process
        self._timer = threading.Timer(seconds, self._strike)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _strike(self) -> None:
        self.struck = True
        self._process.kill()


def _exchange(process: subprocess.Popen[bytes], data: bytes) -> tuple[dict[str, Any], bytearray]:
    requests, replies = process.stdin, _out(process)
    if requests is None:
        raise EOFError
    requests.write(LENGTH.pack(len(data)))
    requests.write(data)
    requests.flush()
    text_length, pixel_length = HEAD.unpack(_exactly(replies, HEAD.size))
    if text_length > MOST_JSON or pixel_length > 3 * MOST_PIXELS:
        raise ValueError
    return json.loads(_exactly(replies, text_length)), _exactly(replies, pixel_length)


def _exactly(pipe: BinaryIO, length: int) -> bytearray:
    """`length` bytes; `EOFError` when the pipe ends before."""
    buffer = bytearray(length)
    view, filled = memoryview(buffer), 0
    while filled < length:
        count = pipe.readinto(view[filled:])  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        filled += count
    return buffer


def _picture(reply: dict[str, Any], pixels: bytearray) -> tuple[Image.Image, Facts]:
    """What a child says is checked, for what decodes a hostile file may have been taken over by it."""
    if "error" in reply:
        raise UnreadableImage(str(reply["error"]))
    width, height = (int(side) for side in reply["size"])
    if min(width, height) < 1 or width * height * 3 != len(pixels):
        raise ValueError
    facts = dict(reply["facts"])
    facts["colours"] = tuple((str(name), float(share)) for name, share in facts["colours"])
    return Image.frombytes("RGB", (width, height), pixels), Facts(**facts)


def _out(process: subprocess.Popen[bytes]) -> BinaryIO:
    if process.stdout is None:
        raise EOFError
    return process.stdout  # type: ignore[return-value]


def _system() -> dict[str, str]:
    """What Windows needs to start a process at all."""
    return {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}


def _widen(process: subprocess.Popen[bytes]) -> None:
    """Pipes of 1 MiB instead of 64 KiB, where the system can: fewer turns between the two processes."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, 1024 * 1024)
