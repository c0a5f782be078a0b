"""Where installed models stand."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from alttext_local.catalogue import load_catalogue
from alttext_local.errors import BadSettings, CannotInstall, ModelsBusy, NoRoomForModel
from alttext_local.models.shelf import Shelf, card_text, check_card_name


def put(shelf: Shelf, source: Path, **block: object) -> Path:
    with shelf.changing():
        incoming = shelf.incoming("add-x")
        for path in source.iterdir():
            (incoming / path.name).write_bytes(path.read_bytes())
        return shelf.put(incoming, "large", block)


def test_the_former_files_stay_till_the_next_change(house: Callable[..., Path], model: Callable[..., Path]) -> None:
    catalogue = house()
    shelf = Shelf.beside(catalogue)
    first = put(shelf, model("one"), revision="1")
    second = put(shelf, model("two", seed=2), revision="2")
    assert first.is_dir(), "a server may run with them"
    assert load_catalogue(catalogue).card("large").folder == second
    with shelf.changing():
        assert not first.exists()
    assert second.is_dir()


def test_what_is_not_ours_stays(house: Callable[..., Path], model: Callable[..., Path]) -> None:
    shelf = Shelf.beside(house())
    put(shelf, model())
    stranger = shelf.folder / "by-hand"
    stranger.mkdir()
    with shelf.changing():
        pass
    assert stranger.is_dir()


def test_pulls_that_wait_stay_and_imports_that_broke_go(house: Callable[..., Path]) -> None:
    shelf = Shelf.beside(house())
    waiting, broken = shelf.incoming("pull-large"), shelf.incoming("import-1234")
    with shelf.changing():
        assert waiting.is_dir()
        assert not broken.exists()


def test_one_changes_it_at_a_time(house: Callable[..., Path]) -> None:
    shelf = Shelf.beside(house())
    with shelf.changing():
        with pytest.raises(ModelsBusy), Shelf(shelf.folder).changing():
            pass
        with shelf.held("pull-large"):
            pass
    with shelf.changing():
        pass


def test_room_is_looked_at(house: Callable[..., Path]) -> None:
    shelf = Shelf.beside(house())
    shelf.check_room(1)
    with pytest.raises(NoRoomForModel, match="are free"):
        shelf.check_room(2**60)


def test_a_removed_model_is_gone(installed: Path) -> None:
    shelf = Shelf.beside(installed)
    folder = load_catalogue(installed).card("large").folder
    with shelf.changing():
        assert shelf.remove("large")
        assert not shelf.remove("large")
    assert not load_catalogue(installed).cards["large"].installed
    with shelf.changing():
        assert not folder.exists()


def test_a_card_that_cannot_be_read_stops_changes_and_erases_nothing(installed: Path) -> None:
    shelf = Shelf.beside(installed)
    folder = load_catalogue(installed).card("large").folder
    (shelf.folder / "large.toml").write_text("rubbish")
    with pytest.raises(BadSettings, match=r"installed/large\.toml"), shelf.changing():
        pass
    assert folder.is_dir()


@pytest.mark.parametrize("text", ['a "quoted" \\ name', "line\nbreak\ttab", "\x7f\x01", "ünï — 名", "]\n[models.evil]"])
def test_a_card_says_again_what_it_was_given(text: str) -> None:
    block = {"licence": text, "tiles": 0, "parameters": 0.5, "prose": True, "languages": ["en", text]}
    read = tomllib.loads(card_text("a.b", {**block, "files": {"config.json": "00"}}))
    assert read == {"models": {"a.b": {**block, "files": {"config.json": "00"}}}}


@pytest.mark.parametrize("name", ["", "..", "A", "a/b", "-a", ".a", "a" * 65, "x.toml", "a\n", "ß"])
def test_names_that_no_card_has(name: str) -> None:
    with pytest.raises(CannotInstall):
        check_card_name(name)
