"""`alttext-local erase`: what the house knows of somebody or something is gone."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from alttext_local.assemble_jobs import assembled_eraser
from alttext_local.erasure import Found, Scope
from alttext_local.errors import BadRequest
from alttext_local.settings import load_settings
from alttext_local.store.tokens import StaticTokens, Tokens

AGAIN = 3
"""Exit code: something may be left, and the same command will erase it."""
OWNER = re.compile(r"[0-9a-f]{16}")
"""A token's id, as `token list` and `jobs list` print it."""
out = Console(soft_wrap=True)


def erase(
    token: Annotated[str, typer.Option(help="All that was asked with this token: its name or its id.")] = "",
    job: Annotated[str, typer.Option(help="One bulk job, and the stored results of its token.")] = "",
    before: Annotated[datetime | None, typer.Option(help="What is from before this moment, in local time.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase jobs, their files and mails, and stored results, from the database's files too.

    --token and --before together: what is that token's and from before. The token itself goes by `token revoke`. The
    audit log keeps hashes and counts, no contents. Exit code 3: something was in hand meanwhile; run it again.
    """
    if job and (token or before):
        raise BadRequest("--job stands alone.")
    with assembled_eraser(load_settings()) as (eraser, tokens):
        scope = Scope(_owners(token, tokens), job, before.astimezone() if before else None)
        found = eraser.find(scope)
        if not yes:
            typer.confirm(f"{_told(found)} will be erased and cannot be brought back. Go on?", abort=True)
        gone, emptied = eraser.erase(scope)
    out.print(f"{_told(gone)} erased.")
    if gone.unended:
        out.print(f"{gone.unended} of the jobs had not ended: in a minute run this again, for what was in hand.")
    if not emptied:
        out.print("The database is being read: its log still has copies. Run this again, or restart the server.")
    if gone.unended or not emptied:
        raise typer.Exit(AGAIN)


def _owners(token: str, tokens: Tokens | StaticTokens) -> tuple[str, ...]:
    """The ids of a name or an id; a token that was revoked is known by its id alone."""
    if not token:
        return ()
    ids = tokens.ids_of(token) if isinstance(tokens, Tokens) else ()
    if not ids and not OWNER.fullmatch(token):
        raise BadRequest(f"There is no token {token}. `alttext-local token list` has names and ids.")
    return ids or (token,)


def _told(found: Found) -> str:
    return f"{len(found.jobs)} jobs and {found.results} stored results"
