"""The work of a run: reads files ahead, keeps the engine's batches full, and writes down what comes back.

One thread decides and writes; readers and the house tell it by a queue of events what they have done. So many
images are in hand at a time, and nothing else of the source is in memory.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from alttext_local.answer import ImageAnswer
from alttext_local.batch.house import House
from alttext_local.batch.journal import Journal, Known
from alttext_local.batch.row import Row, failed, kept_of
from alttext_local.batch.shard import Shard
from alttext_local.batch.sources import Entry, Source
from alttext_local.batch.tally import Tally
from alttext_local.errors import (
    AltTextError,
    BadSettings,
    BrokenModel,
    MissingProgram,
    Overloaded,
    Unavailable,
)
from alttext_local.types import Request

OF_THE_HOUSE = (Unavailable, Overloaded, BrokenModel, BadSettings, MissingProgram)
"""What no image can help: it is tried again."""
TRIES = 4
"""So often an image is tried that the house cannot answer while it answers others."""
ALONE = 2
"""After so many refusals it is tried alone: one image that brings an engine down takes others with it."""
BEAT = 0.2
"""Seconds between two looks at whether to stop."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rhythm:
    """How much is in hand at once."""

    window: int = 64
    """Images that the house has at once: enough to keep its batches full."""
    first: int = 32
    """Images at the beginning, while nobody knows how quick the house is."""
    hold: float = 150.0
    """Seconds of work at most that are in hand then: a slow house must not be late for what waits too long."""
    window_bytes: int = 256 * 1024 * 1024
    readers: int = 4
    """Threads that read files."""
    ahead: int = 32
    """Files that are read, or being read, before there is room for them."""
    largest: int = 256 * 1024 * 1024
    """Bytes of one file at most."""
    patience: float = 300.0
    """Seconds without any answer after which a house that refuses is given up."""


@dataclass
class Read:
    """What a reader brings."""

    entry: Entry
    stamp: str = ""
    sha256: str = ""
    data: bytes | None = None
    """None where the file is as it was when it was read last."""
    error: AltTextError | None = None


@dataclass
class Hand:
    """An image that the house has in hand, and the paths that wait for it."""

    key: str
    request: Request
    data: bytes
    """Kept for another try."""
    others: int = 0
    """Further paths with the same content."""
    tries: int = 0
    refused: float = 0.0
    """When it was refused first."""
    future: Future[ImageAnswer] = field(default_factory=Future)


