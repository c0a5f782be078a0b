"""The audit log: who had what done, when, and how much; hashes, never contents.

One JSON object a line in `audit-YYYY-MM.jsonl`, readable by its owner only. Several processes append to it: a line is
one write. It is kept apart from results, so that it can still say what was erased.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

from alttext_local.passage import Passage

_NAME = "audit-%Y-%m.jsonl"


class Audit:
    """Appends lines. Thread-safe."""

    def __init__(
        self,
        folder: Path,
        days: float,
        name_of: Callable[[str], str] = lambda _: "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Months that ended more than `days` ago are removed; 0 days: nothing is written. `name_of` a token's id."""
        self._folder = folder
        self._days = days
        self._name_of = name_of
        self._now = now
        self._lock = Lock()
        self._names: dict[str, str] = {}
        self._tidied = ""

    def note(self, what: str, owner: str = "", **facts: str | int) -> None:
        """One line: `what` was done for the token with the id `owner`; counts, ids and hashes as `facts`."""
        if not self._days:
            return
        now = self._now()
        line = {"time": now.isoformat(timespec="seconds"), "what": what}
        if owner:
            line |= {"token": owner, "who": self._name(owner)}
        data = (json.dumps(line | facts, ensure_ascii=False) + "\n").encode()
        with self._lock:
            self._tidy(now)
            handle = os.open(self._folder / now.strftime(_NAME), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(handle, data)
            finally:
                os.close(handle)

    def note_passage(self, passage: Passage) -> None:
        """An image is through."""
        facts = {"sha256": passage.sha256, "model": passage.model, "code": passage.code or "described"}
        self.note("image", passage.owner, **facts, cache=passage.cache)

    def _name(self, owner: str) -> str:
        if not self._names.get(owner):
            self._names[owner] = self._name_of(owner)
        return self._names[owner]

    def _tidy(self, now: datetime) -> None:
        """Once a month, and at each start."""
        month = now.strftime(_NAME)
        if self._tidied == month:
            return
        self._tidied = month
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        oldest = (now - timedelta(days=self._days)).strftime(_NAME)
        for path in self._folder.glob("audit-[0-9][0-9][0-9][0-9]-[0-9][0-9].jsonl"):
            if path.name < oldest:
                path.unlink(missing_ok=True)
