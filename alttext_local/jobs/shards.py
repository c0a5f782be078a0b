"""The work on one shard of a job: each image described once, its result kept as soon as it is there.

Doing a shard again describes only what has no result. What is wrong with an image is its own result;
what is wrong with the house (a full disk, a model that is starting) is waited for.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import contextmanager, suppress
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
from alttext_local.jobs.archive import Contents
from alttext_local.jobs.documents import SUCCESS
from alttext_local.jobs.files import Files, LocalFiles, key_of
from alttext_local.jobs.job import ImageResult, Item
from alttext_local.jobs.ledger import CAUTIOUS, Ledger
from alttext_local.jobs.points import reach
from alttext_local.jobs.precedence import Precedence
from alttext_local.types import Description, Request

WINDOW = 32
"""Images in hand at most: enough to keep the model's batches full."""
WINDOW_BYTES = 64 * 1024 * 1024
GROUP_SECONDS = 0.5
"""Results are kept together for so long at most: a commit waits for the disk."""
ASK_SECONDS = 0.25
"""So often a shard in hand asks whether its job was cancelled: a question at each image would slow them all."""
DEADLY = 8
"""A shard begun more often than this without a result, image by image by then: the image in hand is given up."""
PATIENCE, BESIDE_OTHERS = 12, 4
"""So often an image is tried that the house cannot answer. A time when it answered others counts as several."""
GONE = "The uploaded file is not there any more."
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
    answered: int = 0
    """Images that have a result since the shard was taken in hand."""
    refused: list[tuple[Item, AltTextError]] = field(default_factory=list)
    """Those that the house could not answer."""

    @property
    def full(self) -> bool:
        """Whether there is no room for another image."""
        size = sum(size for _, size in self.futures.values())
        return len(self.futures) >= WINDOW or size > WINDOW_BYTES


