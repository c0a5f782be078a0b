"""What the tests of bulk work are made of: jobs, archives of them, describers that misbehave, a queue in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from alttext_local.errors import EmptyAnswer, ModelDown, Overloaded, UnreadableImage
from alttext_local.jobs.documents import SUCCESS
from alttext_local.jobs.files import LocalFiles, key_of
from alttext_local.jobs.job import ImageResult, Item
from alttext_local.jobs.ledger import Ledger, Order
from alttext_local.jobs.precedence import Precedence
from alttext_local.jobs.shards import Shards
from alttext_local.store.database import open_database
from alttext_local.types import Description, Provenance, Request, Verdict
from tests.jobs import zips

OWNER, OTHER = "owner-a", "owner-b"
MODEL = "gpt-4o"


class Clock:
    """A time that goes on by one second a look."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        self.now += 1
        return self.now


def items(count: int, start: int = 0) -> tuple[Item, ...]:
    names = [f"{n:03}.png" for n in range(start, count)]
    return tuple(Item(n, name, f"Images/{name}", f"Images/{name}", Request(MODEL)) for n, name in enumerate(names))


def order(count: int, owner: str = OWNER, **more: str) -> Order:
    return Order(owner, "figures.zip", items(count), **more)


def bytes_of(item: Item) -> bytes:
    """What stands in the archive for an image: no picture, since no describer here looks at one."""
    return f"the bytes of {item.entry}".encode()


def said(data: bytes, request: Request) -> Description:
    return Description(
        alt_text=f"A text about {data.decode()}.",
        classification=("photograph",),
        keywords=("one", "two", "three"),
        description="",
        ocr_text="",
        provenance=Provenance(request.selected_model, "tiny", "rev-7", "0.1", "p-1", False, 0.5),
        verdict=Verdict("photograph", "picture", 0.9, 0.9, True, True),
    )


def answered(item: Item, text: str = "A text.") -> ImageResult:
    answer = {
        "file_name": item.name, "alt_text": text, "classification": ["photograph"], "keywords": ["one", "two"],
        "description": "", "ocr_text": "", "provenance": {"model": "tiny"},
    }  # fmt: skip
    return ImageResult(item.number, item.name, item.file_ref, SUCCESS, answer)


def refused(item: Item) -> ImageResult:
    error = UnreadableImage("It is truncated.")
    return ImageResult(item.number, item.name, item.file_ref, str(error), None, error.code)


class Honest:
    """Describes at once. `seen` has what it was given, `most` how many it had in hand at most."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.owners: set[str] = set()

    def submit(self, data: bytes, request: Request, owner: str) -> Future[Description]:
        self.seen.append(data)
        self.owners.add(owner)
        future: Future[Description] = Future()
        try:
            future.set_result(self.describe(data, request))
        except Exception as error:
            future.set_exception(error)
        return future

    def describe(self, data: bytes, request: Request) -> Description:
        return said(data, request)


class Mute(Honest):
    """Says nothing."""

    def describe(self, data: bytes, request: Request) -> Description:
        raise EmptyAnswer


class Crash(Honest):
    """Its model is down for so many images; then it is well."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def describe(self, data: bytes, request: Request) -> Description:
        self.times -= 1
        if self.times >= 0:
            raise ModelDown
        return said(data, request)


class Down(Crash):
    """The same, but it says so at once, before it takes the image."""

    def submit(self, data: bytes, request: Request, owner: str) -> Future[Description]:
        self.times -= 1
        if self.times >= 0:
            raise ModelDown
        return super().submit(data, request, owner)

    def describe(self, data: bytes, request: Request) -> Description:
        return said(data, request)


class Refuses(Down):
    """Has no room for so many images."""

    def submit(self, data: bytes, request: Request, owner: str) -> Future[Description]:
        self.times -= 1
        if self.times >= 0:
            raise Overloaded
        return Honest.submit(self, data, request, owner)


