"""A client of the commercial API against a real server: what the newcomer of the README does."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from PIL import Image

from tests.e2e.conftest import TOKEN, Server, environment

V2 = "/cl/alttext/api/v2/"
SAMPLE = Path(__file__).with_name("seed_sample.txt")


def ask(server: Server, picture: Path | bytes, token: str = TOKEN, **fields: str) -> requests.Response:
    data = picture if isinstance(picture, bytes) else picture.read_bytes()
    return requests.post(
        server.url + V2,
        headers={"Authorization": f"Bearer {token}"},
        data={"selected_model": "gpt-4o", **fields},
        files={"file": ("some/where/picture.bin", data, "multipart/form-data")},
        timeout=120,
    )


@pytest.mark.parametrize("name", ["chart.png", "page.png", "screenshot.png", "photo.jpg"])
def test_the_sample_program_as_printed(server: Server, pictures: Path, name: str) -> None:
    program = SAMPLE.read_text(encoding="utf-8")
    for placeholder, value in (
        ("https://api-genai-dev.learningmate.co", server.url),
        ('image_file_path = "image_file_path"', f"image_file_path = {str(pictures / name)!r}"),
        ("your_token_here", TOKEN),
    ):
        assert program.count(placeholder) == 1
        program = program.replace(placeholder, value)
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert ran.stdout.startswith("Request successful!")
    assert f"'file_name': '{name}'" in ran.stdout


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4o-mini", "gemini-1.5-flash"])
def test_a_chart_is_told_truly_by_every_name(server: Server, pictures: Path, model: str) -> None:
    answer = ask(server, pictures / "chart.png", selected_model=model, generate_description="yes", generate_ocr="TRUE")
    body = answer.json()
    assert answer.status_code == 200, body
    assert 0 < len(body["alt_text"]) <= 125
    assert "Visitors by season" in body["alt_text"] + body["ocr_text"]
    assert body["description"]
    assert 3 <= len(body["keywords"]) <= 15
    assert body["provenance"]["requested_model"] == model
    assert answer.headers["X-AltText-Model"] == body["provenance"]["model"]


def test_a_page_of_text_is_its_words(server: Server, pictures: Path) -> None:
    body = ask(server, pictures / "page.png", generate_ocr="1").json()
    assert len(body["ocr_text"].split()) > 30
    assert body["classification"][0] == "text"


def test_the_same_picture_again_comes_from_the_cache_until_regenerated(server: Server, pictures: Path) -> None:
    fields = {"context": "for the cache"}
    first, second = (ask(server, pictures / "chart.png", **fields).json() for _ in range(2))
    assert [first["provenance"]["cached"], second["provenance"]["cached"]] == [False, True]
    assert first["alt_text"] == second["alt_text"]
    anew = ask(server, pictures / "chart.png", regenerate="true", **fields).json()
    assert anew["provenance"]["cached"] is False
    other = ask(server, pictures / "chart.png", "another-token", **fields).json()
    assert other["provenance"]["cached"] is False


def test_thin_strips_and_single_pixels_are_answered(server: Server) -> None:
    for size in ((20_000, 1), (1, 1), (1, 3_000)):
        stream = io.BytesIO()
        Image.new("RGB", size, "navy").save(stream, "PNG")
        body = ask(server, stream.getvalue()).json()
        assert body["status_code"] == 200, body
        assert body["alt_text"]


def test_many_callers_get_an_answer_or_are_told_to_come_again(server: Server, pictures: Path) -> None:
    data = (pictures / "chart.png").read_bytes()

    def call(i: int) -> tuple[int, str]:
        answer = ask(server, data, context=f"caller {i}")
        return answer.status_code, answer.headers.get("Retry-After", "")

    with ThreadPoolExecutor(40) as callers:
        answers = list(callers.map(call, range(40)))
    assert {status for status, _ in answers} <= {200, 429}
    assert any(status == 200 for status, _ in answers)
    assert all(after for status, after in answers if status == 429)


def test_no_word_of_a_picture_or_token_is_in_the_log(server: Server, pictures: Path) -> None:
    ask(server, pictures / "chart.png", alt_prompt="marzipan", context="gingerbread", regenerate="1")
    requests.get(f"{server.url}/health/live?secret=nougat", timeout=10)
    log = server.output()
    assert '"request_id"' in log
    for word in ("marzipan", "gingerbread", "nougat", "Visitors", TOKEN):
        assert word not in log


def test_the_first_token_is_made_once_and_a_killed_server_comes_back(tmp_path: Path, pictures: Path) -> None:
    server = Server(tmp_path)
    server.start()
    token = (tmp_path / "first-token").read_text().strip()
    assert (tmp_path / "first-token").stat().st_mode & 0o077 == 0
    assert f"Bearer {token}" in server.output()
    assert ask(server, pictures / "chart.png", token).status_code == 200
    server.stop(signal.SIGKILL)
    server.start()
    assert server.output().count(token) == server.output().split("Try it")[1].count(token) + 1
    again = ask(server, pictures / "chart.png", token)
    assert again.json()["provenance"]["cached"] is True
    assert server.stop(signal.SIGTERM) == 0


def test_the_command_line_describes_without_a_server(tmp_path: Path, pictures: Path) -> None:
    import json

    from tests.e2e.conftest import command

    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    words = command("describe", "--json", "--ocr", str(pictures / "chart.png"), str(broken))
    ran = subprocess.run(words, env=environment(tmp_path), capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 3, ran.stderr
    good, bad = (json.loads(line) for line in ran.stdout.splitlines())
    assert good["file"].endswith("chart.png")
    assert good["alt_text"]
    assert bad["code"] == "unreadable_image"
