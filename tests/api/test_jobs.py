"""Bulk jobs at the door: every row of both tables of the contract, through the real application."""

import asyncio
import io
import json
import re
import uuid
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi import Request

from alttext_local.api.app import create_app
from alttext_local.api.bulk_form import read_bulk_form
from alttext_local.api.job_answers import QueuedAnswer, StatusAnswer
from alttext_local.assemble_jobs import job_parts
from alttext_local.errors import DiskFull
from alttext_local.jobs.job import ImageResult
from alttext_local.settings import MIB
from tests.jobs import zips

V3 = "/cl/alttext/api/v3/"
STATUS = V3 + "status/"
MESSAGE = "Job is queued for processing. Please check the job status with the status api using job_id"
BAD_REQUEST = (
    "Bad Request : Could not process the request due to invalid input, network error or system error. "
    "Please try again later or contact support if the issue persists."
)
INTERNAL = (
    "Internal Server Error - Request failed: An unexpected error occurred. "
    "Please try again later or contact support if the issue persists."
)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def archive(parts):
    """A ZIP of three images, the last one broken, and a JSON that asks for more of the first."""
    wishes = {"images": [{"file_ref": "Images/a.png", "generate_description": True, "generate_ocr": "yes"}]}
    return zips.usual(
        {
            "Images/a.png": parts.picture(),
            "Images/b.jpg": parts.picture(format="JPEG"),
            "Images/c.png": parts.picture()[:40],
            "config.json": json.dumps(wishes).encode(),
        }
    )


@pytest.fixture
def bulk(client, archive):
    """Send a ZIP."""

    def send(data=None, name="figures.zip", path=V3, field="file", **params):
        files = {field: (name, archive if data is None else data, "application/x-zip-compressed")}
        return client.post(path, params=params, files=files)

    return send


@pytest.fixture
def spool(house):
    return house.settings.data_dir / "files"


def work(house, job_id):
    """What a worker does."""
    parts = job_parts(house.settings, house.database, house.catalogue.names())
    shards = parts.shards(lambda models: house.describer, lambda: False)
    for job, shard, _ in parts.ledger.open_shards():
        if job == job_id:
            shards.do(job, shard)
    parts.errands.finish(job_id)


def path_of(url):
    return urlsplit(url).path


# POST


