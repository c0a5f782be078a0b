"""A05: as long as was asked for, and no longer: cut by sentence, then by clause, then by word."""

from __future__ import annotations

import re

from alttext_local.rules.endings import close, full_stop_for, strip_dangling
from alttext_local.rules.lexicon import section_pattern
from alttext_local.rules.sentences import find_sentences, is_balanced, is_wide, step_back_to_grapheme
from alttext_local.rules.setting import Setting

_MARK = re.compile(r"[,;:](?=\s)|\s[–—-](?=\s)|—|[、，；：،؛]")
_MARK_BEFORE_CLAUSE = re.compile(
    r"[;—；](?=\s|\S)|[,:](?= (?:which|who|with|and|while|where|an?|the|his|her|its|their|\w+ing)\b)|[，]"
)
_ENOUGH = 0.5
"""A clause that fills this share of the length is long enough to stand alone."""
_LEAST = 0.25
_NO_BREAK_BEFORE = "、。，．：；？！）」』】〕〉》ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々"


def shorten(text: str, setting: Setting) -> tuple[str, str]:
    """The text within its length, and what was lost; the latter goes to the long description."""
    limit = setting.max_length
    if len(text) <= limit:
        return text, ""
    if limit <= 0:
        return "", text
    kept = _keep_sentences(text, limit)
    if kept is None:
        end = find_sentences(text)[0][1]
        kept, at = _cut_sentence(text[:end] if end > limit else text, setting)
    else:
        at = len(kept)
    return kept, text[at:].strip(" ,;:–—-")


def _keep_sentences(text: str, limit: int) -> str | None:
    ends = [end for _, end in find_sentences(text) if end <= limit]
    return text[: ends[-1]] if ends else None


def _cut_sentence(sentence: str, setting: Setting) -> tuple[str, int]:
    """The best beginning of one sentence, closed by a full stop, and the place of the cut."""
    room = setting.max_length - len(full_stop_for(sentence))
    language = setting.primary_language
    for places, least in _cut_places(sentence, room, language):
        for at in sorted(places, reverse=True):
            head = strip_dangling(sentence[:at], language)
            if (
                len(head) >= least * room
                and " " in head.strip() + (" " if is_wide(head[-1]) else "")
                and is_balanced(head)
            ):
                return _close_within(head, setting.max_length), at
    at = _word_place(sentence, room)
    head = strip_dangling(sentence[:at], language)
    if (opened := _opened_quotation(head)) and (short := _word_place(sentence, room - 2)) > opened[0] + 1:
        return sentence[:short].rstrip(" ,;:") + "…" + opened[1], short
    if not is_balanced(head):
        head = re.sub(r"[\"(\[“«「『（]([^\"(\[“«「『（]*)$", r"\1", head).rstrip()
    kept = _close_within(head, setting.max_length)
    return (kept, at) if kept else (sentence[: setting.max_length].strip(), setting.max_length)


def _opened_quotation(head: str) -> tuple[int, str] | None:
    """Where a quotation begins that the cut leaves open, and the mark that closes it."""
    opened = {'"': '"', "“": "”", "„": "“", "«": "»", "「": "」", "『": "』"}
    at = max(head.rfind(mark) for mark in opened)
    if at < 0 or (head[at] == '"' and head.count('"') % 2 == 0) or opened[head[at]] in head[at + 1 :]:
        return None
    return at, opened[head[at]]


def _cut_places(sentence: str, room: int, language: str) -> list[tuple[set[int], float]]:
    """Sets of places from the best to the poorest, each with the least share of the room that it must fill."""
    window = sentence[: room + 1]

    def places(pattern: re.Pattern[str] | None) -> set[int]:
        return {match.start() for match in pattern.finditer(window) if match.start() <= room} if pattern else set()

    clauses = places(section_pattern("clauses", f"{language} strong"))
    marks, best_marks = places(_MARK), places(_MARK_BEFORE_CLAUSE)
    weak = places(section_pattern("clauses", f"{language} weak"))
    return [(best_marks, _ENOUGH), (clauses | marks, _ENOUGH), (weak, _ENOUGH), (clauses | best_marks, _LEAST)]


def _word_place(sentence: str, room: int) -> int:
    """The last place within the room that is not inside a word; inside a grapheme only where nothing else is left."""
    for at in range(min(room, len(sentence)), 0, -1):
        if at == len(sentence) or sentence[at].isspace() or sentence[at - 1].isspace():
            return at
        if is_wide(sentence[at]) and is_wide(sentence[at - 1]) and sentence[at] not in _NO_BREAK_BEFORE:
            place = step_back_to_grapheme(sentence, at)
            if place == at:
                return at
    return step_back_to_grapheme(sentence, max(room, 1))


def _close_within(head: str, limit: int) -> str:
    closed = close(head)
    return closed if len(closed) <= limit else head[:limit].rstrip()


def find_excess(text: str, setting: Setting) -> str | None:
    """A05."""
    if len(text) <= setting.max_length:
        return None
    return f"{len(text)} characters, {setting.max_length} were asked for."