@dataclass
class Trial:
    """What one doing of a shard knows of its attempts."""

    tries: int = 0
    """Beginnings without a result, this one included; 0 before it has begun."""
    refused: dict[int, int] = field(default_factory=dict)
    """By number of the image: how often the house could not answer it."""
    gone: int = 0
    """How often the upload was not there: a folder that is not mounted yet looks like that too."""
    over: bool = False
    """Whether nobody wants the rest of the job, as far as is known."""
    asked: float = -math.inf
    """When the ledger was asked for that."""

    def judge(self, hand: Hand) -> Iterator[ImageResult]:
        """The failures of those images that have been refused too often to be tried again."""
        for item, error in hand.refused:
            counts = BESIDE_OTHERS if hand.answered else 1
            self.refused[item.number] = self.refused.get(item.number, 0) + counts
            if self.refused[item.number] >= PATIENCE:
                yield failed(item, error)


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
        pause, trial = Pause(), Trial()
        while not self._over(job, trial):
            try:
                if self._attempt(job, shard, trial):
                    return
                pause = Pause()
            except (*OF_THE_HOUSE, OSError, SQLAlchemyError) as error:
                log.warning("a shard waits", extra={"job": job, "shard": shard, "error": type(error).__name__})
                pause.take(self._sleep)
        if trial.tries:
            with suppress(SQLAlchemyError):
                self._ledger.put_down(job, shard)

    def _over(self, job: str, trial: Trial) -> bool:
        """Whether nothing more is to be done; the ledger is asked now and then, not at each image."""
        if self._stopping():
            return True
        if not trial.over and time.monotonic() - trial.asked > ASK_SECONDS:
            with suppress(SQLAlchemyError):
                trial.over = self._ledger.cancelled(job)
            trial.asked = time.monotonic()
        return trial.over

    def _attempt(self, job: str, shard: int, trial: Trial) -> bool:
        """Describe what has no result, or some of it; whether the shard is done."""
        items = self._ledger.undone(job, shard)
        self._ledger.record(job, shard, [failed(item, item.failure) for item in items if item.request is None])
        wanted = [item for item in items if item.request is not None]
        if not wanted:
            reach("shard-described")
            self._ledger.shard_done(job, shard)
            reach("shard-done")
            return True
        models = tuple(dict.fromkeys(item.request.selected_model for item in wanted if item.request))
        describer = self._describer(models)
        trial.tries = trial.tries or self._ledger.begin(job, shard)  # not before: to load a model is no trial of images
        reach("shard-begun")
        if trial.tries > DEADLY:
            log.error("an image is given up", extra={"job": job, "number": wanted[0].number})
            self._record(job, shard, [failed(wanted[0], WorkerDied())])
        else:
            self._describe(job, shard, wanted[:1] if trial.tries > CAUTIOUS else wanted, describer, trial)
        trial.tries = min(trial.tries, CAUTIOUS + 1) if trial.tries > CAUTIOUS else 1  # as the ledger counts them
        return False

    def _describe(self, job: str, shard: int, items: Sequence[Item], describer: Describer, trial: Trial) -> None:
        known, hand = self._ledger.job(job), Hand()
        try:
            with self._archive(job, trial) as archive:
                for item in items:
                    if self._over(job, trial):
                        break
                    self._take(job, describer, archive, item, known.owner if known else "", hand, trial)
                    self._keep(job, shard, hand, timeout=0)
                    while hand.full and not self._over(job, trial):
                        self._keep(job, shard, hand)
                while hand.futures and not self._over(job, trial):
                    self._keep(job, shard, hand)
            hand.results.extend(trial.judge(hand))
        finally:
            for future in hand.futures:
                future.cancel()
            self._record(job, shard, hand.results)
        if hand.refused and not hand.answered:
            raise Unavailable

    def _record(self, job: str, shard: int, results: Sequence[ImageResult]) -> None:
        if results:
            reach("result-ready")
            self._ledger.record(job, shard, results)
            reach("result-kept")

    @contextmanager
    def _archive(self, job: str, trial: Trial) -> Iterator[Contents | None]:
        """The upload; None where it is gone for good."""
        key = key_of(job, "input")
        try:
            self._files.size(key)
        except FileNotFoundError:
            trial.gone += 1
            if trial.gone < PATIENCE:
                raise
            log.error("an upload is gone", extra={"job": job})
            yield None
            return
        with at_hand(self._files, key) as path:
            yield Contents(path)

    def _take(
        self,
        job: str,
        describer: Describer,
        archive: Contents | None,
        item: Item,
        owner: str,
        hand: Hand,
        trial: Trial,
    ) -> None:
        assert item.request is not None
        if archive is None:
            hand.results.append(failed(item, GONE))
            return
        self._precedence.wait()
        try:
            data = archive.read(item.entry or "", self._max_entry)
            while not self._over(job, trial):
                try:
                    hand.futures[describer.submit(data, item.request, owner)] = (item, len(data))
                    return
                except Overloaded:
                    self._sleep(0.05)
        except OF_THE_HOUSE:
            raise
        except AltTextError as error:
            hand.results.append(failed(item, error))

    def _keep(self, job: str, shard: int, hand: Hand, timeout: float = GROUP_SECONDS) -> None:
        """Take in what is done; wait so long for it."""
        done, _ = wait(hand.futures, timeout=timeout, return_when=FIRST_COMPLETED)
        for future in done:
            item, _ = hand.futures.pop(future)
            take_in(item, future, hand)
        due = time.monotonic() - hand.kept > GROUP_SECONDS
        if hand.results and (due or len(hand.results) >= WINDOW):
            self._record(job, shard, hand.results)
            hand.results, hand.kept = [], time.monotonic()


def take_in(item: Item, future: Future[Description], hand: Hand) -> None:
    """Put the outcome of an image where it belongs: to the results, or to what the house could not answer."""
    try:
        description = future.result()
    except (*OF_THE_HOUSE, Overloaded) as error:
        hand.refused.append((item, error))
        return
    except (OSError, SQLAlchemyError, CancelledError):
        hand.refused.append((item, Unavailable()))
        return
    except AltTextError as error:
        hand.results.append(failed(item, error))
    except Exception:
        log.exception("an image could not be described", extra={"number": item.number})
        hand.results.append(failed(item, AltTextError()))
    else:
        answer = ImageAnswer.of(description, item.name).model_dump()
        hand.results.append(ImageResult(item.number, item.name, item.file_ref, SUCCESS, answer))
    hand.answered += 1


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
