"""The command line: `alttext-local serve | describe | batch | merge | lint | zip | jobs | models | token | doctor`,
and for operators `erase | backup | restore`.

A door: it reads arguments, calls the floors below, and prints. Exit codes: 0 all well, 1 `lint` found
something, 2 wrong use, 3 some items failed, others as `errors.py` says.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from alttext_local import __version__
from alttext_local.answer import ImageAnswer
from alttext_local.assemble import assembled, first_token, open_store
from alttext_local.assemble_jobs import assembled_server
from alttext_local.cli_backup import backup, restore
from alttext_local.cli_batch import batch, merge
from alttext_local.cli_erase import erase
from alttext_local.cli_jobs import jobs_app, worker
from alttext_local.cli_metadata import metadata_app
from alttext_local.cli_models import models_app
from alttext_local.cli_zip import zip_app
from alttext_local.doctor import examine
from alttext_local.errors import AltTextError, BadRequest
from alttext_local.jobs.beside import WorkerBeside
from alttext_local.log import configure_logging
from alttext_local.outbound import OUTBOUND
from alttext_local.rules.checking import check
from alttext_local.rules.setting import Setting
from alttext_local.settings import Settings, load_settings
from alttext_local.store.tokens import Tokens
from alttext_local.types import Description, Request

FOUND = 1
SOME_FAILED = 3

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
token_app = typer.Typer(no_args_is_help=True, help="Who may ask: tokens of the REST server.")
app.add_typer(models_app, name="models")
app.add_typer(token_app, name="token")
app.add_typer(zip_app, name="zip")
app.add_typer(jobs_app, name="jobs")
app.add_typer(metadata_app, name="metadata")
app.command()(worker)
app.command()(batch)
app.command()(merge)
app.command()(erase)
app.command()(backup)
app.command()(restore)
out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)


def main() -> None:
    """Run the command line; our own errors become a sentence, an advice and an exit code.

    From here on this process reaches nobody but whom the settings name.
    """
    OUTBOUND.guard()
    try:
        app()
    except AltTextError as error:
        err.print(str(error), markup=False, style="red")
        err.print(error.advice, markup=False)
        sys.exit(error.exit_code)


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on. Default: ALTTEXT_HOST, else 127.0.0.1.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on. Default: ALTTEXT_PORT, else 8000.")] = None,
    profile: Annotated[
        bool, typer.Option("--profile", help="A line in the log for each image: milliseconds of each step.")
    ] = False,
) -> None:
    """Start the REST server."""
    from alttext_local.api.server import serve as run_server

    settings = _settings(host=host, port=port, profile=profile or None)
    configure_logging(settings.log_level)
    with assembled_server(settings) as house, ExitStack() as beside:
        house.engine.start(settings.preload)
        _greet(settings, first_token(house.parts))
        if settings.worker == "beside":
            ours = {"HOST": settings.host, "PORT": settings.port, "PROFILE": int(settings.profile)}
            keeper = WorkerBeside({f"ALTTEXT_{name}": str(value) for name, value in ours.items()})
            keeper.start()
            beside.callback(keeper.close)
        run_server(house, settings.host, settings.port)


@app.command()
def describe(
    images: Annotated[list[Path], typer.Argument(help="Image files: PNG, JPEG, BMP, GIF.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    model: Annotated[str, typer.Option(help="A name of `models list`.")] = "gpt-4o",
    length: Annotated[int, typer.Option(min=125, max=500, help="Characters of alt text at most.")] = 125,
    prompt: Annotated[str, typer.Option(help="A wish that guides the model.")] = "",
    context: Annotated[str, typer.Option(help="The text beside the image.")] = "",
    language: Annotated[str, typer.Option(help="BCP 47 language of the text.")] = "en",
    description: Annotated[bool, typer.Option("--description", help="A long description too.")] = False,
    ocr: Annotated[bool, typer.Option("--ocr", help="The text in the image too.")] = False,
    regenerate: Annotated[bool, typer.Option("--regenerate", help="Do not use an earlier result.")] = False,
) -> None:
    """Describe images on this machine, no server needed."""
    request = Request(model, length, prompt, context, description, ocr, regenerate, language)
    settings = _settings()
    configure_logging("error")
    with assembled(settings) as parts:
        parts.engine.start([model])
        results = [_described(parts.describer, path, request, as_json) for path in images]
    if not as_json:
        _print_table(results)
    failed = sum("error" in result for result in results)
    if failed:
        err.print(f"{failed} of {len(results)} images could not be described.")
        raise typer.Exit(SOME_FAILED)


@app.command()
def lint(
    texts: Annotated[
        list[str], typer.Argument(help="Alternative texts, or files with one text a line; - reads standard input.")
    ],
    length: Annotated[int, typer.Option(help="Characters at most.")] = 125,
    language: Annotated[str, typer.Option(help="BCP 47 language that the text should be in.")] = "en",
    context: Annotated[str, typer.Option(help="The caption or text beside the image.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a finding.")] = False,
) -> None:
    """Check any alternative text against the rule book, with no model. Exit code 1 where a rule is broken."""
    setting = Setting(max_length=length, language=language, context=context)
    found = [(text, finding) for text in _lint_texts(texts) for finding in check(text, setting)]
    for text, finding in found:
        if as_json:
            print(json.dumps({"text": text, "rule": finding.rule, "message": finding.message}, ensure_ascii=False))
        else:
            out.print(f"{finding.rule}  {finding.message}  | {text[:60]}", markup=False, highlight=False)
    if found:
        raise typer.Exit(FOUND)
    if not as_json:
        out.print("No rule is broken.")


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False) -> None:
    """What is here, what is missing and how to get it; every setting and limit."""
    settings = _settings()
    report = examine(settings)
    if as_json:
        print(json.dumps({"ok": report.ok, "checks": report.rows(), "settings": report.settings}, indent=2))
    else:
        _print_doctor(report.rows(), report.settings)
    if not report.ok:
        raise typer.Exit(69)


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)


@token_app.command("create")
def token_create(name: Annotated[str, typer.Argument(help="Whose it is.")] = "unnamed") -> None:
    """Make a token. It is printed once, here, and kept only as a hash."""
    print(_tokens().create(name))


@token_app.command("list")
def token_list() -> None:
    """List the tokens: never the tokens themselves."""
    table = Table("Id", "Name", "Made", "Ends in")
    for row in _tokens().list():
        table.add_row(row.id, row.name, row.created, f"…{row.last_four}")
    out.print(table)


@token_app.command("revoke")
def token_revoke(token_id: Annotated[str, typer.Argument(help="The id that `token list` prints.")]) -> None:
    """Revoke a token; it is refused from the next request on."""
    if not _tokens().revoke(token_id):
        raise BadRequest("There is no token with this id.")
    out.print("Revoked.")


def _settings(**given: Any) -> Settings:
    return load_settings(**{name: value for name, value in given.items() if value is not None})


def _tokens() -> Tokens:
    settings = _settings()
    if settings.tokens:
        err.print("ALTTEXT_TOKENS is set: a server that is started with it knows only those.")
    return Tokens(open_store(settings))


def _greet(settings: Settings, token: str | None) -> None:
    """Say where the server is and, once, the first token with a line that works when pasted."""
    address = f"http://{settings.host}:{settings.port}"
    if token is None:
        out.print(f"alttext-local {__version__} on {address} (a token: alttext-local token create)", highlight=False)
        return
    if settings.first_token == "file":  # noqa: S105 (a choice)
        out.print(f"The first token is in {settings.data_dir / 'first-token'}.", markup=False, highlight=False)
        return
    sample = Path(__file__).parent.parent / "docs" / "samples" / "chart.png"
    image = sample if sample.is_file() else "picture.png"
    out.print(f"\nThe first token, shown once (also in {settings.data_dir / 'first-token'}):\n", highlight=False)
    out.print(f"    {token}\n", markup=False, highlight=False)
    out.print("Try it in another terminal:\n", highlight=False)
    curl = (
        f"curl -s {address}/cl/alttext/api/v2/ -H 'Authorization: Bearer {token}' "
        f"-F selected_model=gpt-4o -F generate_ocr=true -F 'file=@{image}'"
    )
    out.print(f"{curl}\n", markup=False, highlight=False)


def _described(describer: Any, path: Path, request: Request, as_json: bool) -> dict[str, Any]:
    """Describe one file; a failure is a row of its own. With `as_json` the row is printed at once."""
    try:
        row = _row(path, describer.describe(path.read_bytes(), request, "cli"))
    except AltTextError as error:
        row = {"file": str(path), "error": str(error), "code": error.code}
    except OSError as error:
        row = {"file": str(path), "error": f"The file cannot be read: {error.strerror}.", "code": "unreadable_file"}
    if as_json:
        print(json.dumps(row, ensure_ascii=False), flush=True)
    return row


def _row(path: Path, said: Description) -> dict[str, Any]:
    return {"file": str(path), **ImageAnswer.of(said, path.name).model_dump()}


def _print_table(rows: Iterable[dict[str, Any]]) -> None:
    table = Table("File", "Kind", "Alternative text", "Look at", show_lines=True)
    for row in rows:
        if "error" in row:
            table.add_row(row["file"], "", f"[red]{row['error']}[/red]", "")
        else:
            rules = ", ".join(sorted({f["rule"] for f in row["findings"] if not f["mended"]}))
            table.add_row(row["file"], row["classification"][0], row["alt_text"], rules)
    out.print(table)


def _print_doctor(rows: list[dict[str, str]], settings: dict[str, str]) -> None:
    table = Table("", "What", "Found", "What to do")
    for row in rows:
        table.add_row(row["state"], row["name"], row["found"], row["advice"])
    out.print(table)
    limits = Table("Setting", "Value")
    for name, value in settings.items():
        limits.add_row(name, value)
    out.print(limits)


def _lint_texts(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        if text == "-":
            yield from (line.rstrip("\n") for line in sys.stdin)
        elif len(text) < 256 and Path(text).is_file():
            yield from Path(text).read_text(encoding="utf-8-sig").splitlines()
        else:
            yield text


if __name__ == "__main__":
    main()
