"""Bundles: what is packed is what comes out, and nothing else does."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from alttext_local.catalogue import load_catalogue, load_named
from alttext_local.errors import AltTextError, BadBundle, BadSettings, BrokenModel, CannotInstall, UnsafeModel
from alttext_local.models.bundle import Named, pack, take_in
from alttext_local.models.hashing import sha256_of
from alttext_local.models.listing import LISTING, SEAL, seal_of
from alttext_local.models.shelf import Shelf
from alttext_local.models.tape import END, header_of, padding_of

KILLER = Path(__file__).with_name("killed_import.py")


def named(catalogue: Path) -> Named:
    return Named(load_named(catalogue), tuple(load_catalogue(catalogue).aliases))


def bring(bundle: Path, catalogue: Path, sha256: str = "") -> None:
    take_in(bundle, Shelf.beside(catalogue), named(catalogue), sha256=sha256)


def nothing_came(catalogue: Path) -> bool:
    shelf = Shelf.beside(catalogue)
    with shelf.changing():
        left = [path.name for path in shelf.folder.iterdir() if not path.name.startswith(".")]
    return left == [] and load_catalogue(catalogue).cards["large"].installed is False


@pytest.fixture
def bundle(installed: Path, tmp_path: Path) -> Path:
    path = tmp_path / "bundle.tar"
    pack([load_catalogue(installed).card("large")], path)
    return path


@pytest.fixture
def parts(bundle: Path) -> list[tuple[str, bytes]]:
    """The files of a bundle, to be put together otherwise."""
    with tarfile.open(bundle) as archive:
        return [(info.name, archive.extractfile(info).read()) for info in archive]  # type: ignore[union-attr]


def write(path: Path, files: list[tuple[str, bytes]], listing: dict | None = None) -> Path:
    """A bundle of these files, with a true seal of a listing that was changed."""
    if listing is not None:
        text = json.dumps(listing).encode()
        files = [(LISTING, text), (SEAL, seal_of(text)), *files[2:]]
    path.write_bytes(b"".join(header_of(n, len(c)) + c + padding_of(len(c)) for n, c in files) + END)
    return path


def test_there_and_back(bundle: Path, house: Callable[[str], Path], installed: Path) -> None:
    other = house("other")
    bring(bundle, other, sha256_of(bundle))
    here, there = (load_catalogue(path).card("large") for path in (installed, other))
    there.check()
    assert there.files == here.files
    assert there.revision == "a" * 40
    assert {p.name for p in there.folder.iterdir()} == set(here.files)
    assert there.parameters == 7.0, "the catalogue's own card says so"


def test_the_same_models_make_the_same_bytes(bundle: Path, installed: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.tar"
    digest = pack([load_catalogue(installed).card("large")], again)
    assert again.read_bytes() == bundle.read_bytes()
    assert digest == sha256_of(bundle)


def test_one_bit_anywhere_is_refused_and_the_file_named(
    bundle: Path, parts: list[tuple[str, bytes]], house: Callable[[str], Path], tmp_path: Path
) -> None:
    data, bad, catalogue = bundle.read_bytes(), tmp_path / "bad.tar", house("other")
    place = 0
    for name, content in parts:
        place += 512
        for offset in {0, len(content) // 2, len(content) - 1}:
            changed = bytearray(data)
            changed[place + offset] ^= 0x10
            bad.write_bytes(changed)
            with pytest.raises(BadBundle) as refused:
                bring(bad, catalogue)
            assert name.removesuffix(".sha256") in refused.value.detail
        place += len(content) + len(padding_of(len(content)))
    assert nothing_came(catalogue)


def test_a_bundle_that_is_cut_short(bundle: Path, house: Callable[[str], Path], tmp_path: Path) -> None:
    data, catalogue = bundle.read_bytes(), house("other")
    for size in (0, 100, 512, 3000, len(data) // 2, len(data) - 1024, len(data) - 1):
        (tmp_path / "cut.tar").write_bytes(data[:size])
        with pytest.raises(BadBundle):
            bring(tmp_path / "cut.tar", catalogue)
    assert nothing_came(catalogue)


def test_another_sha256_than_was_told(bundle: Path, house: Callable[[str], Path]) -> None:
    with pytest.raises(BadBundle, match="SHA-256"):
        bring(bundle, house("other"), "0" * 64)


def evil_names() -> list[str]:
    return [
        *("../catalogue.toml", "/etc/passwd", "a/../../x.json", "model.py", "pytorch_model.bin", "config.JSON"),
        *("config.json", "model.safetensors.py", "nested/deep/config.json", "a\\b.json", "README.md", ".bashrc", ""),
    ]


@pytest.mark.parametrize("name", evil_names())
def test_names_that_a_listing_must_not_have(
    parts: list[tuple[str, bytes]], house: Callable[[str], Path], tmp_path: Path, name: str
) -> None:
    listing = json.loads(parts[0][1])
    listing["models"][0]["files"].append({"name": name, "size": 1, "sha256": "0" * 64})
    catalogue = house("other")
    with pytest.raises(UnsafeModel):
        bring(write(tmp_path / "evil.tar", [*parts, (f"large/{name}"[:99], b"x")], listing), catalogue)
    assert nothing_came(catalogue)
    assert not (tmp_path / "x.json").exists()


@pytest.mark.parametrize("name", ["../evil", "/evil", "..", ".", "a/b", "Large", "", "x" * 65, "lock.toml", "\u0131"])
def test_model_names_that_a_listing_must_not_have(
    parts: list[tuple[str, bytes]], house: Callable[[str], Path], tmp_path: Path, name: str
) -> None:
    listing = json.loads(parts[0][1])
    listing["models"][0]["name"] = name
    catalogue = house("other")
    with pytest.raises(CannotInstall):
        bring(write(tmp_path / "evil.tar", parts, listing), catalogue)
    assert nothing_came(catalogue)


def test_files_beyond_the_listing_in_another_order_or_twice(
    parts: list[tuple[str, bytes]], house: Callable[[str], Path], tmp_path: Path
) -> None:
    catalogue, bad = house("other"), tmp_path / "bad.tar"
    head, files = parts[:2], parts[2:]
    for mixed in (
        [*files, ("large/added.json", b"{}")],
        [*files, files[0]],
        [files[0], *files],
        files[::-1],
        files[1:],
        [("bundle.json", b"{}"), *files],
    ):
        with pytest.raises(BadBundle):
            bring(write(bad, [*head, *mixed]), catalogue)
    with pytest.raises(BadBundle, match="does not begin"):
        bring(write(bad, files), catalogue)
    assert nothing_came(catalogue)


def test_links_in_an_ordinary_tar(house: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "links.tar"
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo("bundle.json")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(BadBundle, match="a link"):
        bring(path, house("other"))
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("bundle.json"), io.BytesIO())
    with pytest.raises(BadBundle):
        bring(path, house("another"))


def test_a_pickle_with_a_true_hash(
    parts: list[tuple[str, bytes]], house: Callable[[str], Path], tmp_path: Path
) -> None:
    import hashlib
    import pickle

    evil = pickle.dumps(os.getcwd)
    listing = json.loads(parts[0][1])
    catalogue = house("other")
    for name in ("model-00001-of-00002.safetensors", "tokenizer.model", "config.json"):
        changed = json.loads(json.dumps(listing))
        piece = next(p for p in changed["models"][0]["files"] if p["name"] == name)
        piece.update(size=len(evil), sha256=hashlib.sha256(evil).hexdigest())
        files = [(n, evil if n == f"large/{name}" else c) for n, c in parts]
        with pytest.raises(UnsafeModel, match=name.replace(".", r"\.")):
            bring(write(tmp_path / "evil.tar", files, changed), catalogue)
    assert nothing_came(catalogue)


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        ({"family": "os"}, BadSettings, "family os"),
        ({"prompts": "../../etc"}, BadSettings, "prompts"),
        ({"folder": "/etc"}, BadSettings, "folder"),
        ({"shipped": True}, BadSettings, "shipped"),
        ({"tiles": "many"}, BadSettings, "tiles"),
        ({"repo": "evil/large"}, CannotInstall, "evil/large"),
    ],
)
def test_cards_that_cannot_be(
    parts: list[tuple[str, bytes]],
    house: Callable[[str], Path],
    tmp_path: Path,
    change: dict[str, object],
    kind: type[AltTextError],
    said: str,
) -> None:
    listing = json.loads(parts[0][1])
    listing["models"][0]["card"].update(change)
    catalogue = house("other")
    with pytest.raises(kind, match=said):
        bring(write(tmp_path / "evil.tar", parts, listing), catalogue)
    assert nothing_came(catalogue)


def test_what_the_catalogue_says_of_it_holds(bundle: Path, house: Callable[[str], Path]) -> None:
    catalogue = house("other")
    text = catalogue.read_text()
    catalogue.write_text(text.replace('revision = ""', f'revision = "{"b" * 40}"', 1))
    with pytest.raises(CannotInstall, match=r"site\.toml"):
        bring(bundle, catalogue)
    (catalogue.parent / "site.toml").write_text(f'[models.large]\nrevision = "{"a" * 40}"\n')
    bring(bundle, catalogue)
    (catalogue.parent / "site.toml").write_text(
        f'[models.large]\nrevision = "{"a" * 40}"\nfiles = {{ "config.json" = "{"0" * 64}" }}\n'
    )
    with pytest.raises(CannotInstall, match=r"config\.json is not the file"):
        bring(bundle, catalogue)


def test_a_model_that_no_catalogue_names_brings_its_card(
    parts: list[tuple[str, bytes]], house: Callable[[str], Path], tmp_path: Path
) -> None:
    listing = json.loads(parts[0][1])
    listing["models"][0]["name"] = "ours"
    listing["models"][0]["card"].update(repo="us/ours", languages=["en", "de"], licence='Ours; "all" rights\n')
    files = [(n.replace("large/", "ours/"), c) for n, c in parts]
    catalogue = house("other")
    bring(write(tmp_path / "ours.tar", files, listing), catalogue)
    card = load_catalogue(catalogue).card("ours")
    assert (card.repo, card.languages, card.licence) == ("us/ours", ("en", "de"), 'Ours; "all" rights\n')
    card.check()
    listing["models"][0]["name"] = "best"
    with pytest.raises(CannotInstall, match="alias"):
        bring(write(tmp_path / "best.tar", files, listing), catalogue)


def test_an_installed_file_that_was_altered_is_not_packed(installed: Path, tmp_path: Path) -> None:
    card = load_catalogue(installed).card("large")
    for name in ("LICENSE", "model-00001-of-00002.safetensors"):
        path = card.folder / name
        before = path.read_bytes()
        path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        with pytest.raises(BrokenModel, match=name):
            pack([card], tmp_path / "x.tar")
        path.write_bytes(before)
    (card.folder / "LICENSE").unlink()
    with pytest.raises(BrokenModel, match="LICENSE is missing"):
        pack([card], tmp_path / "x.tar")
    assert list(tmp_path.glob("*x.tar*")) == []


def test_no_room(bundle: Path, parts: list[tuple[str, bytes]], house: Callable[[str], Path], tmp_path: Path) -> None:
    listing = json.loads(parts[0][1])
    listing["models"][0]["files"][0]["size"] = 2**62
    with pytest.raises(CannotInstall, match="GiB"):
        bring(write(tmp_path / "huge.tar", parts, listing), house("other"))


@pytest.mark.parametrize("old", [False, True])
def test_an_import_that_is_killed_anywhere_leaves_the_old_or_the_new_model(
    bundle: Path, house: Callable[[str], Path], model: Callable[..., Path], old: bool
) -> None:
    """The child forks an import for each call that touches the disk, and kills it there; it looks at what is left."""
    catalogue = house("other")
    words = [sys.executable, str(KILLER), str(bundle), str(catalogue), *([str(model("old", seed=9))] if old else [])]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    said = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    assert said.returncode == 0, said.stderr
    seen = json.loads(said.stdout)
    assert seen["killed"] > 25
    assert set(seen["found"]) == ({"old", "new"} if old else {"nothing", "new"})
    assert seen["found"]["new"] >= 1
    assert seen["broken"] == []
