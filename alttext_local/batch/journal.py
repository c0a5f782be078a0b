"""What a run has done, in one SQLite file that `kill -9` can hit at any moment: a commit is there or is not.

A **result** belongs to a content and what was asked (`describer.result_key`), so that the same image is described
once, wherever it lies; a **row** says which result a path has. Each start is a **walk** through the source: it marks
the rows it meets, and what it has not met at its end is gone from the source.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from alttext_local.batch.row import Row, answer_of
from alttext_local.errors import BadSettings, RunIsHere
from alttext_local.types import Request

COMMIT_SECONDS = 0.5
"""So much work at most is done again after a kill."""
SHAPE = 1
"""Of the tables."""
_TABLES = """
CREATE TABLE IF NOT EXISTS rows (
    path TEXT NOT NULL, number INTEGER NOT NULL, walk INTEGER NOT NULL, stamp TEXT NOT NULL, sha256 TEXT NOT NULL,
    key TEXT NOT NULL, code TEXT NOT NULL, error TEXT NOT NULL, request TEXT, columns TEXT NOT NULL,
    PRIMARY KEY (path, number)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS rows_in_order ON rows (number, path);
CREATE TABLE IF NOT EXISTS results (
    key TEXT PRIMARY KEY, walk INTEGER NOT NULL, answer TEXT, code TEXT NOT NULL, error TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_SELECT = """
SELECT rows.path, rows.sha256, rows.request, rows.columns, rows.code, rows.error,
       results.answer, results.code, results.error
FROM rows LEFT JOIN results ON results.key = rows.key
"""
_DONE = """
WHERE (rows.code != '' OR results.key IS NOT NULL)
  AND (rows.walk = :walk OR NOT EXISTS (
      SELECT 1 FROM rows AS now WHERE now.path = rows.path AND now.walk = :walk))
"""
State = Literal["described", "failed", "failed before"]


@dataclass(frozen=True)
class Known:
    """What an earlier walk saw at a path."""

    stamp: str
    sha256: str


class Journal:
    """The book of one run; one process at a time has it. Used by one thread."""

    def __init__(self, folder: Path) -> None:
        """Open or begin it. `RunIsHere` where another process has it, `BadSettings` where it cannot be used."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise BadSettings(f"The folder of the run cannot be used: {error.strerror}.") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise RunIsHere from None
        self._changed, self._due = False, 0.0
        try:
            self._open(folder / "journal.sqlite")
        except sqlite3.DatabaseError as error:
            os.close(self._lock)
            raise BadSettings(f"The journal of the run cannot be used ({type(error).__name__}).") from None

    def _open(self, path: Path) -> None:
        # The lock is ours, so SQLite needs no memory shared between processes: it works on a cluster's file system.
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL", "cache_size = -16384"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_TABLES)
        self._db.execute("BEGIN IMMEDIATE")
        if (shape := self._note("shape", str(SHAPE))) != str(SHAPE):
            raise BadSettings(f"The journal of the run is of another version of this program (shape {shape}).")
        self._walk = int(self._note("walk", "0"))

    @property
    def walk(self) -> int:
        """Which one this is, from 1; 0 before the first has begun."""
        return self._walk

    def begin(self, *, anew: bool = False) -> None:
        """Begin a walk. `anew`: forget what was done, unless a walk that forgot it has not come to its end."""
        if anew and self._note("anew", "") != "unfinished":
            self._db.execute("DELETE FROM rows")
            self._db.execute("DELETE FROM results")
            self._set("anew", "unfinished")
        self._walk += 1
        self._set("walk", str(self._walk))
        self.commit()

    def end(self) -> tuple[int, list[str]]:
        """End a walk that met all of the source: rows that it did not meet go. How many paths, and some of them."""
        gone = "FROM rows WHERE walk < ? AND path NOT IN (SELECT path FROM rows WHERE walk = ?)"
        both = (self._walk, self._walk)
        (count,) = self._db.execute(f"SELECT count(DISTINCT path) {gone}", both).fetchone()
        some = [path for (path,) in self._db.execute(f"SELECT DISTINCT path {gone} LIMIT 5", both)]
        self._db.execute("DELETE FROM rows WHERE walk < ?", (self._walk,))
        self._set("anew", "")
        self.commit()
        return count, some

    def known(self, path: str) -> Known | None:
        """What was seen at a path when its bytes were last read."""
        found = self._db.execute("SELECT stamp, sha256 FROM rows WHERE path = ? AND stamp != ''", (path,)).fetchone()
        return Known(*found) if found else None

    def state(self, key: str) -> State | None:
        """Whether there is a result; a failure may be one of this walk or one from before."""
        found = self._db.execute("SELECT answer IS NOT NULL, walk FROM results WHERE key = ?", (key,)).fetchone()
        if found is None:
            return None
        described, walk = found
        return "described" if described else "failed" if walk == self._walk else "failed before"

    def put_row(self, row: Row, number: int, stamp: str = "", key: str = "") -> None:
        """This walk met a path: with the key of its result, or with what is wrong with it."""
        request = json.dumps(asdict(row.request)) if row.request else None
        columns = json.dumps(dict(row.columns), ensure_ascii=False)
        values = (row.path, number, self._walk, stamp, row.sha256, key, row.code, row.error, request, columns)
        self._db.execute("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        self._changing()

    def put_result(self, key: str, answer: Mapping[str, Any] | None, code: str = "", error: str = "") -> None:
        """An image was described, or cannot be."""
        text = None if answer is None else json.dumps(answer, ensure_ascii=False)
        self._db.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?)", (key, self._walk, text, code, error))
        self._changing()

    def rows(self, *, by_path: bool = False) -> Iterator[Row]:
        """Each image once, as far as it is done, in the order of the list, or of the paths."""
        order = "ORDER BY rows.path, rows.number" if by_path else "ORDER BY rows.number, rows.path"
        for found in self._db.execute(_SELECT + _DONE + order, {"walk": self._walk}):
            yield _row_of(found)

    def row_at(self, path: str, number: int) -> Row | None:
        """One row, done or not."""
        query = f"{_SELECT} WHERE rows.path = ? AND rows.number = ?"
        found = self._db.execute(query, (path, number)).fetchone()
        return _row_of(found) if found else None

    def columns(self) -> dict[str, set[str]]:
        """The names of all columns that are handed through, with the JSON types of their values."""
        found: dict[str, set[str]] = {}
        query = "SELECT DISTINCT one.key, one.type FROM rows, json_each(rows.columns) AS one WHERE rows.columns != '{}'"
        for name, kind in self._db.execute(query):
            found.setdefault(name, set()).add(kind)
        return found

    def shared(self) -> int:
        """How many rows have the result of another row."""
        query = "SELECT count(*) - count(DISTINCT key) FROM rows JOIN results USING (key) WHERE answer IS NOT NULL"
        return int(self._db.execute(query).fetchone()[0])

    def any_before(self) -> bool:
        """Whether there are rows that this walk has not met."""
        return self._db.execute("SELECT 1 FROM rows WHERE walk < ? LIMIT 1", (self._walk,)).fetchone() is not None

    def commit(self) -> None:
        """What was put lasts when this returns."""
        self._db.execute("COMMIT")
        self._db.execute("BEGIN")
        self._changed = False

    def close(self) -> None:
        """Commit, and let others have it."""
        try:
            self._db.execute("COMMIT")
        finally:
            self._db.close()
            os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def commit_when_due(self) -> None:
        """Commit what was put more than half a second ago."""
        if self._changed and time.monotonic() >= self._due:
            self.commit()

    def _changing(self) -> None:
        if not self._changed:
            self._changed, self._due = True, time.monotonic() + COMMIT_SECONDS
        self.commit_when_due()

    def _note(self, name: str, default: str) -> str:
        found = self._db.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        if found is None:
            self._set(name, default)
            return default
        return str(found[0])

    def _set(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, value))


def _row_of(found: Sequence[Any]) -> Row:
    path, sha256, request, columns, row_code, row_error, answer, code, error = found
    asked = Request(**json.loads(request)) if request else None
    handed = json.loads(columns)
    if row_code:
        return Row(path, sha256, asked, None, row_code, row_error, columns=handed)
    if answer is None:
        return Row(path, sha256, asked, None, code or "", error or "", columns=handed)
    said = answer_of(json.loads(answer), path, asked.selected_model if asked else "")
    return Row(path, sha256, asked, said, columns=handed)
