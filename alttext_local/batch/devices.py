"""Several devices of one machine: an engine process for each, fed by this one over pipes.

A process that dies is started again; what it had in hand is refused with `ModelDown`, and the runner tries it again.
The other end is `device_process`.
"""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import asdict
from typing import Any, BinaryIO

from alttext_local import errors
from alttext_local.answer import ImageAnswer
from alttext_local.batch.house import Keys
from alttext_local.catalogue import Card
from alttext_local.errors import AltTextError, BadRequest, ModelDown
from alttext_local.types import Request

HEAD = struct.Struct(">QQQ")
"""A message: its number, bytes of JSON, bytes of data."""
RESTARTS, RESTART_WINDOW = 5, 300.0
"""A process that dies oftener than this in so many seconds is given up."""
WHAT = "--devices must be all, or a list such as cuda:0,cuda:1 or cpu,cpu."
Message = tuple[int, dict[str, Any], bytes]


def environments(text: str, gpus: int, variables: Mapping[str, str] = os.environ) -> list[dict[str, str]]:
    """What each engine process finds in its environment. `all`: each of so many GPUs, else one CPU. `BadRequest`."""
    names = text.split(",") if text != "all" else [f"cuda:{n}" for n in range(gpus)] or ["cpu"]
    visible = [one for one in variables.get("CUDA_VISIBLE_DEVICES", "").split(",") if one]
    made = []
    for name in (one.strip() for one in names):
        if name == "cpu":
            made.append({"ALTTEXT_DEVICE": "cpu"})
        elif (found := re.fullmatch(r"cuda:([0-9]{1,3})", name)) and int(found[1]) < gpus:
            number = int(found[1])
            shown = visible[number] if number < len(visible) else str(number)
            made.append({"ALTTEXT_DEVICE": "cuda", "CUDA_VISIBLE_DEVICES": shown})
        else:
            raise BadRequest(f"{WHAT} There are {gpus} GPUs here.")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    on_cpu = sum(one["ALTTEXT_DEVICE"] == "cpu" for one in made)
    if on_cpu > 1 and "OMP_NUM_THREADS" not in variables:
        for one in made:
            one["ALTTEXT_MODEL_THREADS"] = str(max(1, cores // on_cpu))
    return made


class Crew(Keys):
    """The engine processes as one house; an image goes to the one with the least in hand."""

    def __init__(self, places: Sequence[Mapping[str, str]], models: Sequence[str], card: Callable[[str], Card]) -> None:
        """Start a process in each environment; each loads `models` first. Raises what a process cannot start for."""
        super().__init__(card)
        self.members = [Member(place, models) for place in places]
        try:
            for member in self.members:
                member.wait()
        except AltTextError:
            self.close()
            raise

    def submit(self, data: bytes, request: Request) -> Future[ImageAnswer]:
        """Begin; `ModelDown` when no process is left."""
        ready = [member for member in self.members if member.ready]
        if not ready:
            raise ModelDown("No engine process is there.")
        return min(ready, key=lambda member: member.in_hand).submit(data, request)

    def close(self) -> None:
        """End the processes, whatever they have in hand."""
        for member in self.members:
            member.close()


class Member:
    """One engine process."""

    def __init__(self, place: Mapping[str, str], models: Sequence[str]) -> None:
        self._place = dict(place)
        self._models = list(models)
        self._lock = threading.Lock()
        self._hands: dict[int, Future[ImageAnswer]] = {}
        self._number = 0
        self._closed = False
        self._deaths: deque[float] = deque(maxlen=RESTARTS)
        self._born: Future[None] = Future()
        self.ready = False
        """Whether it can take an image now."""
        self._process = self._start()
        self._reader = threading.Thread(target=self._read, name="device", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Of the process that is there now."""
        return self._process.pid

    @property
    def in_hand(self) -> int:
        """Images that it has."""
        return len(self._hands)

    def wait(self) -> None:
        """Until its models are loaded; raises why they could not be."""
        self._born.result()

    def submit(self, data: bytes, request: Request) -> Future[ImageAnswer]:
        """Send an image."""
        future: Future[ImageAnswer] = Future()
        with self._lock:
            self._number += 1
            number, process = self._number, self._process
            self._hands[number] = future
            try:
                send(process.stdin, (number, asdict(request), data))
            except (OSError, ValueError):  # it died a moment ago; its reader may have told the others already
                self._hands.pop(number, None)
                future.set_exception(ModelDown())
        return future

    def close(self) -> None:
        """End it."""
        with self._lock:
            self._closed = True
            self._process.kill()
        self._reader.join(5)
        bury(self._process)

    def _start(self) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "alttext_local.device_process", json.dumps(self._models)]
        environment = {**os.environ, **self._place}
        return subprocess.Popen(words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def _read(self) -> None:
        while not self._closed:
            process = self._process
            while (message := receive(process.stdout)) is not None:
                self._take(*message[:2])
            self._mourn(process)

    def _take(self, number: int, said: dict[str, Any]) -> None:
        """An answer, or with number 0 how the start went."""
        error = error_of(said["error"]) if "error" in said else None
        if number == 0:
            self.ready = error is None
            if not self._born.done():
                self._born.set_exception(error) if error else self._born.set_result(None)
            return
        future = self._hands.pop(number, None)
        with suppress(InvalidStateError):
            if future is not None:
                future.set_exception(error) if error else future.set_result(ImageAnswer.model_validate(said["answer"]))

    def _mourn(self, process: subprocess.Popen[bytes]) -> None:
        """It died: tell those who wait, and start it again unless it dies all the time."""
        self.ready = False
        with self._lock:
            bury(process)
            hands, self._hands = self._hands, {}
        for future in hands.values():
            with suppress(InvalidStateError):
                future.set_exception(ModelDown())
        if not self._born.done():
            self._born.set_exception(ModelDown("An engine process ended while it was starting."))
            self._closed = True
        now = time.monotonic()
        if len(self._deaths) == RESTARTS and now - self._deaths[0] < RESTART_WINDOW:
            self._closed = True
        self._deaths.append(now)
        with self._lock:
            if not self._closed:
                self._process = self._start()


def bury(process: subprocess.Popen[bytes]) -> None:
    """Close what a dead process leaves open."""
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            if pipe is not None:
                pipe.close()


def send(pipe: BinaryIO | Any, message: Message) -> None:
    """Write a message whole."""
    number, said, data = message
    text = json.dumps(said).encode()
    pipe.write(HEAD.pack(number, len(text), len(data)) + text)
    pipe.write(data)
    pipe.flush()


def receive(pipe: BinaryIO | Any) -> Message | None:
    """The next message; None at the end of the pipe, also within a message."""
    head = pipe.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    number, text_size, data_size = HEAD.unpack(head)
    text, data = pipe.read(text_size), pipe.read(data_size)
    if len(text) < text_size or len(data) < data_size:
        return None
    return number, json.loads(text), data


def said_of(error: BaseException) -> dict[str, str]:
    """An error for the other end."""
    ours = error if isinstance(error, AltTextError) else AltTextError()
    return {"type": type(ours).__name__, "detail": ours.detail}


def error_of(said: Mapping[str, str]) -> AltTextError:
    """The way back."""
    kind = getattr(errors, said["type"], AltTextError)
    return kind(said["detail"]) if isinstance(kind, type) and issubclass(kind, AltTextError) else AltTextError()
