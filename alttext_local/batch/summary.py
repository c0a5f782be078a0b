"""What a person should know when a run has ended: the counts, and which images need an eye."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from alttext_local.batch.row import Row

EXAMPLES = 3
UNSURE = "unsure"
"""In place of a rule's id: the kind of picture was not sure enough to be said."""


@dataclass
class Eye:
    """Images that share a reason to be looked at."""

    count: int = 0
    examples: list[str] = field(default_factory=list)
    """Some of their paths."""

    def add(self, path: str) -> None:
        """One more."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(path)


@dataclass
class Summary:
    """Counted while the rows go into the files."""

    images: int = 0
    described: int = 0
    failed: int = 0
    same: int = 0
    """Images that share their text with another one of the same content."""
    gone: int = 0
    """Images of the start before that are not in the source any more."""
    gone_examples: list[str] = field(default_factory=list)
    models: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    failures: dict[str, Eye] = field(default_factory=dict)
    """By code."""
    eyes: dict[str, Eye] = field(default_factory=dict)
    """By id of the rule that a text breaks and that could not be mended, or `unsure`."""
    need_an_eye: int = 0
    """Described images with any such reason."""

    def add(self, row: Row) -> None:
        """Count a row."""
        self.images += 1
        if row.answer is None:
            self.failed += 1
            self.failures.setdefault(row.code, Eye()).add(row.path)
            return
        self.described += 1
        self.models[row.answer.provenance.model] += 1
        self.kinds[row.answer.kind.name if row.answer.kind.sure else UNSURE] += 1
        reasons = reasons_of(row)
        self.need_an_eye += bool(reasons)
        for reason in reasons:
            self.eyes.setdefault(reason, Eye()).add(row.path)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "images": self.images,
            "described": self.described,
            "failed": self.failed,
            "same": self.same,
            "gone": self.gone,
            "gone_examples": self.gone_examples,
            "need_an_eye": self.need_an_eye,
            "models": dict(self.models),
            "kinds": dict(self.kinds.most_common()),
            "failures": {code: vars(eye) for code, eye in sorted(self.failures.items())},
            "eyes": {reason: vars(eye) for reason, eye in sorted(self.eyes.items())},
        }


def reasons_of(row: Row) -> list[str]:
    """Why a person should look at this text; empty where nothing speaks for it."""
    if row.answer is None:
        return []
    rules = sorted({one.rule for one in row.answer.findings if not one.mended})
    return rules if row.answer.kind.sure else [*rules, UNSURE]


@cache
def words() -> dict[str, dict[str, str]]:
    """What the summary says, by reason and by code of failure."""
    with (Path(__file__).parent / "summary.toml").open("rb") as stream:
        return tomllib.load(stream)


def said_of(group: str, name: str) -> str:
    """The words for a reason (`eyes`) or a code (`failures`); the name itself where there are none."""
    return words()[group].get(name, name)
