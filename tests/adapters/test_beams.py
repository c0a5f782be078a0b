"""Beam search over shared prefixes against that of stock transformers, in fp32."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from alttext_local.adapters.adapter import Flying, Ways, load_adapter
from alttext_local.adapters.beams import Search
from alttext_local.types import Ask, Shot


def beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"beams_{name}", Path(__file__).parent / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tiny, stock = beside("tiny_models"), beside("stock_reference")
FAMILY_OF = {
    "llava": "llava",
    "llava_next": "llava",
    "llava_onevision": "llava",
    "blip2": "blip2",
    "blip2_t5": "blip2",
    "instructblip": "blip2",
    "qwen2_5_vl": "chat_vlm",
    "idefics3": "chat_vlm",
    "smolvlm": "chat_vlm",
    "gemma3": "chat_vlm",
}
BEAMS = 3
CAPTION = Ask("caption", "describe the picture in one short sentence", 9)
LONG = Ask("description", "what is in this picture and the text of a chart", 6)
KIND = Ask("kind", "what kind: is this", 1, ("photograph", "bar chart", "line chart"))


def said(answers: Any) -> list[list[tuple[str, ...]]]:
    return [[tuple(token.text for token in answer.tokens) for answer in row] for row in answers]


@pytest.mark.parametrize("kind", FAMILY_OF)
def test_texts_are_those_of_the_stock_search(kind: str, tmp_path: Path, card: Any, picture: Any) -> None:
    getattr(tiny, kind)(tmp_path)
    chosen = card(tmp_path, FAMILY_OF[kind], beams=BEAMS)
    adapter, reference = load_adapter(chosen, "cpu"), stock.Stock(tmp_path)
    shots = [Shot(picture(120, 70), (CAPTION, KIND, LONG)), Shot(picture(40, 90), (LONG, CAPTION))]
    answers = adapter.answer(shots)
    special = {number for number, token in reference.tokenizer.added_tokens_decoder.items() if token.special}
    for shot, row in zip(shots, answers, strict=True):
        for ask, answer in zip(shot.asks, row, strict=True):
            if ask.labels:
                continue
            ids = reference.write(shot.picture.image, ask.prompt, ask.budget, BEAMS)
            assert answer.text == reference.tokenizer.decode(ids, skip_special_tokens=True).strip()
            if reference.model.config.image_token_id in ids:
                continue  # stock models would look for one more picture in a forced run
            forced = reference.logprobs(shot.picture.image, ask.prompt, ids)
            usual = sum(value for value, token in zip(forced, ids, strict=True) if token not in special)
            assert sum(token.logprob for token in answer.tokens) == pytest.approx(usual, abs=1e-3)
    rows = load_adapter(chosen, "cpu", Ways(sharing=False)).answer(shots)
    assert said(rows) == said(answers)
    greedy = load_adapter(replace(chosen, beams=1), "cpu").answer(shots)
    assert said(greedy) != said(answers)
    assert greedy[0][1].scores == pytest.approx(answers[0][1].scores, abs=1e-4)


def test_nobody_flies_with_beams(tmp_path: Path, card: Any) -> None:
    tiny.llava(tmp_path)
    flying = Ways(flying=Flying(kv_bytes=1 << 20, cells=160))
    assert load_adapter(card(tmp_path, "llava", beams=1), "cpu", flying).flight() is not None
    assert load_adapter(card(tmp_path, "llava", beams=2), "cpu", flying).flight() is None


def test_one_prefix_for_all_beams(tmp_path: Path, card: Any, picture: Any) -> None:
    tiny.llava(tmp_path)
    adapter = load_adapter(card(tmp_path, "llava", beams=BEAMS), "cpu")
    before = replace(adapter.counters)
    with torch.inference_mode():
        adapter.answer([Shot(picture(50, 50), (CAPTION, LONG))])
    counted = adapter.counters.since(before)
    assert (counted.pictures, counted.vision_forwards, counted.prefix_tokens) == (1, 1, 18)
    assert counted.decode_steps <= CAPTION.budget - 1


def test_what_ends_counts_by_its_mean_and_only_from_the_first_beams() -> None:
    search = Search(2, 5, frozenset([9]))
    assert search.advance([(-1.0, 0, 4), (-1.2, 0, 9), (-1.5, 0, 9), (-2.0, 0, 5)]) == [(0, 4), (0, 5)]
    assert [score for score, _ in search.ended] == [-1.2] and not search.done
    assert search.advance([(-1.6, 0, 9), (-2.6, 0, 6), (-2.7, 1, 6), (-9.0, 1, 9)]) == [(0, 6), (1, 6)]
    assert search.ended[0][0] == -0.8 and search.ended[0][1].ids == (4,)
    assert search.done
    assert search.written.ids == (4,)


def test_a_budget_ends_all_that_runs() -> None:
    search = Search(2, 1, frozenset([9]))
    assert search.advance([(-1.0, 0, 4), (-1.2, 0, 5), (-1.3, 0, 9)]) == []
    assert search.done and search.written.ids == (4,)
