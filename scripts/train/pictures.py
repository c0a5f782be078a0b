"""Real pictures to train on: which there are, which are held out, and how a picture becomes a square."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from alttext_local.types import KINDS
from scripts.train.drawings.drawing import UNKNOWN

FILL = (122, 116, 104)
"""CLIP's mean colour: after normalisation the padding is all zeros."""
PERMISSIVE = ("MIT", "BSD", "Apache-2.0", "ISC", "0BSD", "HPND", "CC0-1.0", "CC-BY-")
HELD_OUT_SHARE = 0.15


@dataclass(frozen=True)
class RealPicture:
    """A picture that nobody drew for us, with the kind that a person gave it, or `UNKNOWN` for a stranger."""

    path: Path
    kind: str
    repository: str
    licence: str


def letterbox(image: Image.Image, side: int, fill: tuple[int, int, int] = FILL) -> Image.Image:
    """Fit `image` into a square of `side` pixels without squashing it, centred on `fill`."""
    scale = side / max(image.size)
    width, height = (max(1, round(length * scale)) for length in image.size)
    fitted = image.resize((width, height), Image.Resampling.BICUBIC)
    square = Image.new("RGB", (side, side), fill)
    square.paste(fitted, ((side - width) // 2, (side - height) // 2))
    return square


def open_rgb(path: Path | BinaryIO) -> Image.Image:
    """Open a picture as RGB; what is transparent becomes white."""
    with Image.open(path) as opened:
        if opened.mode in ("RGBA", "LA", "PA", "P"):
            layered = opened.convert("RGBA")
            white = Image.new("RGBA", layered.size, "white")
            return Image.alpha_composite(white, layered).convert("RGB")
        return opened.convert("RGB")


def is_permissive(licence: str) -> bool:
    """Whether a manifest's licence allows training without a question: empty and unknown ones do not."""
    return licence.strip().startswith(PERMISSIVE)


def read_manifests(folder: Path, dropped: Iterable[str] = ()) -> list[RealPicture]:
    """All pictures of the `manifest-*.csv` in `folder` that are there, permissive and not in `dropped`."""
    left_out = set(dropped)
    found: dict[str, RealPicture] = {}
    for manifest in sorted(folder.glob("manifest-*.csv")):
        with manifest.open(newline="", encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                path = folder / row["file"]
                usable = (
                    row["kind"] in (*KINDS, UNKNOWN) and is_permissive(row["licence"]) and row["file"] not in left_out
                )
                if usable and path.is_file():
                    found[row["file"]] = RealPicture(path, row["kind"], row["repo"], row["licence"])
    return [found[name] for name in sorted(found)]


def hold_out(
    pictures: Sequence[RealPicture], seed: int, share: float = HELD_OUT_SHARE
) -> tuple[list[RealPicture], list[RealPicture]]:
    """Split into (to train on, held out), kind by kind, by whole repositories where that can be.

    A held-out repository shows how the model does on a look it has not seen; a random picture of a
    repository it has seen would flatter it.
    """
    generator = np.random.default_rng(seed)
    held: set[Path] = set()
    for kind in (*KINDS, UNKNOWN):
        members = [picture for picture in pictures if picture.kind == kind]
        wanted = round(len(members) * share)
        chosen = _small_repositories(members, wanted, generator)
        if len(chosen) < wanted / 2:
            chosen = [members[i].path for i in generator.permutation(len(members))[:wanted]]
        held.update(chosen)
    return [p for p in pictures if p.path not in held], [p for p in pictures if p.path in held]


def _small_repositories(members: Sequence[RealPicture], wanted: int, generator: np.random.Generator) -> list[Path]:
    by_repository: dict[str, list[Path]] = defaultdict(list)
    for picture in members:
        by_repository[picture.repository].append(picture.path)
    names = sorted(by_repository)
    chosen: list[Path] = []
    for index in generator.permutation(len(names)):
        paths = by_repository[names[index]]
        if len(chosen) + len(paths) <= wanted * 1.3:
            chosen.extend(paths)
    return chosen
