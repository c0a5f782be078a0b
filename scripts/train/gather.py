"""Makes a folder of real pictures from a list of them and clones of their repositories.

A list names every picture (repository, path, commit, licence of the repository as its LICENSE file states it) and the
kind that a person gave it on a contact sheet. The pictures themselves are never part of the project: whoever wants to
train, calibrate or check again clones the repositories and calls

    python -m scripts.train.gather CLONES FOLDER
    python -m scripts.train.gather CLONES FOLDER --list scripts/train/calibrating-pictures.csv --long-side 1600
    python -m scripts.train.gather CLONES FOLDER --list scripts/train/checking-pictures.csv --long-side 1600

where CLONES holds one clone a repository, named owner+name. FOLDER then has a folder a kind; `manifest-more.csv`, which
`scripts.train.pictures.read_manifests` reads; and `labels.csv`, which `scripts.train.samples.labelled` reads. Pictures
to train on (`more-pictures.csv`) are small, as the models look at them; those to calibrate or check on are of the size
in which they would be sent, since OCR reads them. Pictures that are none of the kinds go to `unknown/`: they serve to
teach doubt, and to find out whether there is any.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image

from scripts.train.listed import Listed, read_list
from scripts.train.pictures import open_rgb

LIST = Path(__file__).with_name("more-pictures.csv")
LONG_SIDE = 448
"""Pixels: the models look at no more than half of this."""


@dataclass(frozen=True)
class Source(Listed):
    """A picture, and the kind that a person gave it."""

    kind: str


def read_sources(listed: Path = LIST) -> list[Source]:
    """All pictures of the list, in its order."""
    return read_list(Source, listed)


def scaled(data: bytes, long_side: int = LONG_SIDE) -> Image.Image:
    """The picture as RGB, at most `long_side` pixels long; smaller ones stay as they are."""
    picture = open_rgb(io.BytesIO(data))
    picture.thumbnail((long_side, long_side), Image.Resampling.BICUBIC, reducing_gap=1.5)
    return picture


def gather(sources: Iterable[Source], clones: Path, folder: Path, long_side: int = LONG_SIDE) -> list[Source]:
    """Writes the pictures, their manifest and their labels into `folder`; returns those that no clone has."""
    missing: list[Source] = []
    rows: list[dict[str, str]] = []
    for number, source in enumerate(sources):
        try:
            picture = scaled(source.read(clones), long_side)
        except FileNotFoundError:
            missing.append(source)
            continue
        name = _name(source, number)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        picture.save(folder / name, quality=90)
        rows.append({"file": name, **asdict(source)})
    _write(folder / "manifest-more.csv", ["file", "kind", "repo", "path", "commit", "licence"], rows)
    labels = [{"file": row["file"], "kind": row["kind"], "source": f"{row['repo']}: {row['path']}"} for row in rows]
    _write(folder / "labels.csv", ["file", "kind", "source"], labels)
    return missing


def _write(path: Path, names: Sequence[str], rows: Iterable[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, names)
        writer.writeheader()
        writer.writerows(rows)


def _name(source: Source, number: int) -> str:
    """JPEG stays JPEG; all else becomes PNG, which keeps the edges of drawn things."""
    ending = "jpg" if source.path.lower().endswith((".jpg", ".jpeg")) else "png"
    return f"{source.kind.replace(' ', '-')}/{source.owner_and_name}__{number:05d}.{ending}"


def main() -> None:
    """Gathers the pictures of the list and says which are missing."""
    parser = argparse.ArgumentParser(description=gather.__doc__)
    parser.add_argument("clones", type=Path, help="folder of clones, each named owner+name")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument(
        "--list", type=Path, default=LIST, dest="listed", help="repository, path, commit, licence, kind"
    )
    parser.add_argument("--long-side", type=int, default=LONG_SIDE, help="pixels at most")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    sources = read_sources(arguments.listed)
    for source in gather(sources, arguments.clones, arguments.folder, arguments.long_side):
        print(f"missing: {source.repo}: {source.path}")


if __name__ == "__main__":
    main()
