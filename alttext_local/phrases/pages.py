"""A page of text in sentences: its heading, how it begins, in how many columns it stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from statistics import fmean

from PIL.Image import Image

from alttext_local.phrases.told import Told
from alttext_local.structure.pages import LEAST_WORDS, Page, read_page
from alttext_local.types import Reading

LEAST_CONFIDENCE = 0.8
"""Mean over the words of a page whose beginning is quoted."""
LONGEST = 160
"""Characters of a beginning."""


def tell_page(image: Image, reading: Reading) -> Told:
    """What a page of some length says and how it is set; nothing of a few words, which are said whole anyway."""
    if len(reading.words) < LEAST_WORDS:
        return Told()
    page = read_page(image, reading)
    sure = fmean(word.confidence for word in reading.words) >= LEAST_CONFIDENCE
    return Told(
        title=page.heading,
        findings=(_phrase("begins", text=_beginning(page)),) if sure and _beginning(page) else (),
        details=tuple(_details(page)),
    )


def _beginning(page: Page) -> str:
    """The first sentence of the first paragraph that is no heading, cut behind a word where it is long."""
    paragraphs = [text for text in page.text.split("\n") if text != page.heading and len(text.split()) > 5]
    if not paragraphs:
        return ""
    sentence = re.split(r"(?<=[.!?])\s+(?=\W?[A-Z])", paragraphs[0])[0]
    return sentence if len(sentence) <= LONGEST else sentence[:LONGEST].rsplit(" ", 1)[0] + "…"


def _details(page: Page) -> Iterator[str]:
    if page.columns:
        yield _phrase("columns_one" if page.columns == 1 else "columns", columns=page.columns)
    if page.headings:
        yield _phrase("heading" if page.headings == 1 else "headings", headings=page.headings)


def _phrase(key: str, **values: object) -> str:
    phrase = _phrases()["page"][key]
    for name, value in values.items():
        phrase = phrase.replace(f"{{{name}}}", str(value))
    return phrase


@cache
def _phrases() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((resources.files("alttext_local.phrases") / "pages.toml").read_text(encoding="utf-8"))
