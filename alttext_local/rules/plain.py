"""A07: plain text, in one line, that any reader and any XML file can hold."""

from __future__ import annotations

import html
import re
import unicodedata

from alttext_local.rules.setting import Setting

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_TAG = re.compile(r"<!--.*?-->|</?[A-Za-z][^<>]*>|<\|[^<>|]{1,40}\|>|\[/?INST\]", re.DOTALL)
_SCRIPT = re.compile(r"<(script|style)\b[^<>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"^\s*(?:```|~~~)[^\n`]*$", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
_URL = re.compile(
    r"(?:\b(?:(?:see|visit)(?: more)?(?: at| on)?|at|from|via) )?<?\b(?:https?|ftp|file)://[^\s<>\"”»]*[^\s<>\"”».,;:!?)\]'’]>?|\bwww\.[^\s<>\"”»]*[^\s<>\"”».,;:!?)\]'’]",
    re.I,
)
_LINE_MARK = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]*|[-*+•‣▪◦●·–—][ \t]+|[-*_]{3,}[ \t]*$|\|[-:| ]+\|?[ \t]*$)+", re.MULTILINE
)
_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]")
_NUMBERED = re.compile(r"^[ \t]*\d{1,2}[.)][ \t]+", re.MULTILINE)
_STRONG = re.compile(r"(\*{1,3}|__|~~)(?=\S)(.{1,400}?)(?<=\S)\1")
_EMPHASIS = re.compile(r"(?<!\w)_(?=\S)([^_\n]{1,400}?)(?<=\S)_(?!\w)")
_TICKS = re.compile(r"`+")
_ESCAPE = re.compile(r"\\([*_`#~\[\]()>])")
_BULLET = re.compile(r"[•‣▪◦●]")
_EMPTY = re.compile(r"\(\s*\)|\[\s*\]|“\s*”|\"\s+\"|<\s*>")
_BLANKS = re.compile(r"\s+")
_BEFORE_MARK = re.compile(r"(?<=[^\W_]|[)\]”]) +(?=[,;!?](?:\s|$)|\.(?:\s|$))")
_PICTOGRAM = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u231a\u231b\u23e9-\u23fa\u20e3"
    "\U000e0020-\U000e007f\ufe00-\ufe0f\U000e0100-\U000e01ef\u3030\u303d\u3297\u3299]"
)
_WHOLE = re.compile(
    r"\s*(?:\"(?P<a>[^\"]+)\"|“(?P<b>[^“”]+)”|«(?P<c>[^«»]+)»|„(?P<d>[^„“”]+)[“”]|「(?P<f>[^「」]+)」"
    r"|‘(?P<g>[^‘’]+)’|'(?P<h>[^']+)'|\[(?P<i>[^\[\]]+)\])[.]?\s*",
    re.DOTALL,
)
_JOINERS = "\u200c\u200d"


def make_plain(text: str) -> str:
    """The same words without markup, pictograms, addresses, control characters, or quotes around the whole."""
    if _is_plain_already(text):
        return _strip_quotes(text)
    text = unicodedata.normalize("NFC", text)
    text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    text = _TAG.sub(" ", _SCRIPT.sub(" ", text))
    text = _drop_markdown(text)
    text = _PICTOGRAM.sub("", _BULLET.sub(" ", _URL.sub("", text)))
    text = _drop_controls(text)
    text = _EMPTY.sub("", text)
    return _strip_quotes(join_lines(unicodedata.normalize("NFC", text)))


_SUSPECT = re.compile(
    r"[^\w ,.;:!?'\"()“”‘’%/$€£°-]|_|  |://|www\.|^ | $|^\d{1,2}[.)] |^[-–] |\( *\)| [,;.!?](?: |$)|\" +\"", re.I
)


def _is_plain_already(text: str) -> bool:
    """Most texts have nothing to take out: one look spares them the rest."""
    return _SUSPECT.search(text) is None and text.isascii()


def join_lines(text: str) -> str:
    """One line, single blanks, none at the ends or before a comma or full stop."""
    return _BEFORE_MARK.sub("", _BLANKS.sub(" ", text)).strip()


def _drop_markdown(text: str) -> str:
    text = _LINK.sub(r"\1", _FENCE.sub("", text))
    text = _LINE_MARK.sub("", _part_lines(text))
    for _ in range(3):
        text = _STRONG.sub(r"\2", text)
    text = _EMPHASIS.sub(r"\1", text)
    return _ESCAPE.sub(r"\1", _TICKS.sub("", text))


def _part_lines(text: str) -> str:
    """Paragraphs and list entries become sentences, or entries behind commas; a heading over a text goes."""
    lines = text.strip().splitlines()
    if len(lines) < 2:
        return text
    bodies = [line for line in lines if not _HEADING.match(line)]
    if any(map(str.strip, bodies)):
        lines = bodies
    joined = ""
    for line in lines:
        entry = _LINE_MARK.sub("", _NUMBERED.sub("", line)).strip()
        apart = not joined.endswith("\n\n") and entry == line.strip()
        if entry and joined.strip() and not apart and joined.rstrip()[-1].isalnum():
            joined = joined.rstrip() + ("," if entry[0].islower() else ".")
        joined = f"{joined}\n{line if entry == line.strip() else entry}"
    return joined


def _drop_controls(text: str) -> str:
    """Without what XML forbids and what nobody sees; joiners stay where Arabic and Indic spelling needs them."""
    kept: list[str] = []
    for at, char in enumerate(text):
        category = "Ll" if char.isascii() and char.isalnum() else unicodedata.category(char)
        if char.isspace() or category in ("Zl", "Zp"):
            kept.append(" ")
        elif category not in ("Cc", "Cf", "Cs", "Co", "Cn") or (char in _JOINERS and _needs_joiner(text, at)):
            kept.append(char)
    return "".join(kept)


def _needs_joiner(text: str, at: int) -> bool:
    return 0 < at < len(text) - 1 and all("\u0600" <= text[near] <= "\u109f" for near in (at - 1, at + 1))


def _strip_quotes(text: str) -> str:
    while match := _WHOLE.fullmatch(text):
        text = next(group for group in match.groups() if group is not None).strip()
    return text


def find_markup(text: str, _setting: Setting) -> str | None:
    """A07."""
    if make_plain(text) == join_lines(text):
        return None
    return "It holds markup, a pictogram, an address, a control character, or quotes around the whole."
