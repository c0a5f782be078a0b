"""A14 and A09: no loop within a text, and no echo of the text around it."""

from __future__ import annotations

from collections import Counter

from alttext_local.rules.lexicon import split_words, words_for
from alttext_local.rules.sentences import split_sentences
from alttext_local.rules.setting import Setting

_LONGEST = 24
"""Words of the longest loop that is looked for."""
_OVERLAP = 0.8


def cut_loops(text: str, setting: Setting) -> str:
    """Every sentence once, and no run of words directly repeated; what OCR read twice may be said twice."""
    reading = " ".join(fold(setting.reading_text))
    return _cut_runs(_cut_twins(text), reading, setting.primary_language)


def fold(text: str) -> tuple[str, ...]:
    """The words of a text, case-folded."""
    return split_words(text).folded


def _cut_twins(text: str) -> str:
    sentences = split_sentences(text)
    if len(sentences) < 2:
        return text
    seen: set[tuple[str, ...]] = set()
    kept: list[str] = []
    for sentence in sentences:
        words = fold(sentence)
        if words and words in seen:
            continue
        seen.add(words)
        kept.append(sentence)
    return text if len(kept) == len(sentences) else " ".join(kept)


def _cut_runs(text: str, reading: str, language: str) -> str:
    words, spans = split_words(text).folded, split_words(text).spans
    if len(set(words)) == len(words):
        return text
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        places.setdefault(word, []).append(place)
    cuts: list[tuple[int, int]] = []
    at = 0
    while at < len(words):
        again = places[words[at]]
        size, times = _run_at(words, at, again, language) if len(again) > 1 else (1, 1)
        if times > 1 and " ".join(words[at : at + size * 2]) not in (reading or " "):
            end = at + size * times - 1
            rest = len(words) - 1 - end
            last = at + size - 1
            if 0 < rest < size and words[end + 1 :] == words[at : at + rest]:
                # The model was stopped within its loop: what it began again goes too.
                small = words_for("dangling", language) or words_for("dangling", "en")
                if rest > 2 or words[last] not in small or small.issuperset(words[at + rest : last + 1]):
                    end = len(words) - 1
                    while words[last] in small and last > at:
                        last -= 1
            cuts.append((spans[last][1], spans[end][1]))
            at = end + 1
        else:
            at += 1
    for start, end in reversed(cuts):
        text = text[:start] + text[end:]
    return text


def _run_at(words: tuple[str, ...], at: int, again: list[int], language: str) -> tuple[int, int]:
    """Size in words and number of the repetitions that begin here; (1, 1) where there is none."""
    for size in (near - at for near in again if at < near <= at + _LONGEST):
        if at + 2 * size > len(words) or words[at + size - 1] != words[at + 2 * size - 1]:
            continue
        unit = words[at : at + size]
        times = 1
        while words[at + size * times : at + size * (times + 1)] == unit:
            times += 1
        if times >= _least_times(unit, language):
            return size, times
    return 1, 1


def _least_times(unit: tuple[str, ...], language: str) -> int:
    """How often a run must stand in a row to be a loop: names such as New York, New York are none."""
    if all(word.isdecimal() for word in unit):
        return 99
    small = words_for("dangling", f"{language} open") or words_for("dangling", "en open")
    if len(unit) == 1:
        return 2 if unit[0] in small else 3
    if len(unit) == 2:
        return 2 if small.intersection(unit) else 3
    return 2


def find_loop(text: str, setting: Setting) -> str | None:
    """A14: a loop that could be cut, or four words that come back a third time."""
    if cut_loops(text, setting) != text:
        return "It says the same words again in a row."
    words = fold(text)
    grams = Counter(tuple(words[at : at + 4]) for at in range(len(words) - 3))
    often = next((gram for gram, times in grams.items() if times > 2), None)
    return f"The words {' '.join(often)!r} come back again and again." if often else None


def find_echo(text: str, setting: Setting) -> str | None:
    """A09: 0.8 and more of its words stand in one line or sentence around the picture."""
    small = words_for("dangling", setting.primary_language)
    words = {word for word in fold(text) if word not in small}
    if len(words) < 2 or not setting.context.strip() or words <= set(fold(setting.reading_text)):
        return None
    for line in setting.context.splitlines():
        for piece in (line, *split_sentences(line)):
            if len(words.intersection(fold(piece))) >= _OVERLAP * len(words):
                return "It repeats the caption or the text around the picture."
    return None
