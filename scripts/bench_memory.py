"""How much memory the web process takes while large ZIPs come in and their jobs are asked after.

A real `alttext-local serve` without a worker, so that only the web process is measured. Its memory is read ten times a
second (resident set, MiB; and what of it is its own, without the pages of mapped files). `python
scripts/bench_memory.py --json out.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import requests

ROOT = Path(__file__).resolve().parents[1]
MIB = 2**20
TOKEN = secrets.token_hex(16)
V3 = "/cl/alttext/api/v3/"


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pack(path: Path, images: int, size: int) -> None:
    """A ZIP of `images` files of `size` bytes; no worker reads them, so noise will do."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("settings.json", "{}")
        for number in range(images):
            archive.writestr(f"{number:05d}.png", b"\x89PNG\r\n\x1a\n" + os.urandom(size - 8))


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The address of a server that listens, and its process."""
    port = free_port()
    own = {
        "ALTTEXT_DATA_DIR": str(folder), "ALTTEXT_MODELS_DIR": str(ROOT / "models"), "ALTTEXT_TOKENS": TOKEN,
        "ALTTEXT_WORKER": "none", "ALTTEXT_PORT": str(port), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    words = [sys.executable, "-c", "from alttext_local.cli import main; main()", "serve"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(words, env=os.environ | own, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        while not answers(url):
            if process.poll() is not None:
                raise SystemExit((folder / "log").read_text())
            time.sleep(0.2)
        yield url, psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def answers(url: str) -> bool:
    """Whether the server is ready."""
    try:
        return requests.get(f"{url}/health/ready", timeout=5).ok
    except requests.ConnectionError:
        return False


class Watch:
    """The most memory that a process has had since the watch was last read."""

    def __init__(self, process: psutil.Process) -> None:
        self._process, self._over = process, threading.Event()
        self._most = (0.0, 0.0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.wait(0.1):
            now = self._process.memory_info()
            self._most = max(self._most[0], now.rss / MIB), max(self._most[1], (now.rss - now.shared) / MIB)

    def read(self) -> dict[str, int]:
        """The peaks in MiB since the last reading."""
        time.sleep(0.3)
        most, self._most = self._most, (0.0, 0.0)
        return {"resident_mib": round(most[0]), "own_mib": round(most[1])}

    def stop(self) -> None:
        """Watch no more."""
        self._over.set()
        self._thread.join()


def measure(folder: Path, shapes: list[tuple[int, int]], asks: int) -> list[dict[str, Any]]:
    """Peaks at rest, while each ZIP is sent, and while its job is asked after."""
    headers, rows = {"Authorization": f"Bearer {TOKEN}"}, []
    with serving(folder) as (url, process):
        watch = Watch(process)
        rows.append({"what": "at rest", **watch.read()})
        for images, size in shapes:
            archive = folder / "sent.zip"
            pack(archive, images, size)
            watch.read()
            with archive.open("rb") as stream:
                answer = requests.post(url + V3, headers=headers, files={"file": ("a.zip", stream)}, timeout=600)
            answer.raise_for_status()
            what = f"{images} images, {archive.stat().st_size // MIB} MiB"
            rows.append({"what": f"sending {what}", **watch.read()})
            status = f"{url}{V3}status/{answer.json()['job_id']}"
            for _ in range(asks):
                requests.get(status, headers=headers, timeout=60).raise_for_status()
            rows.append({"what": f"asking {asks} times after it", **watch.read()})
        watch.stop()
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    shapes = [(10, 100_000), (500, 400_000), (500, 400_000), (500, 900_000), (10, 100_000)]
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), shapes, asks=50)
    for row in rows:
        print(f"{row['what']:32} {row['resident_mib']:6} MiB resident, {row['own_mib']:6} MiB its own")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
