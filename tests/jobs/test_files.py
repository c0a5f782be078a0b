"""The store in a folder, and which store the settings name."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from alttext_local.errors import BadSettings
from alttext_local.jobs.durable import replacing
from alttext_local.jobs.files import LocalFiles, key_of, open_files
from alttext_local.jobs.files_s3 import S3Files
from alttext_local.settings import load_settings

KEY = key_of("3c22c4a3", "input")


@pytest.fixture
def files(tmp_path):
    return LocalFiles(tmp_path / "files")


@pytest.fixture
def put(files, tmp_path):
    def write(key, content):
        source = tmp_path / "upload"
        source.write_bytes(content)
        files.put(source, key)
        assert not source.exists()

    return write


def test_what_was_put_can_be_read_listed_and_erased(files, put, tmp_path):
    put(KEY, b"old")
    put(KEY, b"some marked bytes")
    with files.open(KEY) as stream:
        stream.seek(5)
        assert stream.read() == b"marked bytes"
    (stored,) = files.stored()
    assert (stored.key, stored.size) == (KEY, 17) == (KEY, files.size(KEY))
    assert abs(datetime.now(UTC) - stored.modified) < timedelta(minutes=1)
    files.delete(KEY)
    files.delete(KEY)
    assert list(files.stored()) == []
    assert not any(b"marked" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_what_is_not_there_is_said_the_usual_way(files):
    for ask in (files.open, files.size):
        with pytest.raises(FileNotFoundError):
            ask(KEY)


@pytest.mark.parametrize(
    "key", ["", "..", ".", "../a", "a/b", "/etc/passwd", ".a.part", "a\\b\0", "a" * 200, "é", "a\n"]
)
def test_no_key_leaves_the_folder(files, key, tmp_path):
    source = tmp_path / "upload"
    source.write_bytes(b"x")
    for ask in (files.open, files.size, files.delete, lambda key: files.put(source, key)):
        with pytest.raises(FileNotFoundError):
            ask(key)
    assert source.exists()
    assert list(files.stored()) == []


def test_a_download_goes_on_when_the_file_is_erased(files, put):
    put(KEY, b"0123456789")
    with files.open(KEY) as stream:
        files.delete(KEY)
        assert stream.read() == b"0123456789"


def test_half_written_files_are_not_listed_and_are_swept_when_old(files, put):
    put(KEY, b"whole")
    with replacing(files.path("other.zip")) as stream:
        stream.write(b"half")
        assert [stored.key for stored in files.stored()] == [KEY]
        assert files.sweep(timedelta(hours=1)) == 0
    (files.path(KEY).parent / ".dead.zip.0123.part").write_bytes(b"half")
    assert files.sweep(timedelta(0)) == 1
    assert sorted(path.name for path in files.path(KEY).parent.iterdir()) == [KEY, "other.zip"]


def test_the_room_left_is_that_of_the_disk(files, tmp_path):
    assert files.free() == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.2)


def test_only_the_owner_may_look_into_the_folder(files):
    assert files.path(KEY).parent.stat().st_mode & 0o777 == 0o700


def test_the_settings_name_the_store(tmp_path):
    plain = load_settings(data_dir=tmp_path)
    here = open_files(plain)
    assert isinstance(here, LocalFiles)
    assert here.path(KEY) == tmp_path / "files" / KEY
    away = load_settings(data_dir=tmp_path, s3_bucket="shelf", s3_access_key="key", s3_secret_key="very-secret")
    assert isinstance(open_files(away), S3Files)
    assert "very-secret" not in repr(away)


@pytest.mark.parametrize(
    "given",
    [
        {"s3_bucket": "shelf"},
        {"s3_bucket": "shelf", "s3_access_key": "key"},
        {"s3_bucket": "shelf", "s3_access_key": "key", "s3_secret_key": "s", "s3_region": ""},
        {"s3_endpoint": "http://minio.example"},
        {"link_seconds": 8 * 86_400},
    ],
)
def test_half_a_configuration_is_refused(tmp_path, given):
    with pytest.raises(BadSettings, match=r"s3_|link_seconds"):
        load_settings(data_dir=tmp_path, **given)
