"""The output archive: what is in it, that it is the same twice, and whole or not there."""

import csv
import io
import json
import os
import tracemalloc
import zipfile
from dataclasses import asdict, replace
from datetime import UTC, datetime

import pytest

from alttext_local.jobs.documents import image_entry
from alttext_local.jobs.job import ImageResult, Item, Job, Progress
from alttext_local.jobs.output import RESULTS, RETRY, TABLE, write_output
from alttext_local.types import Request

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
JOB = Job("job-1", "me", "figures.zip", "Processing", NOW, NOW, Progress(4, 4, 2))
REQUEST = Request("gpt-4o", alt_text_length=200, context="Chapter 3", language="de", generate_ocr=True)


def answer(text):
    return {
        "alt_text": text,
        "classification": ["photograph"],
        "keywords": ["sea", "boat"],
        "description": "Long.",
        "ocr_text": "",
        "provenance": {"model": "tiny", "seconds": 0.25},
    }


def made(number, text="A boat."):
    return ImageResult(number, f"{number}.png", f"fig/{number}.png", "Done.", answer(text))


RESULTS_OF_JOB = [
    made(0),
    ImageResult(1, "1.png", "fig/1.png", "Truncated.", None, "unreadable_image"),
    made(2, "=Über"),
    ImageResult(3, "3\ud800.png", "fig/3\ud800.png", "There is no such file in the ZIP.", None, "bad_request"),
]
ITEMS = [Item(n, f"{n}.png", f"fig/{n}.png", f"fig/{n}.png", REQUEST) for n in range(3)]
ITEMS.append(Item(3, "3\ud800.png", "fig/3\ud800.png", failure="There is no such file in the ZIP."))


@pytest.fixture
def archive(tmp_path):
    write_output(tmp_path / "out.zip", JOB, iter(RESULTS_OF_JOB), iter(ITEMS))
    with zipfile.ZipFile(tmp_path / "out.zip") as opened:
        assert opened.testzip() is None
        yield opened


def test_the_results_are_those_of_the_status(archive):
    document = json.loads(archive.read(RESULTS))
    assert archive.namelist() == [RESULTS, TABLE, RETRY]
    assert document["images"] == [image_entry(result) for result in RESULTS_OF_JOB]
    counts = [document[name] for name in ("status_code", "total_images", "success_count", "failure_count", "cdn_url")]
    assert counts == [200, 4, 2, 2, ""]


def test_the_spreadsheet_has_a_line_for_each_image(archive):
    rows = list(csv.DictReader(io.StringIO(archive.read(TABLE).decode("utf-8-sig"), newline="")))
    assert [row["file_ref"] for row in rows] == ["fig/0.png", "fig/1.png", "fig/2.png", "fig/3?.png"]
    assert [row["alt_text"] for row in rows] == ["A boat.", "", "'=Über", ""]
    assert rows[0]["keywords"] == "sea, boat"


def test_what_failed_can_be_sent_again_as_it_was(archive):
    images = json.loads(archive.read(RETRY))["images"]
    assert images == [{"file_ref": "fig/1.png", **asdict(REQUEST)}, {"file_ref": "fig/3\ud800.png"}]


def test_what_a_cancelled_job_did_not_reach_is_sent_again_too(tmp_path):
    write_output(tmp_path / "out.zip", replace(JOB, state="Cancelled"), RESULTS_OF_JOB[:1], ITEMS)
    with zipfile.ZipFile(tmp_path / "out.zip") as opened:
        assert [image["file_ref"] for image in json.loads(opened.read(RETRY))["images"]] == [
            item.file_ref for item in ITEMS[1:]
        ]


def test_a_job_with_nothing_in_it_gives_empty_lists(tmp_path):
    write_output(tmp_path / "out.zip", JOB, [], [])
    with zipfile.ZipFile(tmp_path / "out.zip") as opened:
        assert json.loads(opened.read(RESULTS))["images"] == json.loads(opened.read(RETRY))["images"] == []


def test_a_second_run_writes_the_same_bytes(tmp_path):
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    write_output(first, JOB, RESULTS_OF_JOB, ITEMS)
    os.utime(first, (1, 1))
    write_output(second, replace(JOB, updated=datetime.now(UTC), told={"mail": "sent"}), RESULTS_OF_JOB, ITEMS)
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as opened:
        assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_failure_on_the_way_leaves_what_was_there_and_nothing_else(tmp_path):
    path = tmp_path / "out.zip"
    path.write_bytes(b"before")

    def breaking():
        yield RESULTS_OF_JOB[0]
        raise OSError("The disk is full.")

    with pytest.raises(OSError, match="full"):
        write_output(path, JOB, breaking(), ITEMS)
    with pytest.raises(OSError, match="full"):
        write_output(path, JOB, RESULTS_OF_JOB, (item for item in breaking()))
    assert list(tmp_path.iterdir()) == [tmp_path / "out.zip"]
    assert path.read_bytes() == b"before"


def test_only_its_owner_may_read_it(tmp_path, archive):
    assert (tmp_path / "out.zip").stat().st_mode & 0o777 == 0o600


def test_memory_does_not_grow_with_the_results(tmp_path):
    text = "All about a boat on the sea. " * 200

    def peak(count):
        tracemalloc.start()
        write_output(tmp_path / "out.zip", JOB, (made(n, text) for n in range(count)), ())
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(5)
    assert peak(2_000) < peak(50) + 1_000_000 < 2_000 * len(text) / 4