@pytest.mark.parametrize("path", [V3, V3[:-1]])
def test_a_job_is_acknowledged_as_the_seed_prints_it(bulk, house, path):
    answer = bulk(path=path)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["job_id", "s3_url", "status", "message"]
    body = QueuedAnswer(**answer.json())
    assert str(uuid.UUID(body.job_id, version=4)) == body.job_id
    assert (body.status, body.message) == ("Queued", MESSAGE)
    assert house.desk.job(body.job_id).progress.total == 3
    assert answer.headers["X-Request-ID"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_upload_can_be_fetched_without_a_token_as_the_very_bytes(bulk, house, open_client, archive):
    answer = open_client(house, token=None).get(path_of(bulk().json()["s3_url"]))
    assert (answer.status_code, answer.content) == (200, archive)
    assert "figures.zip" in answer.headers["Content-Disposition"]


def test_no_file_is_a_400(bulk, client, is_error, spool):
    is_error(client.post(V3), 400, BAD_REQUEST)
    is_error(bulk(field="other"), 400, "file is missing.")
    is_error(client.post(V3, data={"file": "text"}, files={"x": ("x.zip", b"x")}), 400, "file must be a file")
    is_error(client.post(V3, files=[("file", ("a.zip", b"1")), ("file", ("b.zip", b"2"))]), 400, "sent once")
    is_error(client.post(V3, content=b"x", headers={"Content-Type": "application/zip"}), 400, "multipart/form-data")
    is_error(client.post(V3, content=b"x", headers={"Content-Type": "multipart/form-data"}), 400, "cannot be read")
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize("name", ["figures.rar", "figures", "zip", "figures.zip.png"])
def test_another_name_is_a_400_in_the_words_of_the_seed(bulk, is_error, spool, name):
    assert is_error(bulk(name=name), 400) == "Unsupported file type. Only .zip files are supported"
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize("name", ["FIGURES.ZIP", "C:\\some\\figures.Zip", "/home/me/figures.zip"])
def test_the_name_is_read_in_any_case_and_without_its_folders(bulk, house, name):
    job = house.desk.job(bulk(name=name).json()["job_id"])
    assert job.file_name.lower() == "figures.zip"


@pytest.mark.parametrize("data", [b"", b"text", b"Rar!\x1a\x07\x01\x00", b"\x89PNG\r\n\x1a\n"])
def test_other_bytes_under_the_name_of_a_zip_are_a_415(bulk, is_error, spool, data):
    answer = bulk(data)
    assert is_error(answer, 415) == "Unsupported Media Type: Only .zip files are supported"
    assert list(spool.iterdir()) == []


DANGEROUS = [
    zips.with_json({})[:-30],
    zips.pack(zips.File("../a.png"), zips.CONFIG),
    zips.pack(zips.File("a.png", flags=1), zips.CONFIG),
    zips.pack(zips.File("a.png", mode=0o120777), zips.CONFIG),
    zips.overlapping(50, 1_000_000),
]


@pytest.mark.parametrize("data", DANGEROUS)
def test_a_broken_or_dangerous_archive_is_a_400(bulk, is_error, spool, data):
    assert is_error(bulk(data), 400).startswith(BAD_REQUEST)
    assert list(spool.iterdir()) == []


def test_the_sentences_of_the_422(open_house, open_client, is_error):
    client = open_client(open_house(max_zip_images=2))

    def told(data):
        return is_error(client.post(V3, files={"file": ("a.zip", data)}), 422)

    assert told(zips.pack(zips.File("a.png"))) == "No Json File in the ZIP"
    assert told(zips.pack(zips.CONFIG)) == "No image Files in the ZIP"
    assert re.match(r"Too many image Files in the ZIP\b.*\b2\b", told(zips.with_json({}, "a.png", "b.png", "c.png")))
    two = zips.pack(zips.File("a.png"), zips.CONFIG, zips.File("x/more.json", b"{}"))
    assert told(two).startswith("Too many Json Files in the ZIP")
    assert "NaN" in told(zips.with_json(b"[NaN]"))
    assert "images[0].alt_text_length" in told(zips.with_json({"images": [{"name": "a.png", "alt_text_length": 3}]}))


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"user_email": "nobody"}, "user_email"),
        ({"user_email": "a@b.example, x@y.example"}, "user_email"),
        ({"callback_url": "https://hooks.example/x"}, "callback_hosts"),
        ({"callback_url": "http://169.254.169.254/"}, "callback_url"),
        ({"callback_url": "file:///etc/passwd"}, "callback_url"),
    ],
)
def test_wishes_that_cannot_be_met_are_a_400(bulk, house, is_error, spool, params, word):
    told = is_error(bulk(**params), 400, word)
    assert told.startswith(BAD_REQUEST)
    assert not any(value in told for value in params.values())
    assert (list(spool.iterdir()), house.desk.ledger.jobs()) == ([], ())


def test_wishes_that_can_be_met_are_kept_and_empty_ones_are_none(open_house, open_client, archive):
    house = open_house(callback_hosts=("hooks.example",))
    client, files = open_client(house), {"file": ("a.zip", archive)}
    wishes = {"user_email": "user@example.com", "callback_url": "https://hooks.example/callback"}
    job = house.desk.job(client.post(V3, params=wishes, files=files).json()["job_id"])
    assert (job.user_email, job.callback_url) == tuple(wishes.values())
    job = house.desk.job(client.post(V3, params={"user_email": "", "callback_url": " "}, files=files).json()["job_id"])
    assert (job.user_email, job.callback_url) == ("", "")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", V3), ("GET", STATUS + "12345"), ("DELETE", STATUS + "12345"), ("GET", V3 + "schema")]
)
@pytest.mark.parametrize("token", [None, "unknown"])
def test_without_a_token_all_is_a_401(house, open_client, is_error, method, path, token):
    answer = open_client(house, token=token).request(method, path)
    assert is_error(answer, 401) == "Unauthorized - Invalid or missing authentication token"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_body_over_the_limit_is_a_413_by_its_header(client, house, is_error):
    too_long = str(house.settings.max_zip + 2 * MIB)
    is_error(client.post(V3, content=b"x", headers={"Content-Length": too_long}), 413, str(house.settings.max_zip))


def test_chunks_are_counted_as_they_come(open_house, open_client, is_error):
    house = open_house(max_zip=1000)
    form = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n'
    headers = {"Transfer-Encoding": "chunked", "Content-Type": "multipart/form-data; boundary=B"}
    chunks = (form if n == 0 else b"x" * 100_000 for n in range(30))
    is_error(open_client(house).post(V3, content=chunks, headers=headers), 413, "1000 bytes")
    assert list((house.settings.data_dir / "files").iterdir()) == []


