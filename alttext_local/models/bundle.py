"""Bundles: installed models in one file, to be carried to a machine without a network.

The same models make the same bytes. What comes in is looked at file by file as it is read, and is installed when
all of it was seen; the file with the card (`shelf`) makes each model appear in one step.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alttext_local.catalogue import Card
from alttext_local.errors import AltTextError, BadBundle, BrokenModel, CannotInstall
from alttext_local.models.contents import check_contents, look_through
from alttext_local.models.hashing import sha256_of
from alttext_local.models.listing import (
    FORM,
    LISTING,
    MOST,
    SEAL,
    Listing,
    Packed,
    Piece,
    carried,
    read_listing,
    seal_of,
    write_listing,
)
from alttext_local.models.shelf import Shelf, sync_folder
from alttext_local.models.tape import BLOCK, CHUNK, Tape, TapeWriter

Progress = Callable[[str, int], None]
"""Is told the name of a file and the bytes that were done of it just now."""


def quiet(_name: str, _size: int) -> None:
    """Progress that nobody looks at."""


@dataclass(frozen=True)
class Named:
    """What the house already says: cards that an installation is held to, and names that are taken."""

    cards: Mapping[str, Card]
    aliases: Iterable[str]


def pack(cards: Sequence[Card], target: Path, progress: Progress = quiet) -> str:
    """Write a bundle of installed models; its SHA-256. `BrokenModel` or `UnsafeModel` names the file that is not right.

    The target appears when it is whole.
    """
    listing = Listing(FORM, tuple(_packed(card) for card in cards))
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as stream:
            writer = TapeWriter(stream)
            for name, content in zip((LISTING, SEAL), write_listing(listing), strict=True):
                writer.put(name, len(content), [content])
            for card, model in zip(cards, listing.models, strict=True):
                for piece in model.files:
                    writer.put(f"{card.name}/{piece.name}", piece.size, _read_checked(card, piece, progress))
            writer.end()
        part.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise CannotInstall(f"The bundle cannot be written ({error.strerror}).") from error
    finally:
        part.unlink(missing_ok=True)
    return writer.digest.hexdigest()


def take_in(
    bundle: Path, shelf: Shelf, named: Named, *, sha256: str = "", progress: Progress = quiet
) -> tuple[Packed, ...]:
    """Install all models of a bundle, or none. `sha256`: what the whole file must have, where that is known.

    `BadBundle`, `UnsafeModel` or `CannotInstall` name the file and what is wrong with it.
    """
    if sha256 and sha256_of(bundle) != sha256.lower():
        raise BadBundle("It has not the SHA-256 that it must have.")
    with shelf.changing(), bundle.open("rb") as stream:
        tape = Tape(stream)
        listing = _listing(tape)
        blocks = [block_for(model.name, model.card, model.hashes, named) for model in listing.models]
        shelf.check_room(sum(model.size for model in listing.models))
        folder = shelf.incoming(f"import-{secrets.token_hex(4)}")
        for model in listing.models:
            _unpack(tape, model, folder / model.name, progress)
        tape.end()
        for model, block in zip(listing.models, blocks, strict=True):
            shelf.put(folder / model.name, model.name, block)
        folder.rmdir()
    return listing.models


def block_for(name: str, card: Mapping[str, Any], files: Mapping[str, str], named: Named) -> dict[str, Any]:
    """What is written down of a model that is installed. `CannotInstall` where the house says otherwise of it.

    Of a model that the catalogue names only what the installation decides, so that a later catalogue holds.
    """
    if name in named.aliases:
        raise CannotInstall(f"{name} is an alias here, and cannot be a model's name too.")
    known = named.cards.get(name)
    if known is None:
        return {**card, "files": dict(files)}
    if (known.repo, known.family) != (card["repo"], card["family"]):
        raise CannotInstall(f"The catalogue here knows {name} as {known.repo}, and this is {card['repo']}.")
    if known.revision and known.revision != card["revision"]:
        raise CannotInstall(
            f"The catalogue here names the commit {known.revision} of {name}, this is {card['revision'] or 'none'}. "
            f"If your site has reviewed it, write it into site.toml as the revision of {name}."
        )
    for file, expected in known.files.items():
        if files.get(file) != expected:
            raise CannotInstall(f"{name}: {file} is not the file that the catalogue here names.")
    return {"repo": card["repo"], "revision": card["revision"], "files": dict(files)}


def _packed(card: Card) -> Packed:
    if not card.installed:
        raise CannotInstall(f"{card.name} is not installed.")
    try:
        names = sorted(card.files) or look_through(card.folder)
        if missing := [name for name in names if not (card.folder / name).is_file()]:
            raise BrokenModel(f"{missing[0]} is missing.")
        check_contents(card.folder, names)
    except AltTextError as error:
        raise type(error)(f"{card.name}: {error.detail}") from error
    paths = {name: card.folder / name for name in names}
    files = (Piece(n, p.stat().st_size, card.files.get(n) or sha256_of(p)) for n, p in paths.items())
    return Packed(card.name, carried(card), tuple(files))


def _read_checked(card: Card, piece: Piece, progress: Progress) -> Iterable[bytes]:
    digest = hashlib.sha256()
    with (card.folder / piece.name).open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            progress(f"{card.name}/{piece.name}", len(chunk))
            yield chunk
    if digest.hexdigest() != piece.sha256:
        raise BrokenModel(f"{card.name}: {piece.name} is not the file that the catalogue names.")


def _listing(tape: Tape) -> Listing:
    name, size = tape.next_file()
    if name != LISTING or size > MOST:
        raise BadBundle(f"It does not begin with {LISTING}.")
    text = b"".join(tape.chunks())
    name, size = tape.next_file()
    if name != SEAL or size > BLOCK or b"".join(tape.chunks()) != seal_of(text):
        raise BadBundle(f"{LISTING} was altered: it has not the SHA-256 of {SEAL}.")
    return read_listing(text)


def _unpack(tape: Tape, model: Packed, folder: Path, progress: Progress) -> None:
    for piece in model.files:
        wanted = f"{model.name}/{piece.name}"
        if (found := tape.next_file()) != (wanted, piece.size):
            raise BadBundle(f"{found[0]} comes where {wanted} with {piece.size} bytes is listed.")
        path = folder / piece.name
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with path.open("xb") as stream:
            for chunk in tape.chunks():
                digest.update(chunk)
                stream.write(chunk)
                progress(wanted, len(chunk))
        if digest.hexdigest() != piece.sha256:
            raise BadBundle(f"{wanted} was altered: it has not the SHA-256 that {LISTING} names.")
    try:
        check_contents(folder, (piece.name for piece in model.files))
    except AltTextError as error:
        raise type(error)(f"{model.name}: {error.detail}") from error
