import os
import stat

import pytest

from alttext_local.errors import MetadataFailed
from alttext_local.metadata.replacing import locked, part_of, replace


@pytest.fixture
def pair(tmp_path):
    old, new = tmp_path / "a.jpg", part_of(tmp_path / "a.jpg", ".jpg")
    old.write_bytes(b"old")
    new.write_bytes(b"newer")
    old.chmod(0o604)
    return old, new


def test_the_new_file_takes_place_mode_and_attributes(pair):
    old, new = pair
    with locked(old) as before:
        replace(new, old, before, keep_times=False)
    assert old.read_bytes() == b"newer"
    assert stat.S_IMODE(old.stat().st_mode) == 0o604
    assert not new.exists()


def test_a_file_that_was_changed_meanwhile_stays(pair):
    old, new = pair
    with locked(old) as before:
        old.write_bytes(b"someone else")
        with pytest.raises(MetadataFailed, match="changed"):
            replace(new, old, before, keep_times=False)
    assert old.read_bytes() == b"someone else"


def test_one_at_a_time(pair):
    old, _ = pair
    with locked(old), pytest.raises(MetadataFailed, match="Another process"), locked(old):
        pass
    with locked(old):
        pass


def test_a_part_has_one_name_a_file_and_never_a_long_one(tmp_path):
    long = tmp_path / ("x" * 250 + ".jpg")
    assert part_of(long, ".jpg") == part_of(long, ".jpg")
    assert len(os.fsencode(part_of(long, ".jpg").name)) < 60
    assert part_of(long, ".jpg").parent == tmp_path
    assert part_of(long, ".jpg") != part_of(tmp_path / "a.jpg", ".jpg")
