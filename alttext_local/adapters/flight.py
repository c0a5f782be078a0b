"""Shots in mid-flight: they join when there is a slot, are answered when their last text ends, and wait for nobody.

Each round looks at and prefills as many newcomers as its budget of tokens allows and then feeds one token of every text
under way, so that newcomers never hold up those who are being written about for long.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch

from alttext_local.adapters import tree
from alttext_local.adapters.adapter import Flying, Outcome
from alttext_local.adapters.answering import Decoder, Plan, Question
from alttext_local.adapters.generation import Opening, Written, prefill
from alttext_local.adapters.labels import share_out
from alttext_local.adapters.loading import memory_guard
from alttext_local.adapters.slots import Order, Slots, size_within
from alttext_local.adapters.wording import to_answer
from alttext_local.errors import AltTextError
from alttext_local.types import Answer, Shot

Look = Callable[[Sequence[Shot]], tuple[list[Opening], list[Question]]]
"""From shots, each with asks, to a prefix for each and all their questions."""


@dataclass(eq=False)
class Passenger:
    """One shot on its way."""

    prefix: Opening
    questions: list[Question]
    plans: list[Plan]
    answers: dict[int, Answer] = field(default_factory=dict)

    @property
    def written(self) -> list[int]:
        """The questions that are answered in words."""
        return [number for number, question in enumerate(self.questions) if not question.labels]

    @property
    def scored(self) -> list[int]:
        """The questions that are answered by labels."""
        return [number for number, question in enumerate(self.questions) if question.labels]

    @property
    def orders(self) -> list[Order]:
        """What a slot is to write."""
        return [Order(self.plans[number].suffix, self.plans[number].budget) for number in self.written]


class SlotFlight:
    """As `adapter.Flight` says, over slots."""

    def __init__(self, decoder: Decoder, look: Look, device: str, flying: Flying) -> None:
        self.decoder, self.look, self.device, self.flying = decoder, look, device, flying
        size = size_within(decoder.language, flying.kv_bytes, flying.branches, flying.cells)
        self.slots = Slots(decoder.language, size, graphs=flying.graphs and device.startswith("cuda"))
        self._waiting: deque[int] = deque()
        self._aboard: dict[int, Passenger] = {}
        self._seats: dict[int, int] = {}
        self._next = self._longest = 0
        self._failed = False

    @property
    def empty(self) -> bool:
        """Whether it may be used anew: nobody is aboard, and it never failed as a whole."""
        return not self._failed and not self._aboard

    @property
    def free(self) -> int:
        """Shots that may join now: as many as a round's budget allows to be looked at, by the longest picture so far.

        So the vision tower too is fed little by little. Nothing is known before the first picture: it comes alone.
        """
        seats = self.slots.free - len(self._waiting)
        ahead = sum(len(self._aboard[key].prefix) for key in self._waiting)
        affordable = (self.flying.round_tokens - ahead) // self._longest if self._longest else 0
        return max(0, min(seats, max(affordable, 0 if self._waiting else 1)))

    def join(self, shots: Sequence[Shot]) -> list[int | None]:
        """Look at the pictures; the key of each shot, None for one that goes into no slot."""
        asked = [shot for shot in shots if shot.asks]
        if not asked:
            return [None for _ in shots]
        with memory_guard(self.device), torch.inference_mode():
            prefixes, questions = self.look(asked)
        keys = iter([self._admit(row, prefix, questions) for row, prefix in enumerate(prefixes)])
        return [next(keys) if shot.asks else None for shot in shots]

    def step(self) -> list[tuple[int, Outcome]]:
        """One round; who is done, with answers or an error. What it raises, it raises for all who are aboard.

        Texts that ended before their round failed are lost with it: their shots are to be asked again.
        """
        with memory_guard(self.device), torch.inference_mode():
            landed = self._board()
            for slot, texts in self._round().items():
                key = self._seats.pop(slot)
                landed.append((key, self._landed(self._aboard.pop(key), texts)))
            return landed

    def leave(self, key: int) -> None:
        """Let one go in mid-flight."""
        if self._aboard.pop(key, None) is None:
            return
        if key in self._waiting:
            self._waiting.remove(key)
        for slot in [slot for slot, other in self._seats.items() if other == key]:
            del self._seats[slot]
            self.slots.leave(slot)

    def _round(self) -> dict[int, list[Written]]:
        """A step of the slots. Where it fails their memory is let go, for those who are asked again need it."""
        try:
            return self.slots.step()
        except BaseException:
            self._failed = True
            self._aboard.clear()
            self.slots.release()
            raise

    def _admit(self, row: int, prefix: Opening, questions: Sequence[Question]) -> int | None:
        self._longest = max(self._longest, len(prefix))
        own = [question for question in questions if question.prefix == row]
        passenger = Passenger(prefix, own, [self.decoder.plan(len(prefix), question) for question in own])
        if passenger.orders and not self.slots.fits(len(prefix), passenger.orders):
            return None
        key, self._next = self._next, self._next + 1
        self._aboard[key] = passenger
        self._waiting.append(key)
        return key

    def _board(self) -> list[tuple[int, Outcome]]:
        """Prefill and seat those whose turn it is; who needs no slot has landed, and who failed, with an error."""
        keys: list[int] = []
        tokens = 0
        while self._waiting and len(keys) < self.slots.free:
            length = len(self._aboard[self._waiting[0]].prefix)
            if keys and tokens + length > self.flying.round_tokens:
                break
            tokens += length
            keys.append(self._waiting.popleft())
        if not keys:
            return []
        try:
            with memory_guard(self.device):
                seats = self._seat([self._aboard[key] for key in keys])
        except Exception as error:  # whatever it is, it is theirs alone
            for key in keys:
                del self._aboard[key]
            ours = error if isinstance(error, AltTextError) else AltTextError()
            return [(key, ours) for key in keys]
        self._seats.update({slot: key for slot, key in zip(seats, keys, strict=True) if slot >= 0})
        grounded = [key for slot, key in zip(seats, keys, strict=True) if slot < 0]
        return [(key, self._landed(self._aboard.pop(key), [])) for key in grounded]

    def _seat(self, passengers: Sequence[Passenger]) -> list[int]:
        language = self.decoder.language
        labelled = [(row, own, n) for row, own in enumerate(passengers) for n in own.scored]
        rows = [row for row, _, _ in labelled]
        plans = [own.plans[n] for _, own, n in labelled]
        room = max(sum(len(order.suffix) for order in own.orders) for own in passengers)
        room = max(room, tree.room_for(rows, [plan.cells for plan in plans]))
        prefix = prefill(language, [own.prefix for own in passengers], room)
        if labelled:
            asked = [own.questions[n].labels for _, own, n in labelled]
            found = tree.score(language, prefix, rows, [plan.suffix for plan in plans], asked)
            for (_, own, n), scores in zip(labelled, found, strict=True):
                own.answers[n] = Answer(scores=share_out(own.questions[n].ask.labels, scores))
        return self.slots.join(prefix, [own.orders for own in passengers])

    def _landed(self, passenger: Passenger, texts: Sequence[Written]) -> Outcome:
        try:
            for number, text in zip(passenger.written, texts, strict=True):
                passenger.answers[number] = to_answer(self.decoder.tokenizer, text, passenger.questions[number].ask)
        except AltTextError as error:
            return error
        return tuple(passenger.answers[number] for number in range(len(passenger.questions)))
