"""Files in other people's repositories, named in a list with commit and licence, and read out of clones.

What is listed is never part of the project: whoever wants it clones the repositories into one folder, each named
owner+name.
"""

from __future__ import annotations

import csv
import subprocess
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar


@dataclass(frozen=True)
class Listed:
    """A file at a commit, and the licence of its repository. What a list says besides is a field of a subclass."""

    repo: str
    path: str
    commit: str
    licence: str

    @property
    def owner_and_name(self) -> str:
        """The repository, as a part of a file's name."""
        return self.repo.replace("/", "+")

    def read(self, clones: Path, path: str = "") -> bytes:
        """Its bytes, or those of a file beside it. Raises FileNotFoundError where no clone has it."""
        wanted = path or self.path
        command = ["git", "-C", str(clones / self.owner_and_name), "cat-file", "blob", f"{self.commit}:{wanted}"]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            raise FileNotFoundError(f"{self.repo} has no {wanted} at {self.commit}")
        return done.stdout


Row = TypeVar("Row", bound=Listed)


def read_list(kind: type[Row], listed: Path) -> list[Row]:
    """All rows of a list, in its order."""
    names = [field.name for field in fields(kind)]
    with listed.open(newline="", encoding="utf-8") as lines:
        return [kind(**{name: row[name] for name in names}) for row in csv.DictReader(lines)]
