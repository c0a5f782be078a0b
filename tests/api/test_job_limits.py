"""Bulk jobs at the door: uploads that are too large, too many, break off, or meet a house that cannot take them."""

import asyncio

import pytest
from fastapi import Request

from alttext_local.api.app import create_app
from alttext_local.api.bulk_form import read_bulk_form
from alttext_local.errors import DiskFull
from alttext_local.settings import MIB
from tests.api.bulk_jobs import INTERNAL, STATUS, V3, work


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
