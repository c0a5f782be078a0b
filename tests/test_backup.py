"""A backup of a house at work holds all that its ledger wants; what it does not cover is said."""

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from alttext_local import restoring
from alttext_local.backup import MAKING, back_up
from alttext_local.errors import BackupFailed, BadRequest
from alttext_local.jobs.files import LocalFiles, key_of
from alttext_local.jobs.ledger import Ledger
from alttext_local.settings import Settings
from alttext_local.store.database import open_database
from alttext_local.store.tokens import Tokens
from tests.jobs.bulk import order

MODELS = Path(__file__).resolve().parents[1] / "models"


@pytest.fixture
def house(tmp_path, monkeypatch):
    """The settings of a data folder with a token, two jobs and one of each other thing; not where tests run."""
    data, models = tmp_path / "data", tmp_path / "models"
    monkeypatch.chdir(tmp_path)
    for folder in ("files", "spool", "audit", "metrics"):
        (data / folder).mkdir(parents=True)
    models.mkdir()
    settings = Settings(data_dir=data, models_dir=models)
    database = open_database(settings.database_file)
    Tokens(database).create("Ward 3")
    for _ in range(2):
        add_job(Ledger(database), LocalFiles(data / "files"), tmp_path)
    database.dispose()
    contents = {
        "alttext.toml": "cache_days = 7\n",
        "policy.toml": "# ours\n",
        "callback-secret": "whsec_c2VjcmV0",
        "link-secret": "12345678901234567890123456789012",
        "spool/a.eml": "Subject: done\n",
        "audit/audit-2026-11.jsonl": "{}\n",
        "queue.sqlite": "derived",
        "metrics/worker": "derived",
        "files/.upload.part": "half of one",
        "notes.txt": "somebody's own",
    }
    for name, text in contents.items():
        (data / name).write_text(text)
        (data / name).chmod(0o640 if name == "policy.toml" else 0o600)
    (models / "site.toml").write_text('[aliases]\n"gpt-4o" = ["ours"]\n')
    return settings


def add_job(ledger, files, folder):
    made = order(2)
    part = folder / f"part-{made.id}"
    part.write_bytes(made.id.encode() * 50)
    files.put(part, key_of(made.id, "input"))
    ledger.open_job(made)
    return made.id


def test_all_of_the_house_is_in_it_and_nothing_that_is_made_again(house, tmp_path):
    made = back_up(house, tmp_path / "one.backup")
    listed = [kept.name for kept in made.listing.files]
    inputs = sorted(f"files/{path.name}" for path in (house.data_dir / "files").iterdir() if path.name[0] != ".")
    assert sorted(listed) == sorted(
        [
            *("alttext.toml", "policy.toml", "callback-secret", "link-secret", "models/site.toml", "spool/a.eml"),
            *("audit/audit-2026-11.jsonl", "alttext.sqlite", *inputs),
        ]
    )
    assert made.listing.left_out == ["notes.txt in the data folder"]
    assert made.listing.missing == []
    assert restoring.check(made.path, made.sha256) == made.listing
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.size == made.path.stat().st_size


