"""Repairs what a model wrote: every repair of table A, again and again until nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from alttext_local.rules.endings import finish
from alttext_local.rules.length import shorten
from alttext_local.rules.meta_talk import cut_credits, cut_meta_talk
from alttext_local.rules.openers import cut_openers
from alttext_local.rules.placeholders import find_emptiness, find_file_name, find_placeholder
from alttext_local.rules.plain import make_plain
from alttext_local.rules.repetition import cut_loops
from alttext_local.rules.setting import Setting
from alttext_local.types import Finding

Repair = Callable[[str, Setting], str]
REPAIRS: Mapping[str, tuple[Repair, str]] = {
    "A07": (lambda text, _: make_plain(text), "Markup, pictograms, addresses or control characters were taken out."),
    "A14": (cut_loops, "Words that came again in a row were taken out."),
    "A04": (cut_openers, "Opening words such as 'image of' were cut."),
    "A11": (cut_meta_talk, "Talk of the model about itself was taken out."),
    "A10": (cut_credits, "A credit or source was cut."),
    "A06": (finish, "Capital, closing punctuation or blanks were set right."),
}
"""Rule -> repair and what is reported, in the order in which they work."""
_ROUNDS = 60
"""Three are usual. A text that is still changing then holds nothing worth keeping."""


@dataclass(frozen=True)
class Mended:
    """A repaired text. `text` is empty where nothing usable was left: then ask the model again."""

    text: str
    lost: str
    """What was shortened away, for the long description."""
    findings: tuple[Finding, ...]


def mend(text: str, setting: Setting) -> Mended:
    """The text as it may be printed, at most `setting.max_length` code points; mending it again changes nothing."""
    if setting.decorative:
        broken = (Finding("A01", "The picture is decorative: its text was emptied.", mended=True),) if text else ()
        return Mended("", "", broken)
    findings: dict[str, Finding] = {}
    lost: list[str] = []
    rounds: list[str] = []
    while text not in rounds:
        if len(rounds) == _ROUNDS:
            text = ""
            break
        rounds.append(text)
        text = _mend_once(text, setting, findings)
        if find_placeholder(text, setting) or find_file_name(text, setting):
            break
        text, rest = shorten(text, setting)
        if rest:
            lost.insert(0, rest)
            findings["A05"] = Finding("A05", f"Shortened to {setting.max_length} characters.", mended=True)
    else:
        # Should repairs ever undo each other, every text of the circle leads to the same one of them.
        text = min(rounds[rounds.index(text) :], key=lambda one: (len(one), one))
    blocked = _find_uselessness(text, setting, findings)
    if blocked:
        return Mended("", " ".join(lost), (*findings.values(), blocked))
    return Mended(text, " ".join(lost), tuple(findings.values()))


def _mend_once(text: str, setting: Setting, findings: dict[str, Finding]) -> str:
    for rule, (repair, message) in REPAIRS.items():
        mended = repair(text, setting)
        if mended != text:
            findings.setdefault(rule, Finding(rule, message, mended=True))
            text = mended
    return text


def _find_uselessness(text: str, setting: Setting, findings: dict[str, Finding]) -> Finding | None:
    """The unmended finding that makes the caller ask again."""
    for rule, find in (("A01", find_emptiness), ("A02", find_placeholder), ("A03", find_file_name)):
        if message := find(text, setting):
            if rule == "A01" and "A11" in findings:
                del findings["A11"]
                return Finding("A11", "The model spoke of itself and said nothing of the picture.")
            return Finding(rule, message)
    return None
