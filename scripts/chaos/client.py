"""A client who keeps sending archives, and a receiver of what is told to it; both write down what they saw."""

from __future__ import annotations

import hashlib
import io
import json
import random
import threading
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from PIL import Image, ImageDraw

SIDE = 48
TOKEN = "chaos-token"  # noqa: S105 (of a house that lives for minutes)
FORGET_SECONDS = 20
BULK = "/cl/alttext/api/v3/"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@dataclass
class Seen:
    """What the client knows. A job is acknowledged when its 200 was read to the end."""

    acknowledged: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Job to the names of its images."""
    cancelled: set[str] = field(default_factory=set)
    unanswered: int = 0
    """Uploads whose answer never came: the job may exist or not, but not in part."""
    refused: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    """Answers other than 200, by status."""


def archive(dice: random.Random) -> tuple[bytes, tuple[str, ...]]:
    """A ZIP of 3 to 12 tiny pictures, each another one, and the names of its images."""
    names = tuple(f"figures/{number:02}.png" for number in range(dice.randint(3, 12)))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        for name in names:
            target.writestr(name, _picture(dice))
        target.writestr("configuration.json", json.dumps({"selected_model": "gpt-4o", "context": str(dice.random())}))
    return stream.getvalue(), names


def _picture(dice: random.Random) -> bytes:
    image = Image.new("RGB", (SIDE, SIDE), tuple(dice.randrange(256) for _ in "rgb"))
    box = sorted(dice.randrange(SIDE) for _ in "xy")
    ImageDraw.Draw(image).rectangle((box[0], 4, box[1], 40), fill=tuple(dice.randrange(256) for _ in "rgb"))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


class Client:
    """Sends archives from a thread of its own, as long as few enough jobs are open."""

    def __init__(self, url: Callable[[], str], receiver: Receiver, open_jobs: int, seed: int) -> None:
        self.seen = Seen()
        self._url = url
        self._receiver = receiver
        self._open_jobs = open_jobs
        self._recent: dict[str, float] = {}
        self._dice = random.Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="client", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the upload in hand and send no more."""
        self._stop.set()
        self._thread.join(60)

    def _run(self) -> None:
        while not self._stop.wait(0.02):
            if self._waiting() < self._open_jobs:
                self._send()
            else:
                self._stop.wait(0.1)

    def _waiting(self) -> int:
        """How many jobs of the last while were not told of yet; older ones may be lost, and stop nobody."""
        latest = time.monotonic() - FORGET_SECONDS
        self._recent = {job: sent for job, sent in self._recent.items() if sent > latest}
        return len(self._recent.keys() - self._receiver.jobs())

    def _send(self) -> None:
        data, names = archive(self._dice)
        query = {"callback_url": self._receiver.url}
        try:
            answer = requests.post(
                self._url() + BULK, params=query, headers=HEADERS, files={"file": ("batch.zip", data)}, timeout=30
            )
            job = answer.json()["job_id"] if answer.status_code == 200 else None
        except (requests.RequestException, ValueError) as error:
            refused = isinstance(error, requests.ConnectionError) and "Errno 111" in str(error)
            self.seen.unanswered += not refused
            self._stop.wait(0.1)
            return
        if job is None:
            self.seen.refused[answer.status_code] += 1
            self._stop.wait(0.1)
            return
        self.seen.acknowledged[job] = names
        self._recent[job] = time.monotonic()
        if self._dice.random() < 0.04:
            self._cancel(job)

    def _cancel(self, job: str) -> None:
        time.sleep(self._dice.random())
        with suppress(requests.RequestException):  # it may have been cancelled all the same; the status will tell
            requests.delete(f"{self._url()}{BULK}status/{job}", headers=HEADERS, timeout=30)


class Receiver:
    """Takes callbacks; every tenth job's first one it answers with 500."""

    def __init__(self) -> None:
        self.bodies: dict[str, list[str]] = defaultdict(list)
        """Of each job, a hash of each body that came, in order."""
        self.ids: dict[str, set[str]] = defaultdict(set)
        """Of each job, the message ids."""
        self.documents: dict[str, dict[str, object]] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/told"
        self._thread = threading.Thread(target=self._server.serve_forever, name="receiver", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()

    def jobs(self) -> set[str]:
        """Those that were told of."""
        with self._lock:
            return set(self.ids)

    def _take(self, message_id: str, body: bytes) -> int:
        document = json.loads(body)
        job = str(document["job_id"])
        with self._lock:
            self.ids[job].add(message_id)
            self.bodies[job].append(hashlib.sha256(body).hexdigest())
            self.documents[job] = document
            return 500 if len(self.bodies[job]) == 1 and int(job[:2], 16) < 26 else 200

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver._take(self.headers["webhook-id"], body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
