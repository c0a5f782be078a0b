"""One bit that is another: in each file of models of real architectures, in a bundle and installed.

By the commands, as an operator has them: `models import` and `models verify` refuse and say the file's name.
"""

from __future__ import annotations

import random
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from alttext_local.catalogue import load_catalogue
from alttext_local.cli_models import models_app
from alttext_local.errors import BadBundle
from alttext_local.models.listing import LISTING, SEAL
from alttext_local.models.shelf import is_sealed
from tests.adapters import tiny_models

FAMILIES = {
    "llava": tiny_models.llava,
    "instructblip": tiny_models.instructblip,  # its second tokenizer has a folder of its own
    "qwen2-5-vl": tiny_models.qwen2_5_vl,
}
NO_MODELS = "[aliases]\n\n[models]\n"


def in_house(folder: Path, *words: str) -> Result:
    """A command of `alttext-local models` in a models folder."""
    where = {"ALTTEXT_MODELS_DIR": str(folder), "ALTTEXT_DATA_DIR": str(folder / "data"), "COLUMNS": "250"}
    return CliRunner(env=where).invoke(models_app, words)


@pytest.fixture(scope="module", params=FAMILIES)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with one installed model."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "catalogue.toml").write_text(NO_MODELS)
    source = FAMILIES[request.param](folder / "sources" / request.param)
    added = in_house(folder, "add", str(source))
    assert added.exit_code == 0, added
    return folder


@pytest.fixture(scope="module")
def bundle(house: Path) -> Path:
    (card,) = load_catalogue(house / "catalogue.toml").cards
    assert in_house(house, "pack", card, "-o", str(house / "bundle.tar")).exit_code == 0
    return house / "bundle.tar"


def flips(size: int, name: str) -> Iterator[tuple[int, int]]:
    """Places and bits: in the first byte, in the last, and somewhere between."""
    dice = random.Random(name)
    for place in {0, size - 1, dice.randrange(size)}:
        yield place, 1 << dice.randrange(8)


def flip(path: Path, place: int, bit: int) -> None:
    with path.open("r+b") as stream:
        stream.seek(place)
        (byte,) = stream.read(1)
        stream.seek(place)
        stream.write(bytes([byte ^ bit]))


def test_in_a_bundle(bundle: Path, tmp_path: Path) -> None:
    with tarfile.open(bundle) as archive:
        inside = [(info.name, info.offset_data, info.size) for info in archive]
    assert {name for name, _, _ in inside[:2]} == {LISTING, SEAL}
    (tmp_path / "catalogue.toml").write_text(NO_MODELS)
    bad = tmp_path / "bad.tar"
    bad.write_bytes(bundle.read_bytes())
    for name, begin, size in inside:
        for place, bit in flips(size, name):
            flip(bad, begin + place, bit)
            refused = in_house(tmp_path, "import", str(bad)).exception
            assert isinstance(refused, BadBundle) and name in refused.detail, (name, place, bit)
            flip(bad, begin + place, bit)
    left = [path for path in (tmp_path / "installed").iterdir() if not path.name.startswith(".")]
    assert left == [] and load_catalogue(tmp_path / "catalogue.toml").cards == {}
    assert in_house(tmp_path, "import", str(bad)).exit_code == 0, "with every bit back it is whole"


def test_in_an_installed_model(house: Path) -> None:
    (card,) = load_catalogue(house / "catalogue.toml").cards.values()
    there = {path.relative_to(card.folder).as_posix(): path for path in card.folder.rglob("*") if path.is_file()}
    assert there.keys() == card.files.keys()
    record = house / "installed" / f"{card.name}.toml"
    for name, path in {**there, f"installed/{record.name}": record}.items():
        for place, bit in flips(path.stat().st_size, name):
            flip(path, place, bit)
            said = in_house(house, "verify")
            assert (said.exit_code, name in said.stdout) == (3, True), (name, place, bit, said.stdout)
            flip(path, place, bit)
    assert in_house(house, "verify").exit_code == 0


def test_every_single_bit_of_a_card(house: Path) -> None:
    (record,) = (house / "installed").glob("*.toml")
    text = record.read_bytes()
    assert is_sealed(text)
    for place, byte in enumerate(text):
        for bit in range(8):
            assert not is_sealed(text[:place] + bytes([byte ^ (1 << bit)]) + text[place + 1 :]), (place, bit)
    assert not is_sealed(b"") and not is_sealed(text[:-1]) and not is_sealed(text + b"\n")
