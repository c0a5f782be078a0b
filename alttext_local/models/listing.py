"""What a bundle says of itself: its models, their cards, and each file with size and SHA-256."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from alttext_local.adapters.adapter import FAMILIES
from alttext_local.catalogue import Card, card_of
from alttext_local.errors import AltTextError, BadBundle, BadSettings
from alttext_local.models.contents import check_names
from alttext_local.models.shelf import check_card_name
from alttext_local.prompts.style import load_style

FORM = "alttext-local models 1"
LISTING, SEAL = "bundle.json", "bundle.json.sha256"
MOST = 4 * 1024 * 1024
"""Bytes of a listing."""
CARRIED = tuple(f.name for f in fields(Card) if f.name not in ("name", "folder", "files", "shipped"))
"""What of a card travels, and what is written down of a model that the catalogue does not know."""
STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True)
class Piece:
    """One file of a model."""

    name: str
    size: int
    sha256: str

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Packed:
    """One model of a bundle; its files come in this order."""

    name: str
    card: dict[str, Any]
    files: tuple[Piece, ...]

    __pydantic_config__ = STRICT

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(piece.size for piece in self.files)

    @property
    def hashes(self) -> dict[str, str]:
        """As a card's `files`."""
        return {piece.name: piece.sha256 for piece in self.files}


@dataclass(frozen=True)
class Listing:
    """All of it."""

    form: str
    models: tuple[Packed, ...]

    __pydantic_config__ = STRICT


def write_listing(listing: Listing) -> tuple[bytes, bytes]:
    """The listing and its seal, which is its SHA-256."""
    text = (json.dumps(asdict(listing), indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()
    return text, seal_of(text)


def seal_of(text: bytes) -> bytes:
    """What stands in a bundle behind its listing."""
    return f"{hashlib.sha256(text).hexdigest()}\n".encode()


def read_listing(text: bytes) -> Listing:
    """A listing whose every name may be used. `BadBundle` says what is wrong with it."""
    try:
        listing = TypeAdapter(Listing).validate_json(text)
    except ValidationError as error:
        raise BadBundle(f"{LISTING} cannot be read.") from error
    if listing.form != FORM:
        raise BadBundle(f"{LISTING} is of another version than this program reads ({FORM!r}).")
    names = [model.name for model in listing.models]
    if not names or len(set(names)) < len(names):
        raise BadBundle(f"{LISTING} names no model, or one twice.")
    for model in listing.models:
        try:
            _check(model)
        except AltTextError as error:
            raise type(error)(f"{model.name[:64]!a}: {error.detail}") from error
    return listing


def check_card(name: str, block: dict[str, Any]) -> None:
    """Whether a card can be used here: its family and its way of asking are known. `BadSettings` names what is not."""
    if unknown := sorted(set(block) - set(CARRIED)):
        raise BadSettings(f"The card of {name} has fields that are not known here: {', '.join(unknown)}.")
    card = card_of(name, {**block, "folder": "/nowhere"})
    if card.family not in FAMILIES:
        raise BadSettings(f"There is no family {card.family} here; there are: {', '.join(FAMILIES)}.")
    load_style(card.prompts)


def carried(card: Card) -> dict[str, Any]:
    """What of a card travels, as plain data."""
    return json.loads(json.dumps({name: getattr(card, name) for name in CARRIED}))  # type: ignore[no-any-return]


def _check(model: Packed) -> None:
    check_card_name(model.name)
    check_names(piece.name for piece in model.files)
    if any(piece.size < 0 for piece in model.files):
        raise BadBundle("A file of it has no size.")
    check_card(model.name, model.card)
