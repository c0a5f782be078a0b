"""Between text and ids: the words around a picture, the words of a user, the words that come out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from alttext_local.adapters.generation import Written
from alttext_local.errors import EmptyAnswer
from alttext_local.types import Answer, Ask, Token

PLAIN = "USER: {image}\n{prompt} ASSISTANT:"
"""What LLaVA 1.5 was trained with, for folders without a chat template."""
BROKEN = "\ufffd"
"""What a decoder puts where the bytes of a character are not complete yet."""


@dataclass(frozen=True, eq=False)
class Wording:
    """How a model is talked to. `image` is the one special token that stands for the picture."""

    tokenizer: Any
    image: str
    template: str = ""
    """Jinja; empty: `pattern` is used."""
    pattern: str = PLAIN

    @cached_property
    def specials(self) -> tuple[str, ...]:
        """Strings that the tokenizer reads as special tokens, longest first."""
        added = (token.content for token in self.tokenizer.added_tokens_decoder.values() if token.special)
        return tuple(sorted({*added, *self.tokenizer.all_special_tokens, self.image} - {""}, key=len, reverse=True))

    def neutral(self, prompt: str) -> str:
        """A user's words with special tokens taken apart: `<image>` becomes `< image>`, still legible.

        What would be special again after that is left out, so the result never holds a special token.
        """
        for special in self.specials:
            apart = f"{special[0]} {special[1:]}"
            prompt = prompt.replace(special, "" if special in apart else apart)
        while found := [special for special in self.specials if special in prompt]:
            prompt = prompt.replace(found[0], "")
        return prompt

    def text(self, prompt: str) -> str:
        """All that the model reads, with one `image` in it, ending where its answer begins."""
        prompt = self.neutral(prompt)
        if not self.template:
            return self.pattern.format(image=self.image, prompt=prompt)
        content = [{"type": "image"}, {"type": "text", "text": prompt}]
        rendered: str = self.tokenizer.apply_chat_template(
            [{"role": "user", "content": content}],
            chat_template=self.template,
            tokenize=False,
            add_generation_prompt=True,
        )
        return rendered

    def ids(self, text: str) -> list[int]:
        """The ids of a whole text. A template that writes the first token itself gets no second one."""
        found: list[int] = self.tokenizer(text, add_special_tokens=not self.starts_itself(text))["input_ids"]
        return found

    def starts_itself(self, text: str) -> bool:
        """Whether the template has written the first token."""
        first = self.tokenizer.bos_token
        return bool(self.template and first and text.startswith(first))

    def split(self, prompt: str) -> tuple[list[int], list[int]]:
        """The ids before the picture and those after it. `ValueError` where there is not exactly one picture."""
        ids = self.ids(self.text(prompt))
        place = ids.index(self.tokenizer.convert_tokens_to_ids(self.image))
        if ids[place] in ids[place + 1 :]:
            raise ValueError("the template puts in more than one picture")
        return ids[:place], ids[place + 1 :]

    def label(self, text: str, label: str) -> list[int]:
        """The ids of a label as it would be written right after `text`."""
        before = self.ids(text)
        glue = "" if not text or text[-1].isspace() else " "
        whole = self.ids(text + glue + self.neutral(label))
        if whole[: len(before)] == before and len(whole) > len(before):
            return whole[len(before) :]
        alone: list[int] = self.tokenizer(label, add_special_tokens=False)["input_ids"]
        return alone


def shorten(suffix: Sequence[int], room: int) -> list[int]:
    """At most `room` ids, the middle left out: the task stands at the start, the turn's end at the end."""
    if len(suffix) <= room:
        return list(suffix)
    end = room // 3
    return [*suffix[: room - end], *suffix[len(suffix) - end :]]


def fit(prefix: int, suffix: Sequence[int], budget: int, window: int) -> tuple[list[int], int]:
    """Suffix and budget that stay inside a window of positions together with `prefix` tokens.

    `ValueError` where the picture alone fills the window.
    """
    left = window - prefix
    if left < 2:
        raise ValueError("the picture fills the whole context window")
    budget = max(1, min(budget, left // 2))
    return shorten(suffix, left - budget), budget


def to_answer(tokenizer: Any, written: Written, ask: Ask) -> Answer:
    """Ids as a text with its tokens. `EmptyAnswer` where nothing but blanks came out, or the numbers were none."""
    if any(map(math.isnan, written.logprobs)):
        raise EmptyAnswer(f"The model's numbers broke down when asked for: {ask.task}.")
    tokens = to_tokens(tokenizer, written)
    text = "".join(token.text for token in tokens).strip()
    if not text:
        raise EmptyAnswer(f"The model said nothing when asked for: {ask.task}.")
    return Answer(text=text, tokens=tokens)


def to_tokens(tokenizer: Any, written: Written) -> tuple[Token, ...]:
    """Pieces of text, each with the sum of the log-probabilities of the ids that made it.

    Ids are decoded after their forerunners, since decoders join pieces by what stands before. Ids that are
    only a part of a character wait for the rest of it.
    """
    marked = {number for number, token in tokenizer.added_tokens_decoder.items() if token.special}
    special = marked | set(tokenizer.all_special_ids)
    kept = [pair for pair in zip(written.ids, written.logprobs, strict=True) if pair[0] not in special]
    ids = [token for token, _ in kept]
    tokens: list[Token] = []
    start, done, waiting = 0, 0, 0.0
    for end, (_, logprob) in enumerate(kept, start=1):
        waiting += logprob
        before = _decode(tokenizer, ids[start:done])
        piece = _decode(tokenizer, ids[start:end])[len(before) :]
        if piece and (not piece.endswith(BROKEN) or end == len(kept)):
            tokens.append(Token(piece, waiting))
            start, done, waiting = done, end, 0.0
    return tuple(tokens)


def _decode(tokenizer: Any, ids: Sequence[int]) -> str:
    if not ids:
        return ""
    text: str = tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return text
