"""What comes back is what was there, bit by bit, into an empty folder or not at all."""

import hashlib
import json
import os
import stat

import pytest

from alttext_local.backup import LISTING, SEAL, back_up, seal_of
from alttext_local.errors import BadBackup, BadRequest, CannotRestore
from alttext_local.models.tape import BLOCK, Tape, TapeWriter
from alttext_local.restoring import check, restore
from alttext_local.settings import Settings
from tests.test_backup import house  # noqa: F401


@pytest.fixture
def backup(house, tmp_path):  # noqa: F811
    return back_up(house, tmp_path / "one.backup").path


@pytest.fixture
def empty(tmp_path):
    return Settings(data_dir=tmp_path / "new", models_dir=tmp_path / "new-models")


def parts_of(path):
    """Name and content of each file of a backup, in order."""
    with path.open("rb") as stream:
        tape, parts = Tape(stream), []
        while not parts or parts[-1][0] != SEAL:
            name, _ = tape.next_file()
            parts.append((name, b"".join(tape.chunks())))
    return parts


def write(path, parts):
    with path.open("wb") as stream:
        writer = TapeWriter(stream)
        for name, content in parts:
            writer.put(name, len(content), [content])
        writer.end()
    return path


def resealed(parts, **changes):
    """The same files with another list, as whoever can write a list can write it."""
    text = json.dumps({**json.loads(dict(parts)[LISTING]), **changes}).encode()
    return [*parts[:-2], (LISTING, text), (SEAL, seal_of(text))]


def refused(path, empty, error, match):
    with pytest.raises(error, match=match):
        restore(path, empty)
    assert not empty.data_dir.exists() or not list(empty.data_dir.iterdir())
    assert not (empty.models_dir / "site.toml").exists()


def test_everything_comes_back_with_its_mode(house, backup, empty):  # noqa: F811
    listing = restore(backup, empty)
    for kept in listing.files:
        if kept.name in ("alttext.sqlite", "models/site.toml"):
            continue
        old, new = house.data_dir / kept.name, empty.data_dir / kept.name
        assert new.read_bytes() == old.read_bytes()
        assert stat.S_IMODE(new.stat().st_mode) == stat.S_IMODE(old.stat().st_mode)
    assert stat.S_IMODE((empty.data_dir / "policy.toml").stat().st_mode) == 0o640
    assert stat.S_IMODE((empty.data_dir / "alttext.sqlite").stat().st_mode) == 0o600
    assert all(stat.S_IMODE((empty.data_dir / n).stat().st_mode) == 0o700 for n in (".", "files", "spool", "audit"))
    assert (empty.models_dir / "site.toml").read_bytes() == (house.models_dir / "site.toml").read_bytes()
    assert sorted(path.name for path in empty.data_dir.iterdir()) == sorted(
        ["alttext.sqlite", "alttext.toml", "audit", "callback-secret", "files", "link-secret", "policy.toml", "spool"]
    )


