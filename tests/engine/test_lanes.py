"""The door of the waiting room."""

import time
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from alttext_local.catalogue import Card
from alttext_local.engine.lanes import Ticket, WaitingRoom
from alttext_local.engine.limits import EngineLimits
from alttext_local.errors import Draining, ModelDown, Overloaded
from tests.doubles.house import a_shot

CARD = Card("one", "double", "double", "example/double", "0", "Apache-2.0", Path("/nowhere"))


@pytest.fixture
def room():
    return WaitingRoom(EngineLimits(queue_max=4, queue_seconds=10))


@pytest.fixture
def seat(room):
    seat = room.seat()
    seat.open()
    return seat


def test_bulk_fills_half_and_never_shuts_the_door_on_people(room, seat):
    for number in range(2):
        room.put(Ticket(CARD, a_shot(number)), "bulk")
    with pytest.raises(Overloaded):
        room.put(Ticket(CARD, a_shot()), "bulk")
    room.put(Ticket(CARD, a_shot()))
    room.put(Ticket(CARD, a_shot()))
    with pytest.raises(Overloaded):
        room.admit()


@pytest.mark.parametrize(("seats", "seconds"), [(1, 12), (2, 6), (3, 4)])
def test_a_long_wait_is_told_in_seconds_and_bulk_does_not_count_for_people(room, seat, seats, seconds):
    for _ in range(seats - 1):
        room.seat().open()
    seat.done([], seconds_per_shot=6)
    for number in range(2):
        room.put(Ticket(CARD, a_shot(number)), "bulk")
    room.admit("interactive")
    with pytest.raises(Overloaded) as refusal:
        room.admit("bulk")
    assert refusal.value.retry_after == seconds


def test_who_joins_waits_for_the_same_model_and_nobody_comes_before(room, seat):
    other = replace(CARD, name="two")
    first, second, bulk = (Ticket(CARD, a_shot(number)) for number in range(3))
    room.put(bulk, "bulk")
    room.put(first)
    room.put(second)
    assert seat.join(CARD, 0) == []
    assert seat.join(other, 5) == []
    assert seat.join(CARD, 1) == [first]
    assert seat.join(CARD, 5) == [second, bulk]
    assert seat.join(CARD, 5) == []
    assert room.counts() == (0, 3)


def test_failing_all_shuts_the_room_and_settles_each(room, seat):
    tickets = [Ticket(CARD, a_shot(number)) for number in range(3)]
    for ticket in tickets:
        room.put(ticket)
    assert seat.take(2) == tickets[:2]
    seat.fail("It died.")
    assert {type(ticket.future.exception(0)) for ticket in tickets} == {ModelDown}
    assert (room.counts(), room.shut) == ((0, 0), "It died.")
    with pytest.raises(ModelDown, match="It died"):
        room.admit()


def test_where_one_seat_of_two_fails_only_its_own_are_told(room, seat):
    other = room.seat()
    other.open()
    tickets = [Ticket(CARD, a_shot(number)) for number in range(4)]
    for ticket in tickets:
        room.put(ticket)
    assert (seat.take(1), other.take(1)) == (tickets[:1], tickets[1:2])
    seat.fail("It died.")
    assert [ticket.future.done() for ticket in tickets] == [True, False, False, False]
    assert (room.counts(), room.shut) == ((2, 1), "")
    room.admit()
    other.fail("It died too.")
    assert all(isinstance(ticket.future.exception(0), ModelDown) for ticket in tickets)
    assert room.counts() == (0, 0)


def test_idle_seats_share_what_comes(room, seat):
    other, taken = room.seat(), []
    other.open()
    threads = [Thread(target=lambda place=place: taken.append(place.take(16)), daemon=True) for place in (seat, other)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 10
    while not (seat.idle and other.idle):
        assert time.monotonic() < until
        time.sleep(0.001)
    with room.lock:
        for number in range(4):
            room.put(Ticket(CARD, a_shot(number)))
    for thread in threads:
        thread.join(10)
    assert [len(tickets) for tickets in taken] == [2, 2]


def test_a_seat_whose_process_died_takes_nothing_and_leaves_all_to_others(room, seat):
    ticket = Ticket(CARD, a_shot())
    room.put(ticket)
    assert seat.take(4, lambda: False) == []
    other = room.seat()
    other.open()
    assert other.take(4, lambda: True) == [ticket]


def test_draining_stays_whatever_is_opened_later(room, seat):
    room.drain(0)
    seat.open()
    with pytest.raises(Draining):
        room.admit()
    assert seat.take(1) == []


def test_who_settles_second_does_nothing():
    ticket = Ticket(CARD, a_shot())
    ticket.settle(Draining())
    ticket.settle(())
    assert isinstance(ticket.future.exception(0), Draining)
    assert not ticket.begin()
