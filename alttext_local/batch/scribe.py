"""Putting the texts of a run into its images, or beside them, while the next ones are described.

A file into which a text was written has other bytes than the image that was described. So the journal is told the
hash of the new bytes, and has it on the disk, **before** they take the old ones' place: killed at any moment, the next
start knows both for the same content, describes nothing again, and writes what had not been written.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Literal

from alttext_local.batch.journal import Journal
from alttext_local.batch.row import Row, Writing
from alttext_local.batch.sources import Entry
from alttext_local.batch.tally import Tally
from alttext_local.errors import AltTextError, MetadataFailed
from alttext_local.metadata.replacing import CHANGED, IN_USE
from alttext_local.metadata.text import Text
from alttext_local.metadata.writer import Writer

MOST = 64
"""Texts in hand beyond which no more images are read."""
BEAT = 0.5
"""Seconds between two looks at whether all is over."""
TRIES = 10
"""So often a file is tried that somebody else is writing."""
PERSONS = "a person's text is there"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Way:
    """How texts go into files."""

    to: Literal["image", "sidecar"]
    overwrite: bool = False
    """Also over a person's text."""
    hands: int = 2
    """Files at once, each with an exiftool of its own."""


@dataclass(frozen=True)
class Order:
    """A text and where it goes."""

    entry: Entry
    key: str
    content: str
    """The hash of the bytes that were described."""
    text: Text


class Scribe:
    """Writes in threads of its own; whoever has the journal tells it what, and does what it hands back (`tell`)."""

    def __init__(self, way: Way, journal: Journal, tally: Tally, tell: Callable[[Callable[[], None]], object]) -> None:
        """`tell` brings a call to the journal's thread. `MissingProgram` without exiftool."""
        self._way = way
        self._journal = journal
        self._tally = tally
        self._tell = tell
        self._writers = [Writer(sidecar=way.to == "sidecar") for _ in range(way.hands)]
        self._free: SimpleQueue[Writer] = SimpleQueue()
        for writer in self._writers:
            self._free.put(writer)
        self._hands = ThreadPoolExecutor(way.hands, thread_name_prefix="scribe")
        self._promises: list[Future[None]] = []
        self._closed = False
        self.in_hand = 0

    @property
    def has_room(self) -> bool:
        """Whether it keeps up."""
        return self.in_hand < MOST

    def take(self, entry: Entry, key: str) -> None:
        """The text of a row is there: have it written, unless it is."""
        if self._journal.is_written(entry.path, entry.number, key, self._way.to):
            self._tally.written += 1
            return
        row = self._journal.row_at(entry.path, entry.number)
        if row is not None and row.answer is not None:
            self.in_hand += 1
            self._hands.submit(self._write, Order(entry, key, row.sha256, text_of(row)))

    def keep(self) -> None:
        """Bring to the disk what was promised, and let go on who waits for it."""
        promises, self._promises = self._promises, []
        if promises:
            self._journal.commit()
        for promise in promises:
            promise.set_result(None)

    def close(self) -> None:
        """Let go of who waits, and end the programs."""
        self._closed = True
        self._hands.shutdown(wait=True, cancel_futures=True)
        for writer in self._writers:
            writer.close()

    # in threads of its own

    def _write(self, order: Order) -> None:
        writer = self._free.get()
        try:
            writing, found = self._written(writer, order)
        except AltTextError as error:
            writing, found = Writing("failed", error.detail), ""
        except Exception:
            log.exception("a text could not be written")
            writing, found = Writing("failed", MetadataFailed.sentence), ""
        finally:
            self._free.put(writer)
        self._tell(lambda: self._note(order, writing, found))

    def _written(self, writer: Writer, order: Order) -> tuple[Writing, str]:
        """What became of it, and what bytes the image has now; nothing where they are what was found."""
        place, new = Path(order.entry.place), list[str]()

        def agreed(image: Path, part: Path) -> None:
            new.append(hash_of(part))
            self._promised(hash_of(image), new[0], order.content)

        for tries_left in reversed(range(TRIES)):
            try:
                done = writer.write(place, order.text, overwrite=self._way.overwrite, agreed=agreed)
                break
            except MetadataFailed as error:  # another hand may have it, by a link
                if error.detail != IN_USE or not tries_left:
                    raise
                time.sleep(BEAT)
        if done.outcome == "kept":
            return Writing("kept", PERSONS), ""
        if done.where.samefile(place):
            return Writing("written"), new[0] if new else hash_of(place)
        return Writing("sidecar", done.why), ""

    def _promised(self, old: str, new: str, content: str) -> None:
        """Wait until the journal knows the new bytes. `MetadataFailed` where the old ones are not those described."""
        promise: Future[None] = Future()

        def put() -> None:
            if (self._journal.copied(old, "written") or old) != content:
                promise.set_exception(MetadataFailed(CHANGED))
                return
            self._journal.put_copy(new, "written", content)
            self._promises.append(promise)

        self._tell(put)
        while True:
            try:
                return promise.result(BEAT)
            except TimeoutError:
                if self._closed:
                    raise MetadataFailed from None

    def _note(self, order: Order, writing: Writing, found: str) -> None:
        """In the journal's thread."""
        self.in_hand -= 1
        if writing.outcome in ("written", "sidecar"):
            self._tally.written += 1
        else:
            self._tally.unwritten += 1
        entry = order.entry
        self._journal.put_writing(entry.path, entry.number, order.key, self._way.to, found, writing)


def text_of(row: Row) -> Text:
    """What of a row goes into its image."""
    assert row.answer is not None and row.request is not None
    said, by = row.answer, row.answer.provenance
    made = (by.model, by.revision, by.engine_version, by.prompt_version)
    return Text(said.alt_text, said.description, row.request.language, *made, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")


def hash_of(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
