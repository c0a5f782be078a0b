"""Training end to end, tiny: what is saved loads, and is asked as in training."""

from __future__ import annotations

from itertools import repeat
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import (
    AutoProcessor,
    Blip2ForConditionalGeneration,
    CLIPVisionConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
)

from alttext_local.types import KINDS
from scripts.train import blip2, llava, words
from scripts.train.batches import Batch, normalised
from scripts.train.drawings.drawing import UNKNOWN
from scripts.train.heads import Heads, common_sentences, kind_numbers, kind_targets
from scripts.train.imitation import Time, graft_stem
from scripts.train.learner import Learner, Plan, rate_at
from scripts.train.shards import Truth
from scripts.train.speaker import LlavaSpeaker, Speaker, branch_mask, label_scores

TRUTHS = [
    Truth(kind, (f"A {kind}.", "It has 3 parts.", "It is blue."), (kind, "blue"))
    for kind in (*KINDS[:6], "map", "table")
]


@pytest.fixture(scope="module")
def squares() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (8, llava.SIDE, llava.SIDE, 3), dtype=np.uint8)


def learn(speaker: Speaker, squares: np.ndarray) -> Learner:
    learner = Learner(speaker, Heads(llava.WIDTH, common_sentences(TRUTHS * 40)), Plan(1, steps=2, seeing=0.5))
    learner.learn(iter([Batch(normalised(squares), TRUTHS)] * 2))
    return learner


def test_llava_learns_saves_loads_and_scores_alike(squares: np.ndarray, tmp_path: Path) -> None:
    torch.manual_seed(0)
    tokenizer = words.train_tokenizer(TRUTHS * 20)
    model = llava.build(tokenizer)
    llava.initialise_vision(model)
    learner = learn(LlavaSpeaker(model, tokenizer), squares)
    assert learner.progress.step == 2 and np.isfinite(list(learner.progress.losses.values())).all()
    learner.keep(tmp_path / "kept.pt")
    learner.resume(tmp_path / "kept.pt")
    llava.save(model.eval(), tokenizer, tmp_path)
    assert (tmp_path / "model.safetensors").stat().st_size <= 16_000_000
    loaded = LlavaForConditionalGeneration.from_pretrained(tmp_path, dtype=torch.float32)
    scores = label_scores(LlavaSpeaker(model, tokenizer), normalised(squares[:1]))[0]
    asked = [f"USER: <image>\nkind ASSISTANT: {label}" for label in KINDS]
    assert torch.allclose(scores, plain_scores(loaded, tmp_path, squares[0], asked), atol=0.01)


def test_blip2_learns_saves_loads_and_scores_alike(squares: np.ndarray, tmp_path: Path) -> None:
    torch.manual_seed(0)
    tokenizer = words.train_tokenizer(TRUTHS * 20)
    model = blip2.build(tokenizer)
    blip2.initialise_vision(model, normalised(squares))
    learner = learn(blip2.Blip2Speaker(model, tokenizer), squares)
    assert np.isfinite(list(learner.progress.losses.values())).all()
    blip2.save(model.eval(), tokenizer, tmp_path / "blip2")
    assert (tmp_path / "blip2" / "model.safetensors").stat().st_size <= 16_000_000
    loaded = Blip2ForConditionalGeneration.from_pretrained(tmp_path / "blip2", dtype=torch.float32)
    scores = label_scores(blip2.Blip2Speaker(model, tokenizer), normalised(squares[:1]))[0]
    asked = [f"kind: {label}" for label in KINDS]
    assert torch.allclose(scores, plain_scores(loaded, tmp_path / "blip2", squares[0], asked), atol=0.01)


def test_a_stem_learns_to_see_as_the_patches_of_a_plain_tower(squares: np.ndarray) -> None:
    torch.manual_seed(0)
    model = llava.build(words.train_tokenizer(TRUTHS * 20))
    plain = CLIPVisionConfig(
        hidden_size=llava.WIDTH, intermediate_size=4 * llava.WIDTH, num_hidden_layers=6, num_attention_heads=4,
        image_size=llava.SIDE, patch_size=llava.PATCH,
    )  # fmt: skip
    old = LlavaForConditionalGeneration(LlavaConfig(vision_config=plain, text_config=model.config.text_config)).eval()  # type: ignore[call-arg]
    batches = repeat(Batch(normalised(squares), TRUTHS))
    first, then = (graft_stem(model, old, batches, Time(0, steps)) for steps in (1, 40))
    assert then < 0.9 * first
    weights, wanted = dict(model.named_parameters()), dict(old.named_parameters())
    mine, theirs = "model.vision_tower.encoder.layer.3", "model.vision_tower.encoder.layers.3"
    assert torch.equal(weights[f"{mine}.intermediate.dense.weight"], wanted[f"{theirs}.mlp.fc1.weight"])
    assert torch.equal(weights["model.language_model.norm.weight"], wanted["model.language_model.norm.weight"])


