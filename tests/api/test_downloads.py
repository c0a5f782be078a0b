"""Files of jobs over HTTP: by link alone, whole and in parts."""

import re
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from alttext_local.api.app import create_app
from alttext_local.jobs.files import LocalFiles, key_of
from alttext_local.jobs.links import Links

CONTENT = bytes(range(256)) * 1000
NAME = "Übung 3.zip"


class Clock:
    now = 1_000_000_000.0

    def __call__(self):
        return self.now


class Site:
    """The door with the route, a folder with one file, and links to it."""

    def __init__(self, house, folder):
        self.clock = Clock()
        self.files = LocalFiles(folder / "files")
        self.links = Links(b"s" * 32, "http://testserver", 3600, self.clock)
        (folder / "new").write_bytes(CONTENT)
        self.files.put(folder / "new", key_of("job-1", "output"))
        house.desk.open_link = self.find
        self.client = TestClient(create_app(house))
        self.path = urlsplit(self.links.sign("job-1", "output", NAME)).path

    def find(self, token, name):
        return self.files.path(key_of(*self.links.open(token, name)))

    def get(self, path=None, method="GET", **headers):
        return self.client.request(
            method, path or self.path, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )


@pytest.fixture
def site(house, tmp_path):
    return Site(house, tmp_path)


@pytest.mark.parametrize("ending", ["", "/"])
def test_a_link_needs_no_token(site, ending):
    answer = site.get(site.path + ending)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''%C3%9Cbung%203.zip"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert re.fullmatch(r'"[^"]+"', answer.headers["ETag"])


@pytest.mark.parametrize("ending", ["", "/"])
def test_head_tells_all_but_the_content(site, ending):
    answer, whole = site.get(site.path + ending, "HEAD"), site.get()
    assert (answer.status_code, answer.content) == (200, b"")
    for name in ("Content-Length", "ETag", "Last-Modified", "Content-Disposition", "Accept-Ranges"):
        assert answer.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=255990-", 255_990, 256_000),
        ("bytes=-5", 255_995, 256_000),
        ("bytes=-999999", 0, 256_000),
        ("bytes=100000-999999", 100_000, 256_000),
        ("bytes=0-", 0, 256_000),
        ("bytes=10-15,12-30", 10, 31),
    ],
)
def test_a_part_is_sent_as_asked(site, asked, start, end):
    answer = site.get(range=asked)
    assert (answer.status_code, answer.content) == (206, CONTENT[start:end])
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(CONTENT)}"
    assert answer.headers["Content-Length"] == str(end - start)
    head = site.get(method="HEAD", range=asked)
    assert (head.status_code, head.headers["Content-Range"]) == (206, answer.headers["Content-Range"])


def test_several_parts_come_as_multipart(site):
    answer = site.get(range="bytes=0-9, 100-109,-1")
    kind, _, boundary = answer.headers["Content-Type"].partition("; boundary=")
    assert (answer.status_code, kind) == (206, "multipart/byteranges")
    assert answer.headers["Content-Length"] == str(len(answer.content))
    pieces = [piece.split(b"\r\n\r\n", 1) for piece in answer.content.split(f"--{boundary}".encode())[1:-1]]
    assert [body.removesuffix(b"\r\n") for _, body in pieces] == [CONTENT[:10], CONTENT[100:110], CONTENT[-1:]]
    assert [re.search(rb"(?i)content-range: (.*)", head)[1].strip() for head, _ in pieces] == [
        b"bytes 0-9/256000",
        b"bytes 100-109/256000",
        b"bytes 255999-255999/256000",
    ]


@pytest.mark.parametrize("asked", ["lines=1-2", "bytes", "bytes=", "bytes=a-b", "bytes=9-5", "bytes=-", "0-5"])
def test_a_range_that_is_none_is_ignored(site, asked):
    answer = site.get(range=asked)
    assert (answer.status_code, answer.content) == (200, CONTENT)


def test_more_ranges_than_anybody_needs_give_the_whole(site):
    answer = site.get(range="bytes=" + ",".join(f"{n}-{n}" for n in range(0, 2000, 2)))
    assert (answer.status_code, answer.content) == (200, CONTENT)


@pytest.mark.parametrize("asked", ["bytes=256000-", "bytes=999999-1000000", "bytes=-0"])
def test_a_range_after_the_end_is_refused_with_the_size(site, is_error, asked):
    answer = site.get(range=asked)
    is_error(answer, 416)
    assert answer.headers["Content-Range"] == "bytes */256000"
    assert "Content-Disposition" not in answer.headers


def test_a_download_goes_on_only_if_the_file_is_still_the_same(site, tmp_path):
    etag = site.get(method="HEAD").headers["ETag"]
    assert site.get(range="bytes=5-9", if_range=etag).content == CONTENT[5:10]
    assert site.get(range="bytes=5-9", if_range="W/" + etag).status_code == 200
    (tmp_path / "new").write_bytes(CONTENT[::-1])
    site.files.put(tmp_path / "new", key_of("job-1", "output"))
    changed = site.get(range="bytes=5-9", if_range=etag)
    assert (changed.status_code, changed.content) == (200, CONTENT[::-1])


def test_no_other_link_opens_it(site, is_error):
    token, name = site.path.split("/")[-2:]
    for path in (f"{token[:-4]}AAAA/{name}", f"{token}/other.zip", f"x/{name}", token, "", f"{token}/{name}/more"):
        is_error(site.get("/cl/alttext/api/v3/files/" + path), 404)


def test_an_expired_link_and_an_erased_file_are_gone(site, is_error):
    site.files.delete(key_of("job-1", "output"))
    is_error(site.get(), 410)
    site.clock.now += 3 * 3600
    is_error(site.get(), 410)


def test_another_method_is_refused_and_changes_nothing(site, is_error):
    for method in ("POST", "PUT", "DELETE"):
        is_error(site.get(method=method), 405)
    assert site.get().content == CONTENT


@pytest.mark.parametrize(
    "path", ["/cl/alttext/api/v3/status/1", "/cl/alttext/api/v3/filesx/a/b", "/cl/alttext/api/v3/"]
)
def test_everything_beside_it_needs_a_token_still(site, is_error, path):
    is_error(site.get(path), 401)


def test_the_link_is_not_in_the_log(site, caplog):
    caplog.set_level("DEBUG", "alttext_local")
    site.get()
    told = "".join(str(vars(record)) for record in caplog.records if record.name.startswith("alttext_local"))
    assert "/cl/alttext/api/v3/files/{token}/{name}" in told
    assert site.path.split("/")[-2] not in told


def test_the_document_has_the_route(site):
    operation = site.client.get("/openapi.json").json()["paths"]["/cl/alttext/api/v3/files/{token}/{name}"]["get"]
    assert set(operation["responses"]) >= {"200", "404", "410", "416"}
    assert "security" not in operation
