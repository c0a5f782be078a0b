"""Bulk jobs at the door: what is acknowledged, and which archives and wishes are refused."""

import re
import uuid

import pytest

from alttext_local.api.job_answers import QueuedAnswer
from tests.api.bulk_jobs import BAD_REQUEST, MESSAGE, V3, path_of
from tests.jobs import zips


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
