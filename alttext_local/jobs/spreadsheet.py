"""Results as a CSV file for spreadsheets: UTF-8 with its mark, every cell quoted, no cell a formula.

A spreadsheet runs what begins like a formula (CWE-1236; https://owasp.org/www-community/attacks/CSV_Injection).
In countries with a decimal comma, Excel parts a CSV at semicolons and knows no quotes in the middle of a line,
so that each piece of a cell after a semicolon, a tab or a line break may become a cell of its own, and is
disarmed like one. The apostrophe that disarms stays visible; `results.json` has the texts as they are.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, BinaryIO

COLUMNS = (
    "file_ref",
    "name",
    "status",
    "alt_text",
    "long_alt_text",
    "classification",
    "keywords",
    "ocr_text",
    "message",
    "error_code",
    "error_message",
    "model",
)
LONGEST = 32_767
"""UTF-16 units in a cell of Excel (https://support.microsoft.com, "Excel specifications and limits")."""
CUT = " ... [cut; results.json has all of it]"
DISARM = "'"
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PIECES = re.compile(r"(?<=[;\t\n])")
_FORMULA = frozenset("=+-@\N{MINUS SIGN}")
_UNSEEN = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))
"""Categories of Unicode: controls, marks of format, blanks."""


class Spreadsheet:
    """A CSV file as it grows, on a binary stream that stays open."""

    def __init__(self, stream: BinaryIO) -> None:
        self._text = io.TextIOWrapper(stream, "utf-8-sig", newline="", write_through=True)
        self._writer = csv.writer(self._text, "excel", quoting=csv.QUOTE_ALL)
        self._writer.writerow(COLUMNS)

    def add(self, entry: Mapping[str, Any]) -> None:
        """One line, of an image's entry in the result document."""
        error, provenance = entry.get("error", {}), entry.get("provenance", {})
        more = {
            "keywords": ", ".join(entry["keywords"]),
            "error_code": error.get("code", ""),
            "error_message": error.get("message", ""),
            "model": provenance.get("model", ""),
        }
        self._writer.writerow([cell(str({**entry, **more}.get(name, ""))) for name in COLUMNS])

    def finish(self) -> None:
        """Let go of the stream; it has everything."""
        self._text.detach()


def cell(text: str, cut: str = CUT) -> str:
    """A text as a cell: no formula, no control characters, not longer than Excel reads; what is cut ends in `cut`."""
    plain = _CONTROLS.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    pieces = "".join(DISARM + piece if _is_formula(piece) else piece for piece in _PIECES.split(plain))
    return _shorten(DISARM + pieces if pieces.startswith(("\t", "\n")) else pieces, cut)


def _is_formula(piece: str) -> bool:
    """Whether the first letter that is seen, in its plain width, begins a formula."""
    first = next((letter for letter in piece if letter != '"' and unicodedata.category(letter) not in _UNSEEN), " ")
    return unicodedata.normalize("NFKC", first)[0] in _FORMULA


def _shorten(text: str, cut: str) -> str:
    units = text.encode("utf-16-le", "replace")
    if len(units) <= 2 * LONGEST:
        return text
    return units[: 2 * (LONGEST - len(cut))].decode("utf-16-le", "ignore") + cut
