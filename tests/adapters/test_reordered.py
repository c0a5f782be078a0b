"""Weights laid out for oneDNN: the same numbers as the stock layer gives, and never on the disk."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from alttext_local.adapters.adapter import Ways, load_adapter
from alttext_local.adapters.processor import look_at_processor
from alttext_local.adapters.reordered import ReorderedLinear, reorder, works
from alttext_local.types import Ask, Shot

ABLE = look_at_processor().bfloat16
KIND = Ask("kind", "kind:", 1, ("photograph", "bar chart", "table"))
CAPTION = Ask("caption", "describe the picture", 6)


def beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"reordered_{name}", Path(__file__).parent / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tiny = beside("tiny_models")


def linear(inputs: int, outputs: int, *, bias: bool) -> torch.nn.Linear:
    torch.manual_seed(3)
    return torch.nn.Linear(inputs, outputs, bias=bias, dtype=torch.bfloat16).requires_grad_(False)


def kinds_of(model: torch.nn.Module) -> list[str]:
    return [type(layer).__name__ for layer in model.modules()]


def test_the_operators_are_there_on_a_processor_that_multiplies_bfloat16() -> None:
    if ABLE:
        assert works()
    assert reorder(torch.nn.Sequential(linear(64, 32, bias=False))) == works()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(1, 96), (3, 5, 96), (200, 96), (0, 96)])
def test_a_layer_gives_what_the_stock_layer_gives(shape: tuple[int, ...], bias: bool) -> None:
    model = torch.nn.Sequential(linear(96, 40, bias=bias))
    given = torch.randn(shape, generator=torch.Generator().manual_seed(5)).bfloat16()
    expected = model(given)
    reorder(model)
    found = model(given)
    assert found.shape == expected.shape and found.dtype == expected.dtype
    torch.testing.assert_close(found, expected, rtol=0.02, atol=0.02)


def test_what_is_given_need_not_be_contiguous() -> None:
    model = torch.nn.Sequential(linear(96, 40, bias=True))
    given = torch.randn(96, 7, generator=torch.Generator().manual_seed(5)).bfloat16().t()
    expected = model(given)
    reorder(model)
    torch.testing.assert_close(model(given), expected, rtol=0.02, atol=0.02)


def test_only_linear_layers_in_bfloat16_are_replaced() -> None:
    class Own(torch.nn.Linear):
        """Somebody reads its weights."""

    model = torch.nn.ModuleDict(
        {"wide": torch.nn.Linear(8, 8), "own": Own(8, 8, dtype=torch.bfloat16), "narrow": linear(8, 8, bias=True)}
    )
    assert reorder(model) == works()
    assert type(model["wide"]) is torch.nn.Linear and type(model["own"]) is Own
    assert isinstance(model["narrow"], ReorderedLinear) == works()


def test_a_tied_head_leaves_the_embeddings_as_they_are() -> None:
    model = torch.nn.Module()
    model.embed, model.head = torch.nn.Embedding(40, 96, dtype=torch.bfloat16), linear(96, 40, bias=False)
    model.head.weight = model.embed.weight
    given = torch.randn(2, 96, generator=torch.Generator().manual_seed(5)).bfloat16()
    rows, expected = model.embed(torch.tensor([3, 7])), model.head(given)
    reorder(model)
    assert torch.equal(model.embed(torch.tensor([3, 7])), rows)
    torch.testing.assert_close(model.head(given), expected, rtol=0.02, atol=0.02)


@pytest.mark.parametrize(("name", "family"), [("llava_onevision", "llava"), ("blip2", "blip2"), ("gemma3", "chat_vlm")])
def test_a_model_says_the_same_with_the_lever_on_and_off(
    name: str, family: str, tmp_path: Path, card: Any, picture: Any
) -> None:
    folder = getattr(tiny, name)(tmp_path)
    shots = [Shot(picture(120, 70), (KIND, CAPTION)), Shot(picture(40, 90), (KIND,))]
    found = []
    for ways in (Ways(), Ways(reordered=False)):
        adapter = load_adapter(card(folder, family, dtype="bfloat16"), "cpu", ways)
        found.append((adapter.answer(shots), kinds_of(adapter.model)))  # type: ignore[attr-defined]
        adapter.close()
    (on, kinds_on), (off, kinds_off) = found
    assert ("ReorderedLinear" in kinds_on) == works() and "ReorderedLinear" not in kinds_off
    for ours, theirs in zip(on, off, strict=True):
        assert ours[0].scores == pytest.approx(theirs[0].scores, abs=0.02)
    assert on[0][1].tokens[0].logprob == pytest.approx(off[0][1].tokens[0].logprob, abs=0.1)


def test_float32_is_left_alone(tmp_path: Path, card: Any) -> None:
    adapter = load_adapter(card(tiny.llava(tmp_path), "llava", dtype="float32"), "cpu")
    assert "ReorderedLinear" not in kinds_of(adapter.model)  # type: ignore[attr-defined]
    adapter.close()
