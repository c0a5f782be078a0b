"""Bulk jobs against a real server and its worker, on the shipped models: sent, killed, finished, fetched."""

from __future__ import annotations

import ast
import csv
import io
import json
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from PIL import Image, ImageDraw

from tests.e2e.conftest import TOKEN, Server, command, environment

V3 = "/cl/alttext/api/v3/"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
TOWNS = ("Harbour", "Meadow", "Library", "Mountain", "Garden")
"""Words that OCR reads without fail; neighbours in a job have different ones."""
PATIENCE = 900
"""Seconds; a job of these tests takes some five of them."""


class Receiver:
    """Keeps what callbacks carry."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/callback"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One house for the whole file, whose processes are killed now and then."""
    more = {"ALTTEXT_TOKENS": TOKEN, "ALTTEXT_CALLBACK_HOSTS": "127.0.0.1"}
    running = Server(tmp_path_factory.mktemp("bulk"), more)
    running.start()
    yield running
    if running.process is not None and running.process.poll() is None:
        running.stop()
    for process in workers(running):
        process.kill()


def workers(server: Server) -> list[psutil.Process]:
    """The worker processes of this house, whoever started them."""
    found = []
    for process in psutil.process_iter():
        try:
            if "worker" in process.cmdline() and process.environ().get("ALTTEXT_DATA_DIR") == str(server.data_dir):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


def wait_for(what: Callable[[], Any], server: Server) -> Any:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError(server.output()[-5000:])


def picture(number: int) -> bytes:
    """A drawing that no other test has sent, so that no answer comes from the cache."""
    image = Image.new("RGB", (400, 200), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 120, 60 + number % 300, 180), fill=(40 + 3 * number % 200, 90, 200 - 5 * number % 150))
    draw.text((40, 30), f"{TOWNS[number % len(TOWNS)]} {number}", fill="black", font_size=48)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def packed(first: int, count: int, **more: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(first, first + count):
            archive.writestr(f"Images/{number:03}.png", picture(number))
        for name, data in more.items():
            archive.writestr(f"Images/{name}.png", data)
        archive.writestr("config.json", json.dumps({"generate_ocr": True}))
    return stream.getvalue()


def send(server: Server, data: bytes) -> str:
    answer = requests.post(server.url + V3, headers=HEADERS, files={"file": ("figures.zip", data)}, timeout=60)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["job_id"])


