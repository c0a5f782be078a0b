"""What is known of one image's way through the house when it is over: times, and how it ended; never what it shows.

Figures, the audit log and the profile are all written from it. It imports nothing of ours.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

PassageStep = Literal["decode", "ocr", "model", "finish"]
STEPS: tuple[PassageStep, ...] = ("decode", "ocr", "model", "finish")
CANCELLED = "cancelled"
"""The code of an image that nobody waited for any more."""


@dataclass
class Passage:
    """One image. Each step is written by one thread."""

    owner: str
    model: str
    """The card's name."""
    sha256: str = ""
    """Of the uploaded bytes; empty where it came to its end before they were looked at."""
    cache: Literal["hit", "miss", "not asked"] = "not asked"
    code: str = ""
    """Of the error, as in `errors.py`; empty where there is a description."""
    began: float = field(default_factory=time.perf_counter)
    seconds: dict[PassageStep, float] = field(default_factory=dict)
    """Of `ocr` and `model`, with the waiting for their turn; the two run beside each other."""
    total: float = 0.0

    def note(self, step: PassageStep, since: float) -> None:
        """A step is over that began at `since`, on the clock of `time.perf_counter`; a second turn adds up."""
        self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - since

    def end(self, code: str) -> None:
        """It is over."""
        self.code = code
        self.total = time.perf_counter() - self.began
