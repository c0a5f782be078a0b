"""The engine over a model whose shots join and land in mid-flight."""

from __future__ import annotations

import time
from concurrent.futures import Future, wait

import pytest

from alttext_local.errors import DeadlinePassed, Draining, ModelDown
from tests.doubles.glider import Dud, Gated, Glider, Refused, Torn
from tests.doubles.honest import Honest, look
from tests.doubles.house import Loader, a_shot

SOON = 10


def until(true):
    """Wait for something that another thread brings about."""
    end = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.002)


def airborne(engine, glider, *numbers) -> list[Future]:
    """Shots that are aboard, the model thread standing in a round."""
    futures = [engine.submit(engine.card("one"), a_shot(number)) for number in numbers]
    assert glider.begun.acquire(timeout=SOON)
    return futures


@pytest.mark.parametrize("fault", [Glider, Torn, Refused, Dud])
def test_answers_are_those_of_the_own_picture_whatever_fails(engine_of, fault):
    engine = engine_of(Loader(fault))
    numbers = [13, 5, 0, 13, 2, 7, 1, 1, 3, 13, 4]
    futures = [engine.submit(engine.card("one"), a_shot(number)) for number in numbers]
    assert [future.result(SOON) for future in futures] == [look(a_shot(number)) for number in numbers]
    health = engine.health()
    assert (health.waiting, health.ready) == (0, True)
    until(lambda: engine.health().in_hand == 0)
    assert health.seconds_per_shot > 0


def test_a_newcomer_joins_and_lands_before_those_who_were_there(engine_of):
    loader = Loader(Gated)
    engine = engine_of(loader)
    glider = loader.last
    (long,) = airborne(engine, glider, 6)
    short = engine.submit(engine.card("one"), a_shot(0))
    glider.rounds.release(3)
    assert short.result(SOON) == look(a_shot(0))
    assert not long.done()
    glider.rounds.release(5)
    assert long.result(SOON) == look(a_shot(6))
    assert glider.flights[0].joined == [("shot-6",), ("shot-0",)]
    assert glider.calls == []


def test_a_flight_that_failed_is_answered_in_a_batch_and_another_begins(engine_of):
    loader = Loader(Torn)
    engine = engine_of(loader)
    assert engine.submit(engine.card("one"), a_shot(13)).result(SOON) == look(a_shot(13))
    assert engine.submit(engine.card("one"), a_shot(2)).result(SOON) == look(a_shot(2))
    assert loader.last.calls == [("shot-13",)]
    assert [flight.joined for flight in loader.last.flights] == [[("shot-13",)], [("shot-2",)]]


def test_one_bad_outcome_is_asked_again_alone(engine_of):
    loader = Loader(Dud)
    engine = engine_of(loader)
    futures = [engine.submit(engine.card("one"), a_shot(number)) for number in (13, 12)]
    assert [future.result(SOON) for future in futures] == [look(a_shot(13)), look(a_shot(12))]
    assert loader.last.calls == [("shot-13",)]


def test_who_comes_first_for_another_model_ends_the_flight(engine_of):
    loader = Loader(Gated, two=Honest)
    engine = engine_of(loader, "one", "two")
    glider = loader.adapters[0]
    aboard = airborne(engine, glider, 1)
    bulk = engine.submit(engine.card("one"), a_shot(0), lane="bulk")
    other = engine.submit(engine.card("two"), a_shot(3))
    glider.rounds.release(2)
    assert other.result(SOON) == look(a_shot(3))
    assert aboard[0].done()
    assert not bulk.done()
    glider.rounds.release(1)
    assert bulk.result(SOON)


def test_people_board_before_bulk(engine_of):
    loader = Loader(Gated)
    engine = engine_of(loader)
    glider = loader.last
    airborne(engine, glider, 1)
    lanes = ["bulk", "interactive", "bulk", "interactive"]
    futures = [engine.submit(engine.card("one"), a_shot(n), lane=lane) for n, lane in enumerate(lanes, start=2)]
    glider.rounds.release(40)
    wait(futures, SOON)
    order = [name for names in glider.flights[0].joined for name in names]
    assert order == ["shot-1", "shot-3", "shot-5", "shot-2", "shot-4"]


def test_who_left_before_boarding_is_not_computed(engine_of):
    loader = Loader(Gated)
    engine = engine_of(loader)
    glider = loader.last
    airborne(engine, glider, 2)
    left = engine.submit(engine.card("one"), a_shot(1))
    late = engine.submit(engine.card("one"), a_shot(5), deadline=time.monotonic() - 1)
    stays = engine.submit(engine.card("one"), a_shot(0))
    assert left.cancel()
    glider.rounds.release(20)
    assert stays.result(SOON)
    assert late.exception(SOON)
    assert [name for names in glider.flights[0].joined for name in names] == ["shot-2", "shot-0"]


def test_whose_time_is_over_in_mid_flight_is_dropped(engine_of):
    loader = Loader(Gated)
    engine = engine_of(loader)
    glider = loader.last
    (stays,) = airborne(engine, glider, 9)
    late = engine.submit(engine.card("one"), a_shot(8), deadline=time.monotonic() + 0.3)
    glider.rounds.release(1)
    until(lambda: ("shot-8",) in glider.flights[0].joined)
    time.sleep(0.3)
    glider.rounds.release(2)
    assert isinstance(late.exception(SOON), DeadlinePassed)
    assert glider.flights[0].left == ["shot-8"]
    assert not stays.done()
    glider.rounds.release(20)
    assert stays.result(SOON) == look(a_shot(9))
    until(lambda: engine.health().in_hand == 0)
    assert glider.calls == []


def test_closing_tells_those_aboard_and_lets_them_go(engine_of):
    loader = Loader(Gated)
    engine = engine_of(loader)
    glider = loader.last
    (future,) = airborne(engine, glider, 9)
    glider.rounds.release(1)
    engine.close()
    assert isinstance(future.exception(SOON), Draining)
    glider.rounds.release(9)
    until(lambda: glider.closed)
    assert glider.flights[0].left == ["shot-9"]


def test_a_round_that_hangs_is_given_up(engine_of):
    loader = Loader(Gated)
    engine = engine_of(loader, generation_seconds=0.2)
    glider = loader.last
    (future,) = airborne(engine, glider, 3)
    assert isinstance(future.exception(SOON), ModelDown)
    until(lambda: engine.health().ready)
    assert loader.last is not glider
    loader.last.rounds.release(5)
    assert engine.submit(engine.card("one"), a_shot(2)).result(SOON) == look(a_shot(2))
    glider.rounds.release(9)
