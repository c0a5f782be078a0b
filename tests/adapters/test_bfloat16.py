"""In bfloat16 any batching may change a text: what is held there are log-probabilities of the same tokens."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from alttext_local.adapters import generation, tree
from alttext_local.adapters.adapter import Adapter, Ways, load_adapter
from alttext_local.types import Ask, Shot


def beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"bfloat16_{name}", Path(__file__).parent / f"{name}.py")
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
WRITERS = sorted(FAMILY_OF.keys() - {"blip2_t5"})
LARGEST = 0.06
"""Natural log, of one token; measured 0.031 at most (LLaVA), 0.016 elsewhere."""
CAPTION = Ask("caption", "describe the picture in one short sentence", 12)
LONG = Ask("description", "what is in this picture and the text of a chart with red and blue", 9)
KIND = Ask("kind", "what kind: is this", 1, ("photograph", "bar chart", "line chart", "text table"))


@pytest.fixture(autouse=True)
def inference() -> Iterator[None]:
    with torch.inference_mode():
        yield


def loaded(kind: str, folder: Path, card: Any, ways: Ways) -> tuple[Adapter, Any]:
    getattr(tiny, kind)(folder)
    adapter = load_adapter(card(folder, FAMILY_OF[kind], dtype="bfloat16"), "cpu", ways)
    return adapter, stock.Stock(folder, torch.bfloat16)


@pytest.mark.parametrize("way", ["tree", "fork"])
@pytest.mark.parametrize("kind", WRITERS)
def test_what_is_written_is_as_likely_in_a_forced_run(
    kind: str, way: str, tmp_path: Path, card: Any, picture: Any
) -> None:
    adapter, reference = loaded(kind, tmp_path / kind, card, Ways(tree=way == "tree"))
    shots = [Shot(picture(90, 60), (CAPTION, LONG)), Shot(picture(40, 90), (LONG,))]
    prefixes, questions = adapter.look(shots)  # type: ignore[attr-defined]
    decoder = adapter.decoder  # type: ignore[attr-defined]
    rows, suffixes = [q.prefix for q in questions], [q.suffix for q in questions]
    budgets = [q.ask.budget for q in questions]
    room = tree.room_for(rows, [len(s) + b for s, b in zip(suffixes, budgets, strict=True)])
    prefix = generation.prefill(decoder.language, prefixes, room if way == "tree" else 0)
    writer = tree if way == "tree" else generation
    texts = writer.write(decoder.language, prefix, rows, suffixes, budgets)
    owners = [shot for shot in shots for _ in shot.asks]
    for shot, question, text in zip(owners, questions, texts, strict=True):
        forced = reference.logprobs(shot.picture.image, question.ask.prompt, list(text.ids))
        assert len(forced) == len(text.logprobs) > 0
        assert max(abs(a - b) for a, b in zip(forced, text.logprobs, strict=True)) < LARGEST


@pytest.mark.parametrize("kind", FAMILY_OF)
def test_labels_are_as_likely_as_in_a_forced_run(kind: str, tmp_path: Path, card: Any, picture: Any) -> None:
    adapter, reference = loaded(kind, tmp_path / kind, card, Ways())
    image = picture(90, 60)
    (answer,) = adapter.answer([Shot(image, (KIND,))])[0]
    sums = {}
    for label in KIND.labels:
        ids = reference.tokenizer(label, add_special_tokens=False)["input_ids"]
        sums[label] = sum(reference.logprobs(image.image, KIND.prompt, [*ids, tiny.EOS]))
    whole = math.log(sum(math.exp(value) for value in sums.values()))
    for label, value in sums.items():
        assert math.log(answer.scores[label]) == pytest.approx(value - whole, abs=2 * LARGEST)
