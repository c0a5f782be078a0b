"""A style of asking: the words that one group of models understands, turned into asks.

The words lie in `<style>.toml` beside this file. A style's version is a hash of its words, so that a
changed word is a changed version, in every answer's provenance and in every cache key.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from alttext_local.errors import BadSettings
from alttext_local.types import KINDS, Ask, Request, Task

Wording = Literal["caption", "again", "description", "keywords"]


@dataclass(frozen=True)
class Style:
    """One file of words."""

    name: str
    version: str
    words: Mapping[str, Mapping[str, Any]]

    def asks(self, request: Request, *, instructions: bool) -> tuple[Ask, ...]:
        """Everything that this request wants to know about its picture, as one shot's asks."""
        wanted: list[Wording] = ["caption", "keywords"]
        if request.generate_description:
            wanted.append("description")
        return (self.kind_ask(), *(self._written(w, request, instructions) for w in wanted))

    def again(self, request: Request, *, instructions: bool) -> Ask:
        """The caption asked for in other words, for when nothing usable came."""
        return self._written("again", request, instructions)

    def kind_ask(self) -> Ask:
        """The question whose labels are scored."""
        prompt = str(self.words["kind"]["prompt"]).replace("{kinds}", ", ".join(KINDS))
        return Ask("kind", prompt, budget=0, labels=KINDS)

    def _written(self, wording: Wording, request: Request, instructions: bool) -> Ask:
        words = self.words[wording]
        guidance = self._guidance(request) if instructions else ""
        prompt = fill(
            str(words["prompt"]),
            length=str(request.alt_text_length),
            language=language_name(request.language),
            guidance=guidance,
        )
        budget = round(request.alt_text_length * words["tokens_per_character"]) + words["tokens_extra"]
        task: Task = "caption" if wording == "again" else wording
        return Ask(task, prompt, budget)

    def _guidance(self, request: Request) -> str:
        words = self.words.get("guidance", {})
        said = (("prompt", request.alt_prompt), ("context", request.context))
        return "".join(fill(words[name], text=one_line(text)) for name, text in said if text and name in words)


def fill(template: str, **values: str) -> str:
    """Put values in their braces, each once and literally: a value's own braces mean nothing."""
    parts = template.split("{")
    filled = [parts[0]]
    for part in parts[1:]:
        name, closed, rest = part.partition("}")
        filled.append(values[name] + rest if closed and name in values else "{" + part)
    return "".join(filled)


def one_line(text: str) -> str:
    """Text as it may stand between quotation marks inside a prompt."""
    return " ".join(text.replace('"', "'").split())


def language_name(tag: str) -> str:
    """`de-AT` -> `German`; a tag that is not listed is its own name."""
    return _languages().get(tag.split("-")[0].lower(), tag)


@cache
def load_style(name: str) -> Style:
    """Read one style; `BadSettings` lists those there are."""
    folder = resources.files("alttext_local.prompts")
    there = sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    if name not in there or name == "languages":
        raise BadSettings(f"No prompts called {name}; there are: {', '.join(n for n in there if n != 'languages')}.")
    text = (folder / f"{name}.toml").read_text(encoding="utf-8")
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Style(name, f"{name}-{version}", tomllib.loads(text))


@cache
def _languages() -> Mapping[str, str]:
    return tomllib.loads((resources.files("alttext_local.prompts") / "languages.toml").read_text(encoding="utf-8"))
