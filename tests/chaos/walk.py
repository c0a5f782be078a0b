"""One job's whole way in one process, with no model and no queue between: what the tests of the points let die."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from PIL import Image

from alttext_local.assemble import open_store
from alttext_local.assemble_jobs import JobParts, job_parts
from alttext_local.jobs.desk import Wishes
from alttext_local.jobs.queue import Handler
from alttext_local.jobs.worker import Worker
from alttext_local.settings import load_settings
from alttext_local.types import Description, Provenance, Request, Verdict

IMAGES = 5
VERDICT = Verdict("blank", "decorative", 1.0, 1.0, True, True)


class StraightQueue:
    """The port of the queue at its simplest: what is put is done at once."""

    def start(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers

    def put(self, task: str, key: str, args: Sequence[str | int], *, turn: int = 1, delay: float = 0) -> None:
        self._handlers[task](*args)

    def take_over(self, worker: str) -> int:
        return 0

    def close(self, seconds: float) -> None:
        pass


class Reader:
    """Says the size of each picture."""

    def submit(self, data: bytes, request: Request, owner: str) -> Future[Description]:
        with Image.open(io.BytesIO(data)) as image:
            text = f"A field of {image.width} by {image.height}."
        told = Provenance(request.selected_model, "reader", "1", "1", "1", False, 0.0)
        done: Future[Description] = Future()
        done.set_result(Description(text, ("blank",), ("a", "b", "c"), "", "", told, VERDICT))
        return done


def archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        target.writestr("c.json", "{}")
        for number in range(IMAGES):
            picture = io.BytesIO()
            Image.new("RGB", (8 + number, 8), "navy").save(picture, "PNG")
            target.writestr(f"{number}.png", picture.getvalue())
    return stream.getvalue()


def hand_in(parts: JobParts, callback_url: str) -> None:
    part = parts.desk.new_part()
    part.write_bytes(archive())
    print("acknowledged", parts.desk.take(part, Wishes("a.zip", "me", "", callback_url)).id, flush=True)


def main() -> None:
    """`walk CALLBACK_URL [purge]`: hand a job in unless there is one, do all there is to do, erase it if wished."""
    settings = load_settings()
    database = open_store(settings)
    parts = job_parts(settings, database, ["gpt-4o"])
    if not parts.ledger.jobs():
        hand_in(parts, sys.argv[1])
    shards = parts.shards(lambda _: Reader(), lambda: False)
    worker = Worker("walker", parts.ledger, StraightQueue(), shards, parts.errands, parts.desk)
    worker.run(worker.idle)
    while not worker.idle():  # what came to be due in the last look
        worker.look()
    if "purge" in sys.argv:
        parts.desk.purge(0, 0)
    database.dispose()
    print("walked", json.dumps([job.id for job in parts.ledger.jobs()]), flush=True)
