"""A line now and then that says how far a part is."""

from __future__ import annotations

import logging
import time

LOG = logging.getLogger(__name__)
EVERY = 15.0
"""Seconds between two lines."""


class Progress:
    """Counts what is done of `total`."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total = what, total
        self._done = 0
        self._began = self._told = time.monotonic()

    def one_more(self) -> None:
        """One is done; says so when a while has passed."""
        self._done += 1
        now = time.monotonic()
        if now - self._told >= EVERY or self._done == self._total:
            self._told = now
            left = (now - self._began) / self._done * (self._total - self._done)
            LOG.info("%s: %d of %d, %.0f s to go", self._what, self._done, self._total, left)