def status(server: Server, job_id: str) -> dict[str, Any]:
    answer = requests.get(f"{server.url}{V3}status/{job_id}", headers=HEADERS, timeout=60)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def ended(server: Server, job_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        body = status(server, job_id)
        return body if body["result"] else None

    found: dict[str, Any] = wait_for(look, server)
    return found


def begun(server: Server, job_id: str) -> None:
    wait_for(lambda: status(server, job_id)["status"] != "Queued", server)


def run_sample(name: str, *replaced: tuple[str, str]) -> list[str]:
    program = Path(__file__).with_name(name).read_text(encoding="utf-8")
    for placeholder, value in replaced:
        assert program.count(placeholder) == 1, placeholder
        program = program.replace(placeholder, value)
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    return ran.stdout.splitlines()


def run_jobs(server: Server, *words: str) -> subprocess.CompletedProcess[str]:
    made = environment(server.data_dir, **server.more)
    return subprocess.run(command("jobs", *words), env=made, capture_output=True, text=True, timeout=120, check=False)


def test_the_samples_of_the_seed_as_printed(house: Server, receiver: Receiver, tmp_path: Path) -> None:
    archive = tmp_path / "images.zip"
    archive.write_bytes(packed(27, 3, broken=picture(3)[:60]))
    at = ("https://api-genai-dev.learningmate.co", house.url)
    mine = ("your_access_token", TOKEN)
    said, body = run_sample(
        "seed_bulk_sample.txt",
        at,
        mine,
        ("path/to/your/images.zip", str(archive)),
        ("https://your-callback-url.com/callback", receiver.url),
    )
    queued = ast.literal_eval(body)
    assert (said, queued["status"]) == ("Request successful!", "Queued")
    done = ended(house, queued["job_id"])
    said, body = run_sample(
        "seed_status_sample.txt", at, mine, ("12345", queued["job_id"]), ("requests.get(url,", "requests.get(api_url,")
    )
    assert said == "Job status retrieved successfully!"
    told = ast.literal_eval(body)
    assert told["status"] == "Completed"
    assert told["result"] == done["result"]
    (said,) = run_sample("seed_status_sample.txt", at, mine, ("requests.get(url,", "requests.get(api_url,"))
    assert said == "Job not found: Job with job_id 12345 not found."
    check_result(house, done, archive.read_bytes())
    (carried,) = wait_for(lambda: receiver.bodies, house)
    assert carried["result"] == done["result"]
    mail = house.data_dir / "spool" / f"{queued['job_id']}.eml"
    wait_for(lambda: mail.is_file() or None, house)
    delivery = {"callback": "delivered", "mail": "no relay is configured"}
    assert wait_for(lambda: status(house, queued["job_id"])["delivery"] == delivery, house)
    check_command_line(house, queued["job_id"])


def check_result(house: Server, done: dict[str, Any], archive: bytes) -> None:
    result = done["result"]
    assert (result["total_images"], result["success_count"], result["failure_count"]) == (4, 3, 1)
    *good, bad = result["images"]
    assert [image["file_ref"] for image in good] == [f"Images/02{n}.png" for n in (7, 8, 9)]
    for number, image in enumerate(good, 27):
        assert 0 < len(image["alt_text"]) <= 125
        assert len(image["keywords"]) == 1
        assert image["provenance"]["model"].startswith("alttext-mini")
        assert TOWNS[number % len(TOWNS)] in image["ocr_text"] + image["alt_text"]
    assert (bad["status"], bad["error"]["code"]) == ("failure", "unreadable_image")
    assert requests.get(done["s3_url"], timeout=60).content == archive
    output = requests.get(result["cdn_url"], timeout=60)
    with zipfile.ZipFile(io.BytesIO(output.content)) as unpacked:
        assert unpacked.namelist() == ["results.json", "results.csv", "retry.json"]
        assert json.loads(unpacked.read("results.json"))["images"] == result["images"]
        rows = list(csv.DictReader(io.StringIO(unpacked.read("results.csv").decode("utf-8-sig"))))
        assert len(rows) == 4
        again = json.loads(unpacked.read("retry.json"))["images"]
        assert [entry["file_ref"] for entry in again] == ["Images/broken.png"]


def check_command_line(house: Server, job_id: str) -> None:
    listed = json.loads(run_jobs(house, "list", "--json").stdout)
    assert [(row["job_id"], row["status"], row["failed"]) for row in listed] == [(job_id, "Completed", 1)]
    watched = run_jobs(house, "watch", job_id)
    assert (watched.returncode, "Completed" in watched.stdout) == (3, True), watched.stderr
    unknown = run_jobs(house, "show", "12345")
    assert (unknown.returncode, "Job with job_id 12345 not found." in unknown.stderr) == (66, True)


def check_whole(server: Server, job_id: str, first: int, count: int) -> None:
    result = ended(server, job_id)["result"]
    assert [image["file_ref"] for image in result["images"]] == [
        f"Images/{n:03}.png" for n in range(first, first + count)
    ]
    assert result["success_count"] == count, result


def test_a_worker_that_is_killed_in_the_middle_is_started_again_and_finishes(house: Server) -> None:
    job_id = send(house, packed(100, 12))
    begun(house, job_id)
    (worker,) = workers(house)
    worker.kill()
    check_whole(house, job_id, 100, 12)
    assert [process.pid for process in workers(house)] != [worker.pid]


def test_a_server_that_is_killed_in_the_middle_loses_nothing(house: Server) -> None:
    job_id = send(house, packed(200, 12))
    begun(house, job_id)
    house.stop(signal.SIGKILL)
    house.start()
    check_whole(house, job_id, 200, 12)


def test_both_killed_with_a_job_that_was_just_acknowledged(house: Server) -> None:
    job_id = send(house, packed(300, 2))
    for process in workers(house):
        process.kill()
    house.stop(signal.SIGKILL)
    house.start()
    check_whole(house, job_id, 300, 2)


def test_a_cancelled_job_ends_and_a_purge_erases_everything(house: Server) -> None:
    job_id = send(house, packed(400, 30))
    assert (
        requests.delete(f"{house.url}{V3}status/{job_id}", headers=HEADERS, timeout=60).json()["status"] == "Cancelled"
    )
    body = wait_for(lambda: (found := ended(house, job_id))["result"]["cdn_url"] and found, house)
    assert body["result"]["success_count"] < 30
    purged = run_jobs(house, "purge", "--days", "0")
    assert purged.returncode == 0, purged.stderr
    assert requests.get(f"{house.url}{V3}status/{job_id}", headers=HEADERS, timeout=60).status_code == 404
    assert requests.get(body["s3_url"], timeout=60).status_code == 410
    assert [path.name for path in (house.data_dir / "files").iterdir()] == []


def test_a_server_that_is_stopped_takes_its_worker_with_it(house: Server) -> None:
    wait_for(lambda: workers(house), house)
    assert house.stop() == 0
    wait_for(lambda: workers(house) == [], house)
