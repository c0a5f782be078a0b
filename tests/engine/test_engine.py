"""The engine as its callers see it, over doubles that misbehave."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import Future, wait
from threading import Barrier, Event, Thread

import pytest

from alttext_local.catalogue import Card
from alttext_local.engine.selftest import ASKS
from alttext_local.errors import (
    AltTextError,
    BrokenModel,
    DeadlinePassed,
    Draining,
    EmptyAnswer,
    ModelDown,
    OutOfMemory,
    Overloaded,
    UnknownModel,
)
from tests.doubles.blind import Blind
from tests.doubles.crash import Crash
from tests.doubles.dies import Dies
from tests.doubles.honest import Honest, look
from tests.doubles.house import Loader, a_shot
from tests.doubles.mute import Mute
from tests.doubles.out_of_memory import OutOfMemoryAbove
from tests.doubles.short import Short
from tests.doubles.slow import Slow

SOON = 10
"""Seconds in which everything must be settled, whatever fails."""


def until(true, seconds=SOON):
    """Wait for something that another thread brings about."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.002)


def error_of(future: Future) -> BaseException | None:
    return future.exception(SOON)


def held(engine, slow, number=1000):
    """Let the model thread take one shot in hand and stand at the gate."""
    future = engine.submit(engine.card("one"), a_shot(number))
    assert slow.begun.acquire(timeout=SOON)
    return future


def test_answers_are_those_of_the_own_picture(engine_of):
    engine = engine_of(Loader())
    card = engine.card("alias-one")
    shots = [a_shot(number) for number in range(40)]
    futures = [engine.submit(card, shot) for shot in shots]
    assert [future.result(SOON) for future in futures] == [look(shot) for shot in shots]
    health = engine.health()
    assert (health.live, health.ready, health.reason, health.loaded) == (True, True, "", ("one",))
    assert health.seconds_per_shot > 0


def test_what_waits_goes_in_one_batch(engine_of):
    loader = Loader(Slow)
    engine = engine_of(loader, batch=16)
    held(engine, loader.last)
    futures = [engine.submit(engine.card("one"), a_shot(number)) for number in range(20)]
    loader.last.gate.set()
    wait(futures, SOON)
    assert [len(call) for call in loader.last.calls] == [1, 16, 4]


def test_an_unknown_name_is_an_error_and_no_default(engine_of):
    with pytest.raises(UnknownModel, match="alias-one"):
        engine_of(Loader()).card("gpt-9")


