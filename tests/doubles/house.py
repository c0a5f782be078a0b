"""What doubles need around them: a catalogue of installed cards, pictures, and a way to be loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock

from PIL import Image

from alttext_local.adapters.adapter import Adapter
from alttext_local.catalogue import Card, Catalogue
from alttext_local.types import Ask, Facts, Picture, Shot
from tests.doubles.honest import Honest

CAPTION = Ask("caption", "Describe.", 32)
KIND = Ask("kind", "What is it?", 1, ("photograph", "bar chart", "table"))


def catalogue_of(folder: Path, *names: str) -> Catalogue:
    """Cards whose folders look installed; each has the alias `alias-<name>`."""
    cards = {}
    for name in names:
        home = folder / name
        home.mkdir(parents=True, exist_ok=True)
        (home / "config.json").write_text("{}")
        (home / "model.safetensors").touch()
        cards[name] = Card(name, "double", "double", "example/double", "0", "Apache-2.0", home)
    return Catalogue(cards, {f"alias-{name}": (name,) for name in names})


def a_shot(number: int = 0, asks: tuple[Ask, ...] = (CAPTION, KIND)) -> Shot:
    """A flat picture of its own colour. Its sha256 is `shot-<number>`."""
    image = Image.new("RGB", (8, 8), (number % 256, 40, 200))
    return Shot(Picture(image, Facts(8, 8, 0.5, 0, 1, 1, 0, 1, 0), f"shot-{number}", "PNG"), asks)


class Loader:
    """A `load` for the engine that remembers what it loaded. `kinds`: the double behind each card's name."""

    def __init__(self, default: Callable[[Card, str], Honest] = Honest, **kinds: Callable[[Card, str], Honest]) -> None:
        self._default = default
        self._kinds = kinds
        self._lock = Lock()
        self.adapters: list[Honest] = []

    def __call__(self, card: Card, device: str) -> Adapter:
        adapter = self._kinds.get(card.name, self._default)(card, device)
        with self._lock:
            self.adapters.append(adapter)
        return adapter

    @property
    def names(self) -> list[str]:
        """The cards in the order in which they were loaded."""
        return [adapter.card.name for adapter in self.adapters]

    @property
    def last(self) -> Honest:
        return self.adapters[-1]
