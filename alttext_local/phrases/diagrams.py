"""A diagram in sentences: how many boxes it has, and what stands in them, in reading order."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from PIL.Image import Image

from alttext_local.phrases.grounds import ground_sentence
from alttext_local.phrases.told import Told, Topic
from alttext_local.structure.boxes import find_boxes
from alttext_local.types import Reading

LEAST_READ = 2
"""Boxes that must be read for their words to be told."""
MOST_TOLD = 24


def tell_diagram(image: Image, reading: Reading) -> Told:
    """The boxes' words; their number where there is no hint at a further one."""
    boxes = find_boxes(image, reading)
    texts = [box.text.strip(" .;") for box in boxes.found if box.text]
    findings = []
    if boxes.counted:
        findings.append(_phrase("count", count=str(len(boxes.found))))
    if len(texts) >= LEAST_READ:
        whole = len(texts) == len(boxes.found) and boxes.counted and len(texts) <= MOST_TOLD
        joined = _phrase("between").join(texts[:MOST_TOLD])
        findings.append(_phrase("all" if whole else "some", texts=joined))
    counted: frozenset[Topic] = frozenset({"count"}) if boxes.counted else frozenset()
    return Told(findings=tuple(findings), details=ground_sentence(image, reading), topics=counted)


def _phrase(key: str, **values: str) -> str:
    phrase = _phrases()["diagram"][key]
    for name, value in values.items():
        phrase = phrase.replace(f"{{{name}}}", value)
    return phrase


@cache
def _phrases() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((resources.files("alttext_local.phrases") / "diagrams.toml").read_text(encoding="utf-8"))
