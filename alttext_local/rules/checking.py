"""Checks any text, a person's too, against table A: what `alttext-local lint` prints. Needs no model."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from alttext_local.rules.endings import find_bad_ending
from alttext_local.rules.language import find_other_language
from alttext_local.rules.length import find_excess
from alttext_local.rules.meta_talk import find_credit, find_meta_talk
from alttext_local.rules.openers import find_opener
from alttext_local.rules.people import find_judgements, find_sight_words
from alttext_local.rules.placeholders import find_emptiness, find_file_name, find_placeholder
from alttext_local.rules.plain import find_markup
from alttext_local.rules.repetition import find_echo, find_loop
from alttext_local.rules.setting import Setting
from alttext_local.rules.subject import find_late_subject
from alttext_local.types import Finding

Rule = Callable[[str, Setting], str | None]
RULES: Mapping[str, Rule] = {
    "A01": find_emptiness,
    "A02": find_placeholder,
    "A03": find_file_name,
    "A04": find_opener,
    "A05": find_excess,
    "A06": find_bad_ending,
    "A07": find_markup,
    "A08": find_late_subject,
    "A09": find_echo,
    "A10": find_credit,
    "A11": find_meta_talk,
    "A12": find_judgements,
    "A13": find_other_language,
    "A14": find_loop,
    "A15": find_sight_words,
}
"""Rule -> the function that says what is wrong, or `None`. A16 is about keywords: `keywords.check_keywords`."""
_ENOUGH_ALONE = ("A01", "A02", "A03")


def check(text: str, setting: Setting) -> tuple[Finding, ...]:
    """Every rule of table A that the text breaks; where it says nothing at all, that alone."""
    findings: list[Finding] = []
    for rule, find in RULES.items():
        if message := find(text, setting):
            findings.append(Finding(rule, message))
            if rule in _ENOUGH_ALONE:
                return tuple(findings)
    return tuple(findings) if text else ()
