"""Layers in 8 bits: near the layers they stand for, row by row, and never on the disk."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from alttext_local.adapters.adapter import best_dtype, load_adapter
from alttext_local.adapters.int8 import Int8Linear, quantise
from alttext_local.errors import BadSettings
from alttext_local.types import Ask, Shot


def beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"int8_{name}", Path(__file__).parent / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tiny = beside("tiny_models")
KIND = Ask("kind", "kind:", 1, ("photograph", "bar chart", "table"))
CAPTION = Ask("caption", "describe the picture", 6)


@pytest.fixture
def linear() -> torch.nn.Linear:
    torch.manual_seed(3)
    return torch.nn.Linear(96, 40).requires_grad_(False)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(1, 96), (3, 5, 96)])
def test_a_layer_is_near_the_one_it_stands_for(linear: Any, dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    given = torch.randn(shape, generator=torch.Generator().manual_seed(5)).to(dtype)
    expected = linear(given.float())
    found = Int8Linear(linear.to(dtype))(given)
    assert found.shape == expected.shape and found.dtype == dtype
    assert float((found.float() - expected).norm() / expected.norm()) < 0.02


def test_a_row_does_not_depend_on_the_rows_beside_it(linear: Any) -> None:
    layer, rows = Int8Linear(linear), torch.randn(16, 96, generator=torch.Generator().manual_seed(5))
    others = torch.cat([rows[:1], rows[1:] * 50])
    assert torch.equal(layer(rows)[0], layer(others)[0])
    assert torch.equal(layer(rows)[:1], layer(rows[:1]))


def test_rows_and_weights_of_zeros_give_the_bias(linear: Any) -> None:
    linear.weight[7] = 0
    layer = Int8Linear(linear)
    assert torch.allclose(layer(torch.zeros(2, 96)), linear.bias.expand(2, -1))
    assert float(layer(torch.randn(1, 96))[0, 7]) == pytest.approx(float(linear.bias[7]))


def test_layers_that_others_read_into_stay() -> None:
    attention = torch.nn.MultiheadAttention(32, 2)
    assert quantise(torch.nn.Sequential(attention, torch.nn.Linear(32, 32))) == 1
    assert not isinstance(attention.out_proj, Int8Linear)


@pytest.mark.parametrize("family", ["llava", "llava_onevision", "blip2", "blip2_t5", "instructblip"])
def test_a_model_in_int8_scores_as_it_does_in_full(tmp_path: Path, card: Any, picture: Any, family: str) -> None:
    folder = getattr(tiny, family)(tmp_path / family)
    before = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}
    name = "blip2" if "blip" in family else "llava"
    full, quantised = (load_adapter(card(folder, name, dtype=dtype), "cpu") for dtype in ("float32", "int8"))
    model: Any = quantised
    held = {type(layer) for layer in model.model.modules()}
    assert Int8Linear in held and torch.nn.Linear not in held
    shots = [Shot(picture(60, 60), (KIND, CAPTION)), Shot(picture(90, 30), (CAPTION, KIND))]
    for one, other in zip(full.answer(shots), quantised.answer(shots), strict=True):
        for expected, found in zip(one, other, strict=True):
            assert bool(expected.text) == bool(found.text)
            assert found.scores == pytest.approx(expected.scores, abs=0.08)
    after = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}
    assert before == after


def test_only_for_cpus_and_never_by_itself(tmp_path: Path, card: Any) -> None:
    with pytest.raises(BadSettings, match="int8 is for CPUs; on cuda"):
        best_dtype(card(tmp_path, "llava", dtype="int8"), "cuda")
    assert best_dtype(card(tmp_path, "llava", dtype="int8"), "cpu") == "int8"
    assert best_dtype(card(tmp_path, "llava", parameters=7.0), "cpu") in ("bfloat16", "float32")
