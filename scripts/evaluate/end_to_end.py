"""Drawings through the real HTTP API: a server process, multipart forms, the answers held to the rules."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from alttext_local.rules.checking import check
from alttext_local.rules.setting import Setting
from scripts.bench.callers import OURS, ask_all, servers
from scripts.evaluate.on_drawings import known_of
from scripts.evaluate.progress import Progress
from scripts.evaluate.shares import Share
from scripts.evaluate.truth import NEAR_WORDS, loose_numbers, words_found
from scripts.train.fresh import Fresh

CALLERS = 8
LENGTH = 125
RULES = ("A01", "A02", "A03", "A04", "A05", "A06", "A07")
OUTPUTS = {"generate_description": "true", "generate_ocr": "true", "alt_text_length": str(LENGTH)}


def through_api(model: Path, drawn: Sequence[Fresh]) -> dict[str, Any]:
    """Send each drawing; titles, rules and numbers of the answers."""
    shelf = model.resolve().parent
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder), {"ours": OURS}, shelf) as ports:
        return summary(drawn, _answers(ports["ours"], model.name, drawn))


def _answers(port: int, model: str, drawn: Sequence[Fresh]) -> list[dict[str, Any]]:
    progress = Progress("through the API", len(drawn))

    def one(drawing: Fresh) -> dict[str, Any]:
        answer = ask_all(port, model, "png", drawing.path.read_bytes(), OUTPUTS)
        progress.one_more()
        return answer

    with ThreadPoolExecutor(CALLERS) as callers:
        return list(callers.map(one, drawn))


def summary(drawn: Sequence[Fresh], answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Of the answers: titles said where they were read, rules broken by id, texts whose numbers are all grounded."""
    broken: dict[str, list[str]] = {}
    titled: list[bool] = []
    grounded: dict[str, list[str]] = {}
    for drawing, answer in zip(drawn, answers, strict=True):
        alt_text, read = answer["alt_text"], answer["ocr_text"]
        for finding in check(alt_text, Setting(max_length=LENGTH, reading_text=read)):
            if finding.rule in RULES:
                broken.setdefault(finding.rule, []).append(drawing.path.name)
        title = str(drawing.truth.facts.get("title", ""))
        if title and words_found(title, read) >= NEAR_WORDS:
            titled.append(words_found(title, alt_text) >= NEAR_WORDS)
        prose = f"{alt_text} {answer['description'].split(chr(10))[0]}"
        grounded[drawing.path.name] = loose_numbers(prose, read, known_of(drawing))
    return {
        "pictures": len(answers),
        "titles_drawn": sum("title" in one.truth.facts for one in drawn),
        "titles_said_where_read": Share.of(titled).document(),
        "rules_broken": broken,
        "texts_without_broken_rule": len(answers) - len({name for names in broken.values() for name in names}),
        "texts_with_grounded_numbers": Share.of(not numbers for numbers in grounded.values()).document(),
        "loose_numbers": {name: numbers for name, numbers in grounded.items() if numbers},
    }
