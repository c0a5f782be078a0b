"""The house of these tests leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import Server


def test_a_server_that_does_not_get_ready_is_killed_and_its_log_told(tmp_path: Path) -> None:
    (tmp_path / "server.log").write_text("what it said\n")
    server = Server(tmp_path, start_seconds=0)
    with pytest.raises(AssertionError, match="not ready in 0 s: what it said"):
        server.start()
    assert server.process is not None and server.process.returncode == -9
