"""The tour: a server and its worker at work, asked everything that clients ask. Runs inside the namespace.

`python -m scripts.prove_offline.tour FOLDER IMAGES BULK` writes `FOLDER/tour.json`.
"""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-of-the-tour"  # noqa: S105 (of a server that nobody else reaches)
PATIENCE = 900.0
"""Seconds for the start, and for the bulk job: a traced process on a busy machine is slow."""


class Tour:
    """One house and what was asked of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.did: dict[str, int] = {}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self._environment = {n: v for n, v in os.environ.items() if not n.startswith("ALTTEXT_") and n != "CI"} | {
            "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "ALTTEXT_DATA_DIR": str(folder / "data"),
            "ALTTEXT_MODELS_DIR": str(ROOT / "models"), "ALTTEXT_DEVICE": "cpu", "ALTTEXT_TOKENS": TOKEN,
            "ALTTEXT_PORT": str(self._port), "ALTTEXT_PRELOAD": "gpt-4o",
        }  # fmt: skip

    def go(self, images: int, bulk: int) -> None:
        """All of it, in the order in which a newcomer would."""
        (self._folder / "data").mkdir(exist_ok=True)
        log = (self._folder / "server.log").open("wb")
        with log, subprocess.Popen(self._words("serve"), env=self._environment, stdout=log, stderr=log) as server:
            try:
                self._until(lambda: self._get("/health/ready"), server)
                self._pages()
                for number in range(images):
                    self._single(number)
                self._bulk(bulk, server)
                self._pages()
            finally:
                server.terminate()
                server.wait(120)
        self._command_line()
        self._batch(bulk)

    def _words(self, *words: str) -> list[str]:
        return [sys.executable, "-c", "from alttext_local.cli import main; main()", *words]

    def _pages(self) -> None:
        for path in ("/docs", "/openapi.json", "/cl/alttext/api/v2/models", "/health/live"):
            self._get(path)
            self._count("pages, the docs page among them")

    def _single(self, number: int) -> None:
        fields = {"selected_model": "gpt-4o", "generate_ocr": "true", "generate_description": "true"}
        body = self._post("/cl/alttext/api/v2/", "picture.png", picture(number), fields)
        if body["status_code"] != 200 or not body["alt_text"]:
            raise SystemExit(f"an image was not described: {body}")
        self._count("single images, each with OCR and a description")
        self._count("of them with text that OCR read", int(bool(body["ocr_text"])))

    def _bulk(self, count: int, server: subprocess.Popen[bytes]) -> None:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for number in range(count):
                archive.writestr(f"{number}.png", picture(10_000 + number))
            archive.writestr("job.json", '{"generate_ocr": true}')
        path = "/cl/alttext/api/v3/?user_email=somebody@example.org"
        job = self._post(path, "pictures.zip", stream.getvalue(), {})["job_id"]

        def ended() -> Any:
            return json.loads(self._get(f"/cl/alttext/api/v3/status/{job}"))["result"]

        result = self._until(ended, server)
        if result["success_count"] != count:
            raise SystemExit(f"a bulk job failed: {result}")
        urllib.request.urlopen(result["cdn_url"], timeout=60).read()  # noqa: S310 (a link of our own server)
        self._count("images of a bulk job", count)
        self._until((self._folder / "data" / "spool" / f"{job}.eml").is_file, server)
        self._count("mails into the spool")

    def _command_line(self) -> None:
        (self._folder / "one.png").write_bytes(picture(77))
        for words in (["describe", str(self._folder / "one.png")], ["doctor"], ["models", "list"], ["jobs", "list"]):
            subprocess.run(self._words(*words), env=self._environment, check=True, capture_output=True, timeout=600)
            self._count("commands of the command line")

    def _batch(self, count: int) -> None:
        """A run with an engine in its own process, and one with processes for its devices."""
        source = self._folder / "pictures"
        source.mkdir()
        for number in range(count):
            (source / f"{number}.png").write_bytes(picture(20_000 + number))
        for name, more in (("one", ()), ("two", ("--devices", "cpu,cpu"))):
            out = self._folder / f"{name}.jsonl"
            words = self._words("batch", str(source), "-o", str(out), "--progress", "json", *more)
            subprocess.run(words, env=self._environment, check=True, capture_output=True, timeout=PATIENCE)
            rows = [json.loads(line) for line in out.read_text().splitlines()]
            if len(rows) != count or not all(row["alt_text"] for row in rows):
                raise SystemExit(f"a batch run failed: {rows}")
            self._count("images of batch runs", count)

    def _until(self, what: Callable[[], Any], server: subprocess.Popen[bytes]) -> Any:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if found := what():
                    return found
            except OSError:
                pass
            if server.poll() is not None:
                break
            time.sleep(0.3)
        raise SystemExit((self._folder / "server.log").read_text(errors="replace")[-4000:])

    def _get(self, path: str) -> bytes:
        return self._open(urllib.request.Request(f"http://127.0.0.1:{self._port}{path}"))

    def _post(self, path: str, name: str, data: bytes, fields: dict[str, str]) -> dict[str, Any]:
        mark = "a-boundary-of-the-tour"
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode() for n, v in fields.items()
        ]
        parts += [f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode(), data]
        body = b"".join(parts) + f"\r\n--{mark}--\r\n".encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}{path}", body)
        request.add_header("Content-Type", f"multipart/form-data; boundary={mark}")
        answer: dict[str, Any] = json.loads(self._open(request))
        return answer

    def _open(self, request: urllib.request.Request) -> bytes:
        request.add_header("Authorization", f"Bearer {TOKEN}")
        with urllib.request.urlopen(request, timeout=600) as answer:  # noqa: S310
            data: bytes = answer.read()
            return data

    def _count(self, what: str, count: int = 1) -> None:
        self.did[what] = self.did.get(what, 0) + count


def picture(number: int) -> bytes:
    """A drawing with a word in it, unlike every other number's."""
    image = Image.new("RGB", (360, 160), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 90, 40 + number % 300, 140), fill=(40 + 3 * number % 200, 90, 200 - 5 * number % 150))
    draw.text((30, 20), f"Harbour {number}", fill="black", font_size=42)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def main() -> None:
    """Go, and write down what was done."""
    folder = Path(sys.argv[1])
    tour = Tour(folder)
    tour.go(int(sys.argv[2]), int(sys.argv[3]))
    (folder / "tour.json").write_text(json.dumps(tour.did))


if __name__ == "__main__":
    main()
