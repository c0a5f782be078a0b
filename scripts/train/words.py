"""The tokenizer of the shipped models and the words they are asked with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from alttext_local.types import KINDS
from scripts.train.shards import Truth

VOCABULARY = 1024
PAD, BOS, EOS, UNKNOWN, IMAGE = "<pad>", "<s>", "</s>", "<unk>", "<image>"
TASKS = ("kind", "caption", "description", "keywords")
CAPTION_SENTENCES = 3
MOST_TOKENS = 160
"""Longest answer that is taught; longer ones are cut."""
_PIECES = r" ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s"
"""Words with their blank, single digits, marks, white space: a text cut anywhere between them splits alike."""


def answer(truth: Truth, task: str) -> str:
    """What the model is to say of a picture; empty where the truth is not known."""
    if task == "kind":
        return truth.kind
    if task == "keywords":
        return ", ".join(truth.keywords)
    return " ".join(truth.sentences[:CAPTION_SENTENCES] if task == "caption" else truth.sentences)


def known_tasks(truth: Truth) -> list[str]:
    """Tasks other than the kind that this picture can teach."""
    return [task for task in TASKS[1:] if answer(truth, task)]


def train_tokenizer(truths: Iterable[Truth]) -> Tokenizer:
    """A byte-level BPE of the captions' words; each kind's name is cheap because it is said often."""
    tokenizer = Tokenizer(models.BPE(unk_token=None))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[PAD, BOS, EOS, UNKNOWN, IMAGE],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    said = [" " + answer(truth, task) for truth in truths for task in ("description", "keywords")]
    asked = [f"USER: \n{task} ASSISTANT: {kind}" for kind in KINDS for task in TASKS]
    tokenizer.train_from_iterator(said + asked * max(1, len(said) // 100), trainer)
    return tokenizer


def fast_tokenizer(tokenizer: Tokenizer, *, with_image: bool) -> PreTrainedTokenizerFast:
    """The tokenizer as transformers saves it. `Blip2Processor` wants one that has no `image_token` of its own."""
    named = {"extra_special_tokens": {"image_token": IMAGE}} if with_image else {}
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        pad_token=PAD,
        bos_token=BOS,
        eos_token=EOS,
        unk_token=UNKNOWN,
        padding_side="left",
        clean_up_tokenization_spaces=False,
        **named,
    )


def token_id(tokenizer: Tokenizer, token: str) -> int:
    """The number of a token that is sure to be there."""
    number = tokenizer.token_to_id(token)
    if number is None:
        raise ValueError(f"the tokenizer has no {token!r}")
    return int(number)


def encode(tokenizer: Tokenizer, text: str) -> list[int]:
    """Token ids of a text without special tokens around it."""
    return list(tokenizer.encode(text, add_special_tokens=False).ids)


def label_ids(tokenizer: Tokenizer, labels: Sequence[str] = KINDS) -> list[list[int]]:
    """Token ids of each label as it stands after the prompt, its blank before it."""
    return [encode(tokenizer, " " + label) for label in labels]
