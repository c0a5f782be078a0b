"""One mechanism for a poison picture and for too little memory: halve the batch and try again.

A picture that fails costs the others of its batch of n about 2 log2(n) calls, and nothing else. A
shot that fails alone gets its own error. What an adapter returns is checked here and never passed on
empty or miscounted: in alternative text, an empty text would say that the picture is decorative.
"""

from __future__ import annotations

import logging
import math
import traceback
from collections.abc import Callable, Iterator, Sequence

from alttext_local.engine.lanes import Answers
from alttext_local.errors import AltTextError, EmptyAnswer, OutOfMemory
from alttext_local.types import Answer, Ask, Shot

Call = Callable[[Sequence[Shot]], list[Answers]]
Outcome = Answers | AltTextError

log = logging.getLogger("alttext.engine")


def answer_each(call: Call, shots: Sequence[Shot], first: int = 0) -> Iterator[tuple[int, Outcome]]:
    """Each shot's place (counted from `first`) with its answers or its error, as they come.

    Every place comes exactly once. Only what is no `Exception` (a thread's death) leaves this function.
    """
    outcome = _tried(call, shots)
    if not isinstance(outcome, AltTextError):
        yield from _checked(call, shots, outcome, first)
    elif len(shots) == 1:
        yield first, outcome
    else:  # outside of any `except`, so that no traceback keeps the failed batch's tensors alive
        middle = len(shots) // 2
        yield from answer_each(call, shots[:middle], first)
        yield from answer_each(call, shots[middle:], first + middle)


def _tried(call: Call, shots: Sequence[Shot]) -> list[Answers] | AltTextError:
    try:
        answers = call(shots)
        if len(answers) != len(shots):
            raise EmptyAnswer(f"The model gave {len(answers)} answers for {len(shots)} pictures.")
    except Exception as error:
        ours = as_ours(error)
        log.log(
            logging.ERROR if len(shots) == 1 and ours.code == "internal" else logging.WARNING,
            "a batch failed",
            extra={"shots": len(shots), "code": ours.code, "error": type(error).__name__},
            exc_info=error if ours is not error else None,
        )
        traceback.clear_frames(error.__traceback__)
        return ours
    return answers


def _checked(call: Call, shots: Sequence[Shot], answers: list[Answers], first: int) -> Iterator[tuple[int, Outcome]]:
    """Good answers first; a shot whose answers cannot be used is asked once more, alone."""
    faults = [fault(shot, given) for shot, given in zip(shots, answers, strict=True)]
    for place, (given, wrong) in enumerate(zip(answers, faults, strict=True)):
        if not wrong:
            yield first + place, tuple(given)
    for place, wrong in enumerate(faults):
        if wrong and len(shots) == 1:
            log.warning("an answer cannot be used", extra={"code": EmptyAnswer.code})
            yield first + place, EmptyAnswer(wrong)
        elif wrong:
            yield from answer_each(call, [shots[place]], first + place)


def fault(shot: Shot, answers: Answers) -> str:
    """What is wrong with the answers to one shot; empty if nothing is."""
    if len(answers) != len(shot.asks):
        return f"The model gave {len(answers)} answers to {len(shot.asks)} questions."
    wrong = (_fault_of_one(ask, answer) for ask, answer in zip(shot.asks, answers, strict=True))
    return next(filter(None, wrong), "")


def _fault_of_one(ask: Ask, answer: Answer) -> str:
    if not ask.labels:
        return "" if answer.text.strip() else f"The model said nothing as {ask.task}."
    scores = [answer.scores.get(label, math.nan) for label in ask.labels]
    return "" if all(map(math.isfinite, scores)) else f"The model did not score every {ask.task}."


def as_ours(error: Exception) -> AltTextError:
    """Our errors stay; memory that ran out is `OutOfMemory`; anything else is `internal`, with its cause."""
    if isinstance(error, AltTextError):
        return error
    ours = OutOfMemory() if isinstance(error, MemoryError) else AltTextError()
    ours.__cause__ = error
    return ours
