"""What was planted is found nowhere after `erase`: not in database, spool or files, nor in the server's log."""

from __future__ import annotations

import io
import json
import re
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from PIL import Image, ImageDraw

from tests.e2e.conftest import Server, command, environment

READ = "Zanzibar"
"""A word that OCR reads in the pictures."""
NAMED = "quetzalcoatl-portrait"
"""In the names of files."""
TOLD = "xylophonist"
"""In contexts and prompts, and in an address."""
PLANTED = (READ, NAMED, TOLD)
KEPT = "Reykjavik"
"""In what another token sent."""
PATIENCE = 240


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("erasure")
    running = Server(folder)
    running.start()
    yield running
    running.stop()


def run(house: Server, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*words), env=environment(house.data_dir), capture_output=True, text=True, check=False)


def new_token(house: Server, name: str) -> dict[str, str]:
    said = run(house, "token", "create", name).stdout
    found = re.search(r"[A-Za-z0-9_-]{30,}", said)
    assert found, said
    return {"Authorization": f"Bearer {found[0]}"}


def picture(word: str) -> bytes:
    image = Image.new("RGB", (420, 160), "white")
    ImageDraw.Draw(image).text((30, 40), word, fill="black", font_size=60)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def ask_single(house: Server, headers: dict[str, str], word: str) -> None:
    fields = {"selected_model": "gpt-4o", "generate_ocr": "true", "context": f"Of the {TOLD}", "alt_prompt": TOLD}
    answer = requests.post(
        f"{house.url}/cl/alttext/api/v2/",
        data=fields,
        files={"file": (f"{NAMED}.png", picture(word))},
        headers=headers,
        timeout=PATIENCE,
    )
    assert answer.status_code == 200, answer.text
    assert word in answer.json()["ocr_text"]


def send_job(house: Server, headers: dict[str, str], word: str) -> str:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(3):
            archive.writestr(f"{NAMED}-{number}.png", picture(f"{word} {number}"))
        archive.writestr("job.json", json.dumps({"generate_ocr": True, "context": TOLD}))
    answer = requests.post(
        f"{house.url}/cl/alttext/api/v3/?user_email={TOLD}@example.org",
        files={"file": (f"{NAMED}.zip", stream.getvalue())},
        headers=headers,
        timeout=PATIENCE,
    )
    assert answer.status_code < 300, answer.text
    return str(answer.json()["job_id"])


def until_done(house: Server, headers: dict[str, str], job: str) -> None:
    end = time.monotonic() + PATIENCE
    mail = house.data_dir / "spool" / f"{job}.eml"
    while time.monotonic() < end:
        said = requests.get(f"{house.url}/cl/alttext/api/v3/status/{job}", headers=headers, timeout=30).json()
        if said.get("result") and mail.is_file():
            return
        time.sleep(0.2)
    raise AssertionError(house.output()[-4000:])


def found_in(house: Server, word: str) -> list[str]:
    """The files of the house that hold a word, in the bytes as they lie on the disk, also inside of ZIPs."""
    holding = []
    for path in sorted(one for one in house.data_dir.rglob("*") if one.is_file()):
        data = path.read_bytes()
        if zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                data += b"".join(archive.read(name) for name in archive.namelist())
        if any(word.encode(code) in data for code in ("utf-8", "utf-16-le")):
            holding.append(str(path.relative_to(house.data_dir)))
    return holding


def names_of(folder: Path) -> str:
    return "\n".join(str(path) for path in folder.rglob("*"))


def test_what_was_planted_is_found_nowhere_after_erase(house: Server) -> None:
    ward, other = new_token(house, "Ward 3"), new_token(house, "Ward 4")
    ask_single(house, ward, READ)
    ask_single(house, other, KEPT)
    job, kept = send_job(house, ward, READ), send_job(house, other, KEPT)
    until_done(house, ward, job)
    until_done(house, other, kept)
    for word in PLANTED:
        assert found_in(house, word), f"{word} was never there: the test would prove nothing"

    refused = run(house, "erase", "--token", "nobody", "--yes")
    assert refused.returncode not in (0, 3)
    assert "nobody" in refused.stderr
    done = run(house, "erase", "--token", "Ward 3", "--yes")
    assert (done.returncode, done.stdout.split(" stored")[0]) == (0, "1 jobs and 4"), done.stdout + done.stderr

    assert found_in(house, READ) == []
    assert job not in names_of(house.data_dir)
    assert found_in(house, KEPT), "what belongs to somebody else stays"
    assert requests.get(f"{house.url}/cl/alttext/api/v3/status/{job}", headers=ward, timeout=30).status_code == 404
    assert requests.get(f"{house.url}/cl/alttext/api/v3/status/{kept}", headers=other, timeout=30).ok

    assert run(house, "erase", "--job", kept, "--yes").returncode == 0
    for word in (*PLANTED, KEPT):
        assert found_in(house, word) == [], word
        assert word not in names_of(house.data_dir)
    audit = [json.loads(line) for path in house.data_dir.glob("audit/*") for line in path.read_text().splitlines()]
    assert [line["jobs"] for line in audit if line["what"] == "erased"] == [1, 1]
    ask_single(house, ward, READ)  # the house goes on


def test_a_job_that_is_being_done_is_erased_too(house: Server) -> None:
    headers = new_token(house, "Ward 5")
    job = send_job(house, headers, "Ouagadougou")
    assert run(house, "erase", "--job", job, "--yes").returncode in (0, 3)
    end = time.monotonic() + 60
    while True:
        last = run(house, "erase", "--before", "2100-01-01", "--yes")
        if last.returncode == 0 and not found_in(house, "Ouagadougou"):
            break
        assert time.monotonic() < end, (last.stdout, found_in(house, "Ouagadougou"))
        time.sleep(1)
    assert requests.get(f"{house.url}/cl/alttext/api/v3/status/{job}", headers=headers, timeout=30).status_code == 404
