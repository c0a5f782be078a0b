"""`alttext-local zip`: what a server would say about the ZIP of a bulk job, without a server."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from alttext_local.assemble import archive_limits, field_limits
from alttext_local.catalogue import load_catalogue
from alttext_local.errors import AltTextError
from alttext_local.jobs.intake import Intake, take_in
from alttext_local.jobs.job import Item
from alttext_local.settings import load_settings

SOME_FAILED = 3

zip_app = typer.Typer(no_args_is_help=True, help="ZIPs of images, before they are sent as a bulk job.")
out = Console(soft_wrap=True)


@zip_app.callback()
def _group() -> None:
    """ZIPs of images, before they are sent as a bulk job."""


@zip_app.command()
def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The ZIP.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say what is in a ZIP and what is asked for each image, or why a server would refuse it.

    Exit code 3 where the configuration names images that the ZIP does not have; of a refusal, that of its error.
    """
    settings = load_settings()
    known = load_catalogue(settings.catalogue_file).names()
    try:
        intake = take_in(file, file.name, archive_limits(settings), field_limits(settings), known)
    except AltTextError as error:
        if not as_json:
            raise
        print(json.dumps({"ok": False, "code": error.code, "message": str(error), "advice": error.advice}))
        raise typer.Exit(error.exit_code) from None
    failed = sum(bool(item.failure) for item in intake.items)
    if as_json:
        _print_json(intake, failed)
    else:
        _print_table(intake, failed)
    if failed:
        raise typer.Exit(SOME_FAILED)


def _print_json(intake: Intake, failed: int) -> None:
    said = {
        "ok": not failed,
        "configuration": intake.archive.configuration.shown,
        "total": len(intake.items),
        "failed": failed,
        "images": [asdict(item) for item in intake.items],
    }
    print(json.dumps(said, ensure_ascii=False))


def _print_table(intake: Intake, failed: int) -> None:
    table = Table("", "Image", "Model", "Length", "Language", "Also", "Prompt and context")
    for item in intake.items:
        table.add_row(str(item.number + 1), item.file_ref, *_settings_of(item))
    out.print(table, markup=False)
    for item in intake.items:
        if item.failure:
            out.print(f"{item.file_ref}: {item.failure}", markup=False, highlight=False)
    out.print(
        f"{len(intake.items)} images, settings from {intake.archive.configuration.shown}; {failed} cannot be found.",
        markup=False,
        highlight=False,
    )


def _settings_of(item: Item) -> tuple[str, str, str, str, str]:
    asked = item.request
    if asked is None:
        return "", "", "", "", ""
    switches = {"description": asked.generate_description, "ocr": asked.generate_ocr, "regenerate": asked.regenerate}
    also = ", ".join(name for name, on in switches.items() if on)
    texts = " / ".join(text[:40] for text in (asked.alt_prompt, asked.context) if text)
    return asked.selected_model, str(asked.alt_text_length), asked.language, also, texts