class Runner:
    """One walk through a source."""

    def __init__(
        self,
        source: Source,
        house: House,
        journal: Journal,
        tally: Tally,
        *,
        shard: Shard | None = None,
        rhythm: Rhythm | None = None,
        retry_failed: bool = False,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        """`journal` is one whose walk has begun."""
        self._source = source
        self._house = house
        self._journal = journal
        self._tally = tally
        self._shard = shard or Shard()
        self._rhythm = rhythm or Rhythm()
        self._retry_failed = retry_failed
        self._stopping = stopping
        self._entries: Iterator[Entry] | None = None
        """None once all are begun."""
        self._events: SimpleQueue[Read | Hand] = SimpleQueue()
        self._hands: dict[str, Hand] = {}
        self._late: list[tuple[float, Hand]] = []
        """Refused ones, with the time of the next try."""
        self._ready: list[Read] = []
        self._reading = 0
        self._bytes = 0
        self._asked = False
        self._at_work = 0
        """Images that the house has."""
        self._began = self._answered = time.monotonic()
        """When the house was asked first, and when it answered last."""

    def run(self) -> bool:
        """Describe what is left; whether the source was gone through to its end.

        What is wrong with an image is its row. Raises what is wrong with the house for good, or with the source.
        """
        self._entries = (one for one in self._source.entries() if self._shard.has(one.path))
        readers = ThreadPoolExecutor(self._rhythm.readers, thread_name_prefix="reader")
        try:
            while True:
                stopping = self._stopping()
                if not stopping:
                    self._read_ahead(readers)
                    self._try_late_ones()
                if self._idle(stopping):
                    return not (self._entries or self._late or self._ready or self._reading)
                self._take_event()
                self._journal.commit_when_due()
        finally:
            readers.shutdown(wait=True, cancel_futures=True)
            self._journal.commit()

    def _idle(self, stopping: bool) -> bool:
        if stopping:  # what is only read waits for the next start
            return not self._at_work
        return not (self._entries or self._reading or self._hands or self._ready)

    # reading

    def _read_ahead(self, readers: ThreadPoolExecutor) -> None:
        """Have files read while there is room for them."""
        for _ in range(self._rhythm.ahead):
            if not self._room_to_read():
                break
            entry = next(self._entries, None) if self._entries is not None else None
            if entry is None:
                self._entries = None
                break
            if entry.failure is not None:
                self._fail(entry, entry.failure)
            else:
                self._have_read(entry, readers, self._trusted(entry))

    def _room_to_read(self) -> bool:
        """Not too many, not too much; what is being read has a size that nobody knows, so few are read at once."""
        rhythm = self._rhythm
        few = self._reading < 2 * rhythm.readers and self._reading + len(self._ready) < rhythm.ahead
        return few and self._bytes < rhythm.window_bytes

    def _trusted(self, entry: Entry) -> Known | None:
        """What is known of a file with a result that counts: it need not be read again unless it has changed."""
        known = self._journal.known(entry.path)
        if known is None or entry.request is None:
            return None
        return known if self._counts(self._house.key(known.sha256, entry.request)) else None

    def _counts(self, key: str) -> bool:
        """Whether a result is there that is not to be tried again."""
        state = self._journal.state(key)
        return state in ("described", "failed") or (state == "failed before" and not self._retry_failed)

    def _have_read(self, entry: Entry, readers: ThreadPoolExecutor, known: Known | None) -> None:
        self._reading += 1
        readers.submit(lambda: self._events.put(read(self._source, entry, known, self._rhythm.largest)))

    # what happens

    def _take_event(self) -> None:
        try:
            event = self._events.get(timeout=BEAT if self._reading or self._hands else 0.001)
        except Empty:
            return
        if isinstance(event, Hand):
            self._settle(event)
        else:
            self._reading -= 1
            self._bytes += len(event.data or b"")
            self._ready.append(event)
        while self._ready and not self._full() and not self._stopping():
            self._meet(self._ready.pop(0))

    def _full(self) -> bool:
        """Whether the house gets no new image: it has enough, or one is tried alone."""
        alone = any(ALONE <= hand.tries <= TRIES for hand in self._hands.values())
        return alone or len(self._hands) >= self._window()

    def _window(self) -> int:
        """How many images may be in hand at the pace that was seen."""
        rhythm, done = self._rhythm, self._tally.described
        held = rhythm.hold * done / (time.monotonic() - self._began) if done else 0
        return int(min(rhythm.window, max(rhythm.first, held)))

    def _meet(self, got: Read) -> None:
        """A file was read: its row is written, and the house asked, unless there is a result."""
        entry, request = got.entry, got.entry.request
        if got.error is not None or request is None:
            self._fail(entry, got.error or AltTextError())
            return
        key = self._house.key(got.sha256, request)
        row = Row(entry.path, got.sha256, request, columns=entry.columns)
        self._journal.put_row(row, entry.number, got.stamp, key)
        if key in self._hands:
            self._hands[key].others += 1
        elif got.data is not None and not self._counts(key):
            self._hands[key] = Hand(key, request, got.data)
            self._submit(self._hands[key])
            return
        else:
            self._count_known(key)
        self._bytes -= len(got.data or b"")

    def _count_known(self, key: str) -> None:
        if self._journal.state(key) == "described":
            self._tally.known += 1
        else:
            self._tally.failed += 1

    def _fail(self, entry: Entry, error: AltTextError) -> None:
        row = failed(entry.path, error, request=entry.request, columns=entry.columns)
        self._journal.put_row(row, entry.number)
        self._tally.failed += 1

    def _submit(self, hand: Hand) -> None:
        if not self._asked:
            self._asked, self._began = True, time.monotonic()
        self._at_work += 1
        try:
            hand.future = self._house.submit(hand.data, hand.request)
        except AltTextError as error:
            hand.future = Future()
            hand.future.set_exception(error)
        hand.future.add_done_callback(lambda _: self._events.put(hand))

    # what comes back

    def _settle(self, hand: Hand) -> None:
        self._at_work -= 1
        try:
            answer = hand.future.result()
        except (*OF_THE_HOUSE, OSError, CancelledError) as error:
            self._refused(hand, error if isinstance(error, AltTextError) else Unavailable())
        except AltTextError as error:
            self._answered = time.monotonic()
            self._close(hand, error)
        except Exception:
            log.exception("an image could not be described")
            self._close(hand, AltTextError())
        else:
            self._answered = time.monotonic()
            self._journal.put_result(hand.key, kept_of(answer))
            self._tally.described += 1
            self._tally.known += hand.others
            self._tally.models[answer.provenance.model] += 1
            self._let_go(hand)

    def _close(self, hand: Hand, error: AltTextError) -> None:
        self._journal.put_result(hand.key, None, error.code, str(error))
        self._tally.failed += 1 + hand.others
        self._let_go(hand)

    def _let_go(self, hand: Hand) -> None:
        self._bytes -= len(hand.data)
        del self._hands[hand.key]

    def _refused(self, hand: Hand, error: AltTextError) -> None:
        """The house could not answer: try again a little later; is it the image's fault, give the image up."""
        now = time.monotonic()
        hand.tries += 1
        hand.refused = hand.refused or now
        others_left = self._entries is not None or self._reading or self._ready
        if hand.tries > TRIES and (self._answered > hand.refused or (self._tally.described and not others_left)):
            self._close(hand, error)
        elif now - self._answered > self._rhythm.patience:
            raise error
        else:
            log.warning("an image waits", extra={"error": error.code, "tries": hand.tries})
            self._late.append((now + min(5.0, 0.2 * 2**hand.tries), hand))

    def _try_late_ones(self) -> None:
        now = time.monotonic()
        due = [one for one in self._late if one[0] <= now]
        self._late = [one for one in self._late if one[0] > now]
        for when, hand in due:
            if hand.tries < ALONE or not self._at_work:
                self._submit(hand)
            else:
                self._late.append((when, hand))


def read(source: Source, entry: Entry, known: Known | None, limit: int) -> Read:
    """Read a file, unless it is as it was. The stamp is taken first: a change in between is seen next time."""
    try:
        stamp = source.stamp(entry)
        if known is not None and stamp == known.stamp:
            return Read(entry, stamp, known.sha256)
        data = source.read(entry, limit)
    except AltTextError as error:
        return Read(entry, error=error)
    except Exception:
        log.exception("a file could not be read")
        return Read(entry, error=AltTextError())
    return Read(entry, stamp, hashlib.sha256(data).hexdigest(), data)
