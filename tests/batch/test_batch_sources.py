"""Where images come from."""

from __future__ import annotations

import os
import time

import pytest

from alttext_local.batch.sources import Folder, PathList, Zip
from alttext_local.errors import BadArchive, MissingFile, NotAZip, TooLarge, UnreadableFile
from alttext_local.jobs.archive import ArchiveLimits
from tests.batch.houses import REQUEST
from tests.jobs import zips

LIMITS = ArchiveLimits(1 << 30, 1 << 30, 1 << 20, 500, 1000, 1 << 20, 32)


@pytest.fixture
def folder(tmp_path):
    for name in ("b.JPG", "a.png", "notes.txt", ".hidden.png", "deep/er/c.gif", "Thumbs.db/x.png", "deep/d.webp"):
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path / "source"


def paths(source):
    return sorted(entry.path for entry in source.entries())


def test_a_folder_gives_its_images_with_paths_from_it(folder):
    source = Folder(folder, REQUEST)
    assert paths(source) == ["a.png", "b.JPG", "deep/er/c.gif"]
    assert {source.read(entry, 100) for entry in source.entries()} == {b"a.png", b"b.JPG", b"deep/er/c.gif"}
    assert all(entry.request is REQUEST and entry.number == 0 for entry in source.entries())


@pytest.mark.parametrize(
    ("patterns", "wanted"),
    [
        (["*.png"], ["a.png"]),
        (["deep/*"], ["deep/d.webp", "deep/er/c.gif"]),
        (["**/*.gif", "**/a.*"], ["a.png", "deep/er/c.gif"]),
        (["*.tif"], []),
    ],
)
def test_globs_choose_whatever_the_ending(folder, patterns, wanted):
    assert paths(Folder(folder, REQUEST, patterns)) == wanted


def test_a_link_to_a_folder_is_not_followed_and_a_ring_has_an_end(folder):
    (folder / "deep" / "ring").symlink_to(folder)
    assert paths(Folder(folder, REQUEST)) == ["a.png", "b.JPG", "deep/er/c.gif"]


def test_a_name_that_is_no_utf8_is_shown_and_read(folder):
    (folder / "x").mkdir()
    with open(os.fsencode(folder) + b"/x/caf\xe9.png", "wb") as stream:  # noqa: PTH123 (a name of bytes)
        stream.write(b"coffee")
    source = Folder(folder / "x", REQUEST)
    (entry,) = source.entries()
    assert entry.path == "caf\\xe9.png"
    assert source.read(entry, 100) == b"coffee"


def test_a_folder_that_goes_away_meanwhile_is_an_entry_with_its_failure(folder):
    found = Folder(folder, REQUEST).entries()
    seen = [next(found)]
    for name in ("deep/er/c.gif", "deep/d.webp"):
        (folder / name).unlink()
    (folder / "deep" / "er").rmdir()
    (folder / "deep").rmdir()
    failures = [entry for entry in [*seen, *found] if entry.failure]
    assert [(one.path, one.failure.code) for one in failures] in ([("deep/", "missing_file")], [])


def test_a_stamp_changes_with_the_file_and_is_not_given_for_a_young_one(folder):
    source = Folder(folder, REQUEST, ["a.png"])
    (entry,) = source.entries()
    assert source.stamp(entry) == ""
    old = time.time() - 100
    os.utime(folder / "a.png", (old, old))
    assert source.stamp(entry) == ""  # its status changed a moment ago: that time cannot be set back
    time.sleep(2.1)
    stamp = source.stamp(entry)
    assert stamp and stamp == source.stamp(entry)
    (folder / "a.png").write_bytes(b"other")
    os.utime(folder / "a.png", (old, old))
    assert source.stamp(entry) != stamp


def test_what_cannot_be_read_says_why(folder):
    source = Folder(folder, REQUEST, ["a.png"])
    (entry,) = source.entries()
    with pytest.raises(TooLarge):
        source.read(entry, 4)
    (folder / "a.png").unlink()
    for call in (source.stamp, lambda one: source.read(one, 100)):
        with pytest.raises(MissingFile):
            call(entry)
    (folder / "a.png").mkdir()
    with pytest.raises(UnreadableFile):
        source.read(entry, 100)


def test_paths_come_one_a_line_and_are_counted(folder):
    lines = iter([f"{folder}/a.png\n", "\n", f"{folder}/deep/er/c.gif\r\n"])
    source = PathList(lines, REQUEST)
    first, second = source.entries()
    assert (first.number, second.number) == (1, 3)
    assert first.path == f"{folder}/a.png"
    assert source.read(second, 100) == b"deep/er/c.gif"


def test_a_zip_gives_its_images_without_any_json(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zips.usual({"x/one.png": b"1", "two.jpg": b"22", "__MACOSX/one.png": b"", "readme.txt": b"r"}))
    source = Zip(path, REQUEST, LIMITS)
    assert paths(source) == ["two.jpg", "x/one.png"]
    assert {source.read(entry, 10) for entry in source.entries()} == {b"1", b"22"}
    assert paths(Zip(path, REQUEST, LIMITS, ["x/*"])) == ["x/one.png"]


def test_a_zip_that_could_do_harm_is_refused_as_a_whole(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zips.usual({"../one.png": b"1"}))
    with pytest.raises(BadArchive):
        Zip(path, REQUEST, LIMITS)
    path.write_bytes(b"no zip")
    with pytest.raises(NotAZip):
        Zip(path, REQUEST, LIMITS)
