"""A model is tried: does it see, what does it say of the test pictures, how fast, with how much memory."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from alttext_local.adapters.adapter import Adapter, peak_memory
from alttext_local.engine.sample_pictures import sample_pictures
from alttext_local.engine.selftest import answers_of, check_sight
from alttext_local.types import Ask, Shot


@dataclass(frozen=True)
class Trial:
    """What was measured. Times are of one picture after the other, with no batch: a server is quicker."""

    texts: tuple[str, ...]
    """The caption of each test picture."""
    tokens: int
    seconds: float
    peak_bytes: int

    @property
    def tokens_per_second(self) -> float:
        """Tokens that were written, over all the time that answers took (with looking at the pictures)."""
        return self.tokens / self.seconds if self.seconds else 0.0

    @property
    def seconds_per_picture(self) -> float:
        """Of one picture with all its asks."""
        return self.seconds / len(self.texts)


def try_out(adapter: Adapter, asks: Sequence[Ask]) -> Trial:
    """Show a loaded model the test pictures. `BrokenModel` where it does not see, fails, or says nothing."""
    check_sight(adapter, asks)  # it warms up, too
    texts, tokens = [], 0
    began = time.perf_counter()
    for picture in sample_pictures():
        answers = answers_of(adapter, Shot(picture, tuple(asks)))
        texts.append(next((answer.text for answer in answers if answer.text), ""))
        tokens += sum(len(answer.tokens) for answer in answers)
    return Trial(tuple(texts), tokens, time.perf_counter() - began, peak_memory(adapter.device))
