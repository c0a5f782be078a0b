"""Where sentences, quotations and graphemes begin and end. Knows no rule."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from alttext_local.rules.lexicon import words_for

STOPS = ".!?…。！？।۔؟｡"
WIDE_STOPS = "。！？｡"
CLOSERS = "\"'”’»)]」』）】›“"
_END = re.compile(rf"[{re.escape(STOPS)}]+[{re.escape(CLOSERS)}]*(?=\s|$)|[{WIDE_STOPS}]+[{re.escape(CLOSERS)}]*")
_LAST_WORD = re.compile(r"[^\s(\[“\"«]+$")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]\.$")
QUOTED = re.compile(
    r"“([^“”]{1,300})”|\"([^\"]{1,300})\"|«([^«»]{1,300})»|„([^„“”]{1,300})[“”]|「([^「」]{1,300})」|『([^『』]{1,300})』"
    r"|(?<!\w)‘([^‘]{1,300}?)’(?!\w)|(?<!\w)'([^']{1,300}?)'(?!\w)"
)
_PAIRS = {"(": ")", "[": "]", "“": "”", "«": "»", "「": "」", "『": "』", "（": "）"}


@lru_cache(maxsize=64)
def find_sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Spans of the sentences of one line, blanks between them left out; together they hold every word."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if match.start() < start or not _ends_sentence(text, match):
            continue
        spans.append((start, match.end()))
        start = match.end()
        while start < len(text) and text[start].isspace():
            start += 1
    if start < len(text):
        spans.append((start, len(text)))
    return tuple(spans)


def split_sentences(text: str) -> list[str]:
    """The sentences of one line, each with its closing punctuation."""
    return [text[start:end] for start, end in find_sentences(text)]


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    """Whether this punctuation closes a sentence, or an abbreviation, an initial or a quotation within one."""
    if match[0][0] in WIDE_STOPS:
        return True
    rest = text[match.end() :].lstrip()
    if not rest:
        return True
    if rest[0].islower():
        return False
    if match[0][0] != ".":
        return True
    head = _LAST_WORD.search(text, max(0, match.start() - 40), match.start())
    word = (head[0] if head else "").casefold() + "."
    if word in words_for("abbreviations", "title") or (
        word in words_for("abbreviations", "plain") and not rest[0].isupper()
    ):
        return False
    if _INITIALS.fullmatch(word):
        first = re.match(r"\w+", rest)
        return bool(first and first[0].casefold() in words_for("abbreviations", "openers"))
    return True


def find_quotations(text: str) -> list[tuple[int, int, str]]:
    """Start, end (marks included) and the words of every quotation."""
    return [
        (match.start(), match.end(), next(group for group in match.groups() if group is not None))
        for match in QUOTED.finditer(text)
    ]


def is_balanced(text: str) -> bool:
    """Whether every bracket and quotation that opens in it also closes in it."""
    return text.count('"') % 2 == 0 and all(text.count(left) <= text.count(right) for left, right in _PAIRS.items())


def step_back_to_grapheme(text: str, at: int) -> int:
    """The last place at or before `at` where no grapheme is split; `at` itself if there is none but 0."""
    place = at
    while 0 < place < len(text) and _joins(text, place):
        place -= 1
    return place or at


def _joins(text: str, place: int) -> bool:
    char = text[place]
    return unicodedata.category(char)[0] == "M" or char == "\u200d" or text[place - 1] == "\u200d"


def is_wide(char: str) -> bool:
    """Whether a character belongs to a script written without blanks: ideographs, kana, Thai, Lao, Khmer, Burmese."""
    code = ord(char)
    return (
        0x3400 <= code <= 0x9FFF
        or 0x3040 <= code <= 0x30FF
        or 0x20000 <= code <= 0x3FFFF
        or 0xF900 <= code <= 0xFAFF
        or 0x0E00 <= code <= 0x0EFF
        or 0x1000 <= code <= 0x109F
        or 0x1780 <= code <= 0x17FF
    )
