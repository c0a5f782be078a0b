"""What a run would meet, without describing more than a few: counts, unreadable images, and about how long it takes."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

from alttext_local.answer import ImageAnswer
from alttext_local.batch.house import House
from alttext_local.batch.shard import Shard
from alttext_local.batch.sources import Entry, Source
from alttext_local.errors import AltTextError, BadRequest, UnsupportedFormat
from alttext_local.pictures.formats import format_of
from alttext_local.pictures.opening import Opener
from alttext_local.types import Request

Check = Literal["decode", "headers"]
SAMPLE, WARM = 40, 8
"""Images that are described for the estimate, and those of them that only warm up."""
EXAMPLES = 20


@dataclass
class Findings:
    """What a dry run found."""

    images: int = 0
    size: int = 0
    """Bytes."""
    formats: Counter[str] = field(default_factory=Counter)
    models: Counter[str] = field(default_factory=Counter)
    """By the name that is asked for."""
    unreadable: Counter[str] = field(default_factory=Counter)
    """By code."""
    examples: list[tuple[str, str]] = field(default_factory=list)
    """Paths of unreadable ones, with the sentence."""
    sample: list[tuple[bytes, Request]] = field(default_factory=list)
    """Some readable ones, evenly from all."""
    start_seconds: float = 0.0
    per_second: float = 0.0

    @property
    def readable(self) -> int:
        """Images that a model would see."""
        return self.images - sum(self.unreadable.values())

    @property
    def seconds(self) -> float | None:
        """Of the whole run, about; None where nothing was measured."""
        return self.start_seconds + self.readable / self.per_second if self.per_second else None

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "images": self.images,
            "bytes": self.size,
            "formats": dict(self.formats),
            "models": dict(self.models),
            "unreadable": dict(self.unreadable),
            "examples": [{"path": path, "error": error} for path, error in self.examples],
            "start_seconds": round(self.start_seconds, 1),
            "per_second": round(self.per_second, 2),
            "seconds": None if self.seconds is None else round(self.seconds),
        }


@dataclass
class Seen:
    """One image as the check saw it."""

    entry: Entry
    size: int = 0
    format: str = ""
    data: bytes = b""
    error: AltTextError | None = None


def look_through(
    source: Source, shard: Shard, opener: Opener | None, largest: int, stopping: Callable[[], bool], threads: int = 2
) -> Findings:
    """Look at every image: decode it where there is an `opener`, else read it and look at its first bytes."""
    found, dice = Findings(), random.Random(1)  # noqa: S311 (a sample, no secret)
    entries = (entry for entry in source.entries() if shard.has(entry.path))
    with ThreadPoolExecutor(threads) as hands:
        for seen in _in_turn(hands, lambda entry: look_at(source, entry, opener, largest), entries, 4 * threads):
            _count(found, seen, dice)
            if stopping():
                hands.shutdown(cancel_futures=True)
                break
    return found


def look_at(source: Source, entry: Entry, opener: Opener | None, largest: int) -> Seen:
    """One image."""
    seen = Seen(entry, error=entry.failure)
    if seen.error is None:
        try:
            data = source.read(entry, largest)
            seen.size, seen.format, seen.data = len(data), format_of(data) or "", data
            if opener is not None:
                opener.open(data)
            elif not data:
                raise BadRequest("The file is empty.")
            elif not seen.format:
                raise UnsupportedFormat
        except AltTextError as error:
            seen.error = error
    return seen


def measure(found: Findings, open_house: Callable[[], House]) -> None:
    """Describe the sample to know how long the start and an image take."""
    if not found.sample:
        return
    began = time.monotonic()
    house = open_house()
    _wait([house.submit(data, request) for data, request in found.sample[:WARM]])
    found.start_seconds = time.monotonic() - began
    rest = found.sample[WARM:] or found.sample
    began = time.monotonic()
    _wait([house.submit(data, request) for data, request in rest])
    found.per_second = len(rest) / (time.monotonic() - began)


def _count(found: Findings, seen: Seen, dice: random.Random) -> None:
    found.images += 1
    found.size += seen.size
    found.formats[seen.format or "unknown"] += 1
    if seen.entry.request is not None:
        found.models[seen.entry.request.selected_model] += 1
    if seen.error is not None:
        found.unreadable[seen.error.code] += 1
        if len(found.examples) < EXAMPLES:
            found.examples.append((seen.entry.path, seen.error.detail or str(seen.error)))
    elif seen.entry.request is not None:
        one = (seen.data, seen.entry.request)
        if len(found.sample) < SAMPLE:
            found.sample.append(one)
        elif (place := dice.randrange(found.readable)) < SAMPLE:
            found.sample[place] = one


def _in_turn(
    hands: ThreadPoolExecutor, look: Callable[[Entry], Seen], entries: Iterator[Entry], most: int
) -> Iterator[Seen]:
    """What `look` gives for each, so many at work at once."""
    waiting: list[Future[Seen]] = []
    for entry in entries:
        waiting.append(hands.submit(look, entry))
        if len(waiting) >= most:
            yield waiting.pop(0).result()
    for future in waiting:
        yield future.result()


def _wait(futures: list[Future[ImageAnswer]]) -> None:
    """What is wrong with one image does not matter here; what is wrong with the house does."""
    errors = [error for future in futures if (error := future.exception()) is not None]
    if len(errors) == len(futures):
        raise errors[0]
