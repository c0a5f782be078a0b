"""A16: three to fifteen keywords, unique and trimmed, from the model's words or else from the texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from alttext_local.rules.lexicon import WORD, words_for
from alttext_local.rules.placeholders import is_file_name, is_placeholder
from alttext_local.rules.plain import make_plain
from alttext_local.types import Finding

LEAST, MOST = 3, 15
_LONGEST_WORDS = 4
_LONGEST = 60
"""Code points."""
_SPLIT = re.compile(r"[,;\n\r|、，；·•]+|(?<=\w)\.\s+(?=\w)|\s+/\s+")
_LABEL = re.compile(
    r"^\s*(?:[-*•]\s+|\d{1,2}[.)]\s+|(?:keywords?|tags?|schlagwörter|mots[- ]clés|palabras clave)\s*:\s*)", re.I
)
_VERB = re.compile(r"\b(?:is|are|was|were|has|have|shows?|depicts?)\b", re.IGNORECASE)


def tidy_keywords(raw: Iterable[str], reading_text: str = "") -> tuple[str, ...]:
    """Up to 15 words and short phrases; lower case but for acronyms and for what OCR read with a capital."""
    names = {match[0] for match in WORD.finditer(reading_text)}
    found: dict[str, str] = {}
    for entry in raw:
        for piece in _SPLIT.split(entry):
            word = _tidy_word(piece, names)
            if word:
                found.setdefault(word.casefold(), word)
    return tuple(found.values())[:MOST]


def _tidy_word(piece: str, names: set[str]) -> str:
    plain = make_plain(_LABEL.sub("", piece)).strip(" .,:;!?\"'“”‘’()[]{}#*_-–—<>")
    words = plain.split()
    if not words or len(words) > _LONGEST_WORDS or len(plain) > _LONGEST or not any(char.isalpha() for char in plain):
        return ""
    if (len(words) > 2 and _VERB.search(plain)) or is_file_name(plain) or _is_generic(plain):
        return ""
    return " ".join(word if _keeps_case(word, names) else word.lower() for word in words)


def _is_generic(plain: str) -> bool:
    """Whether it fits any picture; that a picture is a map or a drawing is worth finding it by."""
    return is_placeholder(plain) and plain.casefold() not in words_for("placeholders", "also keywords")


def _keeps_case(word: str, names: set[str]) -> bool:
    bare = word.strip("'’.-")
    if bare in names and bare[:1].isupper():
        return True
    return any(char.isupper() for char in bare[1:]) and (not bare.isupper() or len(bare) <= 5)


def extract_keywords(text: str, language: str) -> tuple[str, ...]:
    """The most telling words of a text, best first, by YAKE; needs no training and no network."""
    plain = make_plain(text)
    if not any(char.isalpha() for char in plain):
        return ()
    primary = language.replace("_", "-").split("-")[0].casefold()
    import yake  # here: it takes networkx along, which commands that describe nothing need not wait for

    extractor = yake.KeywordExtractor(lan=primary, n=2, dedupLim=0.7, top=MOST)
    small = words_for("stop_words", primary)
    candidates = [word for word, _ in extractor.extract_keywords(plain) if word.casefold() not in small]
    return tidy_keywords(_without_overlap(candidates), text)


def _without_overlap(candidates: Iterable[str]) -> list[str]:
    """The candidates, best first, each of which says a word that those before it do not."""
    kept: list[str] = []
    said: set[str] = set()
    for candidate in candidates:
        new = set(candidate.casefold().split()) - said
        if new:
            kept.append(candidate)
            said |= new
    return kept


def enough_keywords(
    model_words: Iterable[str], texts: Sequence[str], fallback_words: Iterable[str], language: str
) -> tuple[str, ...]:
    """3 to 15 keywords: the model's, then from our texts and the OCR's, then what the caller hands in.

    The last text is taken as what OCR read: its capitals are kept. Fewer than 3 come back only where all
    sources together hold fewer.
    """
    reading = texts[-1] if texts else ""
    words = tidy_keywords(model_words, reading)
    for text in texts:
        if len(words) >= LEAST:
            break
        words = tidy_keywords((*words, *extract_keywords(text, language)), reading)
    if len(words) < LEAST:
        words = tidy_keywords((*words, *fallback_words), reading)
    return words


def check_keywords(keywords: Sequence[str]) -> tuple[Finding, ...]:
    """A16: every way in which a list of keywords breaks the rule."""
    broken: list[str] = []
    if not LEAST <= len(keywords) <= MOST:
        broken.append(f"{len(keywords)} keywords; {LEAST} to {MOST} are wanted.")
    if len({word.casefold() for word in keywords}) < len(keywords):
        broken.append("A keyword stands there twice.")
    if any(word != word.strip() or not word for word in keywords):
        broken.append("A keyword has blanks around it, or is empty.")
    if any(len(word.split()) > _LONGEST_WORDS + 1 or word.endswith(".") for word in keywords):
        broken.append("A keyword is a sentence.")
    return tuple(Finding("A16", message) for message in broken)
