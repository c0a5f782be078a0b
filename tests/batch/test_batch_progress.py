"""How far a run is, and what is told at its end."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from alttext_local.batch.progress import JsonProgress, LiveProgress, Quiet, duration, line
from alttext_local.batch.row import Row, failed
from alttext_local.batch.summary import Summary, reasons_of, said_of, words
from alttext_local.batch.tally import Tally
from alttext_local.errors import UnreadableImage
from alttext_local.rules.checking import RULES
from tests.batch.houses import REQUEST, an_answer


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tally(clock):
    return Tally(clock)


def test_the_pace_is_that_of_late(tally, clock):
    tally.pace()
    for _ in range(40):
        clock.now += 1
        tally.described += 2
        tally.pace()
    for _ in range(40):
        clock.now += 1
        tally.described += 10
        last = tally.pace()
    assert last == pytest.approx(10)


def test_what_is_left_is_known_once_the_source_is_counted(tally, clock):
    assert (tally.left, tally.seconds_left()) == (None, None)
    tally.described, tally.known, tally.failed, tally.total = 5, 3, 2, 30
    clock.now += 10
    assert tally.left == 20
    assert tally.seconds_left() == pytest.approx(40)


def test_a_json_line_comes_every_few_seconds_and_at_the_end(tally, clock):
    stream = io.StringIO()
    with JsonProgress(tally, stream, every=5, clock=clock) as view:
        for _ in range(30):
            clock.now += 0.5
            tally.described += 1
            tally.models["small"] += 1
            view.show()
        view.show(last=True)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [one["done"] for one in lines] == [1, 11, 21, 30]
    assert lines[-1]["models"] == {"small": 30}
    assert lines[-1]["event"] == "progress"


def test_a_live_line_tells_all(tally, clock):
    tally.described, tally.failed, tally.total = 1200, 3, 5000
    tally.models["small"] = 1200
    clock.now += 60
    assert line(tally) == "1,203 done · 20.0/s · 3 failed · 3,797 left · about 0:03:10 · small 1,200"
    stream = io.StringIO()
    with LiveProgress(tally, Console(file=stream, force_terminal=True, width=120)) as view:
        view.show()
    assert "1,203 done" in stream.getvalue()


def test_quiet_shows_nothing(capsys):
    with Quiet() as view:
        view.show(last=True)
    assert capsys.readouterr() == ("", "")


def test_durations_are_read_by_people():
    assert duration(7509.4) == "2:05:09"


def test_a_summary_counts_what_needs_an_eye():
    summary = Summary()
    for number in range(5):
        summary.add(Row(f"{number}", "x", REQUEST, an_answer(rules=("A08", "A08"), sure=False)))
    summary.add(Row("good", "x", REQUEST, an_answer()))
    summary.add(failed("bad", UnreadableImage()))
    said = summary.to_dict()
    assert (said["images"], said["described"], said["failed"], said["need_an_eye"]) == (7, 6, 1, 5)
    assert said["eyes"]["A08"] == {"count": 5, "examples": ["0", "1", "2"]}
    assert said["eyes"]["unsure"]["count"] == 5
    assert said["failures"] == {"unreadable_image": {"count": 1, "examples": ["bad"]}}
    assert said["kinds"] == {"unsure": 5, "photograph": 1}


def test_what_was_mended_needs_no_eye():
    mended = an_answer(rules=("A05",))
    mended.findings[0].mended = True
    assert reasons_of(Row("a", "x", REQUEST, mended)) == []


def test_every_rule_has_words():
    assert not set(RULES) - set(words()["eyes"])
    assert said_of("failures", "unheard_of") == "unheard_of"
