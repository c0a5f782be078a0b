"""The work of a run: reads files ahead, keeps the engine's batches full, and writes down what comes back.

One thread decides and writes; readers and the house tell it by a queue of events what they have done. So many
images are in hand at a time, and nothing else of the source is in memory.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue

from alttext_local.answer import ImageAnswer
from alttext_local.batch.house import House
from alttext_local.batch.journal import Journal, Known, Look
from alttext_local.batch.reading import Read, read
from alttext_local.batch.row import Row, failed, kept_of
from alttext_local.batch.scribe import Scribe
from alttext_local.batch.shard import Shard
from alttext_local.batch.similar import Twins
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
class Hand:
    """An image that the house has in hand, and the paths that wait for it."""

    key: str
    row: Row
    """Of the first path."""
    data: bytes
    """Kept for another try."""
    entries: list[Entry]
    """All paths with this content and request."""
    looks: list[bytes] = field(default_factory=list)
    """How the picture looks, once it was seen."""
    tries: int = 0
    refused: float = 0.0
    """When it was refused first."""
    future: Future[ImageAnswer] = field(default_factory=Future)


Events = SimpleQueue[Read | Hand | Callable[[], None]]


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
        similar: bool = False,
        twins: Twins | None = None,
        scribe: Scribe | None = None,
        events: Events | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        """`journal` is one whose walk has begun. `similar`: note how pictures look; `twins` says whose text a picture
        has; `scribe` puts texts into files and brings its calls to `events`."""
        self._source = source
        self._house = house
        self._journal = journal
        self._tally = tally
        self._shard = shard or Shard()
        self._rhythm = rhythm or Rhythm()
        self._retry_failed = retry_failed
        self._similar = similar and twins is None
        self._twins = twins
        self._scribe = scribe
        self._stopping = stopping
        self._entries: Iterator[Entry] | None = None
        """None once all are begun."""
        self._events: Events = events or SimpleQueue()
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
        self._readers = ThreadPoolExecutor(self._rhythm.readers, thread_name_prefix="reader")
        try:
            while True:
                stopping = self._stopping()
                if not stopping:
                    self._read_ahead()
                    self._try_late_ones()
                if self._idle(stopping):
                    return not (self._entries or self._late or self._ready or self._reading)
                self._take_event()
                self._journal.commit_when_due()
        finally:
            self._readers.shutdown(wait=True, cancel_futures=True)
            self._journal.commit()

    def _idle(self, stopping: bool) -> bool:
        if self._scribe is not None and self._scribe.in_hand:
            return False
        if stopping:  # what is only read waits for the next start
            return not self._at_work
        return not (self._entries or self._reading or self._hands or self._ready)

    # reading

    def _read_ahead(self) -> None:
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
                self._have_read(entry, self._trusted(entry))

    def _room_to_read(self) -> bool:
        """Not too many, not too much; what is being read has a size that nobody knows, so few are read at once."""
        rhythm = self._rhythm
        few = self._reading < 2 * rhythm.readers and self._reading + len(self._ready) < rhythm.ahead
        return few and self._bytes < rhythm.window_bytes and (self._scribe is None or self._scribe.has_room)

    def _trusted(self, entry: Entry) -> Known | None:
        """What is known of a file with a result that counts: it need not be read again unless it has changed."""
        known = self._journal.known(entry.path)
        if known is None or entry.request is None:
            return None
        content, other = self._whose(known.sha256)
        return known if self._counts(self._house.key(other.sha256 if other else content, entry.request)) else None

    def _whose(self, sha256: str) -> tuple[str, Look | None]:
        """What was described when these bytes were another file's, and the similar one whose text it has."""
        content = self._journal.copied(sha256, "written") or sha256
        look = self._twins.known(content) if self._twins is not None else None
        return content, None if look is None or look.sha256 == content else look

    def _counts(self, key: str) -> bool:
        """Whether a result is there that is not to be tried again."""
        state = self._journal.state(key)
        return state in ("described", "failed") or (state == "failed before" and not self._retry_failed)

    def _have_read(self, entry: Entry, known: Known | None) -> None:
        self._reading += 1
        more = (self._twins.look,) if self._twins is not None else ()
        self._readers.submit(lambda: self._events.put(read(self._source, entry, known, self._rhythm.largest, *more)))

    # what happens

    def _take_event(self) -> None:
        try:
            event = self._events.get(timeout=BEAT if self._reading or self._hands or self._scribe else 0.001)
        except Empty:
            return
        if isinstance(event, Hand):
            self._settle(event)
        elif not isinstance(event, Read):
            event()
        else:
            self._reading -= 1
            self._bytes += len(event.data or b"")
            self._ready.append(event)
        while self._ready and not self._full() and not self._stopping():
            self._meet(self._ready.pop(0))
        if self._scribe is not None and self._events.empty():
            self._scribe.keep()

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
        if not self._placed(got):
            return
        content, other = self._whose(got.sha256)
        key = self._house.key(other.sha256 if other else content, request)
        row = Row(entry.path, content, request, columns=entry.columns, text_of=other.path if other else "")
        self._journal.put_row(row, entry.number, got.stamp, key, got.sha256)
        if key in self._hands:
            self._hands[key].entries.append(entry)
        elif got.data is not None and not self._counts(key):
            self._hands[key] = Hand(key, row, got.data, [entry])
            self._submit(self._hands[key])
            return
        else:
            self._count_known(entry, key)
        self._bytes -= len(got.data or b"")

    def _placed(self, got: Read) -> bool:
        """Whether it is settled whose text a picture has; if not, it is being compared and comes back."""
        content, entry = self._journal.copied(got.sha256, "written") or got.sha256, got.entry
        if self._twins is None or got.data is None or not got.signature or self._twins.known(content) is not None:
            return True
        own, compared = Look(content, entry.path, str(entry.place)), got.compared
        earlier = self._twins.candidate(got.signature) if compared is None else compared.earlier
        if compared is not None and self._twins.confirmed(compared):
            self._twins.put_same(own, got.signature, compared.earlier)
        elif compared is not None or earlier is None:
            self._twins.put_own(own, got.signature)
        else:
            self._have_compared(got, got.data, self._twins, earlier)
            return False
        return True

    def _have_compared(self, got: Read, data: bytes, twins: Twins, earlier: Look) -> None:
        self._reading += 1
        self._bytes -= len(data)
        self._readers.submit(lambda: self._events.put(replace(got, compared=twins.compare(data, earlier))))

    def _count_known(self, entry: Entry, key: str) -> None:
        if self._journal.state(key) == "described":
            self._tally.known += 1
            if self._scribe is not None:
                self._scribe.take(entry, key)
        else:
            self._tally.failed += 1

    def _fail(self, entry: Entry, error: AltTextError) -> None:
        row = failed(entry.path, error, request=entry.request, columns=entry.columns)
        self._journal.put_row(row, entry.number)
        self._tally.failed += 1

    def _submit(self, hand: Hand) -> None:
        self._at_work += 1
        asked = hand.row.request
        assert asked is not None
        try:
            hand.future = self._house.submit(hand.data, asked, hand.looks.append if self._similar else None)
        except AltTextError as error:
            hand.future = Future()
            hand.future.set_exception(error)
        if not self._asked:  # the first call loads the models: that time is not the image's
            self._asked = True
            self._began = self._answered = time.monotonic()
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
            self._tally.known += len(hand.entries) - 1
            self._tally.models[answer.provenance.model] += 1
            self._let_go(hand)
            self._follow(hand)

    def _close(self, hand: Hand, error: AltTextError) -> None:
        self._journal.put_result(hand.key, None, error.code, str(error))
        self._tally.failed += len(hand.entries)
        self._let_go(hand)

    def _follow(self, hand: Hand) -> None:
        """What a text brings with it: how its picture looks is noted, and it is written into its files."""
        if hand.looks:
            first = hand.entries[0]
            self._journal.put_look(Look(hand.row.sha256, first.path, str(first.place)), hand.looks[-1])
        if self._scribe is not None:
            for entry in hand.entries:
                self._scribe.take(entry, hand.key)

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