def test_two_hundred_at_once_are_answered_or_refused_and_none_hangs(engine_of):
    loader = Loader(Slow)
    engine = engine_of(loader, queue_max=32, batch=8)
    slow = loader.last
    held(engine, slow)
    outcomes: Counter[str] = Counter()
    barrier = Barrier(200)

    def caller(number):
        barrier.wait(SOON)
        try:
            future = engine.submit(engine.card("one"), a_shot(number))
            assert future.result(SOON) == look(a_shot(number))
            outcomes["answered"] += 1
        except Overloaded as refusal:
            assert refusal.retry_after >= 1
            outcomes["refused"] += 1
            if outcomes["refused"] == 168:
                slow.gate.set()

    threads = [Thread(target=caller, args=(number,), daemon=True) for number in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert not any(thread.is_alive() for thread in threads)
    assert outcomes == {"answered": 32, "refused": 168}


def test_a_poison_picture_costs_the_others_nothing_but_a_few_calls(engine_of):
    class Picky(Crash):
        poison = frozenset({"shot-11"})

        def serve(self, shots):
            if len(self.calls) == 1:
                first.wait(SOON)
            return super().serve(shots)

    first = Event()
    loader = Loader(Picky)
    engine = engine_of(loader, batch=16)
    card = engine.card("one")
    engine.submit(card, a_shot(1000))
    until(lambda: engine.health().in_hand == 1)
    futures = [engine.submit(card, a_shot(number)) for number in range(16)]
    first.set()
    errors = {number: error for number, future in enumerate(futures) if (error := error_of(future))}
    assert list(errors) == [11]
    assert errors[11].code == "internal"
    assert "secret" not in str(errors[11])
    assert isinstance(errors[11].__cause__, RuntimeError)
    assert len(loader.last.calls) - 1 == 1 + 2 * 4


def test_too_little_memory_halves_until_it_fits(engine_of):
    class Gated(OutOfMemoryAbove, Slow):
        pass

    loader = Loader(Gated)
    engine = engine_of(loader, batch=16)
    gated = loader.last
    gated.gate.set()
    futures = [engine.submit(engine.card("one"), a_shot(number)) for number in range(64)]
    assert [future.result(SOON) for future in futures] == [look(a_shot(number)) for number in range(64)]
    assert engine.health().ready


def test_a_single_shot_that_does_not_fit_is_told_so(engine_of):
    class Tiny(OutOfMemoryAbove):
        fits = 0

    engine = engine_of(Loader(Tiny))
    assert isinstance(error_of(engine.submit(engine.card("one"), a_shot())), OutOfMemory)
    assert engine.health().ready


def test_crash_is_an_internal_error_each_time_and_the_thread_lives(engine_of):
    loader = Loader(Crash)
    engine = engine_of(loader)
    for number in range(3):
        assert error_of(engine.submit(engine.card("one"), a_shot(number))).code == "internal"
    assert engine.health().ready
    assert len(loader.adapters) == 1


@pytest.mark.parametrize("double", [Mute, Short, type("ShortOfAsks", (Short,), {"of_asks": True})])
def test_an_empty_or_miscounted_answer_is_an_error(engine_of, double):
    engine = engine_of(Loader(double))
    futures = [engine.submit(engine.card("one"), a_shot(number)) for number in range(5)]
    assert {type(error_of(future)) for future in futures} == {EmptyAnswer}


def test_when_the_thread_dies_all_are_told_and_it_gets_up_again(engine_of):
    dies = type("DiesOnce", (Dies,), {})
    loader = Loader(dies)
    engine = engine_of(loader, "one", "two", restart_pauses=(0.2,))
    card, first = engine.card("one"), loader.adapters[0]
    futures = [held(engine, first), *(engine.submit(card, a_shot(number)) for number in range(30))]
    futures.append(engine.submit(engine.card("two"), a_shot()))
    first.gate.set()
    assert {type(error_of(future)) for future in futures} == {ModelDown}
    health = engine.health()
    assert (health.live, health.ready, "SystemExit" in health.reason) == (True, False, True)
    with pytest.raises(ModelDown):
        engine.submit(card, a_shot())
    with pytest.raises(ModelDown):
        engine.admit()
    until(lambda: engine.health().ready)
    assert engine.submit(card, a_shot(7)).result(SOON) == look(a_shot(7))
    assert set(engine.health().loaded) == {"one", "two"}
    assert all(adapter.closed for adapter in loader.adapters[:2])


def test_a_thread_that_dies_again_and_again_stays_down(engine_of):
    dies = type("DiesAlways", (Dies,), {"lives_after": 99, "patience": 0})
    loader = Loader(dies)
    engine = engine_of(loader)
    for deaths in range(1, 5):
        until(lambda: engine.health().ready)
        assert isinstance(error_of(engine.submit(engine.card("one"), a_shot())), ModelDown)
        # red health may pass too quickly to be seen: a new model, or the end, is what stays
        until(lambda deaths=deaths: len(loader.adapters) > deaths or not engine.health().live)
    until(lambda: not engine.health().live)
    assert not engine.health().ready
    assert len(loader.adapters) == 4
    with pytest.raises(ModelDown):
        engine.submit(engine.card("one"), a_shot())


def test_a_hanging_call_is_given_up_and_another_thread_serves(engine_of):
    loader = Loader(Slow)
    engine = engine_of(loader, generation_seconds=0.2)
    hung = loader.last
    futures = [held(engine, hung), engine.submit(engine.card("one"), a_shot(1))]
    assert {type(error_of(future)) for future in futures} == {ModelDown}
    until(lambda: engine.health().ready)
    loader.last.gate.set()
    assert engine.submit(engine.card("one"), a_shot(2)).result(SOON) == look(a_shot(2))
    assert loader.last is not hung
    hung.gate.set()
    until(lambda: hung.closed)
    assert engine.submit(engine.card("one"), a_shot(3)).result(SOON) == look(a_shot(3))


def test_who_left_before_the_batch_formed_is_not_computed(engine_of):
    loader = Loader(Slow)
    engine = engine_of(loader)
    held(engine, loader.last)
    left = engine.submit(engine.card("one"), a_shot(1))
    stays = engine.submit(engine.card("one"), a_shot(2))
    assert left.cancel()
    loader.last.gate.set()
    assert stays.result(SOON)
    assert loader.last.looked_at == ["shot-1000", "shot-2"]


def test_who_left_makes_room_in_a_full_queue(engine_of):
    loader = Loader(Slow)
    engine = engine_of(loader, queue_max=2)
    held(engine, loader.last)
    left, stays = (engine.submit(engine.card("one"), a_shot(number)) for number in (1, 2))
    with pytest.raises(Overloaded):
        engine.admit()
    left.cancel()
    newcomer = engine.submit(engine.card("one"), a_shot(3))
    loader.last.gate.set()
    assert stays.result(SOON)
    assert newcomer.result(SOON)


def test_what_would_come_too_late_is_not_computed(engine_of):
    loader = Loader(Slow)
    engine = engine_of(loader)
    held(engine, loader.last)
    late = engine.submit(engine.card("one"), a_shot(1), deadline=time.monotonic() - 1)
    timely = engine.submit(engine.card("one"), a_shot(2), deadline=time.monotonic() + 60)
    loader.last.gate.set()
    assert isinstance(error_of(late), DeadlinePassed)
    assert timely.result(SOON)
    assert "shot-1" not in loader.last.looked_at


def test_people_go_before_bulk(engine_of):
    loader = Loader(Slow)
    engine = engine_of(loader, batch=2)
    held(engine, loader.last)
    lanes = ["bulk", "bulk", "interactive", "bulk", "interactive"]
    futures = [engine.submit(engine.card("one"), a_shot(n), lane=lane) for n, lane in enumerate(lanes)]
    loader.last.gate.set()
    wait(futures, SOON)
    assert loader.last.looked_at == ["shot-1000", "shot-2", "shot-4", "shot-0", "shot-1", "shot-3"]


def test_closing_answers_those_inside_and_refuses_newcomers(engine_of):
    loader = Loader(Slow)
    engine = engine_of(loader, batch=1)
    futures = [held(engine, loader.last), *(engine.submit(engine.card("one"), a_shot(n)) for n in range(3))]
    closing = Thread(target=engine.close, args=(SOON,))
    closing.start()
    until(lambda: not engine.health().ready)
    with pytest.raises(Draining):
        engine.submit(engine.card("one"), a_shot())
    loader.last.gate.set()
    assert all(future.result(SOON) for future in futures)
    closing.join(SOON)
    assert not closing.is_alive()
    assert loader.last.closed
    engine.close()


def test_closing_at_once_tells_those_inside(engine_of):
    loader = Loader(Slow)
    engine = engine_of(loader)
    futures = [held(engine, loader.last), engine.submit(engine.card("one"), a_shot(1))]
    closing = Thread(target=engine.close)
    closing.start()
    assert {type(error_of(future)) for future in futures} == {Draining}
    loader.last.gate.set()
    closing.join(SOON)
    assert loader.last.closed


def test_a_wait_that_is_too_long_is_refused_with_its_length(engine_of):
    loader = Loader(Slow)
    engine = engine_of(loader, queue_seconds=0.15, batch=1)
    slow = loader.last
    first = held(engine, slow)
    time.sleep(0.2)  # the pace that is measured
    slow.gate.set()
    first.result(SOON)
    until(lambda: engine.health().in_hand == 0)
    slow.gate.clear()
    held(engine, slow)
    with pytest.raises(Overloaded) as refusal:
        engine.submit(engine.card("one"), a_shot())
    assert refusal.value.retry_after == 1
    assert Overloaded.retry_after == 5
    slow.gate.set()


def test_a_callers_callback_cannot_bring_the_thread_down(engine_of, caplog):
    loader = Loader(Slow)
    engine = engine_of(loader)
    future = held(engine, loader.last)

    def callback(_):
        raise SystemExit

    future.add_done_callback(callback)
    loader.last.gate.set()
    assert future.result(SOON)
    assert engine.submit(engine.card("one"), a_shot()).result(SOON)
    assert len(loader.adapters) == 1


def test_a_model_is_loaded_when_first_asked_for_and_the_least_used_goes(engine_of):
    loader = Loader()
    engine = engine_of(loader, "one", "two", "three", max_loaded_models=2)
    assert engine.health().loaded == ("one", "two")
    for name in ("one", "three", "one", "two"):
        assert engine.submit(engine.card(name), a_shot()).result(SOON)
    assert loader.names == ["one", "two", "three", "two"]
    assert [adapter.card.name for adapter in loader.adapters if adapter.closed] == ["two", "three"]


def test_models_do_not_mix_in_a_batch(engine_of):
    loader = Loader(Honest, one=Slow)
    engine = engine_of(loader, "one", "two")
    one, two = loader.adapters
    held(engine, one)
    futures = [engine.submit(engine.card(("one", "two")[n % 2]), a_shot(n)) for n in range(6)]
    one.gate.set()
    wait(futures, SOON)
    assert one.calls[1:] == [("shot-0", "shot-2", "shot-4")]
    assert two.calls == [("shot-1", "shot-3", "shot-5")]


def test_a_blind_model_is_refused_at_start(engine_of):
    engine = engine_of(Loader(Blind), start=False)
    with pytest.raises(BrokenModel, match="does not see"):
        engine.start(["alias-one"])
    assert not engine.health().ready
    with pytest.raises(AltTextError):
        engine.submit(engine.card("one"), a_shot())


def test_a_blind_model_asked_for_later_is_refused_and_not_loaded_again(engine_of):
    loader = Loader(Honest, two=Blind)
    engine = engine_of(loader, "one", "two", start=False)
    engine.start(["one"])
    for _ in range(3):
        assert isinstance(error_of(engine.submit(engine.card("two"), a_shot())), BrokenModel)
    assert loader.names == ["one", "two"]
    assert engine.submit(engine.card("one"), a_shot()).result(SOON)


def test_at_start_memory_may_end_after_the_first_models(engine_of):
    def large(card: Card, device: str) -> Honest:
        raise MemoryError

    loader = Loader(Honest, two=large)
    engine = engine_of(loader, "one", "two", start=False)
    engine.start()
    assert engine.health().loaded == ("one",)
    assert isinstance(error_of(engine.submit(engine.card("two"), a_shot())), OutOfMemory)
    assert engine.submit(engine.card("one"), a_shot()).result(SOON)


@pytest.mark.parametrize("error", [OSError("/srv/x"), SystemExit()])
def test_a_model_that_cannot_be_loaded_ends_the_start(engine_of, error):
    def broken(card: Card, device: str) -> Honest:
        raise error

    engine = engine_of(Loader(broken), start=False)
    with pytest.raises(BrokenModel) as refusal:
        engine.start()
    assert "/root" not in str(refusal.value)


def test_a_loading_that_hangs_ends_the_start(engine_of):
    never = Event()

    def hangs(card: Card, device: str) -> Honest:
        never.wait(SOON)
        return Honest(card, device)

    engine = engine_of(Loader(hangs), start=False, load_seconds=0.1)
    with pytest.raises(BrokenModel, match="did not come back"):
        engine.start()
    never.set()


def test_before_the_start_nobody_is_let_in(engine_of):
    engine = engine_of(Loader(), start=False)
    assert (engine.health().live, engine.health().ready) == (True, False)
    with pytest.raises(ModelDown):
        engine.submit(engine.card("one"), a_shot(0, ASKS))