def test_one_bit_anywhere_is_refused_with_the_name_of_its_file(backup, empty):
    data, at = backup.read_bytes(), 0
    for name, content in parts_of(backup):
        start, end = at, at + BLOCK + len(content) + (-len(content) % BLOCK)
        places = {start + 1, start + 200, start + BLOCK, start + BLOCK + len(content) // 2, end - 1}
        for place in places:
            flipped = bytearray(data)
            flipped[place] ^= 1
            backup.write_bytes(flipped)
            # in a name that is altered, what stands there now is said
            known = r".*" if place == start + 1 else name.replace(".", r"\.")
            refused(backup, empty, BadBackup, rf"{known}")
        at = end
    backup.write_bytes(data[:-1] + b"\1")
    refused(backup, empty, BadBackup, "behind its last file")
    backup.write_bytes(data)
    restore(backup, empty)


@pytest.mark.parametrize("length", [0, 100, 5000, -1, -1024, -3000])
def test_one_that_is_cut_short_is_refused(backup, empty, length):
    backup.write_bytes(backup.read_bytes()[:length])
    refused(backup, empty, BadBackup, "cut short|ends before|behind its last")


@pytest.mark.parametrize("name", ["other.txt", "../x", "/etc/x", "files/../x", "files/.x", "models/x", "files/a/b"])
def test_a_name_that_no_backup_has_is_refused(backup, empty, name):
    write(backup, [(name, b"x"), *parts_of(backup)])
    refused(backup, empty, BadBackup, "is no file of a backup")


def test_files_that_the_list_does_not_name_or_names_in_vain(backup, empty):
    parts = parts_of(backup)
    write(backup, [("files/foreign.zip", b"x"), *parts])
    refused(backup, empty, BadBackup, r"files/foreign\.zip is foreign")
    write(backup, [part for part in parts if part[0] != "policy.toml"])
    refused(backup, empty, BadBackup, r"policy\.toml is missing")
    write(backup, [parts[0], *parts])
    refused(backup, empty, BadBackup, "there twice")
    write(backup, [(name, b"other" if name == "link-secret" else content) for name, content in parts])
    refused(backup, empty, BadBackup, "link-secret was altered")


def test_a_list_that_was_written_anew_is_found_by_the_whole_files_sha256(house, backup, empty):  # noqa: F811
    known = hashlib.sha256(backup.read_bytes()).hexdigest()
    write(backup, resealed(parts_of(backup), version="9"))
    assert check(backup).version == "9"
    with pytest.raises(BadBackup, match="SHA-256"):
        restore(backup, empty, known)


def test_a_house_that_is_there_stays_as_it_is(house, backup):  # noqa: F811
    before = {path: path.stat().st_mtime_ns for path in house.data_dir.rglob("*")}
    with pytest.raises(CannotRestore, match=r"not empty: alttext\.sqlite"):
        restore(backup, house)
    assert {path: path.stat().st_mtime_ns for path in house.data_dir.rglob("*")} == before


def test_a_restoring_that_was_killed_is_done_again(backup, empty, monkeypatch):
    class Killed(BaseException):
        pass

    moved = []

    def rename(self, target, rename=type(empty.data_dir).rename):
        if len(moved) == 3:
            raise Killed
        moved.append(self.name)
        return rename(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(type(empty.data_dir), "rename", rename)
        patched.setattr("shutil.rmtree", lambda *_, **__: None)  # a process that is killed clears nothing away
        with pytest.raises(Killed):
            restore(backup, empty)
    assert "alttext.sqlite" not in moved
    assert (empty.data_dir / ".restoring").is_dir()
    restore(backup, empty)
    assert (empty.data_dir / "alttext.sqlite").is_file()
    assert not (empty.data_dir / ".restoring").exists()


def test_what_does_not_fit_this_machine_is_refused(backup, empty, tmp_path):
    write(tmp_path / "newer", resealed(parts_of(backup), schema="9001", version="7.0"))
    refused(tmp_path / "newer", empty, CannotRestore, r"of version 7\.0, whose tables")
    other = empty.model_copy(update={"database_url": "postgresql+psycopg://h/db"})
    refused(backup, other, CannotRestore, "ALTTEXT_DATABASE_URL")
    write(tmp_path / "form", resealed(parts_of(backup), form="alttext-local backup 2"))
    refused(tmp_path / "form", empty, BadBackup, "backup 2")
    write(tmp_path / "odd", resealed(parts_of(backup), more=1))
    refused(tmp_path / "odd", empty, BadBackup, "cannot be read")
    with pytest.raises(BadRequest, match="There is no file nowhere"):
        restore(tmp_path / "nowhere", empty)
    empty.models_dir.mkdir()
    (empty.models_dir / "site.toml").write_text("# another\n")
    with pytest.raises(CannotRestore, match=r"another site\.toml"):
        restore(backup, empty)
    assert not list(empty.data_dir.iterdir())


def test_the_models_folder_of_the_restored_settings_gets_the_sites_file(house, tmp_path):  # noqa: F811
    (house.data_dir / "alttext.toml").write_text(f'models_dir = "{tmp_path / "theirs"}"\n')
    made = back_up(house, tmp_path / "two.backup")
    restore(made.path, Settings(data_dir=tmp_path / "new"))
    assert (tmp_path / "theirs" / "site.toml").is_file()


def test_looking_changes_nothing(backup, tmp_path):
    before = sorted(os.walk(tmp_path))
    check(backup)
    assert sorted(os.walk(tmp_path)) == before
