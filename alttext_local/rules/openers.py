"""A04: what a screen reader has already said ("image of") is cut from the start."""

from __future__ import annotations

import re
from functools import cache

from alttext_local.rules.lexicon import patterns_for, read_sections
from alttext_local.rules.sentences import find_sentences
from alttext_local.rules.setting import Setting

_DEEPEST = 6
"""How many openers may stand one behind another: "Sure! Here is the alt text: The image shows ..."."""
_NOMINATIVE = re.compile(r"(einen|den)\s+((?:[a-zäöüß]+en\s+){0,3})(?=[A-ZÄÖÜ])", re.IGNORECASE)
_DATIVE = {"einem": "ein", "einer": "eine", "mehreren": "mehrere", "vielen": "viele"}
_DATIVE_START = re.compile(r"(einem|einer|mehreren|vielen)\b", re.IGNORECASE)


@cache
def _split_list(language: str) -> tuple[tuple[re.Pattern[str], ...], dict[str, str], re.Pattern[str] | None]:
    """Patterns of openers, articles that joined prepositions leave, and the tail of the first sentence."""
    lines = read_sections("openers").get(language, ())
    pairs = (line.removeprefix("joined:").partition("=>") for line in lines if line.startswith("joined:"))
    articles = {joined.strip(): article.strip() for joined, _, article in pairs}
    tails = [line.removeprefix("tail:").strip() for line in lines if line.startswith("tail:")]
    patterns = tuple(
        pattern for pattern in patterns_for("openers", language) if not pattern.pattern.startswith(("joined:", "tail:"))
    )
    tail = re.compile(rf"\s+(?:{'|'.join(tails)})(?=[.!]?$)", re.IGNORECASE) if tails else None
    return patterns, articles, tail


def cut_openers(text: str, setting: Setting) -> str:
    """The text from where it begins to say something; untouched where nothing would be left of its sentence."""
    language = setting.primary_language
    patterns, articles, tail = _split_list(language)
    rest = text
    for _ in range(_DEEPEST):
        match = next((found for pattern in patterns if (found := pattern.match(rest)) and found.end()), None)
        if match is None:
            break
        rest = _join_rest(rest, match, articles)
    if rest == text:
        return text
    if language == "de":
        rest = _make_nominative(rest)
    return _cut_tail(rest, tail) if tail else rest


def _join_rest(text: str, match: re.Match[str], articles: dict[str, str]) -> str:
    groups = match.groupdict()
    rest = text[match.end() :].lstrip(" ,:")
    if groups.get("elided"):
        return f"L'{rest}"
    joined = groups.get("joined")
    return f"{articles.get(joined.casefold(), joined)} {rest}" if joined else rest


def _make_nominative(text: str) -> str:
    """German: the object of "Das Bild zeigt einen Hund" becomes the subject, "Ein Hund"."""
    if match := _NOMINATIVE.match(text):
        definite = match[1].casefold() == "den"
        adjectives = re.sub(r"en\b", "e" if definite else "er", match[2])
        return f"{'der' if definite else 'ein'} {adjectives}{text[match.end() :]}"
    return _DATIVE_START.sub(lambda found: _DATIVE[found[1].casefold()], text, count=1)


def _cut_tail(text: str, tail: re.Pattern[str]) -> str:
    """German and Dutch put a part of the verb behind: "ist ein Hund zu sehen"."""
    spans = find_sentences(text)
    if not spans:
        return text
    start, end = spans[0]
    return tail.sub("", text[start:end]) + text[end:]


def find_opener(text: str, setting: Setting) -> str | None:
    """A04."""
    if cut_openers(text, setting) == text:
        return None
    return f"It opens with words that every picture could have: {text[:30].strip()!r}."
