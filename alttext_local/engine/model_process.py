"""A process that has the models of one device, and adapters that ask it.

Where several devices work, each has such a process: one interpreter could not feed them all, an error that a GPU does
not recover from ends with its process, and a call that hangs can be killed. A process belongs to one model thread; when
it dies that thread ends, and whoever comes next starts another.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, cast

import alttext_local
from alttext_local.adapters.adapter import Adapter, Flight, Ways
from alttext_local.adapters.counters import Counters
from alttext_local.catalogue import Card
from alttext_local.engine import wire
from alttext_local.engine.hands import Hands, ProcessDied
from alttext_local.engine.lanes import Answers
from alttext_local.pictures.letterbox import shrink
from alttext_local.types import Picture, Shot

PIPE_BYTES = 1024 * 1024
END_SECONDS = 2.0
"""For a killed process to be gone; one that a driver holds is left to the system."""


class ModelProcess:
    """The parent's end. Asked by one thread, ended by any; started when the first model is loaded."""

    def __init__(self, device: str, load: Callable[[Card, str], Adapter], threads: int = 0) -> None:
        """`load` is a function that can be imported, with `ways` bound to it or not; `threads` to compute with."""
        self._arguments = [json.dumps({"device": device, "threads": threads, **named(load)})]
        self._lock = Lock()
        self._ended = False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def hands(self) -> Hands:
        """For a model thread."""
        return Hands(self.load, self.end, self.alive)

    @property
    def pid(self) -> int | None:
        """Of the process, where it was started."""
        return self._process.pid if self._process else None

    def load(self, card: Card) -> Adapter:
        """Load a card's model there. Raises what the loading raised, or `ProcessDied`."""
        return RemoteAdapter(self, card, self.ask({"do": "load", "card": wire.pack_card(card)}))

    def ask(self, message: Mapping[str, Any], pictures: Sequence[Picture] = ()) -> wire.Message:
        """One message there, one back. Raises what was raised there, or `ProcessDied`."""
        requests, replies = self._pipes()
        try:
            wire.write(requests, message, pictures)
            reply, _ = wire.read(replies)
        except (OSError, EOFError, ValueError) as error:  # a pipe that `end` closed is a ValueError
            self.end()  # it may live, but what it says next would be the answer to another question
            raise ProcessDied from error
        if "error" in reply:
            raise wire.unpack_error(reply)
        return reply

    def alive(self) -> bool:
        """False once it is gone, or was ended."""
        return not self._ended and (self._process is None or self._process.poll() is None)

    def end(self) -> None:
        """Kill it, whatever it has in hand, and let none follow it."""
        with self._lock:
            self._ended = True
            process = self._process
        if process is None:
            return
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()

    def _pipes(self) -> tuple[BinaryIO, BinaryIO]:
        with self._lock:
            if self._ended:
                raise ProcessDied
            if self._process is None:
                try:
                    self._process = _start(self._arguments)
                except OSError as error:
                    raise ProcessDied from error
            return cast(BinaryIO, self._process.stdin), cast(BinaryIO, self._process.stdout)


class RemoteAdapter:
    """A model that lies in another process."""

    def __init__(self, process: ModelProcess, card: Card, loaded: wire.Message) -> None:
        self._process = process
        self._model = loaded["model"]
        self.card = card
        self.device: str = loaded["device"]
        self.abilities = wire.unpack_abilities(loaded["abilities"])
        self.counters = Counters(**loaded["counters"])

    def answer(self, shots: Sequence[Shot]) -> list[Answers]:
        """As the model itself does; `ProcessDied` where its process does not live to say it."""
        shots = [replace(shot, picture=self._as_seen(shot.picture)) for shot in shots]
        message = {"do": "answer", "model": self._model, "shots": wire.pack_shots(shots)}
        reply = self._process.ask(message, [shot.picture for shot in shots])
        self.counters = Counters(**reply["counters"])
        return wire.unpack_answers(reply["answers"])

    def _as_seen(self, picture: Picture) -> Picture:
        """No larger than the model looks at: it would make of it the same, and the pipe is the slow part."""
        sight = self.abilities.sight
        return replace(picture, image=shrink(picture.image, sight)) if sight else picture

    def flight(self) -> Flight | None:
        """None: each token would be a turn over the pipe. Batches are sent whole."""
        return None

    def close(self) -> None:
        """Unload it there, if there is a there."""
        with contextlib.suppress(ProcessDied):
            self._process.ask({"do": "close", "model": self._model})


def named(load: Callable[[Card, str], Adapter]) -> dict[str, Any]:
    """How another process finds `load`: the name to import it by, and its ways without the flying.

    `ValueError` for what has no such name.
    """
    ways: Ways | None = None
    function: Any = load
    if isinstance(load, partial) and not load.args and load.keywords.keys() <= {"ways"}:
        function, ways = load.func, load.keywords.get("ways")
    name = getattr(function, "__qualname__", "<")
    if "<" in name or "." in name:
        raise ValueError("Models of several devices are loaded by a function that can be imported.")
    known = {} if ways is None else {"ways": asdict(replace(ways, flying=None))}
    return {"load": f"{function.__module__}:{name}", **known}


def _start(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    root = str(Path(alttext_local.__file__).resolve().parent.parent)
    paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "alttext_local.engine.serving", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
    )
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        for pipe in (process.stdin, process.stdout):
            fcntl.fcntl(cast(BinaryIO, pipe).fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return process
