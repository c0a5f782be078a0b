"""Several devices: a process each, one queue, and what happens when one of them dies or hangs."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter

import pytest

from alttext_local.engine.engine import Engine, EngineLimits
from alttext_local.errors import AltTextError, EmptyAnswer, ModelDown, OutOfMemory
from tests.doubles import far
from tests.doubles.far import SOON, WHO, gone, that, until
from tests.doubles.honest import look
from tests.doubles.house import Loader, a_shot, catalogue_of

ASKS = (WHO,)


@pytest.fixture
def engine_on(tmp_path):
    """`engine_on(**limits)`: an engine on two devices, started."""
    engines = []

    def build(*names, **limits):
        catalogue = catalogue_of(tmp_path, *(names or ("one",)))
        settled = EngineLimits(**({"restart_pauses": (0.0, 0.0, 0.0)} | limits))
        engines.append(Engine(catalogue, settled, processes=("cpu", "cpu"), load=far.load))
        engines[-1].start()
        return engines[-1]

    yield build
    for engine in engines:
        engine.close()


@pytest.fixture
def begun(tmp_path):
    """`begun(number)`: wait until so many shots last, each in its process; their numbers, and how to let them go on."""

    def files():
        return list(tmp_path.glob("*/begun-*"))

    def wait(number):
        until(lambda: len(files()) == number)
        return {int(path.name.removeprefix("begun-")): path.unlink for path in files()}

    return wait


def submit(engine, *shots):
    return [engine.submit(engine.card("one"), shot) for shot in shots]


def who(future):
    return int(future.result(SOON)[0].text)


def all_serve(engine):
    return all(one.state == "serving" for one in engine.health().devices)


def test_both_are_used_and_say_the_same_as_one(engine_on, begun):
    engine = engine_on()
    busy = submit(engine, that("lasts", ASKS), that("lasts", ASKS))
    pids = begun(2)
    shots = [a_shot(number) for number in range(40)]
    futures = submit(engine, *shots)
    asked = submit(engine, *(a_shot(number, ASKS) for number in range(40, 80)))
    for go_on in pids.values():
        go_on()
    assert [future.result(SOON) for future in futures] == [look(shot) for shot in shots]
    assert {who(future) for future in (*busy, *asked)} == set(pids)
    assert os.getpid() not in pids
    until(lambda: engine.health().in_hand == 0)
    served = [one.served for one in engine.health().devices]
    assert (sum(served), min(served) > 1) == (82, True)
    assert (engine.health().ready, engine.health().missing) == (True, "")


def test_kill_9_in_the_midst_of_a_batch_costs_that_batch_alone(engine_on, begun):
    engine = engine_on(restart_pauses=(0.5,))
    first, second = submit(engine, that("lasts", ASKS), that("lasts", ASKS))
    pids = begun(2)
    waiting = submit(engine, *(a_shot(number, ASKS) for number in range(20)))
    killed, lives = pids
    os.kill(killed, signal.SIGKILL)
    pids[killed]()
    until(lambda: engine.health().missing)
    health = engine.health()
    assert (health.live, health.ready, health.reason) == (True, True, "")
    assert health.missing == "1 of 2 devices serve: cpu is being started anew."
    pids[lives]()
    outcomes = Counter(type(future.exception(SOON)) for future in (first, second))
    assert outcomes == {type(None): 1, ModelDown: 1}
    assert lives in {who(future) for future in waiting}
    until(lambda: all_serve(engine))
    assert engine.health().missing == ""
    again = submit(engine, that("lasts", ASKS), that("lasts", ASKS))
    newcomers = begun(2)
    assert (lives in newcomers, killed in newcomers) == (True, False)
    for go_on in newcomers.values():
        go_on()
    assert {who(future) for future in again} == set(newcomers)


def test_kill_9_of_an_idle_one_costs_nobody_anything(engine_on, begun):
    engine = engine_on()
    futures = submit(engine, that("lasts", ASKS), that("lasts", ASKS))
    pids = begun(2)
    for go_on in pids.values():
        go_on()
    assert {who(future) for future in futures} == set(pids)
    until(lambda: engine.health().in_hand == 0)
    os.kill(next(iter(pids)), signal.SIGKILL)
    until(lambda: gone(next(iter(pids))))
    assert all(who(future) for future in submit(engine, *(a_shot(number, ASKS) for number in range(30))))
    until(lambda: all_serve(engine))


def test_when_both_are_gone_all_are_told_and_both_come_again(engine_on, begun):
    engine = engine_on()
    futures = submit(engine, that("lasts"), that("lasts"))
    for pid in begun(2):
        os.kill(pid, signal.SIGKILL)
    assert {type(future.exception(SOON)) for future in futures} == {ModelDown}
    until(lambda: all_serve(engine))
    assert submit(engine, a_shot())[0].result(SOON) == look(a_shot())


def test_a_picture_that_kills_is_told_so_and_kills_no_other(engine_on):
    engine = engine_on()
    assert isinstance(submit(engine, that("dies"))[0].exception(SOON), ModelDown)
    assert submit(engine, a_shot())[0].result(SOON) == look(a_shot())
    assert sorted(one.state for one in engine.health().devices)[-1] == "serving"


def test_a_hanging_process_is_killed_and_another_serves(engine_on, begun):
    engine = engine_on(generation_seconds=0.3)
    (future,) = submit(engine, that("lasts"))
    (hung,) = begun(1)
    assert isinstance(future.exception(SOON), ModelDown)
    until(lambda: gone(hung))
    until(lambda: all_serve(engine))
    assert submit(engine, a_shot())[0].result(SOON) == look(a_shot())


def test_errors_keep_their_kind_and_batches_are_halved(engine_on, begun):
    engine = engine_on()
    held = submit(engine, that("lasts"), that("lasts"))
    pids = begun(2)
    futures = submit(engine, that("needs memory"), that("is empty"), that("crashes"), a_shot(1), that("has no memory"))
    for go_on in pids.values():
        go_on()
    assert all(future.result(SOON) for future in held)
    errors = [future.exception(SOON) for future in futures]
    assert [type(error) for error in errors] == [type(None), EmptyAnswer, AltTextError, type(None), OutOfMemory]
    assert "secret" not in str(errors[2])
    assert "secret" in str(errors[2].__cause__)
    assert all_serve(engine)


def test_closing_ends_the_processes_whatever_they_do(engine_on, begun):
    engine = engine_on()
    submit(engine, that("lasts"), that("lasts"))
    pids = list(begun(2))
    began = time.monotonic()
    engine.close()
    assert time.monotonic() - began < 10
    for pid in pids:
        until(lambda pid=pid: gone(pid))
    assert not engine.health().live


def test_a_model_that_one_cannot_load_ends_the_start_of_all(engine_on):
    with pytest.raises(EmptyAnswer, match="cannot be loaded"):
        engine_on("broken")


def test_what_other_processes_could_not_find_is_refused(tmp_path):
    engine = Engine(catalogue_of(tmp_path, "one"), processes=("cpu", "cpu"), load=Loader())
    with pytest.raises(ValueError, match="imported"):
        engine.start()
