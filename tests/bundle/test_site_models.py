"""The site's own models and settings go along with each switch, to a newer version and back to an older one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from alttext_local.catalogue import load_catalogue
from alttext_local.models.hashing import sha256_of
from alttext_local.models.shelf import Shelf
from alttext_local.models.site import set_alias
from scripts.bundle.checksums import write_checksums
from scripts.bundle.installer.disk import Refused
from scripts.bundle.installer.installing import install_models
from scripts.bundle.installer.versions import Place, roll_back, use
from tests.bundle.conftest import answer_as
from tests.models.conftest import CATALOGUE, make_model

ONE, TWO = "1.0-aaaa", "2.0-bbbb"


@pytest.fixture
def upgrading(place: Place, tmp_path: Path) -> Place:
    """Version 1 is in use, version 2 is installed beside it; each has the catalogue that its bundle brought."""
    for name in (ONE, TWO):
        bundle = tmp_path / f"bundle of {name}"
        make_model(bundle / "models" / "small")
        (bundle / "models" / "catalogue.toml").write_text(CATALOGUE)
        write_checksums(bundle)
        (place.versions / name / "SHA256SUMS").write_bytes((bundle / "SHA256SUMS").read_bytes())
        install_models(bundle, place.versions / name, place)
    use(place, ONE)
    return place


def catalogue(place: Place) -> Path:
    """Of the version in use."""
    return place.current / "models" / "catalogue.toml"


def add_large(place: Place, seed: int) -> None:
    """As `alttext-local models import` does."""
    shelf = Shelf.beside(catalogue(place))
    with shelf.changing():
        files = make_model(shelf.incoming(f"import-{seed}") / "large", seed=seed)
        hashes = {path.name: sha256_of(path) for path in sorted(files.iterdir())}
        shelf.put(files, "large", {"repo": "somebody/large", "revision": "a" * 40, "files": hashes})


def weights(place: Place) -> Path:
    return load_catalogue(catalogue(place)).card("large").folder / "model.safetensors"


def test_models_and_settings_of_the_site_outlive_an_upgrade(upgrading: Place) -> None:
    add_large(upgrading, seed=3)  # after version 2 was installed beside it
    set_alias(catalogue(upgrading).with_name("site.toml"), "mine", ("large", "small"))
    before = weights(upgrading)
    use(upgrading, TWO)
    assert upgrading.named(upgrading.current) == TWO
    now = load_catalogue(catalogue(upgrading))
    now.card("large").check()
    assert now.card("mine").name == "large"
    assert weights(upgrading) != before and weights(upgrading).samefile(before), "linked: it takes no room twice"


def test_what_changed_since_the_upgrade_goes_back_as_well(upgrading: Place) -> None:
    site = catalogue(upgrading).with_name("site.toml")
    site.write_text("# of the site\n[models.small]\ntiles = 1\n")
    use(upgrading, TWO)
    site = catalogue(upgrading).with_name("site.toml")
    site.write_text(f"{site.read_text()}beams = 3\n")  # in place, as editors do
    assert "beams" not in (upgrading.versions / ONE / "models" / "site.toml").read_text()
    add_large(upgrading, seed=4)
    roll_back(upgrading, restore=False)
    now = load_catalogue(catalogue(upgrading))
    now.card("large").check()
    assert (now.card("small").tiles, now.card("small").beams) == (1, 3)


def test_what_was_removed_does_not_come_back(upgrading: Place) -> None:
    add_large(upgrading, seed=5)
    site = catalogue(upgrading).with_name("site.toml")
    site.write_text("# of the site\n")
    use(upgrading, TWO)
    shelf = Shelf.beside(catalogue(upgrading))
    with shelf.changing():
        shelf.remove("large")
    catalogue(upgrading).with_name("site.toml").unlink()
    roll_back(upgrading, restore=False)
    assert not load_catalogue(catalogue(upgrading)).cards["large"].installed
    assert not catalogue(upgrading).with_name("site.toml").exists()


def test_a_model_of_the_same_name_that_was_replaced_is_the_new_one(upgrading: Place) -> None:
    add_large(upgrading, seed=6)
    use(upgrading, TWO)
    add_large(upgrading, seed=7)
    newer = sha256_of(weights(upgrading))
    roll_back(upgrading, restore=False)
    assert sha256_of(weights(upgrading)) == newer
    load_catalogue(catalogue(upgrading)).card("large").check()


def test_a_pull_that_waits_stays_where_it_is(upgrading: Place) -> None:
    Shelf.beside(catalogue(upgrading)).incoming("pull-large").joinpath("part").write_bytes(b"half")
    use(upgrading, TWO)
    assert not (upgrading.current / "models" / "installed" / ".incoming").exists()


def test_an_installed_folder_that_is_a_link_stays_one(upgrading: Place, tmp_path: Path) -> None:
    (tmp_path / "big disk").mkdir()
    (upgrading.current / "models" / "installed").symlink_to(tmp_path / "big disk")
    add_large(upgrading, seed=8)
    for turn in (lambda: use(upgrading, TWO), lambda: roll_back(upgrading, restore=False)):
        turn()
        assert weights(upgrading).is_relative_to(tmp_path / "big disk")
        load_catalogue(catalogue(upgrading)).card("large").check()


def test_a_model_on_another_file_system_is_copied(upgrading: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def other_file_system(*_: object, **__: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    add_large(upgrading, seed=9)
    monkeypatch.setattr(os, "link", other_file_system)
    use(upgrading, TWO)
    load_catalogue(catalogue(upgrading)).card("large").check()


def test_a_version_that_cannot_read_the_settings_is_not_switched_to(upgrading: Place) -> None:
    use(upgrading, TWO)
    words = 'echo "The alias mine names models without a card: new." >&2; exit 78'
    answer_as(upgrading.versions / ONE, words)
    with pytest.raises(Refused, match=r"1\.0-aaaa cannot read.*without a card: new"):
        roll_back(upgrading, restore=False)
    assert upgrading.named(upgrading.current) == TWO
    answer_as(upgrading.versions / ONE, "exit 0")
    roll_back(upgrading, restore=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_root_leaves_what_it_takes_along_to_its_owner(upgrading: Place) -> None:
    add_large(upgrading, seed=10)
    site = catalogue(upgrading).with_name("site.toml")
    site.write_text("# of the site\n")
    models = upgrading.versions / ONE / "models"
    for path in (site, *models.joinpath("installed").rglob("*"), models / "installed"):
        os.chown(path, 4242, 4243)
    use(upgrading, TWO)
    now = upgrading.versions / TWO / "models"
    for path in (now / "site.toml", now / "installed", *now.joinpath("installed").glob("[!.]*")):
        assert (path.stat().st_uid, path.stat().st_gid) == (4242, 4243), path
