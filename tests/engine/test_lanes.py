"""The door of the waiting room."""

from dataclasses import replace
from pathlib import Path

import pytest

from alttext_local.catalogue import Card
from alttext_local.engine.lanes import Ticket, WaitingRoom
from alttext_local.engine.limits import EngineLimits
from alttext_local.errors import Draining, ModelDown, Overloaded
from tests.doubles.house import a_shot

CARD = Card("one", "double", "double", "example/double", "0", "Apache-2.0", Path("/nowhere"))


@pytest.fixture
def room():
    room = WaitingRoom(EngineLimits(queue_max=4, queue_seconds=10))
    room.open()
    return room


def test_bulk_fills_half_and_never_shuts_the_door_on_people(room):
    for number in range(2):
        room.put(Ticket(CARD, a_shot(number)), "bulk")
    with pytest.raises(Overloaded):
        room.put(Ticket(CARD, a_shot()), "bulk")
    room.put(Ticket(CARD, a_shot()))
    room.put(Ticket(CARD, a_shot()))
    with pytest.raises(Overloaded):
        room.admit()


def test_a_long_wait_is_told_in_seconds_and_bulk_does_not_count_for_people(room):
    room.done([], seconds_per_shot=6)
    for number in range(2):
        room.put(Ticket(CARD, a_shot(number)), "bulk")
    room.admit("interactive")
    with pytest.raises(Overloaded) as refusal:
        room.admit("bulk")
    assert refusal.value.retry_after == 12


def test_who_joins_waits_for_the_same_model_and_nobody_comes_before(room):
    other = replace(CARD, name="two")
    first, second, bulk = (Ticket(CARD, a_shot(number)) for number in range(3))
    room.put(bulk, "bulk")
    room.put(first)
    room.put(second)
    assert room.join(CARD, 0) == []
    assert room.join(other, 5) == []
    assert room.join(CARD, 1) == [first]
    assert room.join(CARD, 5) == [second, bulk]
    assert room.join(CARD, 5) == []
    assert room.counts() == (0, 3)


def test_failing_all_shuts_the_room_and_settles_each(room):
    tickets = [Ticket(CARD, a_shot(number)) for number in range(3)]
    for ticket in tickets:
        room.put(ticket)
    assert room.take(2) == tickets[:2]
    room.fail_all("It died.")
    assert {type(ticket.future.exception(0)) for ticket in tickets} == {ModelDown}
    assert (room.counts(), room.shut) == ((0, 0), "It died.")
    with pytest.raises(ModelDown, match="It died"):
        room.admit()


def test_draining_stays_whatever_is_opened_later(room):
    room.drain(0)
    room.open()
    with pytest.raises(Draining):
        room.admit()
    assert room.take(1) == []


def test_who_settles_second_does_nothing():
    ticket = Ticket(CARD, a_shot())
    ticket.settle(Draining())
    ticket.settle(())
    assert isinstance(ticket.future.exception(0), Draining)
    assert not ticket.begin()
