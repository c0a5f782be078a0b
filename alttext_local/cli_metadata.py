"""`alttext-local metadata`: what image files say of themselves."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from alttext_local.errors import AltTextError
from alttext_local.metadata.text import DEFAULT, Found
from alttext_local.metadata.writer import Writer

SOME_FAILED = 3
WHOSE = {"nobody": "", "machine": "a machine, not reviewed", "person": "a person"}

metadata_app = typer.Typer(no_args_is_help=True, help="Alternative text inside image files, and beside them.")
out = Console(soft_wrap=True)


@metadata_app.callback()
def _group() -> None:
    """Alternative text inside image files, and beside them."""


@metadata_app.command()
def show(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Images.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line and file.")] = False,
) -> None:
    """Show the alternative text and the long description of images, by language, and who wrote them.

    Exit code 3 where a file cannot be read.
    """
    failed = False
    with Writer() as writer:
        for file in files:
            try:
                found = writer.read(file)
            except AltTextError as error:
                failed = True
                _print_failure(file, error, as_json)
                continue
            _print_json(file, found) if as_json else _print_table(file, found)
    if failed:
        raise typer.Exit(SOME_FAILED)


def _print_failure(file: Path, error: AltTextError, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"file": _name(file), "error": error.code, "message": error.detail}))
    else:
        out.print(f"{_name(file)}: {error.detail}", markup=False, highlight=False)


def _print_json(file: Path, found: tuple[Found, ...]) -> None:
    print(json.dumps({"file": _name(file), "found": [_row(one) for one in found]}, ensure_ascii=False))


def _row(one: Found) -> dict[str, Any]:
    return {
        "where": _name(one.where),
        "whose": one.whose,
        "alt_text": dict(one.entries.alt),
        "description": dict(one.entries.description),
        "mark": asdict(one.mark) if one.mark else None,
    }


def _print_table(file: Path, found: tuple[Found, ...]) -> None:
    shown = [one for one in found if one.whose != "nobody"]
    if not shown:
        out.print(f"{_name(file)}: no alternative text", markup=False, highlight=False)
    for one in shown:
        table = Table("", "Language", "Text", title=_name(one.where), title_justify="left")
        for what, entries in (("Alternative text", one.entries.alt), ("Description", one.entries.description)):
            for language, text in entries.items():
                table.add_row(what, "any" if language == DEFAULT else language, text)
        if one.mark and one.mark.decorative:
            table.add_row("Alternative text", "", "(decorative: none)")
        table.add_row("Written by", "", _by(one))
        out.print(table, markup=False)


def _by(one: Found) -> str:
    mark = one.mark
    if mark is None:
        return WHOSE[one.whose]
    made = " ".join(part for part in (mark.model, mark.revision, mark.written) if part)
    if one.whose == "machine":
        return f"{WHOSE['machine']}: {made}"
    return f"a machine, {'reviewed' if mark.review == 'reviewed' else 'edited since'} by a person: {made}"


def _name(path: Path) -> str:
    """A path that any terminal and JSON can carry, whatever its bytes."""
    return str(path).encode("utf-8", "backslashreplace").decode()