def test_a_zip_a_little_over_the_limit_is_a_413_too(open_house, open_client, is_error, archive):
    house = open_house(max_zip=len(archive) - 1)
    is_error(open_client(house).post(V3, files={"file": ("a.zip", archive)}), 413, f"{len(archive) - 1} bytes")
    assert list((house.settings.data_dir / "files").iterdir()) == []


def upload_in_pieces(house, token, pieces, last):
    """Send pieces of a body to the application itself, then what `last` says."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": V3,
        "raw_path": V3.encode(), "query_string": b"", "scheme": "http", "root_path": "",
        "client": ("127.0.0.1", 1), "server": ("testserver", 80),
        "headers": [
            (b"authorization", f"Bearer {token}".encode()),
            (b"content-type", b"multipart/form-data; boundary=B"), (b"transfer-encoding", b"chunked"),
        ],
    }  # fmt: skip
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces] + [last]
    seen = []

    async def receive():
        if messages:
            seen.append(sorted(path.stat().st_size for path in (house.settings.data_dir / "files").iterdir()))
            return messages.pop(0)
        return {"type": "http.disconnect"}

    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(create_app(house)(scope, receive, send))
    return seen, sent


PIECES = [
    b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n',
    b"PK\3\4" + b"x" * 300_000,
    b"yy",
]


@pytest.mark.parametrize(
    "last", [{"type": "http.disconnect"}, {"type": "http.request", "body": b"", "more_body": False}]
)
def test_an_upload_that_breaks_off_leaves_nothing(house, parts, spool, last):
    seen, _ = upload_in_pieces(house, parts.TOKEN, PIECES, last)
    assert seen[-1][0] >= 300_000  # it was streamed to the disk as it came
    assert list(spool.iterdir()) == []
    assert house.desk.ledger.jobs() == ()


def test_a_disk_that_fills_up_while_an_upload_comes_is_a_503_and_leaves_nothing(tmp_path):
    """`/dev/full` is the kernel's own full disk."""
    parts = []

    def new_part():
        parts.append(tmp_path / f"upload-{len(parts)}")
        parts[-1].symlink_to("/dev/full")
        return parts[-1]

    body = [*PIECES, b"\r\n--B--\r\n"]

    async def receive():
        return {"type": "http.request", "body": body.pop(0), "more_body": bool(body)}

    headers = [(b"content-type", b"multipart/form-data; boundary=B")]
    request = Request({"type": "http", "method": "POST", "path": V3, "query_string": b"", "headers": headers}, receive)
    with pytest.raises(DiskFull):
        asyncio.run(read_bulk_form(request, new_part, 10**9))
    assert len(parts) == 1
    assert list(tmp_path.iterdir()) == []


def test_too_many_jobs_of_one_token_are_a_429(open_house, open_client, parts, is_error, archive):
    house = open_house(jobs_per_token=1)
    files = {"file": ("a.zip", archive)}
    client = open_client(house)
    first = client.post(V3, files=files).json()["job_id"]
    refused = client.post(V3, files=files)
    is_error(refused, 429, "At most 1 jobs")
    assert refused.headers["Retry-After"] == "60"
    assert open_client(house, parts.OTHER).post(V3, files=files).status_code == 200
    work(house, first)
    assert client.post(V3, files=files).status_code == 200


def test_too_many_archives_at_once_are_a_429(house, client, archive, is_error):
    door = client.app.state.door
    door.archives = house.settings.bulk_uploads
    is_error(client.post(V3, files={"file": ("a.zip", archive)}), 429)
    door.archives = 0
    assert client.post(V3, files={"file": ("a.zip", archive)}).status_code == 200
    assert (door.archives, door.in_hand) == (0, 0)


def test_a_disk_that_is_nearly_full_is_a_503(open_house, open_client, is_error, archive):
    answer = open_client(open_house(disk_floor=2**60)).post(V3, files={"file": ("a.zip", archive)})
    is_error(answer, 503)
    assert answer.headers["Retry-After"] == "60"


def test_what_nobody_thought_of_is_a_500_that_tells_nothing(house, open_client, is_error, archive, spool):
    client = open_client(house, raise_server_exceptions=False)
    with house.database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE jobs RENAME TO aside")
    assert is_error(client.post(V3, files={"file": ("a.zip", archive)}), 500) == INTERNAL
    assert is_error(client.get(STATUS + "12345"), 500) == INTERNAL
    assert list(spool.iterdir()) == []


def test_a_server_that_drains_takes_no_job(client, bulk, is_error):
    client.app.state.door.draining = True
    is_error(bulk(), 503)


# status


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
