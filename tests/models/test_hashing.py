"""Names for contents."""

from __future__ import annotations

import hashlib
from pathlib import Path

from alttext_local.models.hashing import git_name_of, sha256_of


def test_git_and_sha256(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"")
    assert git_name_of(path) == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    path.write_bytes(b"hello\n")
    assert git_name_of(path) == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert sha256_of(path) == hashlib.sha256(b"hello\n").hexdigest()
