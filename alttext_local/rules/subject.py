"""A08: the subject stands near the front, for listeners leave early."""

from __future__ import annotations

import re

from alttext_local.rules.lexicon import words_for
from alttext_local.rules.sentences import split_sentences
from alttext_local.rules.setting import Setting

_NEAR = 60
_COMMA = re.compile(r",\s|，|、")


def find_late_subject(text: str, setting: Setting) -> str | None:
    """A08: the first sentence opens with a side clause that lasts 60 characters or more."""
    sentences = split_sentences(text)
    if not sentences:
        return None
    first = re.match(r"[^\W\d_]+", sentences[0])
    if first is None or first[0].casefold() not in words_for("side_clauses", setting.primary_language):
        return None
    comma = _COMMA.search(sentences[0])
    if comma is None or comma.start() < _NEAR:
        return None
    return f"Its subject stands behind the first {_NEAR} characters."
