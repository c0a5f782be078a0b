"""A10 and A11: no credits, and no model that talks about itself."""

from __future__ import annotations

import re

from alttext_local.rules.lexicon import phrases_for, section_pattern
from alttext_local.rules.sentences import find_quotations, split_sentences
from alttext_local.rules.setting import Setting


def cut_meta_talk(text: str, setting: Setting) -> str:
    """Without the sentences in which a model speaks of itself or to its user; heaped doubts become one."""
    language = setting.primary_language
    if next(phrases_for("meta_talk", language).find(text), None):
        phrases = phrases_for("meta_talk", language)
        quoted = _quoted(text)
        kept = [
            sentence
            for sentence in split_sentences(text)
            if all(hit.phrase in quoted for hit in phrases.find(sentence))
        ]
        text = " ".join(kept)
    return _merge_doubts(text, language)


def _quoted(text: str) -> str:
    return " ".join(words.casefold().replace("’", "'") for _, _, words in find_quotations(text))


def _merge_doubts(text: str, language: str) -> str:
    hits = list(phrases_for("doubts", language).find(text))
    for hit in reversed(hits):
        said = hit.note.capitalize() if text[hit.start].isupper() else hit.note
        text = text[: hit.start] + said + text[hit.end :]
    return text


def cut_credits(text: str, _setting: Setting) -> str:
    """Without the sentence, the bracket or the tail of a sentence that names a photographer or an owner."""
    pattern = section_pattern("credit", "anywhere")
    if pattern is None or pattern.search(text) is None:
        return text
    kept = [_cut_credit(sentence, pattern) for sentence in split_sentences(text)]
    return " ".join(sentence for sentence in kept if sentence)


def _cut_credit(sentence: str, pattern: re.Pattern[str]) -> str:
    quotes = find_quotations(sentence)
    for match in pattern.finditer(sentence):
        if any(start < match.start() and match.end() <= end for start, end, _ in quotes):
            continue
        head, tail = sentence[: match.start()], ""
        opening = head.rstrip()
        if opening.endswith(("(", "[")):
            close = sentence.find(")" if opening.endswith("(") else "]", match.end())
            head, tail = opening[:-1], sentence[close + 1 :] if close >= 0 else ""
        head = head.rstrip(" ,;:|/–—-")
        if not any(char.isalnum() for char in head):
            return ""
        return head + (tail if tail.strip() else sentence[-1] if sentence[-1] in ".!?" else "")
    return sentence


def find_meta_talk(text: str, setting: Setting) -> str | None:
    """A11."""
    if cut_meta_talk(text, setting) == text:
        return None
    return "It speaks of the model itself, or heaps doubt on doubt."


def find_credit(text: str, setting: Setting) -> str | None:
    """A10."""
    return None if cut_credits(text, setting) == text else "It holds a credit, a copyright or a source."
