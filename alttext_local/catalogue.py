"""The models that the house knows: cards, and the names that clients call them by.

A card says where a model comes from, in which folder it lies, how it is asked. An alias is an ordered
list of cards; the first that is installed serves. Nothing here loads a model.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from alttext_local.errors import BadSettings, BrokenModel, UnknownModel

SITE = "site.toml"
"""The operator's own cards and aliases, beside the catalogue: an upgrade of the product leaves it as it is."""
INSTALLED = "installed"
"""The folder beside the catalogue where commands put models, each with a file of its card."""
INT8 = "int8"
"""The `dtype` of a card whose linear layers are to be held in 8 bits."""


@dataclass(frozen=True)
class Card:
    """One model. `folder` is absolute; `files` maps a file's name in it to its SHA-256 (hex)."""

    name: str
    family: str
    """The file under `adapters/` that loads it."""
    prompts: str
    """The file under `prompts/` with its way of asking, without `.toml`."""
    repo: str
    revision: str
    licence: str
    folder: Path
    dtype: str = "auto"
    """A torch dtype's name; `auto`: bfloat16 where the device has it and the model gains by it, else float32; `int8`:
    linear layers in 8 bits, on a CPU, if the model then still agrees with itself."""
    parameters: float = 0.0
    """In billions, for the estimate of memory."""
    languages: tuple[str, ...] = ("en",)
    """BCP 47 languages that it writes."""
    instructions: bool = True
    """Whether a free instruction (`alt_prompt`, `context`) may be part of its prompt."""
    prose: bool = True
    """Whether its texts stand as it wrote them; else they are composed from its sure sentences."""
    shipped: bool = False
    fill: tuple[int, int, int] = (122, 116, 104)
    """RGB of the letterbox."""
    tiles: int = 1
    """For families that cut a picture in tiles: how many at most, the whole picture counted as one; 0: as many as the
    model likes. More tiles show smaller things and cost their share of time each. A setting may say otherwise."""
    beams: int = 1
    """Texts that are written side by side for each ask, the likeliest being taken; 1: greedy. A setting may say
    otherwise. How long texts may be stands with the words that a model is asked in (`prompts/`)."""
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def installed(self) -> bool:
        """Whether weights are there; whether they are the right ones is `check`'s question."""
        return (self.folder / "config.json").is_file() and any(self.folder.glob("*.safetensors"))

    def check(self) -> None:
        """Read every listed file and compare its hash; `BrokenModel` names the first that differs."""
        for name, expected in self.files.items():
            path = self.folder / name
            if not path.is_file():
                raise BrokenModel(f"{self.name}: {name} is missing.")
            with path.open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() != expected:
                    raise BrokenModel(f"{self.name}: {name} is not the file that the catalogue names.")


@dataclass(frozen=True)
class Catalogue:
    """Cards by name and aliases by name, in the file's order."""

    cards: Mapping[str, Card]
    aliases: Mapping[str, tuple[str, ...]]

    def names(self) -> tuple[str, ...]:
        """What a client may ask for: aliases first, then cards that are installed."""
        return (*self.aliases, *(c.name for c in self.cards.values() if c.installed))

    def card(self, name: str) -> Card:
        """The first installed card behind a name. `UnknownModel` lists the names there are."""
        for candidate in self.aliases.get(name, (name,)):
            card = self.cards.get(candidate)
            if card is not None and card.installed:
                return card
        raise UnknownModel(f"selected_model must be one of: {', '.join(self.names())}.")

    def behind(self) -> Iterator[tuple[str, Card | None]]:
        """Each alias with the card that serves it, None where nothing is installed."""
        for alias in self.aliases:
            try:
                yield alias, self.card(alias)
            except UnknownModel:
                yield alias, None


def load_catalogue(path: Path) -> Catalogue:
    """Read `catalogue.toml`, over it what is installed and what the site says; a file's folders are relative to it.

    `installed/*.toml` beside it is written when a model is installed, `site.toml` is the operator's own. A block
    there says only what is to be otherwise; new cards and aliases are new blocks.
    """
    records = sorted((path.parent / INSTALLED).glob("*.toml"))
    blocks, aliases = _laid((path, *records, path.parent / SITE))
    cards = {name: card_of(name, {"folder": (path.parent / name).resolve(), **block}) for name, block in blocks.items()}
    for alias, order in aliases.items():
        if unknown := [name for name in order if name not in cards]:
            raise BadSettings(f"The alias {alias} names models without a card: {', '.join(unknown)}.")
    return Catalogue(cards, aliases)


def load_named(path: Path) -> Mapping[str, Card]:
    """The cards that catalogue and site name, whatever is installed: what an installation is held to."""
    blocks, _ = _laid((path, path.parent / SITE))
    # Without a family it is a site's wish about an installed model, no card.
    whole = {name: block for name, block in blocks.items() if "family" in block}
    return {name: card_of(name, {"folder": (path.parent / name).resolve(), **block}) for name, block in whole.items()}


def card_of(name: str, block: Mapping[str, Any]) -> Card:
    """A card from what a file says; `BadSettings` names the fields that are wrong."""
    try:
        return TypeAdapter(Card).validate_python({"name": name, **block})
    except ValidationError as error:
        fields = ", ".join(str(e["loc"][0]) for e in error.errors())
        raise BadSettings(f"The catalogue's card {name} is wrong in: {fields}.") from error


def _laid(sources: Iterable[Path]) -> tuple[dict[str, dict[str, Any]], dict[str, tuple[str, ...]]]:
    """Blocks of cards and aliases, each file laid over those before it. Only the site's may be missing."""
    blocks: dict[str, dict[str, Any]] = {}
    aliases: dict[str, tuple[str, ...]] = {}
    for source in sources:
        if source.name == SITE and not source.exists():
            continue
        models, named = _read(source)
        for name, block in models.items():
            blocks[name] = {**blocks.get(name, {}), **block}
        aliases.update({alias: tuple(order) for alias, order in named.items()})
    return blocks, aliases


def _read(source: Path) -> tuple[dict[str, dict[str, Any]], dict[str, list[str]]]:
    """The cards and aliases of one file, folders made absolute."""
    try:
        with source.open("rb") as stream:
            data = tomllib.load(stream)
    except (OSError, ValueError) as error:
        raise BadSettings(f"The catalogue cannot be read ({source.name}: {type(error).__name__}).") from error
    models, aliases = data.get("models", {}), data.get("aliases", {})
    tables = isinstance(models, dict) and all(isinstance(block, dict) for block in models.values())
    if not tables or not isinstance(aliases, dict) or not all(isinstance(order, list) for order in aliases.values()):
        raise BadSettings(f"{source.name}: [models] holds a block for each model, [aliases] a list for each name.")
    for block in models.values():
        if "folder" in block:
            block["folder"] = (source.parent / str(block["folder"])).resolve()
    return models, aliases
