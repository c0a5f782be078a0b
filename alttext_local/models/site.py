"""The operator's own file, `site.toml` beside the catalogue: aliases are put into it, all else is left as it stands."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from alttext_local.errors import CannotInstall
from alttext_local.models.shelf import write_whole

ALIAS_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,98}")
HEAD = "# Your site's own aliases and cards, over those of catalogue.toml. An upgrade leaves this file as it is.\n"


def set_alias(path: Path, alias: str, order: Sequence[str]) -> None:
    """Let a name stand for the first installed model of a list; an empty list takes the site's alias away.

    Comments and everything else stay. `CannotInstall` where the file is written so that this cannot be done by itself.
    """
    if not ALIAS_NAME.fullmatch(alias):
        raise CannotInstall(f"{alias[:99]!a} cannot be an alias.")
    text = path.read_text(encoding="utf-8") if path.exists() else HEAD
    expected = tomllib.loads(text)
    aliases = {**expected.get("aliases", {}), alias: list(order)}
    if not order and alias not in expected.get("aliases", {}):
        raise CannotInstall(f"{alias} is no alias of {path.name}; those of the catalogue stay.")
    if not order:
        del aliases[alias]
    changed = _with_alias(text, alias, f'"{alias}" = {json.dumps(list(order))}' if order else "")
    try:
        done = tomllib.loads(changed)
    except tomllib.TOMLDecodeError:
        done = {}
    if {**expected, "aliases": aliases} != {"aliases": {}, **done}:
        raise CannotInstall(
            f"Write the alias {alias} into {path.name} by hand: it does not stand in a line of its own."
        )
    write_whole(path, changed)


def _with_alias(text: str, alias: str, line: str) -> str:
    """The text with the line of an alias put in, replaced or (empty) taken out."""
    lines = text.splitlines()
    begin = next((number for number, old in enumerate(lines) if old.strip() == "[aliases]"), None)
    if begin is None:
        return text.rstrip("\n") + (f"\n\n[aliases]\n{line}\n" if line else "\n")
    end = next((n for n in range(begin + 1, len(lines)) if lines[n].startswith("[")), len(lines))
    for number in range(begin + 1, end):
        if re.match(rf"[\"']?{re.escape(alias)}[\"']?\s*=", lines[number]):
            lines[number : number + 1] = [line] if line else []
            break
    else:
        lines[begin + 1 : begin + 1] = [line] if line else []
    return "\n".join(lines) + "\n"
