"""Gathering real pictures out of clones: what comes out can be trained on."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alttext_local.types import KINDS
from scripts.train.gather import LIST, LONG_SIDE, Source, gather, read_sources, scaled
from scripts.train.pictures import is_permissive, read_manifests
from scripts.train.samples import labelled

WHO = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")


def git(clone: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(clone), *WHO, *words], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def clones(tmp_path: Path) -> Path:
    """One clone with a large picture that is half transparent."""
    clone = tmp_path / "clones" / "somebody+drawings"
    clone.mkdir(parents=True)
    pixels = np.zeros((300, 900, 4), np.uint8)
    pixels[:, 450:] = (200, 0, 0, 255)
    Image.fromarray(pixels).save(clone / "half red.png")
    git(clone, "init", "-q")
    git(clone, "add", ".")
    git(clone, "commit", "-q", "-m", "A picture")
    return clone.parent


def test_a_gathered_folder_is_what_training_reads(clones: Path, tmp_path: Path) -> None:
    commit = git(clones / "somebody+drawings", "rev-parse", "HEAD").strip()
    there = Source("somebody/drawings", "half red.png", commit, "MIT", "line chart")
    gone = Source("somebody/drawings", "never was.png", commit, "MIT", "line chart")
    stranger = Source("somebody/drawings", "half red.png", commit, "MIT", "unknown")

    assert gather([there, gone, stranger], clones, tmp_path) == [gone]

    read, strange = read_manifests(tmp_path)
    assert strange.kind == "unknown"
    assert (read.kind, read.repository, read.path.parent.name) == ("line chart", "somebody/drawings", "line-chart")
    assert len(list((tmp_path / "unknown").iterdir())) == 1
    with Image.open(read.path) as picture:
        assert picture.size == (LONG_SIDE, round(LONG_SIDE / 3))
        assert picture.getpixel((5, 5)) == (255, 255, 255)
        assert picture.getpixel((LONG_SIDE - 5, 5)) == (200, 0, 0)


def test_pictures_in_notebooks_are_read_where_the_list_says(clones: Path) -> None:
    clone = clones / "somebody+drawings"
    whole = (clone / "half red.png").read_bytes()
    encoded = base64.b64encode(whole).decode()
    cells = [
        {"source": "no outputs"},
        {"outputs": [{"text": "1"}, {"data": {"image/png": [encoded[:50], encoded[50:]]}}]},
        {"attachments": {"map.png": {"image/png": encoded}}},
    ]
    (clone / "new.ipynb").write_text(json.dumps({"cells": cells}))
    (clone / "old.ipynb").write_text(json.dumps({"worksheets": [{"cells": [{"outputs": [{"png": encoded}]}]}]}))
    git(clone, "add", ".")
    git(clone, "commit", "-q", "-m", "Notebooks")
    commit = git(clone, "rev-parse", "HEAD").strip()

    def read(path: str) -> bytes:
        return Source("somebody/drawings", path, commit, "MIT", "line chart").read(clones)

    assert read("new.ipynb#1-1") == read("new.ipynb#2-map.png") == read("old.ipynb#0-0") == whole
    for nothing in ("new.ipynb#0-0", "new.ipynb#1-0", "new.ipynb#2-other.png", "new.ipynb#7-0", "new.ipynb#x"):
        with pytest.raises(FileNotFoundError):
            read(nothing)


def test_a_small_picture_is_not_blown_up(clones: Path) -> None:
    data = (clones / "somebody+drawings" / "half red.png").read_bytes()
    assert scaled(data, 1000).size == (900, 300)


def test_the_list_holds_permissive_pictures_of_known_kinds_once() -> None:
    sources = read_sources()
    assert {source.kind for source in sources} <= {*KINDS, "unknown"}
    assert all(is_permissive(source.licence) for source in sources)
    assert all(len(source.commit) == 40 for source in sources)
    assert len({(source.repo, source.path) for source in sources}) == len(sources) > 2000


def test_no_repository_is_trained_on_and_checked_on(repository_of_check: set[str]) -> None:
    trained, calibrated, checked = (
        {source.repo for source in read_sources(LIST.with_name(f"{name}-pictures.csv"))}
        for name in ("more", "calibrating", "checking")
    )
    assert not (trained | calibrated) & (checked | repository_of_check)
    assert len(checked) > 80


def test_pictures_to_check_on_are_labelled_in_the_size_in_which_they_are_sent(clones: Path, tmp_path: Path) -> None:
    commit = git(clones / "somebody+drawings", "rev-parse", "HEAD").strip()
    gather([Source("somebody/drawings", "half red.png", commit, "none found", "map")], clones, tmp_path, 1600)
    (one,) = labelled(tmp_path)
    assert (one.kind, one.source) == ("map", "somebody/drawings")
    with Image.open(one.path) as picture:
        assert picture.size == (900, 300)


@pytest.fixture
def repository_of_check() -> set[str]:
    """The repositories that the pictures for checking are from."""
    return {
        "IDPF/epub3-samples",
        "daisy/ace",
        "encode/starlette",
        "haotian-liu/LLaVA",
        "has2k1/plotnine",
        "huggingface/text-generation-inference",
        "imgproxy/imgproxy",
        "mwaskom/seaborn",
        "ocrmypdf/OCRmyPDF",
        "paperless-ngx/paperless-ngx",
        "scikit-image/scikit-image",
        "w3c/wai-tutorials",
    }
