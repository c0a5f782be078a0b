"""The store on S3, against a real server of that language on this machine."""

import io
import logging
import os
import threading
import urllib.error
import urllib.request
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from moto.server import ThreadedMotoServer

from alttext_local.jobs.files import key_of
from alttext_local.jobs.files_s3 import S3Files, S3Place
from alttext_local.jobs.links import Links, download_url

KEY = key_of("3c22c4a3", "output")
MISLEADING = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
    "AWS_SESSION_TOKEN": "of-somebody-else",
    "AWS_SKIP_SIGNATURE": "true",
    "AWS_ACCESS_KEY_ID": "of-somebody-else",
    "AWS_REGION": "ap-south-1",
    "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true",
    "AWS_BUCKET": "of-somebody-else",
}


@pytest.fixture(scope="module")
def endpoint():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    with urllib.request.urlopen(urllib.request.Request(address + "/shelf", method="PUT")):
        pass
    yield address
    server.stop()


@pytest.fixture
def listener():
    """A server that takes everything and remembers who asked."""
    heard = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            heard.append(dict(self.headers))
            self.send_response(200)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", heard
        server.shutdown()
        thread.join()


@pytest.fixture
def place(endpoint):
    return S3Place("shelf", "site/alt", endpoint, "us-east-1", "our-key", "our-secret", True, 3600)


@pytest.fixture
def files(place):
    store = S3Files(place)
    yield store
    for stored in list(store.stored()):
        store.delete(stored.key)


@pytest.fixture
def put(files, tmp_path):
    def write(key, content):
        source = tmp_path / "finished"
        source.write_bytes(content)
        files.put(source, key)
        assert not source.exists()

    return write


def fetch(url):
    with urllib.request.urlopen(url) as answer:
        return answer.headers, answer.read()


def test_what_was_put_can_be_read_listed_and_erased(files, put):
    put(KEY, b"old")
    put(KEY, b"0123456789")
    assert files.size(KEY) == 10
    with files.open(KEY) as stream:
        assert stream.seek(-4, io.SEEK_END) == 6
        assert stream.read(2) == b"67"
        assert stream.read() == b"89"
        assert stream.read() == b""
    assert [(stored.key, stored.size) for stored in files.stored()] == [(KEY, 10)]
    files.delete(KEY)
    files.delete(KEY)
    assert list(files.stored()) == []


def test_a_large_archive_goes_in_parts_and_is_read_where_it_is(files, put):
    noise = os.urandom(6 * 1024 * 1024)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writing:
        writing.writestr("noise", noise)
        writing.writestr("small", b"here")
    put(KEY, archive.getvalue())
    with files.open(KEY) as stream, zipfile.ZipFile(stream) as reading:
        assert reading.read("small") == b"here"
        assert reading.read("noise") == noise


def test_a_presigned_address_opens_without_a_key_and_says_when_it_ends(files, put, tmp_path):
    put(KEY, b"content")
    url = download_url(files, Links(b"x" * 32, "https://alt.example", 3600), "3c22c4a3", "output")
    headers, body = fetch(url)
    assert body == b"content"
    assert headers["Content-Type"] == "application/zip"
    assert headers["Content-Disposition"] == f'attachment; filename="{KEY}"'
    query = parse_qs(urlsplit(url).query)
    assert query["X-Amz-Expires"] == ["3600"]
    assert urlsplit(url).path == f"/shelf/site/alt/{KEY}"
    assert "our-secret" not in url


def test_what_is_not_there_is_said_the_usual_way(files):
    for ask in (files.open, files.size):
        with pytest.raises(FileNotFoundError):
            ask(KEY)


def test_the_environment_says_nothing(place, endpoint, monkeypatch, tmp_path):
    for name, value in MISLEADING.items():
        monkeypatch.setenv(name, value)
    files = S3Files(place)
    source = tmp_path / "finished"
    source.write_bytes(b"content")
    files.put(source, KEY)
    url = files.presigned(KEY)
    files.delete(KEY)
    assert url.startswith(f"{endpoint}/shelf/site/alt/{KEY}?")
    query = parse_qs(urlsplit(url).query)
    assert query["X-Amz-Credential"][0].startswith("our-key/")
    assert "/us-east-1/s3/" in query["X-Amz-Credential"][0]
    assert "X-Amz-Security-Token" not in query


def test_every_request_is_signed_with_our_key_whatever_the_environment_says(place, listener, monkeypatch, tmp_path):
    for name, value in MISLEADING.items():
        monkeypatch.setenv(name, value)
    address, heard = listener
    source = tmp_path / "finished"
    source.write_bytes(b"content")
    S3Files(replace(place, endpoint=address)).put(source, KEY)
    (headers,) = heard
    told = {name.lower(): value for name, value in headers.items()}
    assert told["authorization"].startswith("AWS4-HMAC-SHA256 Credential=our-key/")
    assert told["cache-control"] == "no-store"
    assert "x-amz-security-token" not in told


def test_without_an_endpoint_it_is_amazons_of_the_region(place):
    url = S3Files(replace(place, endpoint="", region="eu-central-1", prefix="")).presigned(KEY)
    assert url.startswith(f"https://s3.eu-central-1.amazonaws.com/shelf/{KEY}?")


def test_a_store_that_refuses_is_like_a_disk_that_fails(place, tmp_path):
    source = tmp_path / "finished"
    source.write_bytes(b"content")
    files = S3Files(replace(place, bucket="no-such-bucket"))
    with pytest.raises(OSError, match=r"S3|not found"):
        files.put(source, KEY)
    assert source.exists()


def test_the_secret_is_in_no_representation(place):
    assert "our-secret" not in repr(place)
