"""Chat models that fork a prefix, and when they do not."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from PIL import Image

from alttext_local.adapters.adapter import Adapter, load_adapter
from alttext_local.adapters.forks import FORKS, embed, number_views
from alttext_local.adapters.generation import causal
from alttext_local.adapters.views import VIEW_PIXELS
from alttext_local.types import Ask, Shot


def beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"forks_{name}", Path(__file__).parent / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tiny = beside("tiny_models")
CAPTION = Ask("caption", "describe the picture in one short sentence", 8)
LONG = Ask("description", "what is in this picture and the text of a chart", 6)
KIND = Ask("kind", "what kind: is this", 1, ("photograph", "bar chart", "line chart"))


def said(answers: Any) -> list[list[tuple[str, ...]]]:
    return [[tuple(token.text for token in answer.tokens) for answer in row] for row in answers]


def load(kind: str, folder: Path, card: Any, **changes: Any) -> Adapter:
    getattr(tiny, kind)(folder)
    return load_adapter(card(folder, "chat_vlm", **changes), "cpu")


@pytest.mark.parametrize("kind", FORKS)
def test_words_before_the_picture_are_answered_row_by_row(kind: str, tmp_path: Path, card: Any, picture: Any) -> None:
    getattr(tiny, kind)(tmp_path)
    path = tmp_path / "chat_template.jinja"
    path.write_text(path.read_text().replace("m['content']", "m['content'] | reverse"))
    adapter = load_adapter(card(tmp_path, "chat_vlm"), "cpu")
    assert (adapter.abilities.way, adapter.abilities.shares_prefix) == ("batches", False)
    shots = [Shot(picture(90, 60), (CAPTION, KIND)), Shot(picture(50, 80), (LONG,))]
    answers = adapter.answer(shots)
    assert answers[0][0].text and answers[1][0].text
    assert sum(answers[0][1].scores.values()) == pytest.approx(1)
    assert said(answers) == said(adapter.answer([shot])[0] for shot in shots)


def test_a_template_that_differs_by_the_ask_is_noticed(tmp_path: Path, card: Any, picture: Any) -> None:
    """The two prompts of the look at loading are alike to it; this one is not."""
    tiny.qwen2_5_vl(tmp_path)
    path = tmp_path / "chat_template.jinja"
    path.write_text("{{ 'kind: ' if 'chart' in messages[0]['content'][1]['text'] else '' }}" + path.read_text())
    adapter = load_adapter(card(tmp_path, "chat_vlm"), "cpu")
    assert adapter.abilities.way == "tree"
    shots = [Shot(picture(90, 60), (CAPTION, LONG))]
    together = adapter.answer(shots)
    alone = [tuple(adapter.answer([Shot(shots[0].picture, (ask,))])[0][0] for ask in shots[0].asks)]
    assert said(together) == said(alone)


@pytest.mark.parametrize(("tiles", "views"), [(0, 5), (1, 1), (4, 1), (5, 5), (9, 5)])
@pytest.mark.parametrize("kind", ["idefics3", "smolvlm"])
def test_squares_of_a_picture_follow_the_card(kind: str, tiles: int, views: int, tmp_path: Path, card: Any) -> None:
    """The folder's own are 2 x 2 and the whole, each of 4 tokens."""
    adapter = load(kind, tmp_path, card, tiles=tiles)
    with torch.inference_mode():
        (seen,) = adapter.see([Image.effect_noise((90, 80), 50).convert("RGB")])  # type: ignore[attr-defined]
    assert len(seen.features) == 4 * views


@pytest.mark.parametrize(("tiles", "pixels"), [(1, 1), (5, 5), (0, 20), (30, 20)])
def test_resolution_follows_the_card(tiles: int, pixels: int, tmp_path: Path, card: Any) -> None:
    tiny.qwen2_5_vl(tmp_path)
    path = tmp_path / "preprocessor_config.json"
    path = path if path.is_file() else tmp_path / "processor_config.json"
    assert "12544" in path.read_text()
    path.write_text(path.read_text().replace("12544", str(20 * VIEW_PIXELS)))
    adapter = load_adapter(card(tmp_path, "chat_vlm", tiles=tiles), "cpu")
    grid = adapter.parts.pictures(images=[Image.new("RGB", (4000, 3000))])["image_grid_thw"][0]  # type: ignore[attr-defined]
    assert 0.9 * pixels * VIEW_PIXELS < grid.prod() * 14 * 14 <= pixels * VIEW_PIXELS


def test_views_are_numbered_by_their_runs() -> None:
    seen = torch.tensor([0, 1, 1, 0, 1, 0, 0, 1, 1]).bool()
    assert number_views(seen).tolist() == [-1, 0, 0, -1, 1, -1, -1, 2, 2]
    assert number_views(torch.ones(2, dtype=torch.bool)).tolist() == [0, 0]


def test_a_mask_of_the_tokens_fed_last() -> None:
    mask = torch.tensor([[0, 1, 1, 1], [1, 1, 0, 1]])
    visible = causal(mask, 2, torch.float32)[:, 0] == 0
    assert visible.tolist() == [
        [[False, True, True, False], [False, True, True, True]],
        [[True, True, True, False], [True, True, False, True]],
    ]


def test_features_that_do_not_fit_their_places_are_refused(tmp_path: Path, card: Any) -> None:
    model = load("qwen2_5_vl", tmp_path, card).model  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="2 places for 3"):
        embed(model, [9, 5, 5, 10], torch.zeros(3, 64), 5)
