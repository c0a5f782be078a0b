"""Switching, going back and cleaning up, on real folders and real SQLite files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.bundle.checksums import write_checksums
from scripts.bundle.installer.databases import LEDGER, QUEUE, schema_of
from scripts.bundle.installer.disk import Busy, Refused
from scripts.bundle.installer.installing import install_models, remove_halves
from scripts.bundle.installer.versions import Place, alone, point, remove, roll_back, running, use
from tests.bundle.conftest import migrate, tokens

ONE, TWO = "1.0-aaaa", "2.0-bbbb"


def test_a_switch_keeps_the_data_and_backs_them_up(place: Place) -> None:
    use(place, ONE)
    use(place, TWO)
    assert (place.named(place.current), place.named(place.previous)) == (TWO, ONE)
    assert (place.current / "installed.json").is_file()
    assert tokens(place.data / LEDGER) == ["first"]
    backups = sorted(place.backups.iterdir())
    assert len(backups) == 2 and f"-{ONE}" in backups[1].name
    assert all(tokens(one / LEDGER) == ["first"] and tokens(one / QUEUE) == ["queued"] for one in backups)
    assert all((one / LEDGER).stat().st_mode & 0o077 == 0 for one in backups)


def test_back_without_harm_while_the_older_one_can_read_the_data(place: Place) -> None:
    use(place, ONE)
    use(place, TWO)
    roll_back(place, restore=False)
    assert (place.named(place.current), place.named(place.previous)) == (ONE, TWO)
    assert tokens(place.data / LEDGER) == ["first"]


def test_data_that_the_older_one_cannot_read_are_told_and_put_back_only_when_asked(place: Place) -> None:
    use(place, ONE)
    use(place, TWO)
    migrate(place.data / LEDGER, "0002", "made since")
    with pytest.raises(Refused, match=r"schema 0002.*--restore-data"):
        roll_back(place, restore=False)
    assert place.named(place.current) == TWO and tokens(place.data / LEDGER) == ["first", "made since"]
    roll_back(place, restore=True)
    assert place.named(place.current) == ONE
    assert (schema_of(place.data / LEDGER), tokens(place.data / LEDGER)) == ("0001", ["first"])
    newest = max(place.backups.iterdir())  # what was done since is kept aside
    assert tokens(newest / LEDGER) == ["first", "made since"]
    use(place, TWO)
    assert tokens(place.data / LEDGER) == ["first"]


def test_an_interrupted_switch_leaves_no_file_to_be_written_through(place: Place, tmp_path: Path) -> None:
    use(place, ONE)
    use(place, TWO)
    migrate(place.data / LEDGER, "0002", "made since")
    (tmp_path / "foreign").write_bytes(b"of somebody else")
    (place.data / f".{LEDGER}.new").symlink_to(tmp_path / "foreign")
    roll_back(place, restore=True)
    assert (tmp_path / "foreign").read_bytes() == b"of somebody else"
    assert tokens(place.data / LEDGER) == ["first"] and not (place.data / LEDGER).is_symlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_databases_that_root_puts_back_are_still_the_services(place: Place) -> None:
    service, owner = (4242, 4243), (4244, 4245)
    os.chown(place.prefix, *owner)
    for path in (place.data, place.data / LEDGER, place.data / QUEUE):
        os.chown(path, *service)
    with alone(place):
        use(place, ONE)
        use(place, TWO)
        migrate(place.data / LEDGER, "0002", "made since")
        (place.data / QUEUE).unlink()  # then it is the folder that says whose it is
        roll_back(place, restore=True)
    assert tokens(place.data / QUEUE) == ["queued"]
    for path in place.data.iterdir():
        assert (path.stat().st_uid, path.stat().st_gid) == service, path
    for path in (place.prefix / ".lock", place.backups, *place.backups.rglob("*")):
        assert (path.stat().st_uid, path.stat().st_gid) == owner, path


def test_a_backup_has_what_is_only_in_the_write_ahead_log(place: Place) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(place.data / LEDGER)) as writer:
        writer.execute("INSERT INTO tokens VALUES ('in the log')")
        writer.commit()
        assert (place.data / f"{LEDGER}-wal").stat().st_size
        use(place, ONE)
        (backup,) = place.backups.iterdir()
        assert tokens(backup / LEDGER) == ["first", "in the log"]


def test_without_a_fitting_backup_nothing_is_touched(place: Place) -> None:
    migrate(place.data / LEDGER, "0007", "of the future")
    for restore in (False, True):
        with pytest.raises(Refused, match="no backup that it can read"):
            use(place, TWO, restore)
    assert not place.current.exists() and not place.backups.exists()


def test_a_version_that_is_not_there_or_not_whole_is_no_version(place: Place) -> None:
    (place.versions / "3.0-cccc").mkdir()
    for name in ("3.0-cccc", "4.0-dddd"):
        with pytest.raises(Refused, match=r"Installed: 1\.0-aaaa, 2\.0-bbbb"):
            use(place, name)


def test_what_an_interrupted_installer_left_is_removed_and_nothing_else(place: Place) -> None:
    use(place, ONE)
    (place.versions / "3.0-cccc" / "python").mkdir(parents=True)
    (place.prefix / ".unpacked.999999999").mkdir()
    (place.prefix / f".unpacked.{os.getpid()}").mkdir()
    remove_halves(place)
    assert sorted(one.name for one in place.versions.iterdir()) == [ONE, TWO]
    assert [one.name for one in place.prefix.glob(".unpacked.*")] == [f".unpacked.{os.getpid()}"]
    assert place.named(place.current) == ONE


def test_nothing_is_switched_while_a_version_runs(place: Place) -> None:
    use(place, ONE)
    program = place.versions / ONE / "sleep"
    shutil.copy2(Path(shutil.which("sleep") or "").resolve(), program)
    with subprocess.Popen([program, "60"]) as server:
        try:
            while running(place) != [server.pid]:
                time.sleep(0.01)
            with pytest.raises(Busy, match=rf"process {server.pid}\).*use {TWO}"):
                use(place, TWO)
            assert place.named(place.current) == ONE
        finally:
            server.kill()
    use(place, TWO)


def test_at_every_moment_of_many_switches_the_link_names_a_version(place: Place) -> None:
    use(place, ONE)
    looker = subprocess.Popen(
        [sys.executable, "-c", f"import os\nwhile 1: os.stat({str(place.current / 'installed.json')!r})"],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for turn in range(300):
        point(place.current, f"versions/{(ONE, TWO)[turn % 2]}")
    assert looker.poll() is None
    looker.kill()
    looker.communicate()


def test_a_version_in_use_stays_and_another_goes(place: Place) -> None:
    use(place, ONE)
    use(place, TWO)
    with pytest.raises(Refused, match="is in use"):
        remove(place, TWO)
    remove(place, ONE)
    assert place.installed() == [TWO] and place.named(place.previous) is None
    with pytest.raises(Refused, match="No version was in use before"):
        roll_back(place, restore=False)


def test_one_installer_at_a_time(place: Place) -> None:
    with alone(place), pytest.raises(Busy, match="Another installer"), alone(place):
        pass
    with alone(place):
        pass


def test_models_of_the_site_are_taken_along_and_large_files_are_shared(place: Place, tmp_path: Path) -> None:
    bundle, old, new = tmp_path / "bundle", place.versions / ONE, place.versions / TWO
    for folder in (bundle, old):
        (folder / "models" / "shipped").mkdir(parents=True)
        (folder / "models" / "catalogue.toml").write_text("[models]")
        (folder / "models" / "shipped" / "model.safetensors").write_bytes(b"weights")
        write_checksums(folder)
    (old / "models" / "catalogue.toml").write_text("[models]\n# the site's own card")
    (old / "models" / "own").mkdir()
    (old / "models" / "own" / "model.safetensors").write_bytes(b"theirs")
    (old / "models" / "elsewhere").symlink_to("/srv/large-models")
    use(place, ONE)
    install_models(bundle, new, place)
    assert (new / "models" / "shipped" / "model.safetensors").samefile(old / "models" / "shipped" / "model.safetensors")
    assert (new / "models" / "own" / "model.safetensors").read_bytes() == b"theirs"
    assert (new / "models" / "elsewhere").readlink() == Path("/srv/large-models")
    assert (new / "models" / "catalogue.toml").read_text() == "[models]"


def test_a_damaged_model_of_the_version_in_use_is_not_shared(place: Place, tmp_path: Path) -> None:
    bundle, old, new = tmp_path / "bundle", place.versions / ONE, place.versions / TWO
    for folder in (bundle, old):
        (folder / "models" / "shipped").mkdir(parents=True)
        (folder / "models" / "shipped" / "model.safetensors").write_bytes(b"weights")
        write_checksums(folder)
    (old / "models" / "shipped" / "model.safetensors").write_bytes(b"rotten!")
    use(place, ONE)
    install_models(bundle, new, place)
    assert (new / "models" / "shipped" / "model.safetensors").read_bytes() == b"weights"
    (bundle / "models" / "shipped" / "model.safetensors").write_bytes(b"changed")  # after it was looked at
    shutil.rmtree(new / "models")
    with pytest.raises(Refused, match=r"model\.safetensors changed while it was copied"):
        install_models(bundle, new, place)