def test_what_a_busy_house_does_meanwhile_is_wholly_in_it_or_not_at_all(house, tmp_path):
    database, files = open_database(house.database_file), LocalFiles(house.data_dir / "files")
    ledger, stop, made = Ledger(database), threading.Event(), []

    def work():
        while not stop.is_set():
            made.append(add_job(ledger, files, tmp_path))
            if len(made) % 3 == 0:  # cancelled, ended, its input erased, as time goes by
                ledger.cancel(made[-1])
                ledger.end(made[-1])
                files.delete(key_of(made[-1], "input"))
                ledger.note_erased(made[-1])

    worker = threading.Thread(target=work)
    worker.start()
    backups = []
    try:
        while len(backups) < 4 or len(made) < 12:
            backups.append(back_up(house, tmp_path / f"{len(backups)}.backup"))
    finally:
        stop.set()
        worker.join()
        database.dispose()
    for number, backup in enumerate(backups):
        assert backup.listing.missing == []
        target = Settings(data_dir=tmp_path / f"again-{number}", models_dir=tmp_path / f"models-{number}")
        restoring.restore(backup.path, target)
        with closing(sqlite3.connect(target.database_file)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            wanted = connection.execute("SELECT id FROM jobs WHERE erased IS NULL").fetchall()
        assert len(wanted) >= 2
        for (job,) in wanted:
            assert (target.data_dir / "files" / key_of(job, "input")).read_bytes() == job.encode() * 50


def test_an_input_that_is_not_there_is_named(house, tmp_path):
    gone = sorted((house.data_dir / "files").glob("*-input.zip"))[0]
    gone.unlink()
    assert back_up(house, tmp_path / "one.backup").listing.missing == [gone.name]


def test_into_a_folder_it_goes_by_the_time(house, tmp_path):
    made = back_up(house, tmp_path)
    assert made.path.parent == tmp_path
    assert made.path.name.startswith("alttext-local-2")


def test_nothing_is_overwritten_and_nothing_lies_in_the_data_folder(house, tmp_path):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(BadRequest, match="There is a file mine already"):
        back_up(house, tmp_path / "mine")
    with pytest.raises(BadRequest, match="must not lie in the data folder"):
        back_up(house, house.data_dir / "one.backup")


def test_a_folder_without_a_house_is_no_backup(tmp_path):
    (tmp_path / "data").mkdir()
    with pytest.raises(BackupFailed, match=r"There is no alttext\.sqlite"):
        back_up(Settings(data_dir=tmp_path / "data", models_dir=tmp_path), tmp_path / "one.backup")


def test_a_disk_that_takes_it_not_leaves_nothing(house, tmp_path):
    with pytest.raises(BackupFailed, match="No such file"):
        back_up(house, tmp_path / "nowhere" / "one.backup")
    (house.data_dir / "alttext.sqlite").write_bytes(b"no database at all, but long enough to be looked at" * 40)
    with pytest.raises(BackupFailed, match="not a database"):
        back_up(house, tmp_path / "one.backup")
    assert not list(tmp_path.glob("*.backup"))
    assert not list(tmp_path.glob(f"{MAKING}*"))


def test_what_a_killed_backup_left_is_cleared_a_day_later(house, tmp_path):
    for name, age in (("old", 90_000), ("young", 60)):
        left = tmp_path / f"{MAKING}{name}"
        left.mkdir()
        now = left.stat().st_mtime
        os.utime(left, (now - age, now - age))
    back_up(house, tmp_path / "one.backup")
    assert [path.name for path in tmp_path.glob(f"{MAKING}*")] == [f"{MAKING}young"]


def test_links_and_odd_files_are_told_not_followed(house, tmp_path):
    (tmp_path / "elsewhere").write_text("a secret of another")
    (house.data_dir / "spool" / "b.eml").mkdir()
    (house.data_dir / "spool" / "ö.eml").write_text("odd")
    (house.data_dir / "first-token").symlink_to(tmp_path / "elsewhere")
    made = back_up(house, tmp_path / "one.backup")
    assert b"a secret of another" not in made.path.read_bytes()
    assert sorted(made.listing.left_out) == [
        "'spool/\\xf6.eml' in the data folder",
        "first-token: it is no plain file",
        "notes.txt in the data folder",
        "spool/b.eml: it is no plain file",
    ]


def test_databases_and_stores_elsewhere_are_said_not_to_be_in_it(house, tmp_path, monkeypatch):
    monkeypatch.setenv("ALTTEXT_CACHE_DAYS", "3")
    elsewhere = house.model_copy(
        update={"database_url": "postgresql+psycopg://h/db", "s3_bucket": "b", "policy_file": tmp_path / "p.toml"}
    )
    listing = back_up(elsewhere, tmp_path / "one.backup").listing
    said = " ".join(listing.left_out)
    assert "pg_dump" in said and "S3 bucket" in said and "p.toml, which policy_file names" in said
    assert listing.schema == ""
    assert "alttext.sqlite" not in [kept.name for kept in listing.files]
    assert "ALTTEXT_CACHE_DAYS" in listing.environment
