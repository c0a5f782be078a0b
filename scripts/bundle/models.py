"""The chosen models and the catalogue that knows them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from alttext_local.catalogue import Card, load_catalogue


def copy_models(names: Sequence[str], models: Path, target: Path) -> list[Card]:
    """Copy the catalogue and the folders of `names`, each held to the hashes of its card; the cards.

    The files become part of the bundle's checksums. `BrokenModel` where a file is not the one that the catalogue
    names, `ValueError` for a model that is not installed here or whose weights are no safetensors.
    """
    catalogue = load_catalogue(models / "catalogue.toml")
    target.mkdir(parents=True)
    shutil.copyfile(models / "catalogue.toml", target / "catalogue.toml")
    cards = []
    for name in names:
        card = catalogue.cards.get(name)
        if card is None or not card.installed:
            raise ValueError(f"The model {name} is not in {models}.")
        if not card.folder.is_relative_to(models.resolve()):
            raise ValueError(f"The folder of {name} lies outside {models}: a bundle could not keep its place.")
        card.check()
        shutil.copytree(card.folder, target / card.folder.relative_to(models.resolve()))
        cards.append(card)
    return cards
