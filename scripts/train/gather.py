"""Makes a folder of real training pictures from a list of them and clones of their repositories.

The list, `more-pictures.csv`, names every picture (repository, path, commit, licence of the repository as
its LICENSE file states it) and the kind that a person gave it on a contact sheet. The pictures themselves
are never part of the project: whoever wants to train again clones the repositories and calls

    python -m scripts.train.gather CLONES FOLDER

where CLONES holds one clone a repository, named owner+name. FOLDER then has a folder a kind, pictures scaled
to at most 448 pixels, and `manifest-more.csv`, which `scripts.train.pictures.read_manifests` reads. Pictures
that are none of the kinds go to `unknown/`: `read_manifests` leaves them out; they serve to teach doubt.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Iterable
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


def gather(sources: Iterable[Source], clones: Path, folder: Path) -> list[Source]:
    """Writes the pictures and their manifest into `folder`; returns those that no clone has."""
    missing: list[Source] = []
    rows: list[dict[str, str]] = []
    for number, source in enumerate(sources):
        try:
            picture = scaled(source.read(clones))
        except FileNotFoundError:
            missing.append(source)
            continue
        name = _name(source, number)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        picture.save(folder / name, quality=90)
        rows.append({"file": name, **asdict(source)})
    with (folder / "manifest-more.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, ["file", "kind", "repo", "path", "commit", "licence"])
        writer.writeheader()
        writer.writerows(rows)
    return missing


def _name(source: Source, number: int) -> str:
    """JPEG stays JPEG; all else becomes PNG, which keeps the edges of drawn things."""
    ending = "jpg" if source.path.lower().endswith((".jpg", ".jpeg")) else "png"
    return f"{source.kind.replace(' ', '-')}/{source.owner_and_name}__{number:05d}.{ending}"


def main() -> None:
    """Gathers the pictures of the list and says which are missing."""
    parser = argparse.ArgumentParser(description=gather.__doc__)
    parser.add_argument("clones", type=Path, help="folder of clones, each named owner+name")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for source in gather(read_sources(), arguments.clones, arguments.folder):
        print(f"missing: {source.repo}: {source.path}")


if __name__ == "__main__":
    main()
