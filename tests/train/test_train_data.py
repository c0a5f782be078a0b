"""What training is fed: squares, splits, tokens."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alttext_local.types import KINDS
from scripts.train import augment, words
from scripts.train.batches import Batches, moved
from scripts.train.calibration import NEVER, floor, gate
from scripts.train.drawings.drawing import UNKNOWN
from scripts.train.pictures import FILL, RealPicture, hold_out, is_permissive, letterbox, open_rgb
from scripts.train.shards import Store, Truth, drawing_jobs

TRUTH = Truth("bar chart", ("Bar chart.", "It has 12 bars.", "The bars are blue.", "It has a title."), ("bars", "blue"))


@pytest.mark.parametrize("size", [(300, 100), (100, 300), (64, 64), (5, 900)])
def test_letterbox_pads_and_never_squashes(size: tuple[int, int]) -> None:
    square = np.asarray(letterbox(Image.new("RGB", size, "white"), 60))
    assert square.shape == (60, 60, 3)
    white = (square == 255).all(2)
    rows, columns = white.any(1).sum(), white.any(0).sum()
    assert (columns, rows) == tuple(max(1, round(side * 60 / max(size))) for side in size)
    assert size[0] == size[1] or (square[0, 0] == FILL).all()


def test_what_is_transparent_becomes_white(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert open_rgb(tmp_path / "clear.png").getpixel((1, 1)) == (255, 255, 255)


def test_whole_repositories_are_held_out() -> None:
    pictures = [
        RealPicture(Path(f"{kind}-{number}.png"), kind, f"owner/{number // 4}", "MIT")
        for kind in KINDS
        for number in range(80)
    ]
    training, held = hold_out(pictures, 3)
    assert len(training) + len(held) == len(pictures)
    assert 0.08 < len(held) / len(pictures) < 0.25
    for kind in KINDS:
        held_from = {picture.repository for picture in held if picture.kind == kind}
        assert held_from and not held_from & {picture.repository for picture in training if picture.kind == kind}
    assert hold_out(pictures, 3) == (training, held)


def test_licences() -> None:
    assert is_permissive("MIT") and is_permissive("CC-BY-SA-3.0")
    assert not is_permissive("") and not is_permissive("unknown") and not is_permissive("GPL-3.0")


def test_the_tokenizer_comes_back_to_the_text_and_spells_kinds_cheaply() -> None:
    tokenizer = words.train_tokenizer([TRUTH] * 50)
    text = " Bar chart. It has 12 bars, 3 of them élan-blue."
    assert tokenizer.decode(words.encode(tokenizer, text)) == text
    prompt, label = "\nkind ASSISTANT:", " scatter plot"
    whole = words.encode(tokenizer, prompt + label)
    assert whole == words.encode(tokenizer, prompt) + words.encode(tokenizer, label)
    spelt = words.label_ids(tokenizer)
    assert len({tuple(ids) for ids in spelt}) == len(KINDS)


def test_answers() -> None:
    assert words.answer(TRUTH, "caption") == "Bar chart. It has 12 bars. The bars are blue."
    assert words.answer(TRUTH, "keywords") == "bars, blue"
    assert words.known_tasks(Truth("map")) == []


def test_augmentation_is_seeded_and_keeps_rgb() -> None:
    image = Image.fromarray(np.random.default_rng(1).integers(0, 256, (90, 140, 3), dtype=np.uint8))
    for kind in KINDS:
        first, second = (augment.roughly(image, kind, np.random.default_rng(5)) for _ in range(2))
        assert first.mode == "RGB" and first.tobytes() == second.tobytes()


def test_moved_keeps_shape_and_brings_in_padding() -> None:
    squares = np.full((2, 64, 64, 3), 255, np.uint8)
    pixels = moved(squares, np.random.default_rng(0))
    assert pixels.shape == (2, 3, 64, 64)
    assert pixels.abs().min() < 1


def test_batches_mix_real_and_drawn(tmp_path: Path) -> None:
    for name, real in (("drawn-0", False), ("real-0", True)):
        np.save(tmp_path / f"{name}.npy", np.zeros((6, 32, 32, 3), np.uint8))
        row = {"kind": "map", "sentences": [], "keywords": [], "real": real}
        (tmp_path / f"{name}.json").write_text(json.dumps([row] * 6))
    drawn, real = Store([tmp_path / "drawn-0.json"]), Store([tmp_path / "real-0.json"])
    batch = next(iter(Batches(drawn, real, 4, 0.25, seed=0)))
    assert [truth.real for truth in batch.truths] == [False, False, False, True]


def test_a_gate_is_as_low_as_the_aim_allows() -> None:
    claims = [(0.95, True)] * 20 + [(0.6, False)] * 20
    assert 0.6 < gate(claims) <= 0.95
    assert gate([(0.5, True)] * 20) == 0.3
    assert gate([(0.9, False)] * 20) == NEVER
    assert gate([(0.9, True)] * 19) == NEVER


def test_strangers_hold_gates_up() -> None:
    assert floor([0.2] * 20) == 0.3
    assert 0.8 < floor([0.2] * 17 + [0.8] * 3) < 0.82
    assert floor([]) == 0.3


def test_training_draws_strangers_too(tmp_path: Path) -> None:
    jobs = drawing_jobs(tmp_path, 64, 1000, 1)
    assert len(jobs) == 2
    assert 0.05 < jobs[0].kinds.count(UNKNOWN) / len(jobs[0].kinds) < 0.12
    assert set(jobs[0].kinds) == {*KINDS, UNKNOWN}


def test_a_shard_keeps_the_facts(tmp_path: Path) -> None:
    np.save(tmp_path / "drawn-1.npy", np.zeros((1, 8, 8, 3), np.uint8))
    row = {"kind": "map", "sentences": ["Map."], "keywords": ["map"], "real": False, "facts": {"regions": 3}}
    (tmp_path / "drawn-1.json").write_text(json.dumps([row]))
    assert Store([tmp_path / "drawn-1.json"]).truths == [Truth("map", ("Map.",), ("map",), facts={"regions": 3})]
