"""`alttext-local backup` and `restore`: the data folder in one file, and back."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from alttext_local import restoring
from alttext_local.audit import Audit
from alttext_local.backup import Listing, back_up
from alttext_local.jobs.files import FOLDER
from alttext_local.settings import load_settings

INCOMPLETE = 3
"""Exit code: the backup is made, but files that the ledger wants were not there."""
SINCE = (
    "The house is as it was at {}. Tokens that were revoked since are valid again, and what was erased since is here "
    "again: repeat `token revoke` and `erase` before you start the server."
)
out = Console(soft_wrap=True, highlight=False)


def backup(
    target: Annotated[Path, typer.Argument(help="The file to write, or a folder: then its name has the time.")],
    as_json: Annotated[bool, typer.Option("--json", help="Say it as one JSON object.")] = False,
) -> None:
    """Copy the data folder into one file, while the server runs: database, files of jobs, secrets, settings, audit log.

    It holds tokens' hashes, secrets and what was said about images: keep it as safe as the data folder. What it does
    not cover is said. Exit code 3: made, but inputs of jobs that should be there were not.
    """
    settings = load_settings()
    made = back_up(settings, target)
    listing = made.listing
    Audit(settings.audit_dir, settings.audit_days).note("backed up", sha256=made.sha256, files=len(listing.files))
    if as_json:
        print(json.dumps({"file": str(made.path), "bytes": made.size, "sha256": made.sha256, **_told(listing)}))
    else:
        out.print(f"{made.path}: {made.size / 1e6:.1f} MB, {_counted(listing)}.", markup=False)
        out.print(f"SHA-256 {made.sha256}")
        for what in listing.left_out:
            out.print(f"Not in it: {what}.", markup=False)
        for name in listing.missing:
            out.print(f"Missing in the data folder: {name}.", markup=False)
    if listing.missing:
        raise typer.Exit(INCOMPLETE)


def restore(
    file: Annotated[Path, typer.Argument(help="What `backup` wrote.")],
    sha256: Annotated[str, typer.Option(help="What the file must have, as `backup` printed it.")] = "",
    check: Annotated[bool, typer.Option("--check", help="Only see whether all of it is sound.")] = False,
) -> None:
    """Put a backup back into an empty data folder; the server must not run. Then start it: open jobs go on.

    Every file is held to its SHA-256; one that was altered, is missing or does not belong there is named, and nothing
    is changed.
    """
    if check:
        listing = restoring.check(file, sha256)
        out.print(f"It is sound: {_counted(listing)}, made {listing.made} by version {listing.version}.")
        return
    settings = load_settings()
    listing = restoring.restore(file, settings, sha256)
    Audit(settings.audit_dir, settings.audit_days).note("restored", made=listing.made, files=len(listing.files))
    out.print(f"Restored into {settings.data_dir}: {_counted(listing)}.", markup=False)
    out.print(SINCE.format(listing.made), markup=False)
    for what in listing.left_out:
        out.print(f"It was not in the backup: {what}.", markup=False)
    if unset := [name for name in listing.environment if name not in os.environ]:
        out.print(f"Set then, and not now: {', '.join(unset)}.", markup=False)


def _counted(listing: Listing) -> str:
    archives = sum(kept.name.startswith(f"{FOLDER}/") for kept in listing.files)
    return f"{len(listing.files)} files, {archives} of them archives of jobs"


def _told(listing: Listing) -> dict[str, object]:
    return {
        "made": listing.made,
        "version": listing.version,
        "schema": listing.schema,
        "files": len(listing.files),
        "missing": listing.missing,
        "left_out": listing.left_out,
    }
