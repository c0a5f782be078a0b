"""Many callers at once through the real REST API: our server, and the same with sharing and batching off.

Both processes run all the time and are called in turns; who is not called waits idle. Callers ask for different
outputs. No answer comes out of a cache (`regenerate`).
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scripts.bench.pictures import encoded
from scripts.bench.turns import percentile, say

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-of-the-benchmark"  # noqa: S105 (of servers that live for minutes, on loopback)
START_SECONDS = 180
ANSWER_SECONDS = 900
OURS = (sys.executable, "-c", "from alttext_local.cli import main; main()", "serve")
SERVERS: dict[str, tuple[str, ...]] = {
    "ours": OURS,
    "sharing and batching off": (sys.executable, "-m", "scripts.bench.plain_house"),
}
OUTPUTS: tuple[dict[str, str], ...] = (
    {},
    {"generate_description": "true"},
    {"generate_ocr": "true"},
    {"generate_description": "true", "generate_ocr": "true", "alt_text_length": "250"},
)


@dataclass(frozen=True)
class Crowd:
    """Who calls, and how often."""

    model: str
    callers: int
    each: int
    """Pictures that a caller sends in a round, one after the other."""
    rounds: int
    minutes: float


def call(crowd: Crowd) -> dict[str, Any]:
    """Measure; the result as plain data."""
    until = time.monotonic() + 60 * crowd.minutes
    pictures = encoded(crowd.callers * crowd.each)
    rounds: dict[str, list[list[float]]] = {name: [] for name in SERVERS}
    seconds: dict[str, list[float]] = {name: [] for name in SERVERS}
    texts: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder)) as ports:
        for port in ports.values():
            one_round(port, crowd, pictures[: crowd.callers // 4 or 1])
        for number in range(crowd.rounds):
            if number and time.monotonic() + sum(spent[-1] for spent in seconds.values()) > until:
                say(f"after {number} of {crowd.rounds} rounds the time is over")
                break
            for name, port in ports.items():
                began = time.perf_counter()
                answered = one_round(port, crowd, pictures)
                seconds[name].append(time.perf_counter() - began)
                rounds[name].append([spent for spent, _ in answered])
                texts[name] = [text for _, text in answered]
    same = sum(a == b for a, b in zip(*texts.values(), strict=True)) / len(pictures)
    rows = [_row(name, len(pictures), seconds[name], rounds[name]) for name in SERVERS]
    rows[-1]["same_texts"] = round(same, 4)
    if same < 1 and _gated(crowd.model):
        raise SystemExit(
            f"The servers gave different texts for {1 - same:.1%} of the pictures: the run does not count."
        )
    return {"model": crowd.model, "dtype": "auto", "device": "auto", "gate": "same texts", "contenders": rows}


def one_round(port: int, crowd: Crowd, pictures: list[tuple[str, bytes]]) -> list[tuple[float, str]]:
    """All callers begin at once; seconds and alternative text of each picture, in the pictures' order."""
    found: list[tuple[float, str] | None] = [None] * len(pictures)
    callers = min(crowd.callers, len(pictures))
    gate, failed = threading.Barrier(callers), list[str]()

    def caller(number: int) -> None:
        gate.wait()
        for place in range(number, len(pictures), callers):
            began = time.perf_counter()
            try:
                text = ask(port, crowd.model, *pictures[place], OUTPUTS[place % len(OUTPUTS)])
            except (OSError, http.client.HTTPException, ValueError) as error:
                failed.append(f"{type(error).__name__}: {error}")
                return
            found[place] = (time.perf_counter() - began, text)

    threads = [threading.Thread(target=caller, args=(number,)) for number in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise SystemExit(f"{len(failed)} callers got no answer, the first: {failed[0]}")
    return [one for one in found if one is not None]


def ask(port: int, model: str, suffix: str, data: bytes, outputs: dict[str, str]) -> str:
    """Send one picture as a form; its alternative text. `ValueError` for any answer but 200."""
    return str(ask_all(port, model, suffix, data, outputs)["alt_text"])


def ask_all(port: int, model: str, suffix: str, data: bytes, outputs: dict[str, str]) -> dict[str, Any]:
    """Send one picture as a form; the whole answer. `ValueError` for any answer but 200."""
    edge = secrets.token_hex(16)
    fields = {"selected_model": model, "regenerate": "true", **outputs}
    head = "".join(f'--{edge}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items())
    file = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="picture.{suffix}"\r\n\r\n'
    body = (head + file).encode() + data + f"\r\n--{edge}--\r\n".encode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        kind = {"Content-Type": f"multipart/form-data; boundary={edge}", "Authorization": f"Bearer {TOKEN}"}
        connection.request("POST", "/cl/alttext/api/v2/", body, kind)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise ValueError(f"{answer.status} {said[:200]!r}")
        answered: dict[str, Any] = json.loads(said)
        return answered
    finally:
        connection.close()


@contextmanager
def servers(
    folder: Path, named: Mapping[str, tuple[str, ...]] = MappingProxyType(SERVERS), models: Path = ROOT / "models"
) -> Iterator[dict[str, int]]:
    """Every server of `named` with its port, ready; stopped at the end."""
    running: list[subprocess.Popen[bytes]] = []
    ports = {}
    try:
        for number, (name, words) in enumerate(named.items()):
            ports[name] = _free_port()
            with (folder / f"{number}.log").open("wb") as log:
                environment = _environment(folder / str(number), ports[name], models)
                running.append(subprocess.Popen(words, cwd=ROOT, env=environment, stdout=log, stderr=log))
        for number, (process, port) in enumerate(zip(running, ports.values(), strict=True)):
            _wait_ready(process, port, folder / f"{number}.log")
        yield ports
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


def _environment(data: Path, port: int, models: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ALTTEXT_")}
    own = {
        "DATA_DIR": str(data),
        "MODELS_DIR": str(models),
        "PORT": str(port),
        "TOKENS": TOKEN,
        "WORKER": "none",
        "QUEUE_SECONDS": "3600",
        "QUEUE_MAX": "4096",
        "LOG_LEVEL": "warning",
    }
    return {**kept, "PYTHONPATH": str(ROOT), **{f"ALTTEXT_{name}": value for name, value in own.items()}}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _wait_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.25)
    raise SystemExit(f"A server did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _gated(model: str) -> bool:
    """Texts must be equal where models answer in float32, as the shipped ones do on a CPU."""
    import torch

    return model.startswith(("alttext-mini", "gpt", "gemini")) and not torch.cuda.is_available()


def _row(name: str, pictures: int, seconds: list[float], rounds: list[list[float]]) -> dict[str, Any]:
    waited = [spent for one in rounds for spent in one]
    return {
        "name": name,
        "seconds": seconds,
        "images_per_second": pictures / statistics.median(seconds),
        "p50": percentile(waited, 0.5),
        "p99": percentile(waited, 0.99),
    }
