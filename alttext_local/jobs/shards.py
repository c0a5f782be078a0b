"""The work on one shard of a job: each image described once, its result kept as soon as it is there.

Doing a shard again describes only what has no result. What is wrong with an image is its own result;
what is wrong with the house (a full disk, a model that is starting) is waited for.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfileobj
from tempfile import NamedTemporaryFile
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from alttext_local.answer import ImageAnswer
from alttext_local.errors import (
    AltTextError,
    BadSettings,
    BrokenModel,
    MissingProgram,
    Overloaded,
    Unavailable,
    WorkerDied,
)
from alttext_local.jobs.archive import read
from alttext_local.jobs.documents import SUCCESS
from alttext_local.jobs.files import Files, LocalFiles, key_of
from alttext_local.jobs.job import ImageResult, Item
from alttext_local.jobs.ledger import Ledger
from alttext_local.jobs.points import reach
from alttext_local.jobs.precedence import Precedence
from alttext_local.types import Description, Request

WINDOW = 32
"""Images in hand at most: enough to keep the model's batches full."""
WINDOW_BYTES = 64 * 1024 * 1024
GROUP_SECONDS = 0.5
"""Results are kept together for so long at most: a commit waits for the disk."""
CAUTIOUS, DEADLY = 4, 8
"""A shard begun so often without a result: then image by image; then the image in hand is given up."""
PATIENCE = 3
"""So often an image is tried again that the house could not answer, while it answered others."""
OF_THE_HOUSE = (Unavailable, BrokenModel, BadSettings, MissingProgram)
"""What no image can help: it is waited for until somebody has mended it."""
log = logging.getLogger(__name__)


class Describer(Protocol):
    """Who describes."""

    def submit(self, data: bytes, request: Request, owner: str) -> Future[Description]:
        """Begin."""
        ...


@dataclass
class Pause:
    """Seconds between attempts while the house is not well: longer each time, up to a limit."""

    seconds: float = 0.2
    longest: float = 20.0

    def take(self, sleep: Callable[[float], None]) -> None:
        """Sleep."""
        sleep(self.seconds)
        self.seconds = min(self.longest, 2 * self.seconds)


@dataclass
class Hand:
    """What is in hand of one shard."""

    futures: dict[Future[Description], tuple[Item, int]] = field(default_factory=dict)
    results: list[ImageResult] = field(default_factory=list)
    kept: float = field(default_factory=time.monotonic)

    @property
    def bytes(self) -> int:
        """Of the images in hand."""
        return sum(size for _, size in self.futures.values())


