"""`alttext-local models`: what is known, what is here, and how it comes here: pulled, carried in a bundle, or added.

Only `pull` goes out, in a process of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from alttext_local.adapters.adapter import best_device, load_adapter, memory_needed, memory_there, use_threads
from alttext_local.assemble import read_catalogue, selftest_asks, ways_of
from alttext_local.catalogue import INSTALLED, INT8, SITE, Card, Catalogue, load_catalogue, load_named
from alttext_local.engine.agreement import check_agreement
from alttext_local.errors import AltTextError, CannotInstall
from alttext_local.models.adding import add, card_from, stated_licence
from alttext_local.models.bundle import Named, pack, take_in
from alttext_local.models.contents import check_contents, look_through
from alttext_local.models.pulling import pull, wanted
from alttext_local.models.shelf import Shelf, check_card_name
from alttext_local.models.site import set_alias
from alttext_local.models.trial import try_out
from alttext_local.settings import Settings, load_settings

SOME_FAILED = 3
GIB = 2**30

models_app = typer.Typer(no_args_is_help=True, help="The models that are known and those that are here.")
out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True)
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
Installed = Annotated[list[str] | None, typer.Argument(help="Default: all that are installed.")]


@models_app.command("list")
def models_list(as_json: AsJson = False) -> None:
    """What clients may ask for, what stands behind each name, and which models this machine could hold."""
    settings = load_settings()
    catalogue = load_catalogue(settings.catalogue_file)
    behind = {alias: card.name if card else None for alias, card in catalogue.behind()}
    device = best_device(settings.device)
    rows = {card.name: _row(card, catalogue, device) for card in catalogue.cards.values()}
    if as_json:
        print(json.dumps({"aliases": behind, "models": rows}, indent=2))
        return
    aliases = Table("Name", "Stands for", title="What clients ask for")
    for alias, name in behind.items():
        aliases.add_row(alias, name or "nothing installed")
    there = f"{memory_there(device) / GIB:.0f} GiB"
    table = Table("Model", "Here", "Size", "Licence", "Aliases", "Memory", f"Fits {device} ({there})", title="Models")
    for name, row in rows.items():
        size = _size(row["size"]) if row["installed"] else ""
        needed = f"about {_size(row['memory'])}"
        table.add_row(
            name,
            "yes" if row["installed"] else "",
            size,
            row["licence"],
            ", ".join(row["aliases"]),
            needed,
            "yes" if row["fits"] else "no",
        )
    out.print(aliases)
    out.print(table, markup=False)


@models_app.command("pull")
def models_pull(
    name: Annotated[str, typer.Argument(help="A card of the catalogue, or organisation/model of the hub.")],
    revision: Annotated[str, typer.Option(help="A commit (or branch) in place of the catalogue's.")] = "",
) -> None:
    """Fetch a model from the hub (or the mirror that HF_ENDPOINT names) and install it. Goes on where it stopped.

    Only safetensors, tokenizer, configurations and licences are fetched. HF_TOKEN is sent where it is set.
    """
    settings = load_settings()
    shelf, named, catalogue = _house(settings)
    asked = wanted(name, revision, named.cards)
    here = catalogue.cards.get(asked.name)
    if here and here.installed and here.files and here.revision == asked.revision and _sound(here):
        out.print(f"{asked.name} is here, and every file is what it was.", markup=False)
        return
    with _progress() as told:
        fetched = pull(
            asked,
            shelf,
            named,
            lambda came: card_from(came.folder, repo=asked.repo, revision=came.commit, licence=came.licence),
            told,
        )
    out.print(f"{asked.name} is installed: {asked.repo} at {fetched.commit}.", markup=False)
    if fetched.passed:
        out.print(f"Not fetched: {', '.join(fetched.passed)}.", markup=False)
    _greet(settings, asked.name)


@models_app.command("pack")
def models_pack(
    names: Annotated[list[str], typer.Argument(help="Installed models.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The bundle, such as bundle.tar.")],
) -> None:
    """Write installed models into one file that can be carried to a machine without a network."""
    catalogue = load_catalogue(load_settings().catalogue_file)
    cards = list({card.name: card for card in map(catalogue.card, names)}.values())
    sizes = _Sizes(sum(_bytes_of(card) for card in cards))
    with _progress() as told:
        digest = pack(cards, output, lambda file, size: told(file, *sizes.add(size)))
    out.print(f"{output}: {', '.join(card.name for card in cards)}; SHA-256 {digest}", markup=False, highlight=False)


@models_app.command("import")
def models_import(
    bundle: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="What `pack` wrote.")],
    sha256: Annotated[str, typer.Option(help="What `pack` printed: nothing else is taken.")] = "",
) -> None:
    """Install the models of a bundle: all of them, or none where a single bit is not as it was."""
    settings = load_settings()
    shelf, named, _ = _house(settings)
    sizes = _Sizes(bundle.stat().st_size)
    with _progress() as told:
        models = take_in(bundle, shelf, named, sha256=sha256, progress=lambda file, size: told(file, *sizes.add(size)))
    for model in models:
        out.print(f"{model.name} is installed: {len(model.files)} files, {_size(model.size)}.", markup=False)
        _greet(settings, model.name)


@models_app.command("add")
def models_add(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="A model in safetensors format.")],
    name: Annotated[str, typer.Option(help="Default: the folder's name.")] = "",
    licence: Annotated[str, typer.Option(help="Default: what the folder's README.md states.")] = "",
    prompts: Annotated[str, typer.Option(help="The way it is asked; default: that of its family.")] = "",
) -> None:
    """Install a model from a folder, with a card made from its configuration. The folder is copied."""
    settings = load_settings()
    shelf, named, _ = _house(settings)
    chosen = check_card_name(name or folder.resolve().name.lower())
    check_contents(folder, look_through(folder))
    known = named.cards.get(chosen)
    if known is not None:
        raise CannotInstall(f"The catalogue has a card {chosen} already; give another --name.")
    card = card_from(folder, repo="added here", revision="", licence=licence or stated_licence(folder), prompts=prompts)
    files = add(folder, chosen, card, shelf, named)
    out.print(f"{chosen} is installed: {len(files)} files, family {card['family']}.", markup=False)
    if card["licence"] == "not stated":
        out.print("No licence is stated; name it with --licence.", markup=False)
    _greet(settings, chosen)


@models_app.command("remove")
def models_remove(name: Annotated[str, typer.Argument(help="A model that was pulled, imported or added.")]) -> None:
    """Take an installed model away. Models that were put into the models folder by hand stay."""
    settings = load_settings()
    shelf, named, catalogue = _house(settings)
    users = [alias for alias, order in catalogue.aliases.items() if name in order]
    if name not in named.cards and users:
        raise CannotInstall(f"{name} has no card without its files, and stands behind {', '.join(users)}.")
    with shelf.changing():
        if not shelf.remove(name):
            raise CannotInstall(f"{name} was not installed by a command.")
    with shelf.changing():  # clears its files away
        out.print(f"{name} is gone.", markup=False)


@models_app.command("alias")
def models_alias(
    wishes: Annotated[list[str], typer.Argument(metavar="NAME=MODEL[,MODEL]...", help="`NAME=` takes it away.")],
) -> None:
    """Let a name that clients send stand for models: the first that is installed serves."""
    settings = load_settings()
    shelf, _, catalogue = _house(settings)
    for wish in wishes:
        alias, is_wish, models = wish.partition("=")
        order = [model.strip() for model in models.split(",") if model.strip()]
        if not is_wish:
            raise CannotInstall("An alias is given as NAME=MODEL, or NAME=MODEL,MODEL.")
        if alias in catalogue.cards:
            raise CannotInstall(f"{alias} is a model's own name.")
        if unknown := [model for model in order if model not in catalogue.cards]:
            raise CannotInstall(f"There is no model {', '.join(unknown)}; `alttext-local models list` prints them.")
        with shelf.changing():
            set_alias(settings.catalogue_file.parent / SITE, alias, order)
    for alias, card in load_catalogue(settings.catalogue_file).behind():
        out.print(f"{alias}: {card.name if card else 'nothing installed'}", markup=False, highlight=False)


@models_app.command("verify")
def models_verify(names: Installed = None) -> None:
    """Read every file of installed models: nothing was changed, nothing is missing, nothing is code."""
    altered = Shelf.beside(load_settings().catalogue_file).altered()
    for card in altered:  # before any is read: what an altered one says would be held to nothing
        said = f"{INSTALLED}/{card} is not as it was written: install the model again."
        out.print(said, markup=False, style="red")
    if altered:
        raise typer.Exit(SOME_FAILED)
    _each(names, _verified)


@models_app.command("check")
def models_check(
    names: Installed = None,
    int8: Annotated[bool, typer.Option("--int8", help="Whether they may run in int8 on this CPU.")] = False,
) -> None:
    """Hold every file of the installed models to the hashes of the catalogue."""

    def checked(card: Card) -> str:
        card.check()
        if int8:
            return f"int8 may be used: {_int8_degree(card)}."
        return f"{len(card.files)} files are what the catalogue names." if card.files else "no hashes in the catalogue."

    _each(names, checked)


@models_app.command("test")
def models_test(names: Installed = None, as_json: AsJson = False) -> None:
    """Load models one after the other and show them test pictures: what they say, how fast, with how much memory."""
    settings = load_settings()
    device = best_device(settings.device)
    use_threads(settings.model_threads)

    def tried(card: Card) -> str:
        adapter = load_adapter(card, device, ways_of(settings))
        where = adapter.device
        try:
            trial = try_out(adapter, selftest_asks(card))
        finally:
            adapter.close()
        if as_json:
            return json.dumps(
                {
                    "model": card.name,
                    "device": where,
                    "dtype": card.dtype,
                    "texts": trial.texts,
                    "tokens_per_second": round(trial.tokens_per_second, 1),
                    "seconds_per_picture": round(trial.seconds_per_picture, 3),
                    "peak_memory": trial.peak_bytes,
                }
            )
        said = "".join(f"\n  - {text}" for text in trial.texts)
        return (
            f"it sees. {trial.tokens_per_second:.1f} tokens a second, {trial.seconds_per_picture:.2f} s a picture, "
            f"peak memory {_size(trial.peak_bytes)}, {card.dtype} on {where}.{said}"
        )

    _each(names, tried, read_catalogue(settings, device), plain=as_json)


def _each(
    names: list[str] | None, look: Callable[[Card], str], catalogue: Catalogue | None = None, *, plain: bool = False
) -> None:
    """Look at models and print what is found; exit code 3 where one is not right."""
    catalogue = catalogue or load_catalogue(load_settings().catalogue_file)
    cards = [catalogue.card(name) for name in names or []] or [c for c in catalogue.cards.values() if c.installed]
    broken = 0
    for card in cards:
        try:
            said = look(card)
        except AltTextError as error:
            broken += 1
            detail = error.detail if error.detail.startswith(card.name) else f"{card.name}: {error.detail}"
            (err if plain else out).print(detail or str(error), markup=False, style="red")
        else:
            out.print(said if plain else f"{card.name}: {said}", markup=False, highlight=False)
    if broken:
        raise typer.Exit(SOME_FAILED)


def _verified(card: Card) -> str:
    card.check()
    own = look_through(card.folder)
    check_contents(card.folder, card.files or own)
    held = (
        f"{len(card.files)} files are what they were" if card.files else "no hashes are known, so only looked through"
    )
    return f"{held}; nothing in it is code."


def _sound(card: Card) -> bool:
    try:
        card.check()
    except AltTextError:
        return False
    return True


def _int8_degree(card: Card) -> str:
    """How near a model in int8 is to itself; `BrokenModel` where that is not near enough."""
    quantised, degree = check_agreement(
        replace(card, dtype=INT8), lambda chosen: load_adapter(chosen, "cpu"), selftest_asks(card)
    )
    quantised.close()
    return str(degree)


def _house(settings: Settings) -> tuple[Shelf, Named, Catalogue]:
    catalogue = load_catalogue(settings.catalogue_file)
    named = Named(load_named(settings.catalogue_file), tuple(catalogue.aliases))
    return Shelf.beside(settings.catalogue_file), named, catalogue


def _greet(settings: Settings, name: str) -> None:
    """Who serves what now, and what is left to do."""
    catalogue = load_catalogue(settings.catalogue_file)
    serves = [alias for alias, card in catalogue.behind() if card and card.name == name]
    if serves:
        out.print(f"It serves {', '.join(serves)} from the next start of the server on.", markup=False)
    else:
        out.print(f"Clients may ask for {name}; `alttext-local models alias gpt-4o={name}` puts it behind a name.")


def _row(card: Card, catalogue: Catalogue, device: str) -> dict[str, Any]:
    needed = memory_needed(card, device)
    return {
        "family": card.family,
        "repo": card.repo,
        "revision": card.revision,
        "licence": card.licence,
        "installed": card.installed,
        "shipped": card.shipped,
        "parameters": card.parameters,
        "size": _bytes_of(card),
        "aliases": [alias for alias, order in catalogue.aliases.items() if card.name in order],
        "memory": needed,
        "fits": needed <= memory_there(device),
    }


def _bytes_of(card: Card) -> int:
    return sum(path.stat().st_size for path in card.folder.rglob("*") if path.is_file()) if card.installed else 0


def _size(size: int) -> str:
    return f"{size / GIB:.1f} GiB" if size >= GIB else f"{size / 2**20:.1f} MiB"


class _Sizes:
    """Bytes that are done, of all."""

    def __init__(self, size: int) -> None:
        self._done, self._size = 0, size

    def add(self, size: int) -> tuple[int, int]:
        self._done += size
        return self._done, self._size


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on standard error, if that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("")

        def told(file: str, done: int, size: int) -> None:
            bar.update(task, description=file[-40:], completed=done, total=size)

        yield told
