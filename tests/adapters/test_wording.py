from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from alttext_local.adapters.generation import Written
from alttext_local.adapters.wording import Wording, fit, shorten, to_answer, to_tokens
from alttext_local.errors import EmptyAnswer
from alttext_local.types import Ask

CAPTION = Ask("caption", "", 9)


@pytest.fixture(scope="module")
def bytewise() -> PreTrainedTokenizerFast:
    """One id a byte, as byte-level BPE writes rare characters."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(models.BPE({letter: number for number, letter in enumerate(alphabet)}, []))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=inner, bos_token="<s>", eos_token="</s>", additional_special_tokens=["<image>"]
    )


def written(words: PreTrainedTokenizerFast, text: str) -> Written:
    ids = words(text, add_special_tokens=False)["input_ids"]
    return Written(tuple(ids), tuple(-0.5 for _ in ids))


def test_bytes_of_one_character_are_one_token(bytewise: PreTrainedTokenizerFast) -> None:
    tokens = to_tokens(bytewise, written(bytewise, "a é 🐈b"))
    assert [token.text for token in tokens] == ["a", " ", "é", " ", "🐈", "b"]
    assert [token.logprob for token in tokens] == [-0.5, -0.5, -1.0, -0.5, -2.0, -0.5]


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=20))
def test_pieces_give_the_text(bytewise: PreTrainedTokenizerFast, text: str) -> None:
    tokens = to_tokens(bytewise, written(bytewise, text))
    assert "".join(token.text for token in tokens) == text
    assert sum(token.logprob for token in tokens) == pytest.approx(-0.5 * len(text.encode()))


def test_special_tokens_are_left_out(bytewise: PreTrainedTokenizerFast) -> None:
    end = bytewise.eos_token_id
    assert [t.text for t in to_tokens(bytewise, Written((end, 40, end), (-1.0, -0.2, -3.0)))] == [bytewise.decode([40])]


@pytest.mark.parametrize("text", ["", "  \n "])
def test_nothing_but_blanks_is_an_error(bytewise: PreTrainedTokenizerFast, text: str) -> None:
    with pytest.raises(EmptyAnswer, match="caption"):
        to_answer(bytewise, written(bytewise, text), CAPTION)


def test_outer_blanks_go(bytewise: PreTrainedTokenizerFast) -> None:
    assert to_answer(bytewise, written(bytewise, " A cat. "), CAPTION).text == "A cat."


@given(st.lists(st.sampled_from(["<image>", "</s>", "<s>", "<im", "age>", "<", "s>", "/", "cat", " "]), max_size=12))
def test_no_prompt_holds_a_special_token(bytewise: PreTrainedTokenizerFast, parts: list[str]) -> None:
    wording = Wording(bytewise, "<image>")
    clean = wording.neutral("".join(parts))
    assert not any(special in clean for special in ("<image>", "</s>", "<s>"))
    before, after = wording.split("".join(parts))
    assert not set(bytewise.all_special_ids) & {*before, *after}


def test_ordinary_words_stay_as_they_are(bytewise: PreTrainedTokenizerFast) -> None:
    wording = Wording(bytewise, "<image>")
    assert wording.neutral("ASSISTANT: 1 < 2, image") == "ASSISTANT: 1 < 2, image"
    assert wording.neutral("see <image>") == "see < image>"
    assert wording.text("Say {braces}.") == "USER: <image>\nSay {braces}. ASSISTANT:"


def test_a_label_is_read_as_it_would_be_written(bytewise: PreTrainedTokenizerFast) -> None:
    wording = Wording(bytewise, "<image>")
    assert bytewise.decode(wording.label("USER: ASSISTANT:", "bar chart")) == " bar chart"
    assert bytewise.decode(wording.label("assistant\n", "map")) == "map"


def test_the_middle_goes_first() -> None:
    assert shorten([1, 2, 3], 3) == [1, 2, 3]
    assert shorten(range(100), 9) == [0, 1, 2, 3, 4, 5, 97, 98, 99]


@given(st.integers(0, 900), st.integers(1, 3000), st.integers(0, 3000), st.integers(16, 900))
def test_what_fits_stays_inside_the_window(prefix: int, suffix: int, budget: int, window: int) -> None:
    if window - prefix < 2:
        with pytest.raises(ValueError, match="window"):
            fit(prefix, range(suffix), budget, window)
        return
    kept, allowed = fit(prefix, range(suffix), budget, window)
    assert prefix + len(kept) + allowed <= window
    assert kept and allowed >= 1 and allowed <= max(1, budget)