class Poisoned(Honest):
    """One image takes the model down each time."""

    def __init__(self, poison: bytes) -> None:
        super().__init__()
        self.poison = poison

    def describe(self, data: bytes, request: Request) -> Description:
        if data == self.poison:
            raise ModelDown
        return said(data, request)


class Odd(Honest):
    """Fails in a way that nobody thought of."""

    def describe(self, data: bytes, request: Request) -> Description:
        raise RuntimeError("/srv/secret/path at 0x7f00")


class Slow(Honest):
    """Holds every image until it has so many or the last, and counts how many it has at most."""

    def __init__(self, batch: int, total: int) -> None:
        super().__init__()
        self.batch, self.left, self.most = batch, total, 0
        self.waiting: list[tuple[Future[Description], bytes, Request]] = []

    def submit(self, data: bytes, request: Request, owner: str) -> Future[Description]:
        self.seen.append(data)
        future: Future[Description] = Future()
        self.waiting.append((future, data, request))
        self.most = max(self.most, len(self.waiting))
        self.left -= 1
        if len(self.waiting) >= self.batch or self.left == 0:
            batch, self.waiting = self.waiting, []
            threading.Timer(0.02, self._answer, (batch,)).start()
        return future

    @staticmethod
    def _answer(batch: list[tuple[Future[Description], bytes, Request]]) -> None:
        for future, data, request in batch:
            if future.set_running_or_notify_cancel():
                future.set_result(said(data[:40], request))


@dataclass
class MemoryQueue:
    """The port of the queue, in memory: at least once, by turn, nothing twice that waits."""

    handlers: dict[str, Callable[..., None]] = field(default_factory=dict)
    waiting: dict[str, tuple[int, float, str, tuple[str | int, ...]]] = field(default_factory=dict)
    puts: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    def start(self, handlers: Mapping[str, Callable[..., None]]) -> None:
        self.handlers.update(handlers)

    def put(self, task: str, key: str, args: Sequence[str | int], *, turn: int = 1, delay: float = 0) -> None:
        self.puts.append(f"{task}:{key}")
        self.waiting.setdefault(f"{task}:{key}", (turn, delay, task, tuple(args)))

    def take_over(self, worker: str) -> int:
        self.taken.append(worker)
        return 0

    def close(self, seconds: float) -> None:
        self.waiting.clear()

    def work(self) -> list[str]:
        """Do what is due, lowest turn first; the names of the tasks."""
        due = sorted((turn, name) for name, (turn, delay, _, _) in self.waiting.items() if delay <= 0)
        for _, name in due:
            _, _, task, args = self.waiting.pop(name)
            self.handlers[task](*args)
        return [name for _, name in due]


class House:
    """A real ledger, real files, and jobs whose archives hold what `bytes_of` says."""

    def __init__(self, folder: Path, shard: int = 32) -> None:
        self.folder = folder
        self.database = open_database(folder / "alttext.sqlite")
        self.ledger = Ledger(self.database, shard=shard)
        self.files = LocalFiles(folder / "files")
        self.precedence = Precedence(folder / "people.lock")
        self.sleeps: list[float] = []

    def job(self, count: int, owner: str = OWNER, **entries: bytes) -> str:
        return self.store(order(count, owner), **entries)

    def store(self, made: Order, **entries: bytes) -> str:
        contents = {item.entry: bytes_of(item) for item in made.items if item.entry} | entries
        part = self.folder / "files" / "upload-test"
        part.write_bytes(zips.usual(contents))
        self.files.put(part, key_of(made.id, "input"))
        return self.ledger.open_job(made)

    def shards(
        self,
        describer: Honest | Callable[[Sequence[str]], Honest],
        stopping: Callable[[], bool] = lambda: False,
        sleep: Callable[[float], None] | None = None,
    ) -> Shards:
        chosen = (lambda models: describer) if isinstance(describer, Honest) else describer
        files, most = self.files, 64 * 1024 * 1024
        return Shards(self.ledger, files, chosen, self.precedence, most, stopping, sleep or self.sleeps.append)

    def close(self) -> None:
        self.precedence.close()
        self.database.dispose()
