"""Halving: every place once, logarithmic calls, nothing empty passed on."""

import math

import pytest

from alttext_local.engine.halving import answer_each, fault
from alttext_local.errors import AltTextError, BadRequest, EmptyAnswer, OutOfMemory
from alttext_local.types import Answer
from tests.doubles.honest import look
from tests.doubles.house import CAPTION, KIND, a_shot


def outcomes(call, number):
    sizes = []

    def counted(shots):
        sizes.append(len(shots))
        return call(shots)

    pairs = list(answer_each(counted, [a_shot(n) for n in range(number)]))
    assert sorted(place for place, _ in pairs) == list(range(number))
    return dict(pairs), sizes


@pytest.mark.parametrize("number", [1, 2, 3, 7, 16, 33])
@pytest.mark.parametrize("poison", [0, 5, 32])
def test_one_poison_fails_alone(number, poison):
    def call(shots):
        if any(shot.picture.sha256 == f"shot-{poison}" for shot in shots):
            raise BadRequest("this one")
        return [look(shot) for shot in shots]

    given, sizes = outcomes(call, number)
    for place, outcome in given.items():
        assert isinstance(outcome, BadRequest) if place == poison else outcome == look(a_shot(place))
    assert len(sizes) <= 1 + 2 * math.ceil(math.log2(number))


@pytest.mark.parametrize(
    ("raised", "ours"), [(MemoryError(), OutOfMemory), (ValueError(), AltTextError), (EmptyAnswer(), EmptyAnswer)]
)
def test_each_error_has_its_kind(raised, ours):
    def call(shots):
        raise raised

    given, _ = outcomes(call, 3)
    assert {type(outcome) for outcome in given.values()} == {ours}


def test_one_empty_answer_is_asked_again_alone():
    def call(shots):
        return [look(s) if len(shots) == 1 or s.picture.sha256 != "shot-2" else (Answer(), Answer()) for s in shots]

    given, sizes = outcomes(call, 4)
    assert given == {n: look(a_shot(n)) for n in range(4)}
    assert sizes == [4, 1]


def test_what_is_no_exception_goes_through():
    def call(shots):
        raise SystemExit

    with pytest.raises(SystemExit):
        outcomes(call, 2)


@pytest.mark.parametrize(
    ("asks", "answers", "fine"),
    [
        ((CAPTION,), (Answer("A cat."),), True),
        ((CAPTION,), (Answer(" \n"),), False),
        ((CAPTION,), (), False),
        ((KIND,), (Answer(scores={"photograph": 0.5, "bar chart": 0.3, "table": 0.2}),), True),
        ((KIND,), (Answer(scores={"photograph": 1.0}),), False),
        ((KIND,), (Answer(scores=dict.fromkeys(KIND.labels, math.nan)),), False),
        ((KIND,), (Answer("photograph"),), False),
    ],
)
def test_what_counts_as_a_fault(asks, answers, fine):
    assert (fault(a_shot(0, asks), answers) == "") is fine
