"""Files that are whole or not there."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from alttext_local.jobs.durable import make_once, move_in, replacing

KILLED = """
import os, signal, sys
from pathlib import Path
from alttext_local.jobs.durable import replacing
with replacing(Path(sys.argv[1])) as stream:
    stream.write(b"half")
    stream.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_block_that_raises_leaves_no_trace(tmp_path):
    path = tmp_path / "a"
    with pytest.raises(RuntimeError), replacing(path) as stream:
        stream.write(b"half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_is_killed_leaves_no_half_file_under_the_name(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"before")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode == -9
    assert path.read_bytes() == b"before"


def test_nobody_sees_the_file_before_it_is_whole(tmp_path):
    with replacing(tmp_path / "a") as stream:
        stream.write(b"whole")
        assert not (tmp_path / "a").exists()
    assert (tmp_path / "a").read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_of_many_who_make_a_file_at_once_one_does(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: make_once(tmp_path / "a", b"%d" % number * 1000), range(8)))
    content = (tmp_path / "a").read_bytes()
    assert content == content[:1] * 1000
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_a_file_that_is_there_is_not_made_again(tmp_path):
    make_once(tmp_path / "a", b"first")
    make_once(tmp_path / "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_a_file_moves_in_and_is_gone_from_where_it_was(tmp_path):
    (tmp_path / "part").write_bytes(b"new")
    (tmp_path / "a").write_bytes(b"old")
    move_in(tmp_path / "part", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]
