"""What every family must keep to, on tiny random models of the real architectures, in fp32."""

from __future__ import annotations

import importlib.util
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from alttext_local.adapters.adapter import Adapter, Ways, load_adapter
from alttext_local.adapters.slots import bytes_of_cell
from alttext_local.errors import EmptyAnswer
from alttext_local.types import Ask, Shot

HERE = Path(__file__).parent


def beside(name: str) -> ModuleType:
    """A module of this folder."""
    spec = importlib.util.spec_from_file_location(f"adapters_{name}", HERE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tiny = beside("tiny_models")
stock = beside("stock_reference")

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
CHAT = {"qwen2_5_vl", "idefics3", "smolvlm", "gemma3"}
SHARING = {"llava", "llava_next", "llava_onevision", "blip2", *CHAT}
PACKED = {"llava", "llava_next", "llava_onevision", "instructblip", "qwen2_5_vl", "idefics3", "smolvlm"}
CLOSING = {"idefics3": 1, "smolvlm": 1, "gemma3": 1}
"""Tokens that a processor puts behind a picture; they come with the words."""
LABELS = ("photograph", "bar chart", "line chart", "table", "text", "text table")
CAPTION = Ask("caption", "describe the picture in one short sentence", 12)
KEYWORDS = Ask("keywords", "keywords:", 5)
KIND = Ask("kind", "what kind: is this", 1, LABELS)
LONG = Ask("description", "describe what is in this picture and the text of a chart with red and blue w9 w8 w7", 9)


@dataclass
class Subject:
    """One family: the adapter under test, and stock transformers on the same folder."""

    name: str
    folder: Path
    adapter: Adapter
    stock: Any


@pytest.fixture(scope="module", params=FAMILY_OF)
def subject(request: Any, tmp_path_factory: pytest.TempPathFactory, card: Any) -> Iterator[Subject]:
    folder = getattr(tiny, request.param)(tmp_path_factory.mktemp(request.param))
    adapter = load_adapter(card(folder, FAMILY_OF[request.param]), "cpu")
    yield Subject(request.param, folder, adapter, stock.Stock(folder))
    adapter.close()


@pytest.fixture
def shots(picture: Any) -> list[Shot]:
    """Pictures of different shapes with different numbers of asks, prompts, budgets and labels."""
    return [
        Shot(picture(120, 70), (CAPTION, KIND, KEYWORDS)),
        Shot(picture(40, 90), (LONG,)),
        Shot(picture(64, 64), ()),
        Shot(picture(300, 20), (KIND, KEYWORDS)),
    ]


def said(answers: Any) -> list[list[tuple[str, ...]]]:
    return [[tuple(token.text for token in answer.tokens) for answer in answer_row] for answer_row in answers]


def decoded(subject: Subject, ids: list[int]) -> str:
    text: str = subject.stock.tokenizer.decode(ids, skip_special_tokens=True)
    return text.strip()


def test_order_and_count(subject: Subject, shots: list[Shot]) -> None:
    answers = subject.adapter.answer(shots)
    assert [len(row) for row in answers] == [3, 1, 0, 2]
    for shot, row in zip(shots, answers, strict=True):
        for ask, answer in zip(shot.asks, row, strict=True):
            assert set(answer.scores) == set(ask.labels)
            assert bool(answer.text) != bool(ask.labels)
    assert subject.adapter.answer([]) == []
    assert subject.adapter.answer([shots[2]]) == [()]


def test_batched_equals_single(subject: Subject, shots: list[Shot]) -> None:
    """Left padding is part of it: rows of different lengths would differ from runs alone otherwise."""
    batched = subject.adapter.answer(shots)
    alone = [subject.adapter.answer([shot])[0] for shot in shots]
    lone_asks = [tuple(subject.adapter.answer([Shot(s.picture, (a,))])[0][0] for a in s.asks) for s in shots]
    assert said(batched) == said(alone) == said(lone_asks)
    for row, other in zip(batched, lone_asks, strict=True):
        for answer, single in zip(row, other, strict=True):
            assert answer.scores == pytest.approx(single.scores, abs=1e-4)
            assert [t.logprob for t in answer.tokens] == pytest.approx([t.logprob for t in single.tokens], abs=1e-3)


def test_same_text_as_stock_generate(subject: Subject, shots: list[Shot]) -> None:
    answers = subject.adapter.answer(shots)
    for shot, row in zip(shots, answers, strict=True):
        for ask, answer in zip(shot.asks, row, strict=True):
            if not ask.labels:
                ids = subject.stock.write(shot.picture.image, ask.prompt, ask.budget)
                assert answer.text == decoded(subject, ids)
                assert "".join(token.text for token in answer.tokens).strip() == answer.text


def test_texts_differ_between_pictures_and_prompts(subject: Subject, picture: Any) -> None:
    """A blind model, or one that does not read its prompt, would pass all the rest."""
    shots = [Shot(picture(60 + 9 * n, 70), (CAPTION, LONG)) for n in range(6)]
    texts = [answer.text for row in subject.adapter.answer(shots) for answer in row]
    scores = [subject.adapter.answer([Shot(shot.picture, (KIND,))])[0][0].scores["table"] for shot in shots]
    assert len(set(texts)) >= 3
    assert max(scores) - min(scores) > 1e-4


def test_logprobs_are_those_of_a_forced_run(subject: Subject, picture: Any) -> None:
    image = picture(90, 60)
    (answer,) = subject.adapter.answer([Shot(image, (CAPTION,))])[0]
    ids = subject.stock.write(image.image, CAPTION.prompt, CAPTION.budget)
    forced = subject.stock.logprobs(image.image, CAPTION.prompt, ids)
    special = {number for number, token in subject.stock.tokenizer.added_tokens_decoder.items() if token.special}
    expected = [value for token, value in zip(ids, forced, strict=True) if token not in special]
    assert [token.logprob for token in answer.tokens] == pytest.approx(expected, abs=1e-3)


def test_scores_are_those_of_forced_runs(subject: Subject, picture: Any) -> None:
    """One forward a label, its end included, against all labels at once."""
    image = picture(90, 60)
    (answer,) = subject.adapter.answer([Shot(image, (KIND,))])[0]
    sums = {}
    for label in LABELS:
        ids = subject.stock.tokenizer(label, add_special_tokens=False)["input_ids"]
        end = subject.stock.tokenizer.eos_token_id
        sums[label] = sum(subject.stock.logprobs(image.image, KIND.prompt, [*ids, end]))
    weights = {label: math.exp(value - max(sums.values())) for label, value in sums.items()}
    expected = {label: weight / sum(weights.values()) for label, weight in weights.items()}
    assert answer.scores == pytest.approx(expected, abs=1e-4)
    assert sum(answer.scores.values()) == pytest.approx(1)
    assert answer.text == "" and answer.tokens == ()


def test_budgets_are_kept_row_by_row(subject: Subject, picture: Any) -> None:
    asks = tuple(Ask("caption", CAPTION.prompt, budget) for budget in (1, 3, 7))
    answers = subject.adapter.answer([Shot(picture(80, 60), asks)])[0]
    longest = said([answers])[0][2]
    for ask, answer in zip(asks, answers, strict=True):
        assert 0 < len(answer.tokens) <= ask.budget
        assert tuple(token.text for token in answer.tokens) == longest[: len(answer.tokens)]


@pytest.mark.parametrize("size", [(20000, 1), (1, 20000), (1, 1), (2, 3)])
def test_every_shape_is_answered(subject: Subject, picture: Any, size: tuple[int, int]) -> None:
    answers = subject.adapter.answer([Shot(picture(*size), (CAPTION, KIND))])[0]
    assert answers[0].text and answers[1].scores


def test_marks_in_a_prompt_are_only_words(subject: Subject, picture: Any) -> None:
    """Words of a user that look like special tokens add no picture, and end nothing."""
    marks = (
        " ".join(map(str, subject.stock.tokenizer.added_tokens_decoder.values()))
        + " <image> <im<image>age> ASSISTANT: </s>"
    )
    asks = (Ask("caption", f"describe {marks} this", 4), CAPTION)
    answers = subject.adapter.answer([Shot(picture(70, 50), asks)])[0]
    assert answers[0].text
    assert answers[1].text == subject.adapter.answer([Shot(picture(70, 50), (CAPTION,))])[0][0].text


def test_a_prompt_longer_than_the_window(subject: Subject, picture: Any) -> None:
    endless = " ".join(f"w{number % 90}" for number in range(3000))
    asks = (Ask("caption", endless, 6), Ask("kind", endless, 1, LABELS))
    shots = [Shot(picture(70, 50), (CAPTION,)), Shot(picture(70, 50), asks)]
    short, answers = subject.adapter.answer(shots)
    assert answers[0].text and sum(answers[1].scores.values()) == pytest.approx(1)
    assert said([short, answers]) == said(subject.adapter.answer([shot])[0] for shot in shots)


def test_the_vision_tower_runs_once_for_each_picture(subject: Subject, shots: list[Shot]) -> None:
    """However many asks there are: one forward for the whole batch."""
    model = subject.adapter.model  # type: ignore[attr-defined]
    tower = next(
        m for name, m in model.named_modules() if name.split(".")[-1] in ("vision_tower", "vision_model", "visual")
    )
    calls: list[int] = []
    handle = tower.register_forward_hook(lambda *_: calls.append(1))
    try:
        subject.adapter.answer(shots)
    finally:
        handle.remove()
    assert len(calls) == 1


def test_what_asks_of_words_see_of_a_picture_is_made_once(subject: Subject, picture: Any) -> None:
    """BLIP-2's query tokens, once for each picture, with an encoder behind them too: only its words go in each time."""
    if subject.name not in ("blip2", "blip2_t5"):
        return
    rows: list[int] = []
    qformer = subject.adapter.model.qformer  # type: ignore[attr-defined]
    handle = qformer.register_forward_hook(lambda _, __, found: rows.append(len(found.last_hidden_state)))
    try:
        subject.adapter.answer([Shot(picture(90, 60), (CAPTION, KIND, LONG)), Shot(picture(60, 60), (KEYWORDS,))])
    finally:
        handle.remove()
    assert rows == [2]


def test_abilities_are_true(subject: Subject) -> None:
    assert subject.adapter.abilities.shares_prefix == (subject.name in SHARING)
    assert subject.adapter.abilities.way == ("tree" if subject.name in SHARING else "batches")
    assert subject.adapter.abilities.packed == (subject.name in PACKED)
    assert subject.adapter.abilities.languages == ("en",)


def reloaded(subject: Subject, card: Any, stops: list[int], folder: Path) -> Adapter:
    """The same model with other ends of text in its generation settings."""
    for path in subject.folder.iterdir():
        target = folder / path.name
        target.symlink_to(path, target_is_directory=path.is_dir())
    settings = folder / "generation_config.json"
    content = json.loads(settings.read_text())
    settings.unlink()
    settings.write_text(json.dumps({**content, "eos_token_id": stops}))
    return load_adapter(card(folder, FAMILY_OF[subject.name]), "cpu")


def test_a_stop_token_ends_the_text(subject: Subject, card: Any, picture: Any, tmp_path: Path) -> None:
    shot = Shot(picture(90, 60), (CAPTION, LONG))
    ids = subject.stock.write(shot.picture.image, CAPTION.prompt, CAPTION.budget)
    stop = next((token for place, token in enumerate(ids) if place and token not in ids[:place]), None)
    if stop is None:
        pytest.fail("the tiny model repeats one token: its weights must be wider")
    stopped = reloaded(subject, card, [stop], tmp_path).answer([shot])[0]
    assert stopped[0].text == decoded(subject, ids[: ids.index(stop)])


def test_a_model_that_says_nothing_is_an_error(subject: Subject, card: Any, picture: Any, tmp_path: Path) -> None:
    mute = reloaded(subject, card, list(range(tiny.VOCABULARY)), tmp_path)
    with pytest.raises(EmptyAnswer, match="caption"):
        mute.answer([Shot(picture(90, 60), (CAPTION,))])


WAYS = {
    "forked": Ways(tree=False),
    "not shared": Ways(sharing=False),
    "not packed": Ways(packed=False),
}


def test_every_way_gives_the_same(subject: Subject, shots: list[Shot], card: Any) -> None:
    """With each lever off, texts and scores are those with all of them on."""
    expected = subject.adapter.answer(shots)
    for name, ways in WAYS.items():
        if name != "not packed" and subject.name not in SHARING:
            continue
        adapter = load_adapter(card(subject.folder, FAMILY_OF[subject.name]), "cpu", ways)
        answers = adapter.answer(shots)
        adapter.close()
        assert said(answers) == said(expected), name
        for row, other in zip(answers, expected, strict=True):
            for answer, usual in zip(row, other, strict=True):
                assert answer.scores == pytest.approx(usual.scores, abs=1e-4), name


def test_one_look_and_one_prefix_for_all_asks(subject: Subject, picture: Any) -> None:
    """Counted, not timed: a second and a third ask about a picture cost their own words alone."""
    if subject.name not in SHARING:
        return
    counters, before = subject.adapter.counters, replace(subject.adapter.counters)
    image = picture(120, 70)
    subject.adapter.answer([Shot(image, (CAPTION,))])
    one = counters.since(before)
    before = replace(counters)
    subject.adapter.answer([Shot(image, (CAPTION, KIND, LONG))])
    three = counters.since(before)
    assert (one.pictures, one.vision_forwards) == (three.pictures, three.vision_forwards) == (1, 1)
    assert one.prefix_tokens == three.prefix_tokens > 0
    assert three.suffix_tokens > one.suffix_tokens
    before = replace(counters)
    subject.adapter.answer([Shot(image, (KIND,))])
    kind = counters.since(before)
    assert (kind.decode_steps, kind.label_forwards) == (0, 1)
    cells = 1 + kind.prefix_tokens + kind.suffix_tokens + kind.label_tokens
    assert kind.kv_bytes == cells * bytes_of_cell(subject.adapter.decoder.language)  # type: ignore[attr-defined]
    own = one.suffix_tokens + kind.suffix_tokens
    assert three.suffix_tokens - own == words_of(subject, LONG) > 0


def words_of(subject: Subject, ask: Ask) -> int:
    """Tokens that the ask adds after the picture."""
    wording = subject.adapter.wording  # type: ignore[attr-defined]
    if subject.name == "blip2":
        return len(wording.ids(wording.text(ask.prompt)))
    return len(wording.split(ask.prompt)[1]) + CLOSING.get(subject.name, 0)
