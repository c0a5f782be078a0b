"""Bulk jobs at the door: status and end of a job, cancelling, and whom none of it is told."""

import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alttext_local.api.job_answers import StatusAnswer
from alttext_local.jobs.job import ImageResult
from tests.api.bulk_jobs import STATUS, V3, path_of, work
from tests.jobs import zips

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("ending", ["", "/"])
def test_a_job_that_waits_has_no_result_yet(bulk, client, ending):
    queued = bulk().json()
    answer = client.get(STATUS + queued["job_id"] + ending)
    assert answer.status_code == 200
    body = answer.json()
    first = ["job_id", "status", "file_name", "s3_url", "created_at", "updated_at", "result"]
    assert list(body)[:7] == first
    assert set(body) == set(StatusAnswer.model_fields)
    assert (body["job_id"], body["status"], body["file_name"]) == (queued["job_id"], "Queued", "figures.zip")
    assert body["s3_url"] == queued["s3_url"]
    assert (body["result"], body["progress"]) == (None, {"total": 3, "done": 0, "failed": 0})
    for name in ("created_at", "updated_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", body[name])
        assert abs(datetime.fromisoformat(body[name]).replace(tzinfo=UTC) - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_job_in_hand_tells_its_progress(bulk, client, house):
    job_id = bulk().json()["job_id"]
    house.desk.ledger.begin(job_id, 0)
    item = house.desk.ledger.items(job_id)[2]
    house.desk.ledger.record(job_id, 0, [ImageResult(2, item.name, item.file_ref, "No.", None, "unreadable_image")])
    body = client.get(STATUS + job_id).json()
    assert (body["status"], body["result"]) == ("Processing", None)
    assert body["progress"] == {"total": 3, "done": 1, "failed": 1}


def test_a_job_that_has_ended_has_the_types_of_the_seed(bulk, client, house, open_client):
    job_id = bulk().json()["job_id"]
    work(house, job_id)
    body = client.get(STATUS + job_id).json()
    StatusAnswer(**body)
    result = body["result"]
    head = ["status_code", "message", "total_images", "success_count", "failure_count", "cdn_url", "images"]
    assert list(result) == head
    assert (body["status"], result["status_code"]) == ("Completed", 200)
    assert result["message"] == "Success: Image information for zip file generated successfully."
    assert (result["total_images"], result["success_count"], result["failure_count"]) == (3, 2, 1)
    good, _, bad = result["images"]
    assert list(good)[:7] == ["status", "message", "name", "file_ref", "alt_text", "classification", "keywords"]
    assert (good["status"], good["message"]) == ("success", "Successfully generated image info")
    assert (good["name"], good["file_ref"]) == ("a.png", "Images/a.png")
    assert good["alt_text"] == "A PNG of 40 by 30 pixels"
    assert (good["classification"], good["keywords"]) == ("photograph", ["PNG, pixels, size"])
    assert (good["keyword_list"], good["ocr_text"]) == (["PNG", "pixels", "size"], "words in it")
    assert good["long_alt_text"]
    assert good["provenance"]["requested_model"] == "gpt-4o"
    assert list(bad)[:7] == list(good)[:7]
    assert (bad["status"], bad["message"]) == ("failure", "Failed to generate image info")
    assert (bad["alt_text"], bad["classification"], bad["keywords"]) == ("", "", [])
    assert "long_alt_text" not in bad
    assert bad["error"]["code"] == "unreadable_image"
    output = open_client(house, token=None).get(path_of(result["cdn_url"]))
    with zipfile.ZipFile(io.BytesIO(output.content)) as unpacked:
        assert unpacked.namelist() == ["results.json", "results.csv", "retry.json"]
        assert json.loads(unpacked.read("results.json"))["images"] == result["images"]


def test_a_job_whose_every_image_failed_is_completed_all_the_same(bulk, client, house):
    job_id = bulk(zips.pack(zips.File("a.png", b"\x89PNG\r\n\x1a\n"), zips.CONFIG)).json()["job_id"]
    work(house, job_id)
    body = client.get(STATUS + job_id).json()
    assert (body["status"], body["result"]["success_count"], body["result"]["failure_count"]) == ("Completed", 0, 1)


def test_a_blank_id_is_a_400(client, is_error):
    for path in (STATUS, STATUS[:-1], STATUS + "%20", STATUS + "%20/", STATUS + "%09"):
        is_error(client.get(path), 400, "job_id is missing")
        is_error(client.delete(path), 400)


@pytest.mark.parametrize("job_id", ["a.b", "a b", "a%00b", "%C3%A4", "x" * 65, "1;2", "$", "%D9%A1", "a%0A"])
def test_an_id_that_no_job_could_have_is_a_422(client, is_error, job_id):
    for ask in (client.get, client.delete):
        assert is_error(ask(STATUS + job_id), 422) == "Invalid job_id format. Please provide a valid job_id."


@pytest.mark.parametrize("job_id", ["12345", "a-b_C", "x" * 64, "00000000-0000-4000-8000-000000000000"])
def test_an_id_of_no_job_is_a_404(client, is_error, job_id):
    for ask in (client.get, client.delete):
        assert is_error(ask(STATUS + job_id), 404) == f"Job with job_id {job_id} not found."


def test_the_job_of_another_token_is_a_404_and_stays_as_it_is(bulk, house, open_client, parts, is_error):
    job_id = bulk().json()["job_id"]
    other = open_client(house, parts.OTHER)
    for ask in (other.get, other.delete):
        assert is_error(ask(STATUS + job_id), 404) == f"Job with job_id {job_id} not found."
    assert house.desk.job(job_id).state == "Queued"


@pytest.mark.parametrize("ending", ["", "/"])
def test_a_job_can_be_cancelled_and_keeps_what_is_done(bulk, client, house, ending):
    job_id = bulk().json()["job_id"]
    for _ in range(2):
        answer = client.delete(STATUS + job_id + ending)
        assert (answer.status_code, answer.json()["status"]) == (200, "Cancelled")
    work(house, job_id)
    result = client.get(STATUS + job_id).json()["result"]
    assert (result["success_count"], result["images"]) == (0, [])
    assert result["cdn_url"]


def test_a_job_that_has_ended_stays_as_it_is(bulk, client, house):
    job_id = bulk().json()["job_id"]
    work(house, job_id)
    before = client.get(STATUS + job_id).json()
    assert client.delete(STATUS + job_id).json() == before


@pytest.mark.parametrize(
    ("method", "path"), [("GET", V3), ("PUT", V3), ("POST", STATUS + "1"), ("POST", V3 + "schema")]
)
def test_another_method_is_a_405(client, is_error, method, path):
    is_error(client.request(method, path), 405)


@pytest.mark.parametrize("ending", ["", "/"])
def test_the_schema_is_the_one_that_is_published(client, ending):
    answer = client.get(V3 + "schema" + ending)
    assert answer.headers["Content-Type"].startswith("application/schema+json")
    assert answer.json() == json.loads((ROOT / "schema" / "bulk.schema.json").read_text(encoding="utf-8"))


def test_no_address_of_a_person_or_a_receiver_is_in_the_log(open_house, open_client, archive, caplog):
    caplog.set_level("DEBUG")
    client = open_client(open_house(callback_hosts=("hooks.example",)))
    params = {"user_email": "marzipan@example.com", "callback_url": "https://hooks.example/gingerbread"}
    assert client.post(V3, params=params, files={"file": ("nougat.zip", archive)}).status_code == 200
    told = "".join(str(vars(record)) for record in caplog.records if record.name.startswith("alttext_local"))
    assert told
    assert not any(word in told for word in ("marzipan", "gingerbread", "nougat"))


@pytest.mark.parametrize(
    ("method", "path"), [("POST", V3), ("GET", STATUS + "12345"), ("DELETE", STATUS + "12345"), ("GET", V3 + "schema")]
)
@pytest.mark.parametrize("token", [None, "unknown"])
def test_without_a_token_all_is_a_401(house, open_client, is_error, method, path, token):
    answer = open_client(house, token=token).request(method, path)
    assert is_error(answer, 401) == "Unauthorized - Invalid or missing authentication token"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
