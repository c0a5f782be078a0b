"""From a BCP 47 tag to Tesseract's language, out of what is installed. The table is `languages.txt`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

ENGLISH = "eng"


def tesseract_language(tag: str, installed: frozenset[str]) -> str:
    """`eng`, or the tag's language with English beside it, such as `deu+eng`; empty: nothing fits.

    English stands beside each other language because labels, names and code are often English.
    What is not installed falls back to English, and without English to the first that there is.
    """
    usable = sorted(code for code in installed if code not in ("osd", "equ"))
    wanted = next((code for code in _candidates(tag) if code in usable), None)
    chosen = [code for code in (wanted, ENGLISH) if code in usable]
    return "+".join(dict.fromkeys(chosen or usable[:1]))


def _candidates(tag: str) -> Iterator[str]:
    """Tesseract's codes for the tag, the most exact one first."""
    codes = _codes()
    language, *rest = tag.lower().replace("_", "-").split("-")
    for part in rest:
        if f"{language}-{part}" in codes:
            yield codes[f"{language}-{part}"]
    if language in codes:
        yield codes[language]


@cache
def _codes() -> dict[str, str]:
    lines = files(__package__).joinpath("languages.txt").read_text("utf-8").splitlines()
    return dict(line.split("\t") for line in lines if line and not line.startswith("#"))
