"""Answers in mid-flight. The number of a shot (`shot-<n>`) says in how many rounds it lands: n + 1.

Its faults are named after what fails: `torn` raises when it steps with `shot-13` aboard, `refused` when `shot-13`
joins, `dud` gives an error for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Semaphore

from alttext_local.adapters.adapter import Flight, Outcome
from alttext_local.catalogue import Card
from alttext_local.errors import EmptyAnswer, OutOfMemory
from alttext_local.types import Shot
from tests.doubles.honest import Honest, look

PATIENCE = 10
"""Seconds that a round waits to be let through."""


class Glider(Honest):
    """Has two slots; `gated` rounds each wait for a release of `rounds`."""

    fault = ""
    gated = False

    def __init__(self, card: Card, device: str = "cpu") -> None:
        super().__init__(card, device)
        self.rounds = Semaphore(0)
        self.begun = Semaphore(0)
        self.flights: list[Glide] = []

    def flight(self) -> Flight:
        if not self.flights or self.flights[-1].torn:
            self.flights.append(Glide(self))
        return self.flights[-1]


class Gated(Glider):
    gated = True


class Torn(Glider):
    fault = "torn"


class Refused(Glider):
    fault = "refused"


class Dud(Glider):
    fault = "dud"


class Glide:
    """One flight. `joined` has the sha256 of who joined at each call, and `left` of who was let go."""

    def __init__(self, owner: Glider) -> None:
        self.owner, self.torn = owner, False
        self.aboard: dict[int, tuple[Shot, int]] = {}
        self.joined: list[tuple[str, ...]] = []
        self.left: list[str] = []
        self.company: list[int] = []
        self._next = 0

    @property
    def free(self) -> int:
        return 2 - len(self.aboard)

    def join(self, shots: Sequence[Shot]) -> list[int | None]:
        assert 0 < len(shots) <= self.free
        names = tuple(shot.picture.sha256 for shot in shots)
        if self.owner.fault == "refused" and "shot-13" in names:
            raise ValueError("a picture that cannot be looked at")
        self.joined.append(names)
        keys: list[int | None] = []
        for shot in shots:
            self.aboard[self._next] = (shot, int(shot.picture.sha256.split("-")[1]) + 1)
            keys.append(self._next)
            self._next += 1
        return keys

    def step(self) -> list[tuple[int, Outcome]]:
        self.owner.begun.release()
        if self.owner.gated:
            assert self.owner.rounds.acquire(timeout=PATIENCE)
        names = {shot.picture.sha256 for shot, _ in self.aboard.values()}
        if self.owner.fault == "torn" and "shot-13" in names:
            self.torn = True
            raise OutOfMemory
        self.company.append(len(self.aboard))
        self.aboard = {key: (shot, left - 1) for key, (shot, left) in self.aboard.items()}
        landed = [(key, shot) for key, (shot, left) in self.aboard.items() if left == 0]
        for key, _ in landed:
            del self.aboard[key]
        return [(key, self._outcome(shot)) for key, shot in landed]

    def leave(self, key: int) -> None:
        shot, _ = self.aboard.pop(key)
        self.left.append(shot.picture.sha256)

    def _outcome(self, shot: Shot) -> Outcome:
        if self.owner.fault == "dud" and shot.picture.sha256 == "shot-13":
            return EmptyAnswer("in flight")
        return look(shot)
