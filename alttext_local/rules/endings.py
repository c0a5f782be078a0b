"""A06: a text begins with a capital, ends with a full stop, and stands in one line."""

from __future__ import annotations

import re
import unicodedata

from alttext_local.rules.lexicon import WORD, words_for
from alttext_local.rules.plain import join_lines
from alttext_local.rules.sentences import CLOSERS, STOPS, find_sentences
from alttext_local.rules.setting import Setting

_FRONT = " ,;:.!?…|/\\–—-*•。、，；：~"
_OPENINGS = "\"'“‘«„([{「『（¿¡"
_BACK = " ,;:|/\\–—-、，；：~&+=<>"
_DOUBLED = re.compile(
    r"([,;:])(?:\s*[,;:])+|(?<!\.)\.\.(?!\.)|(?<=[^\W\d])(?:\s+\.)+(?=\s|$)|[,;:]+\s*(?=[.!?。](?:\s|$))"
)


_LAST_LETTERS = re.compile(r"([^\W\d_]+)\s*$")
_GLUED = re.compile(r"(?<=[^\W\d_]{2})[.!?](?=(?:A|An|The|It|In|On|He|She|They|There|This|Two|Three|Several)\s)")


def finish(text: str, setting: Setting) -> str:
    """A whole sentence: no loose punctuation at its ends, a capital first, a full stop behind."""
    text = join_lines(
        _DOUBLED.sub(lambda match: match[1] or ("." if match[0][0] in " ." and match[0].strip() else ""), text)
    )
    text = _GLUED.sub(lambda match: match[0] + " ", _strip_front(text))
    text = drop_open_end(text, setting.primary_language)
    if not any(char.isalnum() for char in text):
        return ""
    return close(capitalise(text))


def _strip_front(text: str) -> str:
    at = 0
    while at < len(text) and text[at] in _FRONT and not _begins_number(text, at):
        at += 1
    while at < len(text) and unicodedata.category(text[at])[0] == "M":
        at += 1
    return text[at:]


def _begins_number(text: str, at: int) -> bool:
    return text[at] in ".-–" and at + 1 < len(text) and text[at + 1].isdecimal()


def capitalise(text: str) -> str:
    """A capital first, behind any quotation mark; names such as iPhone, eBay and pH stay as they are."""
    at = 0
    while at < len(text) and text[at] in _OPENINGS:
        at += 1
    word = WORD.match(text, at)
    if word is None or not text[at].islower() or any(char.isupper() for char in word[0]):
        return text
    if (
        word.end() < len(text) - 1
        and text[word.end()] in "-–"
        and len(word[0]) == 1
        and not text[word.end() + 1].islower()
    ):
        return text
    capital = text[at].upper()
    return text[:at] + capital + text[at + 1 :] if len(capital) == 1 else text


def close(text: str) -> str:
    """With a full stop (of its script) unless a sentence already ends there."""
    bare = text.rstrip(_BACK)
    if not bare:
        return ""
    if bare.rstrip(CLOSERS + "）")[-1:] in STOPS and bare.rstrip(CLOSERS + "）"):
        return bare
    return bare + full_stop_for(bare)


def full_stop_for(text: str) -> str:
    """The full stop of the script in which the text ends."""
    letter = next((char for char in reversed(text) if char.isalpha()), "a")
    code = ord(letter)
    if 0x3040 <= code <= 0x30FF or 0x3400 <= code <= 0x9FFF or 0x20000 <= code <= 0x3FFFF:
        return "。"
    return "।" if 0x0900 <= code <= 0x097F else "."


def drop_open_end(text: str, language: str) -> str:
    """Without a last sentence that the model did not end, where the last word shows it."""
    open_words = words_for("dangling", f"{language} open")
    match = _LAST_LETTERS.search(text, max(0, len(text) - 40))
    if match is None or match[1].casefold() not in open_words or match[1].isupper() or match.start() == 0:
        return text
    spans = find_sentences(text)
    if len(spans) > 1:
        return text[: spans[-2][1]]
    return strip_dangling(text, language)


def strip_dangling(text: str, language: str) -> str:
    """Without articles, prepositions and conjunctions at the end; at least one word stays."""
    dangling = words_for("dangling", language) or words_for("dangling", "en")
    while True:
        text = text.rstrip(_BACK)
        head, blank, last = text.rpartition(" ")
        if not blank or last.casefold().strip("'’\"“(") not in dangling:
            return text
        text = head


def find_bad_ending(text: str, setting: Setting) -> str | None:
    """A06."""
    if finish(text, setting) == text:
        return None
    return "It is not in whole sentences with a capital, closing punctuation and single blanks."