def test_heads_of_a_kept_run_are_taken_where_they_fit(squares: np.ndarray, tmp_path: Path) -> None:
    tokenizer = words.train_tokenizer(TRUTHS * 20)
    kept = learn(LlavaSpeaker(llava.build(tokenizer), tokenizer), squares)
    kept.keep(tmp_path / "kept.pt")
    same = Learner(kept.speaker, Heads(llava.WIDTH, common_sentences(TRUTHS * 40)), Plan(1))
    same.take_heads(tmp_path / "kept.pt")
    assert torch.equal(same.heads.kind.weight, kept.heads.kind.weight)
    fewer = Learner(kept.speaker, Heads(llava.WIDTH, common_sentences(TRUTHS[:2] * 40)), Plan(1))
    fewer.take_heads(tmp_path / "kept.pt")
    assert not torch.equal(fewer.heads.kind.weight, kept.heads.kind.weight)


@torch.no_grad()
def plain_scores(model: torch.nn.Module, folder: Path, square: np.ndarray, asked: list[str]) -> torch.Tensor:
    """Label scores by the saved model and processor alone, one label at a time."""
    processor = AutoProcessor.from_pretrained(folder)
    scores = []
    for text, label in zip(asked, KINDS, strict=True):
        inputs = processor(images=Image.fromarray(square), text=text, return_tensors="pt")
        ids = inputs["input_ids"][0]
        said = len(processor.tokenizer(" " + label)["input_ids"])
        chances = model(**inputs).logits[0].log_softmax(-1)
        scores.append(sum(float(chances[place - 1, ids[place]]) for place in range(len(ids) - said, len(ids))))
    return torch.tensor(scores).log_softmax(0)


def test_branches_do_not_see_each_other() -> None:
    mask, positions = branch_mask([0, 0, 1, 1, 2, 2], [-1, 0, 0], torch.float32)
    seen = mask[0, 0] == 0
    assert seen[3].tolist() == [True, True, True, True, False, False]
    assert seen[5].tolist() == [True, True, False, False, True, True]
    assert positions[0].tolist() == [0, 1, 2, 3, 2, 3]


def test_the_rate_rises_holds_and_falls() -> None:
    plan = Plan(10, warm_up=0.1, hold=0.5)
    rates = [rate_at(done, plan) for done in (0.0, 0.05, 0.3, 0.75, 1.0)]
    assert rates[0] < rates[1] < rates[2] == 1 > rates[3] > rates[4] > 0


def test_heads_count_only_the_sentences_of_the_kind() -> None:
    heads = Heads(16, [("map", "It has a river."), ("table", "It has 2 rows.")])
    features = torch.randn(2, 4, 16)
    with torch.no_grad():
        heads.sentence.weight.zero_()
        heads.sentence.bias.copy_(torch.tensor([20.0, -20.0]))
    right = [Truth("map", ("It has a river.",)), Truth("table", ("Another.",))]
    assert heads.losses(features, right)[1] < 1e-6
    assert kind_numbers([truth.kind for truth in right]).tolist() == [KINDS.index("map"), KINDS.index("table")]


def test_a_stranger_should_seem_of_every_kind_alike() -> None:
    targets = kind_targets(["map", UNKNOWN])
    assert targets[0].argmax() == KINDS.index("map") and targets[0].max() == 1
    assert torch.allclose(targets[1], torch.full((len(KINDS),), 1 / len(KINDS)))
    loss, said = Heads(16, []).losses(torch.randn(2, 4, 16), [Truth("map"), Truth(UNKNOWN)])
    assert torch.isfinite(loss) and said == 0


def test_strangers_are_taught_beside_the_known(squares: np.ndarray) -> None:
    torch.manual_seed(0)
    tokenizer = words.train_tokenizer(TRUTHS * 20)
    learner = Learner(
        LlavaSpeaker(llava.build(tokenizer), tokenizer),
        Heads(llava.WIDTH, common_sentences(TRUTHS * 40)),
        Plan(1, steps=1, seeing=0),
    )
    learner.learn(iter([Batch(normalised(squares), [*TRUTHS[:6], Truth(UNKNOWN), Truth(UNKNOWN)])]))
    assert np.isfinite(list(learner.progress.losses.values())).all()
