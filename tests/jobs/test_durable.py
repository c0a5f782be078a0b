"""Files that are whole or not there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from alttext_local.jobs.durable import write_durably


def test_a_file_is_for_our_eyes_alone_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "new" / "file"
    assert write_durably(path, b"one")
    assert write_durably(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_is_there_stays_where_that_is_wanted(tmp_path):
    path = tmp_path / "file"
    assert write_durably(path, b"one", replace=False)
    assert not write_durably(path, b"two", replace=False)
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


def test_when_the_disk_is_full_the_old_file_stays(tmp_path):
    path = tmp_path / "file"
    write_durably(path, b"one")
    full = Path("/dev/full")
    assert full.exists()
    path.with_name("sub").symlink_to(full)  # a name that cannot become a folder
    with pytest.raises(OSError, match="sub"):
        write_durably(path.with_name("sub") / "file", b"two")
    assert path.read_bytes() == b"one"
