"""Cards and aliases: which model stands behind a name."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from alttext_local.catalogue import load_catalogue, load_named
from alttext_local.errors import BadSettings, BrokenModel, UnknownModel

CARD = """
[models.{0}]
family = "llava"
prompts = "instruct"
repo = "somebody/{0}"
revision = "abc"
licence = "Apache-2.0"
"""


def install(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    (folder / name / "config.json").write_text("{}")
    weights = folder / name / "model.safetensors"
    weights.write_bytes(b"weights")
    return weights


def write(folder: Path, text: str) -> Path:
    path = folder / "catalogue.toml"
    path.write_text(text)
    return path


@pytest.fixture
def catalogue_file(tmp_path: Path) -> Path:
    aliases = '[aliases]\nbest = ["large", "small"]\nnone = ["large"]\n'
    return write(tmp_path, aliases + CARD.format("large") + CARD.format("small"))


def test_the_first_installed_model_of_an_alias_serves(catalogue_file: Path) -> None:
    install(catalogue_file.parent, "small")
    catalogue = load_catalogue(catalogue_file)
    assert catalogue.card("best").name == "small"
    assert catalogue.card("small").name == "small"
    assert catalogue.names() == ("best", "none", "small")
    install(catalogue_file.parent, "large")
    assert catalogue.card("best").name == "large"


def test_no_name_falls_back_silently(catalogue_file: Path) -> None:
    install(catalogue_file.parent, "small")
    catalogue = load_catalogue(catalogue_file)
    for name in ("none", "large", "gpt-9", "", "../small"):
        with pytest.raises(UnknownModel, match="one of: best, none, small"):
            catalogue.card(name)
    assert [(alias, card and card.name) for alias, card in catalogue.behind()] == [("best", "small"), ("none", None)]


def test_a_folder_without_safetensors_is_not_installed(catalogue_file: Path) -> None:
    folder = catalogue_file.parent / "small"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    assert not load_catalogue(catalogue_file).cards["small"].installed


def test_files_are_held_to_their_hashes(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"weights").hexdigest()
    listed = CARD.format("small") + f'[models.small.files]\n"model.safetensors" = "{digest}"\n'
    weights = install(tmp_path, "small")
    card = load_catalogue(write(tmp_path, listed)).cards["small"]
    card.check()
    weights.write_bytes(b"other")
    with pytest.raises(BrokenModel, match=r"model\.safetensors is not the file"):
        card.check()
    weights.unlink()
    with pytest.raises(BrokenModel, match="missing"):
        card.check()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[aliases]\nbest = ['nothing']\n", "nothing"),
        ("[models.small]\nfamily = 'llava'\n", "prompts"),
        ("[models", "cannot be read"),
        (CARD.format("small") + "tiles = 'many'\n", "tiles"),
    ],
)
def test_a_wrong_catalogue_is_refused(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(BadSettings, match=named):
        load_catalogue(write(tmp_path, text))


def test_the_shipped_catalogue_is_sound() -> None:
    catalogue = load_catalogue(Path(__file__).resolve().parents[1] / "models" / "catalogue.toml")
    assert tuple(catalogue.aliases) == ("gpt-4o", "gpt-4o-mini", "gemini-1.5-flash")
    assert all(catalogue.cards[order[-1]].shipped for order in catalogue.aliases.values())
    assert all(len(card.revision) in (1, 0, 40) for card in catalogue.cards.values())


def test_installed_models_and_the_site_are_laid_over_the_catalogue(catalogue_file: Path) -> None:
    here = catalogue_file.parent
    (here / "installed" / "large-1").mkdir(parents=True)
    (here / "installed" / "large-1" / "config.json").write_text("{}")
    (here / "installed" / "large-1" / "model.safetensors").write_bytes(b"")
    (here / "installed" / "large.toml").write_text('[models.large]\nfolder = "large-1"\nrevision = "new"\n')
    (here / "installed" / "own.toml").write_text(CARD.format("own") + 'folder = "own-1"\n')
    (here / "site.toml").write_text('[aliases]\nbest = ["own", "large"]\n[models.large]\ntiles = 7\n')
    catalogue = load_catalogue(catalogue_file)
    large = catalogue.card("best")
    assert (large.name, large.revision, large.tiles, large.family) == ("large", "new", 7, "llava")
    assert large.folder == here / "installed" / "large-1"
    assert catalogue.cards["own"].folder == here / "installed" / "own-1"
    assert tuple(catalogue.aliases) == ("best", "none")


def test_what_an_installation_is_held_to_is_not_what_is_installed(catalogue_file: Path) -> None:
    here = catalogue_file.parent
    (here / "installed").mkdir()
    (here / "installed" / "large.toml").write_text('[models.large]\nfolder = "large-1"\nrevision = "new"\n')
    (here / "site.toml").write_text('[models.small]\nrevision = "reviewed"\n[models.gone]\ntiles = 2\n')
    named = load_named(catalogue_file)
    assert {name: card.revision for name, card in named.items()} == {"large": "abc", "small": "reviewed"}


@pytest.mark.parametrize("text", ["aliases = 3", "[aliases]\nbest = 'large'", "models = ['x']", "[models]\nx = 1"])
def test_a_site_file_of_another_shape_is_named(catalogue_file: Path, text: str) -> None:
    (catalogue_file.parent / "site.toml").write_text(text)
    with pytest.raises(BadSettings, match=r"site\.toml"):
        load_catalogue(catalogue_file)
