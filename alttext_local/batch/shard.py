"""One part of a source for each of several machines: by a hash of the path, so that nobody has to count or to talk."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from alttext_local.errors import BadRequest

WHAT = "--shard must be i/n (the parts are numbered from 1), slurm, or slurm/n."
_IN_NAME = re.compile(r"(?P<stem>.+)\.(?P<number>[0-9]+)-of-(?P<count>[0-9]+)")


@dataclass(frozen=True)
class Shard:
    """Part `number` of `count`, from 1."""

    number: int = 1
    count: int = 1

    def has(self, path: str) -> bool:
        """Whether an image belongs here: each path to one shard, whatever lies beside it."""
        if self.count == 1:
            return True
        digest = hashlib.blake2b(path.encode("utf-8", "surrogateescape"), digest_size=8).digest()
        return int.from_bytes(digest, "big") % self.count == self.number - 1

    def named(self, path: Path) -> Path:
        """The output of this shard: `a.jsonl` becomes `a.02-of-16.jsonl`; with one shard it stays as it is."""
        if self.count == 1:
            return path
        width = len(str(self.count))
        return path.with_name(f"{path.stem}.{self.number:0{width}d}-of-{self.count}{path.suffix}")

    @classmethod
    def of_name(cls, path: Path) -> Self | None:
        """Which shard a file's name tells of, as `named` makes them."""
        found = _IN_NAME.fullmatch(path.stem)
        return cls(int(found["number"]), int(found["count"])) if found else None

    @classmethod
    def read(cls, text: str, environment: Mapping[str, str] = os.environ) -> Self:
        """`i/n`; `slurm`: by the task of a Slurm array; `slurm/n`: with n said, so that a task may run again alone.

        `BadRequest` for all else.
        """
        if text == "slurm":
            return cls._of_array(environment)
        number, _, count = text.partition("/")
        if number == "slurm":
            number = environment.get("SLURM_ARRAY_TASK_ID", "")
        return cls._checked(number, count)

    @classmethod
    def _of_array(cls, environment: Mapping[str, str]) -> Self:
        try:
            task, count = (int(environment[f"SLURM_ARRAY_TASK_{name}"]) for name in ("ID", "COUNT"))
            first = int(environment.get("SLURM_ARRAY_TASK_MIN", "0"))
            step = int(environment.get("SLURM_ARRAY_TASK_STEP", "1"))
        except (KeyError, ValueError):
            raise BadRequest(f"{WHAT} This is no task of a Slurm array.") from None
        if step < 1 or (task - first) % step:
            raise BadRequest(f"{WHAT} The array's tasks are not evenly numbered: say slurm/n.")
        return cls._checked(str((task - first) // step + 1), str(count))

    @classmethod
    def _checked(cls, number: str, count: str) -> Self:
        if not (number.isascii() and number.isdigit() and count.isascii() and count.isdigit()):
            raise BadRequest(WHAT)
        shard = cls(int(number), int(count))
        if not 1 <= shard.number <= shard.count:
            raise BadRequest(f"{WHAT} There is no part {shard.number} of {shard.count}.")
        return shard
