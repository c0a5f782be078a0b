"""Files in other people's repositories, named in a list with commit and licence, and read out of clones.

What is listed is never part of the project: whoever wants it clones the repositories into one folder, each named
owner+name.
"""

from __future__ import annotations

import base64
import csv
import json
import subprocess
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

NOTEBOOK = ".ipynb#"
FORMATS = ("image/png", "image/jpeg", "png")
"""How notebooks name the pictures in their outputs, the last one before version 4."""


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
        """Its bytes, or those of a file beside it. Raises FileNotFoundError where no clone has it.

        `plots.ipynb#3-0` is the picture in the notebook's fourth cell, its first output; `#3-map.png` an attachment.
        """
        wanted, _, place = (path or self.path).partition(NOTEBOOK)
        if place:
            picture = _picture_of(self.read(clones, wanted + NOTEBOOK[:-1]), place)
            if picture is None:
                raise FileNotFoundError(f"{self.repo} has no picture {place} in {wanted}{NOTEBOOK[:-1]}")
            return picture
        command = ["git", "-C", str(clones / self.owner_and_name), "cat-file", "blob", f"{self.commit}:{wanted}"]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            raise FileNotFoundError(f"{self.repo} has no {wanted} at {self.commit}")
        return done.stdout


def _picture_of(notebook: bytes, place: str) -> bytes | None:
    """The picture of one cell of a notebook (nbformat 3 or 4); None where it has none there."""
    read = json.loads(notebook)
    cells = read.get("cells") or [cell for sheet in read.get("worksheets", []) for cell in sheet.get("cells", [])]
    number, _, which = place.partition("-")
    if not number.isdecimal() or int(number) >= len(cells):
        return None
    cell = cells[int(number)]
    outputs = cell.get("outputs", [])
    if which.isdecimal() and int(which) < len(outputs):
        found = outputs[int(which)].get("data", outputs[int(which)])
    else:
        found = cell.get("attachments", {}).get(which, {})
    encoded = next((found[name] for name in FORMATS if name in found), None)
    return base64.b64decode("".join(encoded)) if encoded else None


Row = TypeVar("Row", bound=Listed)


def read_list(kind: type[Row], listed: Path) -> list[Row]:
    """All rows of a list, in its order."""
    names = [field.name for field in fields(kind)]
    with listed.open(newline="", encoding="utf-8") as lines:
        return [kind(**{name: row[name] for name in names}) for row in csv.DictReader(lines)]