class Shards:
    """Does shards with the parts it is given."""

    def __init__(
        self,
        ledger: Ledger,
        files: Files,
        describer: Callable[[Sequence[str]], Describer],
        precedence: Precedence,
        max_entry: int,
        stopping: Callable[[], bool] = lambda: False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`describer` is called with the models that are wanted first, and may take its time the first time."""
        self._ledger = ledger
        self._files = files
        self._describer = describer
        self._precedence = precedence
        self._max_entry = max_entry
        self._stopping = stopping
        self._sleep = sleep

    def do(self, job: str, shard: int) -> None:
        """Describe what is left of a shard. Returns when all has a result, the job is cancelled, or we stop."""
        pause, refused, tries = Pause(), dict[int, int](), 0
        while not self._over(job):
            try:
                self._load(self._ledger.undone(job, shard))
                tries = tries or self._ledger.begin(job, shard)
                reach("shard-begun")
                if self._attempt(job, shard, tries, refused):
                    return
                pause, tries = Pause(), 1
            except (*OF_THE_HOUSE, OSError, SQLAlchemyError) as error:
                log.warning("a shard waits", extra={"job": job, "shard": shard, "error": type(error).__name__})
                pause.take(self._sleep)

    def _over(self, job: str) -> bool:
        if self._stopping():
            return True
        try:
            return self._ledger.cancelled(job)
        except SQLAlchemyError:
            return False

    def _load(self, items: Sequence[Item]) -> Describer | None:
        """Have the models before a shard counts as begun: to die while they load is no image's fault."""
        models = tuple(dict.fromkeys(item.request.selected_model for item in items if item.request))
        return self._describer(models) if models else None

    def _attempt(self, job: str, shard: int, tries: int, refused: dict[int, int]) -> bool:
        """Describe what has no result, or some of it; whether the shard is done."""
        items = self._ledger.undone(job, shard)
        if not items:
            reach("shard-described")
            self._ledger.shard_done(job, shard)
            reach("shard-done")
            return True
        if tries > DEADLY:
            log.error("an image is given up", extra={"job": job, "number": items[0].number})
            self._record(job, shard, [failed(items[0], WorkerDied())])
        elif tries > CAUTIOUS:
            self._describe(job, shard, items[:1], refused)
        else:
            self._describe(job, shard, items, refused)
        return False

    def _describe(self, job: str, shard: int, items: Sequence[Item], refused: dict[int, int]) -> None:
        hopeless = [failed(item, item.failure) for item in items if item.request is None]
        self._record(job, shard, hopeless)
        wanted = [item for item in items if item.request is not None]
        describer = self._load(wanted)
        if describer is None:
            return
        known = self._ledger.job(job)
        hand = Hand()
        try:
            with at_hand(self._files, key_of(job, "input")) as archive:
                for item in wanted:
                    if self._over(job):
                        break
                    self._take(describer, archive, item, known.owner if known else "", hand)
                    self._keep(job, shard, hand, refused, room=True)
                while hand.futures and not self._over(job):
                    self._keep(job, shard, hand, refused)
        finally:
            for future in hand.futures:
                future.cancel()
            self._record(job, shard, hand.results)

    def _record(self, job: str, shard: int, results: Sequence[ImageResult]) -> None:
        if results:
            reach("result-ready")
            self._ledger.record(job, shard, results)
            reach("result-kept")

    def _take(self, describer: Describer, archive: Path, item: Item, owner: str, hand: Hand) -> None:
        assert item.request is not None
        self._precedence.wait()
        try:
            data = read(archive, item.entry or "", self._max_entry)
            while True:
                try:
                    future = describer.submit(data, item.request, owner)
                    break
                except Overloaded:
                    self._sleep(0.05)
        except OF_THE_HOUSE:
            raise
        except AltTextError as error:
            hand.results.append(failed(item, error))
            return
        hand.futures[future] = (item, len(data))

    def _keep(self, job: str, shard: int, hand: Hand, refused: dict[int, int], *, room: bool = False) -> None:
        """Take in what is done. `room`: return at once where there is room for another image."""
        full = len(hand.futures) >= WINDOW or hand.bytes > WINDOW_BYTES
        timeout = GROUP_SECONDS if full or not room else 0
        done, _ = wait(hand.futures, timeout=timeout, return_when=FIRST_COMPLETED)
        for future in done:
            item, _ = hand.futures.pop(future)
            hand.results.extend(outcome(item, future, refused))
        due = time.monotonic() - hand.kept > GROUP_SECONDS
        if hand.results and (due or len(hand.results) >= WINDOW):
            self._record(job, shard, hand.results)
            hand.results, hand.kept = [], time.monotonic()


def outcome(item: Item, future: Future[Description], refused: dict[int, int]) -> Iterator[ImageResult]:
    """The result of an image; none where the house, not the image, is to blame, and it should be tried again."""
    try:
        description = future.result()
    except (Unavailable, Overloaded) as error:
        refused[item.number] = refused.get(item.number, 0) + 1
        if refused[item.number] >= PATIENCE:
            yield failed(item, error)
    except AltTextError as error:
        yield failed(item, error)
    else:
        answer = ImageAnswer.of(description, item.name).model_dump()
        yield ImageResult(item.number, item.name, item.file_ref, SUCCESS, answer)


def failed(item: Item, why: AltTextError | str) -> ImageResult:
    """The result of an image that has no text. The reason stands after the code; it is safe to show."""
    code = why.code if isinstance(why, AltTextError) else "not_in_archive"
    return ImageResult(item.number, item.name, item.file_ref, str(why), None, code)


@contextmanager
def at_hand(files: Files, key: str) -> Iterator[Path]:
    """A file of the store as a path on this machine, for a while."""
    if isinstance(files, LocalFiles):
        yield files.path(key)
        return
    with NamedTemporaryFile(prefix="alttext-", suffix=".zip") as copy:
        with files.open(key) as stream:
            copyfileobj(stream, copy, 1024 * 1024)
        copy.flush()
        yield Path(copy.name)
