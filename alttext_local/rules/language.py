"""A13: whether a text is in the language that was asked for. Says so only when it is sure."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import cache

from alttext_local.rules.lexicon import read_sections, split_words, words_for
from alttext_local.rules.sentences import QUOTED
from alttext_local.rules.setting import Setting

_SCRIPT_OF = {
    "ru": "CYRILLIC", "uk": "CYRILLIC", "bg": "CYRILLIC", "sr": "CYRILLIC", "mk": "CYRILLIC", "be": "CYRILLIC",
    "el": "GREEK", "ar": "ARABIC", "fa": "ARABIC", "ur": "ARABIC", "he": "HEBREW", "yi": "HEBREW",
    "hi": "DEVANAGARI", "mr": "DEVANAGARI", "ne": "DEVANAGARI", "bn": "BENGALI", "ta": "TAMIL", "te": "TELUGU",
    "th": "THAI", "zh": "CJK", "ja": "CJK", "ko": "HANGUL", "ka": "GEORGIAN", "hy": "ARMENIAN", "am": "ETHIOPIC",
}  # fmt: skip
_ANY_LATIN = "LATIN"
_SERBIAN = frozenset({"sr", "az", "uz", "kk", "mn"})
"""Written in more than one script: never reported by script."""
_LEAST_LETTERS = 10
_LEAST_WORDS = 6


@cache
def script_of(char: str) -> str:
    """The first word of a letter's Unicode name: LATIN, CYRILLIC, ARABIC; kana and ideographs are CJK."""
    name = unicodedata.name(char, "").split(" ")[0]
    return "CJK" if name in ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC") else name


def find_other_language(text: str, setting: Setting) -> str | None:
    """A13: another script than the language's, or clearly more small words of another language."""
    language = setting.primary_language
    own = QUOTED.sub(" ", text)
    return _find_other_script(own, language) or _find_other_words(own, language)


def _find_other_script(text: str, language: str) -> str | None:
    letters = Counter(script_of(char) for char in text if char.isalpha())
    if not letters or language in _SERBIAN:
        return None
    script, most = letters.most_common(1)[0]
    expected = _SCRIPT_OF.get(language, _ANY_LATIN)
    least = _LEAST_LETTERS if script not in ("CJK", "HANGUL") else 4
    if script == expected or most < least or most < 0.6 * letters.total():
        return None
    return f"It is written in {script.title()} letters, not in the language {language!r}."


def _find_other_words(text: str, language: str) -> str | None:
    known = [section for section in read_sections("stop_words") if section]
    words = split_words(text).folded
    if language not in known or len(words) < _LEAST_WORDS:
        return None
    hits = {name: sum(word in words_for("stop_words", name) for word in words) for name in known}
    best = max(hits, key=lambda name: hits[name])
    if best == language or hits[best] < 3 or hits[best] < 2 * hits[language] + 2:
        return None
    return f"It seems to be in {best!r}; {language!r} was asked for."
