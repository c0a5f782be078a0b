"""From a hub to the shelf: a child process fetches (`hub`), this looks its work through and installs it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from alttext_local import errors
from alttext_local.catalogue import Card
from alttext_local.errors import AltTextError, CannotInstall, HubFailed, UnsafeModel
from alttext_local.models.bundle import Named, block_for
from alttext_local.models.contents import check_contents, look_through
from alttext_local.models.hashing import sha256_of
from alttext_local.models.listing import carried
from alttext_local.models.shelf import Shelf, check_card_name

REPO = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
CODES: Mapping[str, type[AltTextError]] = {
    kind.code: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, CannotInstall)
}
Told = Callable[[str, int, int], None]
"""Is told the file that is being fetched, the bytes that are here, and those there will be."""


@dataclass(frozen=True)
class Wanted:
    """What is to be pulled. `card` is None for a repository that the catalogue does not name."""

    name: str
    repo: str
    revision: str
    card: Card | None
    reviewed: bool
    """The revision was given for this pull, in place of the catalogue's."""


@dataclass(frozen=True)
class Fetched:
    """What came, and lies in `folder` till it is installed."""

    folder: Path
    commit: str
    licence: str
    passed: tuple[str, ...]
    """Files of the repository that no model needs."""


def wanted(name: str, revision: str, cards: Mapping[str, Card]) -> Wanted:
    """What a name and a revision mean. `CannotInstall` where the catalogue names no revision and none was given."""
    card = cards.get(name)
    if card is None and not REPO.fullmatch(name):
        known = ", ".join(known for known, card in cards.items() if not card.shipped)
        raise CannotInstall(f"{name[:99]!a} is no card and no repository (organisation/model). Cards: {known}.")
    if card is not None and card.shipped:
        raise CannotInstall(f"{name} comes with the product and lies on no hub.")
    repo = card.repo if card else name
    chosen = revision or (card.revision if card else "")
    if not chosen:
        raise CannotInstall(
            f"The catalogue names no reviewed commit of {repo}. Give one with --revision; "
            "`--revision main` takes what is there now, and writes down which commit that was."
        )
    own = name if card else check_card_name(name.partition("/")[2].lower().replace("_", "-"))
    return Wanted(own, repo, chosen, card, bool(revision))


def pull(
    asked: Wanted, shelf: Shelf, named: Named, card_for: Callable[[Fetched], dict[str, Any]], told: Told
) -> Fetched:
    """Fetch and install. `card_for` makes a card of a folder for which the catalogue has none.

    `HubFailed`, `UnsafeModel` or `CannotInstall`; what was fetched stays where going on may help.
    """
    with shelf.held(f"pull-{asked.name}"):
        incoming = shelf.incoming(f"pull-{asked.name}")
        fetched = _fetch(asked, shelf, incoming, told)
        try:
            names = look_through(fetched.folder)
            check_contents(fetched.folder, names)
        except UnsafeModel:
            shutil.rmtree(incoming)  # it would be no other at the next try
            raise
        card = card_for(fetched) if asked.card is None else {**carried(asked.card), "revision": fetched.commit}
        hashes = {name: sha256_of(fetched.folder / name) for name in names}
        block = block_for(asked.name, card, hashes, _as_reviewed(asked, named, fetched.commit))
        with shelf.changing():
            shelf.put(fetched.folder, asked.name, block)
        shutil.rmtree(incoming)
    return fetched


def _as_reviewed(asked: Wanted, named: Named, commit: str) -> Named:
    """With the commit that came for the one the catalogue names, where it was given by hand."""
    if asked.card is None or not asked.reviewed:
        return named
    return replace(named, cards={**named.cards, asked.name: replace(asked.card, revision=commit)})


def _fetch(asked: Wanted, shelf: Shelf, incoming: Path, told: Told) -> Fetched:
    size, found = 0, None
    with _child({"repo": asked.repo, "revision": asked.revision, "folder": str(incoming)}) as lines:
        for line in lines:
            if "failed" in line:
                raise CODES.get(line["failed"], HubFailed)(line["detail"])
            if "commit" in line:
                size = line["size"]
                shelf.check_room(size - line["here"])
                passed = tuple(line["passed"])
                found = Fetched(incoming / line["commit"], line["commit"], line["licence"], passed)
            if "done" in line and found:
                return found
            told(line.get("file", ""), line.get("here", size), size)
    raise HubFailed("The program that fetches it ended early.")


@contextmanager
def _child(task: Mapping[str, str]) -> Iterator[Iterator[dict[str, Any]]]:
    """The lines that the child says; it is gone when the block ends, however that is."""
    words = [sys.executable, "-m", "alttext_local.models.hub"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        try:
            process.stdin.write(json.dumps(task) + "\n")
            process.stdin.flush()
            yield (json.loads(line) for line in process.stdout)
        finally:
            process.kill()
