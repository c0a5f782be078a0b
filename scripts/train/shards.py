"""Pictures drawn once and kept: uint8 squares on disk beside what is true of each."""

from __future__ import annotations

import json
import logging
import multiprocessing
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alttext_local.types import KINDS
from scripts.train import augment
from scripts.train.drawings.drawing import UNKNOWN, Draw, Drawing, Facts
from scripts.train.pictures import RealPicture, letterbox, open_rgb

LOG = logging.getLogger(__name__)
SHARD = 500
"""Pictures a shard."""
ROUGH_SHARE = 0.25
"""Share of drawings that are changed so roughly that only their kind stays true."""
HARD = ("other chart", "diagram", "bar chart", "geometric figure", "decorative")
"""Kinds of many forms: drawn twice as often as others for training."""
FOR_TRAINING = (*KINDS, *HARD, UNKNOWN, UNKNOWN)
"""One drawing in twelve is a stranger."""
MEASURED = frozenset({"photograph", "blank", "decorative"})
"""Kinds whose sentences are measured on the pixels, so that real pictures have them too."""


@dataclass(frozen=True)
class Truth:
    """What is known of one stored picture; without sentences only its kind is."""

    kind: str
    sentences: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    real: bool = False
    facts: Facts = field(default_factory=dict)
    """What the sentences were made from, for checks."""


@dataclass(frozen=True)
class Job:
    """One shard to make; the seed makes its bytes."""

    path: Path
    side: int
    seed: tuple[int, ...]
    real: tuple[RealPicture, ...] = ()
    kinds: tuple[str, ...] = KINDS
    """What is drawn, each name as often as the others; a name may stand twice."""


def draw(draws: Mapping[str, Draw], kind: str, generator: np.random.Generator) -> Drawing:
    """Draw one picture; a program that stumbles on a rare seed is asked again."""
    for _ in range(20):
        try:
            return draws[kind](generator)
        except Exception:  # a drawing program may fail on odd numbers: draw another
            LOG.warning("the program for %r failed once", kind, exc_info=LOG.isEnabledFor(logging.DEBUG))
    raise RuntimeError(f"the drawing program for {kind!r} keeps failing")


def _drawn(job: Job) -> Iterator[tuple[Image.Image, Truth]]:
    from scripts.train.drawings.programs import ALL  # here, so that a process that only reads shards loads no fonts

    for index in range(SHARD):
        generator = np.random.default_rng([*job.seed, index])
        made = draw(ALL, job.kinds[int(generator.integers(len(job.kinds)))], generator)
        whole_truth = Truth(made.kind, made.sentences, made.keywords, facts=made.facts)
        if generator.random() < ROUGH_SHARE:
            yield augment.roughly(made.image, made.kind, generator), Truth(made.kind)
        else:
            yield augment.gently(made.image, generator), whole_truth


def _real(job: Job) -> Iterator[tuple[Image.Image, Truth]]:
    from scripts.train.drawings.photographs import photograph_sentences

    for index, picture in enumerate(job.real):
        generator = np.random.default_rng([*job.seed, index])
        image = augment.roughly(open_rgb(picture.path), picture.kind, generator)
        sentences = tuple(photograph_sentences(image)) if picture.kind == "photograph" else ()
        yield image, Truth(picture.kind, sentences, (), real=True)


def make_shard(job: Job) -> int:
    """Write one shard (`.npy` of [pictures, side, side, 3] and `.json`); say how many pictures."""
    squares, truths = [], []
    for image, truth in _real(job) if job.real else _drawn(job):
        squares.append(np.asarray(letterbox(image.convert("RGB"), job.side)))
        truths.append(asdict(truth))
    np.save(job.path.with_suffix(".npy"), np.stack(squares))
    unfinished = job.path.with_suffix(".part")
    unfinished.write_text(json.dumps(truths))
    unfinished.replace(job.path.with_suffix(".json"))  # a shard counts once its truths are whole
    return len(truths)


def drawing_jobs(folder: Path, side: int, count: int, seed: int) -> list[Job]:
    """Jobs for at least `count` drawings, strangers among them."""
    places = [(folder / f"drawn-{seed}-{n:03d}", (seed, n)) for n in range(-(-count // SHARD))]
    return [Job(path, side, seeds, kinds=FOR_TRAINING) for path, seeds in places]


def real_jobs(
    folder: Path, side: int, source: str, pictures: Sequence[RealPicture], per_kind: int, seed: int
) -> list[Job]:
    """Jobs for `per_kind` variants of the real pictures of each kind, each picture about equally often.

    `source` is the name of the folder that they are from: another one leaves the shards of this one as they are.
    """
    generator = np.random.default_rng(seed)
    drawn: list[RealPicture] = []
    for kind in (*KINDS, UNKNOWN):
        members = [picture for picture in pictures if picture.kind == kind]
        wanted = min(per_kind, 40 * len(members))
        while wanted > 0:
            order = generator.permutation(len(members))[:wanted]
            drawn.extend(members[i] for i in order)
            wanted -= len(order)
    mixed = [drawn[i] for i in generator.permutation(len(drawn))]
    starts = range(0, len(mixed), SHARD)
    return [
        Job(folder / f"real-{seed}-{source}-{n:03d}", side, (seed, n), tuple(mixed[s : s + SHARD]))
        for n, s in enumerate(starts)
    ]


def make_shards(jobs: Sequence[Job], workers: int, minutes: float) -> int:
    """Make the shards in `workers` processes until all are there or the minutes are over; say how many are new."""
    end = time.monotonic() + minutes * 60
    done = 0
    jobs = [job for job in jobs if not job.path.with_suffix(".json").exists()]
    if not jobs:
        return done
    context = multiprocessing.get_context("forkserver")
    with context.Pool(workers, maxtasksperchild=16) as pool:
        for count in pool.imap_unordered(make_shard, jobs):
            done += count
            LOG.info("%d pictures drawn", done)
            if time.monotonic() > end:
                pool.terminate()
                break
    return done


class Store:
    """All shards of a folder as one list of squares, mapped from disk, with their truths."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.truths: list[Truth] = []
        self._arrays: list[NDArray[np.uint8]] = []
        self._places: list[tuple[int, int]] = []
        for path in sorted(paths):
            rows = json.loads(path.with_suffix(".json").read_text())
            self._arrays.append(np.load(path.with_suffix(".npy"), mmap_mode="r"))
            self._places.extend((len(self._arrays) - 1, place) for place in range(len(rows)))
            self.truths.extend(
                Truth(r["kind"], tuple(r["sentences"]), tuple(r["keywords"]), r["real"], r.get("facts", {}))
                for r in rows
            )

    def __len__(self) -> int:
        return len(self.truths)

    def squares(self, indices: Sequence[int]) -> NDArray[np.uint8]:
        """Squares as uint8 [pictures, side, side, 3]."""
        places = (self._places[index] for index in indices)
        return np.stack([self._arrays[shard][row] for shard, row in places])


def stored(folder: Path, pattern: str) -> Store:
    """The finished shards of `folder` whose names match `pattern`."""
    return Store(list(folder.glob(f"{pattern}.json")))
