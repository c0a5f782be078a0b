"""Files that are whole or not there."""

from __future__ import annotations

import resource
import stat

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


def test_a_write_that_fails_half_way_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    write_durably(path, b"one")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, hard))  # the system's own way to run out of room
    try:
        with pytest.raises(OSError, match="too large"):
            write_durably(path, bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]
