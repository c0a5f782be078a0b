"""The models that the house knows: cards, and the names that clients call them by.

A card says where a model comes from, in which folder it lies, how it is asked. An alias is an ordered
list of cards; the first that is installed serves. Nothing here loads a model.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from alttext_local.errors import BadSettings, BrokenModel, UnknownModel

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
    """Read `catalogue.toml`; folders are relative to it."""
    try:
        with path.open("rb") as stream:
            data = tomllib.load(stream)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadSettings(f"The catalogue cannot be read ({type(error).__name__}).") from error
    cards: dict[str, Card] = {}
    for name, block in data.get("models", {}).items():
        folder = (path.parent / block.pop("folder", name)).resolve()
        try:
            cards[name] = TypeAdapter(Card).validate_python({"name": name, "folder": folder, **block})
        except ValidationError as error:
            fields = ", ".join(str(e["loc"][0]) for e in error.errors())
            raise BadSettings(f"The catalogue's card {name} is wrong in: {fields}.") from error
    aliases = {alias: tuple(order) for alias, order in data.get("aliases", {}).items()}
    for alias, order in aliases.items():
        if unknown := [name for name in order if name not in cards]:
            raise BadSettings(f"The alias {alias} names models without a card: {', '.join(unknown)}.")
    return Catalogue(cards, aliases)
