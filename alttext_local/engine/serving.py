"""The process that has the models of one device: `python -m alttext_local.engine.serving ARGUMENTS`.

It answers one message after the other on its pipes (`engine.wire`) until its parent closes them or is gone.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, BinaryIO

from alttext_local.adapters.adapter import Adapter, Ways, use_threads
from alttext_local.catalogue import Card
from alttext_local.engine import wire
from alttext_local.errors import OutOfMemory
from alttext_local.outbound import OUTBOUND


class Serving:
    """Models by number."""

    def __init__(self, load: Callable[[Card], Adapter]) -> None:
        self._load = load
        self._adapters: dict[int, Adapter] = {}
        self._next = 0

    def reply(self, message: wire.Message, pixels: memoryview) -> wire.Message:
        """What is answered to a message: what was asked for, or the error of it. Never raises an `Exception`."""
        try:
            return self._done(message, pixels)
        except Exception as error:
            ours = OutOfMemory() if isinstance(error, MemoryError) else error
            reply = wire.pack_error(ours, "".join(traceback.format_exception(error)))
            traceback.clear_frames(error.__traceback__)  # which would keep the failed batch's tensors alive
            return reply

    def _done(self, message: wire.Message, pixels: memoryview) -> wire.Message:
        if message["do"] == "load":
            row = message["card"]
            said = {"folder": Path(row["folder"]), "languages": tuple(row["languages"]), "fill": tuple(row["fill"])}
            adapter = self._load(Card(**{**row, **said}))
            self._next += 1
            self._adapters[self._next] = adapter
            known = {"model": self._next, "device": adapter.device, "abilities": asdict(adapter.abilities)}
            return {**known, "counters": asdict(adapter.counters)}
        if message["do"] == "close":
            self._adapters.pop(message["model"]).close()
            return {}
        adapter = self._adapters[message["model"]]
        answers = adapter.answer(wire.unpack_shots(message["shots"], pixels))
        return {"answers": wire.pack_answers(answers), "counters": asdict(adapter.counters)}


def listen(pipe: BinaryIO) -> SimpleQueue[tuple[wire.Message, memoryview]]:
    """The messages that come, read by a thread of its own.

    So this process is gone as soon as its parent is, even in the midst of a batch that takes minutes: the pipe ends
    with whoever held its other end, however that one died.
    """
    messages: SimpleQueue[tuple[wire.Message, memoryview]] = SimpleQueue()

    def hear() -> None:
        try:
            while True:
                messages.put(wire.read(pipe))
        finally:
            os._exit(0)

    Thread(target=hear, name="alttext-listener", daemon=True).start()
    return messages


def loader(said: Mapping[str, Any]) -> Callable[[Card], Adapter]:
    """Who loads models here, by the name that `model_process.named` gave."""
    module, _, name = said["load"].partition(":")
    load = getattr(importlib.import_module(module), name)
    bound = partial(load, ways=Ways(**said["ways"])) if "ways" in said else load
    return lambda card: bound(card, said["device"])


def main() -> None:
    """Take the pipes away from everything else that may print, then serve."""
    for unwanted in (signal.SIGINT, signal.SIGTERM):
        signal.signal(unwanted, signal.SIG_IGN)  # they go to a whole group: the parent drains first
    OUTBOUND.guard()
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    messages = listen(sys.stdin.buffer)
    said = json.loads(sys.argv[1])
    if said["threads"]:
        use_threads(said["threads"])
    serving = Serving(loader(said))
    while True:
        wire.write(replies, serving.reply(*messages.get()))


if __name__ == "__main__":
    main()
