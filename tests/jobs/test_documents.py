"""The status document, held against the sample that clients were written for."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from alttext_local.jobs.documents import image_entry, moment, status_document
from alttext_local.jobs.job import ImageResult, Job, Progress

SAMPLE = json.loads(Path(__file__).with_name("status_sample.json").read_text())
OURS = {"progress", "delivery", "keyword_list", "ocr_text", "provenance", "error"}
ANSWER = {
    "status_code": 200,
    "message": "Success: Image info generated successfully.",
    "file_name": "imagename.extension",
    "alt_text": "A receipt with the seller, the buyer's address and the prices.",
    "classification": ["Image Classification", "table"],
    "keywords": ["keyword 1", "keyword 2", "keyword 3"],
    "description": "",
    "ocr_text": "Total 12.00",
    "provenance": {"requested_model": "gpt-4o", "model": "tiny", "cached": False, "seconds": 0.5},
}
GOOD = ImageResult(0, "imagename.extension", "Images/image_2.extension", "Fine.", ANSWER)
BAD = ImageResult(1, "image_name", "Images/image_name", "The file is truncated.", None, "unreadable_image")
JOB = Job(
    id="3c22c4a3-bcfa-4dad-a55c-8e144fcd582e",
    owner="me",
    file_name="zip_filename.zip",
    state="Completed",
    created=datetime(2025, 1, 3, 7, 44, 30, 616000, UTC),
    updated=datetime(2025, 1, 3, 7, 44, 36, 88000, UTC),
    progress=Progress(2, 2, 1),
    told={"mail": "in the spool folder"},
)


def without_ours(value):
    if isinstance(value, dict):
        return {key: without_ours(inner) for key, inner in value.items() if key not in OURS}
    return [without_ours(inner) for inner in value] if isinstance(value, list) else value


def test_the_sample_of_the_api_comes_out_letter_for_letter_and_ours_comes_besides():
    document = status_document(JOB, [GOOD, BAD], "S3 link for input file ", "S3 link for output file ")
    assert json.dumps(without_ours(document)) == json.dumps(SAMPLE)
    assert document["progress"] == {"total": 2, "done": 2, "failed": 1}
    assert document["delivery"] == {"mail": "in the spool folder"}
    good, bad = document["result"]["images"]
    assert list(good)[-3:] == ["keyword_list", "ocr_text", "provenance"]
    assert good["keyword_list"] == ANSWER["keywords"]
    assert good["provenance"]["model"] == "tiny"
    assert bad["error"] == {"code": "unreadable_image", "message": "The file is truncated."}


@pytest.mark.parametrize("state", ["Queued", "Processing"])
def test_there_is_no_result_before_the_end(state):
    document = status_document(replace(JOB, state=state), [GOOD], "in", "")
    assert list(document) == [*SAMPLE, "progress", "delivery"]
    assert document["result"] is None


def test_a_job_whose_every_image_failed_is_completed_and_says_so():
    result = status_document(JOB, [BAD, BAD], "", "out")["result"]
    assert (result["status_code"], result["success_count"], result["failure_count"]) == (200, 0, 2)
    assert not result["message"].startswith("Success")


def test_a_job_without_results_that_completed_is_a_success():
    assert status_document(replace(JOB, progress=Progress(0, 0, 0)), [], "", "")["result"]["message"][:7] == "Success"


def test_a_cancelled_job_lists_what_was_done():
    result = status_document(replace(JOB, state="Cancelled", progress=Progress(9, 1, 0)), [GOOD], "in", "")["result"]
    assert result["message"].startswith("Cancelled")
    assert (result["total_images"], result["success_count"], result["failure_count"]) == (9, 1, 0)
    assert [image["file_ref"] for image in result["images"]] == [GOOD.file_ref]


def test_a_failed_job_says_why():
    result = status_document(replace(JOB, state="Failed", failure="The file is gone."), [], "", "")["result"]
    assert result["status_code"] == 500
    assert result["message"].endswith("The file is gone.")


def test_a_picture_without_kind_or_keywords_keeps_the_types():
    entry = image_entry(replace(GOOD, answer={**ANSWER, "classification": [], "keywords": []}))
    assert (entry["classification"], entry["keywords"], entry["keyword_list"]) == ("", [], [])


def test_times_are_utc_without_saying_so_with_six_digits():
    east = timezone(timedelta(hours=5, minutes=30))
    assert moment(datetime(2025, 1, 3, 13, 14, 30, tzinfo=east)) == "2025-01-03T07:44:30.000000"


def test_half_a_surrogate_pair_in_a_name_stops_no_answer():
    broken = "a\ud800.png"
    document = status_document(
        replace(JOB, file_name=broken), [replace(GOOD, name=broken), replace(BAD, file_ref=broken)], "", ""
    )
    assert "a?.png" in json.dumps(document, ensure_ascii=False).encode("utf-8").decode()
