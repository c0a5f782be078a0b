"""One engine process of a batch run on several devices: images in by standard input, answers out by standard output.

`python -m alttext_local.device_process '["gpt-4o"]'`; its device stands in the environment. It ends with its input.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from concurrent.futures import Future
from threading import Lock
from typing import Any, BinaryIO

from alttext_local.assemble_batch import one_engine
from alttext_local.batch.devices import receive, said_of, send
from alttext_local.errors import AltTextError
from alttext_local.log import configure_logging
from alttext_local.settings import load_settings
from alttext_local.types import Request


def serve(models: list[str], requests: BinaryIO, replies: BinaryIO) -> None:
    """Say that the models are there, or why not; then answer until `requests` ends."""
    lock = Lock()

    def say(number: int, said: dict[str, Any]) -> None:
        with lock:
            send(replies, (number, said, b""))

    def answered(number: int, future: Future[Any]) -> None:
        error = future.exception()
        say(number, {"error": said_of(error)} if error else {"answer": future.result().model_dump()})

    try:
        with one_engine(load_settings(), models) as house:
            say(0, {})
            while (message := receive(requests)) is not None:
                number, asked, data = message
                try:
                    future = house.submit(data, Request(**asked))
                except AltTextError as error:
                    say(number, {"error": said_of(error)})
                else:
                    future.add_done_callback(lambda done, number=number: answered(number, done))  # type: ignore[misc]
    except BrokenPipeError:
        pass
    except AltTextError as error:
        say(0, {"error": said_of(error)})


def main() -> None:
    """Take standard output away from everything else that may print, then serve. Signals are the parent's matter."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    configure_logging("error")
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(json.loads(sys.argv[1]), sys.stdin.buffer, replies)
    os._exit(0)  # whatever is still in hand: nobody waits for it


if __name__ == "__main__":
    main()
