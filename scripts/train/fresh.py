"""Fresh drawings on disk: PNG files as a publisher would send them, each with what is true of it."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alttext_local.types import KINDS
from scripts.train import llava
from scripts.train.drawings.drawing import UNKNOWN
from scripts.train.pictures import letterbox
from scripts.train.shards import Truth, draw

FACTUAL = ("bar chart", "line chart", "pie chart", "scatter plot", "other chart", "table")
"""Kinds with most facts: drawn twice in a turn, so that each topic has enough drawings."""
TURN = (*KINDS, *FACTUAL)
CHUNK = 24


@dataclass(frozen=True)
class Fresh:
    """One drawing: where its file lies and what is true of it."""

    path: Path
    truth: Truth

    def square(self) -> NDArray[np.uint8]:
        """As a model sees it: uint8 [side, side, 3]."""
        with Image.open(self.path) as opened:
            return np.asarray(letterbox(opened.convert("RGB"), llava.SIDE))


@dataclass(frozen=True)
class _Task:
    folder: Path
    seed: int
    numbers: tuple[int, ...]
    kinds: tuple[str, ...]


def fresh(work: Path, seed: int, count: int) -> list[Fresh]:
    """`count` drawings of this seed, the kinds in turns; what lies in `work` already is not drawn again."""
    return _drawn(work / f"drawings-{seed}-{_programs()}", seed, count, TURN)


def strangers(work: Path, seed: int, count: int) -> list[Fresh]:
    """Drawings of no known kind."""
    return _drawn(work / f"strangers-{seed}-{_programs()}", seed + 1, count, (UNKNOWN,))


@cache
def _programs() -> str:
    """What tells one state of the drawing programs from another."""
    folder = Path(__file__).with_name("drawings")
    sources = (path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in (".py", ".json"))
    return hashlib.sha256(b"".join(sources)).hexdigest()[:8]


def _drawn(folder: Path, seed: int, count: int, kinds: tuple[str, ...]) -> list[Fresh]:
    folder.mkdir(parents=True, exist_ok=True)
    missing = [number for number in range(count) if not _truth_path(folder, number).is_file()]
    chunks = [missing[start : start + CHUNK] for start in range(0, len(missing), CHUNK)]
    tasks = [_Task(folder, seed, tuple(chunk), kinds) for chunk in chunks]
    if tasks:
        with multiprocessing.get_context("forkserver").Pool() as pool:
            for _ in pool.imap_unordered(_draw_chunk, tasks):
                pass
    return [_load(folder, number) for number in range(count)]


def _draw_chunk(task: _Task) -> int:
    from scripts.train.drawings.programs import ALL  # here, so that a process that draws nothing loads no fonts

    for number in task.numbers:
        kind = task.kinds[number % len(task.kinds)]
        made = draw(ALL, kind, np.random.default_rng([task.seed, number]))
        made.image.convert("RGB").save(_image_path(task.folder, number))
        truth = Truth(made.kind, made.sentences, made.keywords, facts=made.facts)
        _truth_path(task.folder, number).write_text(json.dumps(asdict(truth)), encoding="utf-8")
    return len(task.numbers)


def _load(folder: Path, number: int) -> Fresh:
    row = json.loads(_truth_path(folder, number).read_text(encoding="utf-8"))
    truth = Truth(row["kind"], tuple(row["sentences"]), tuple(row["keywords"]), facts=row["facts"])
    return Fresh(_image_path(folder, number), truth)


def _image_path(folder: Path, number: int) -> Path:
    return folder / f"{number:05d}.png"


def _truth_path(folder: Path, number: int) -> Path:
    return folder / f"{number:05d}.json"


def squares(drawn: Sequence[Fresh]) -> NDArray[np.uint8]:
    """uint8 [drawings, side, side, 3]."""
    return np.stack([one.square() for one in drawn])
