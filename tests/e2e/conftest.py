"""A real house: a server process on a loopback port, real Tesseract, the shipped models, real files."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-of-the-tests"
START_SECONDS = 600


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """What a house of the tests is started with: nothing of the developer's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ALTTEXT_")}
    own = {"ALTTEXT_DATA_DIR": str(data_dir), "ALTTEXT_MODELS_DIR": str(ROOT / "models"), "ALTTEXT_DEVICE": "cpu"}
    return {**kept, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **own, **more}


def command(*words: str) -> list[str]:
    """The command line, as `alttext-local` starts it."""
    return [sys.executable, "-c", "from alttext_local.cli import main; main()", *words]


@dataclass
class Server:
    """One server process. Its output is kept for assertions."""

    data_dir: Path
    more: dict[str, str] = field(default_factory=dict)
    start_seconds: float = START_SECONDS
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        words = command("serve", "--host", "127.0.0.1", "--port", str(self.port))
        log = (self.data_dir / "server.log").open("ab")
        self.process = subprocess.Popen(
            words, env=environment(self.data_dir, **self.more), stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
        log.close()
        try:
            self._wait()
        except BaseException:  # whoever waited in vain has no server to stop
            self._kill()
            raise

    def _wait(self) -> None:
        assert self.process is not None
        end = time.monotonic() + self.start_seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, self.output()
            try:
                with urllib.request.urlopen(f"{self.url}/health/ready", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.2)
        raise AssertionError(f"not ready in {self.start_seconds} s: {self.output()}")

    def output(self) -> str:
        return (self.data_dir / "server.log").read_text(encoding="utf-8", errors="replace")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        try:
            return self.process.wait(timeout=100)
        except subprocess.TimeoutExpired:
            self._kill()
            raise AssertionError(f"it went on for 100 s after {how.name}: {self.output()}") from None

    def _kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests that only ask it."""
    running = Server(tmp_path_factory.mktemp("house"), {"ALTTEXT_TOKENS": f"{TOKEN},another-token"})
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def pictures() -> Path:
    """The four sample pictures of the documentation: chart, page, screenshot, photograph."""
    return ROOT / "docs" / "samples"
