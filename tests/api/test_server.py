import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from alttext_local import errors
from alttext_local.api.app import create_app
from alttext_local.api.server import listen, make_server

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
V2 = "/cl/alttext/api/v2/"
HEAD = "POST /cl/alttext/api/v2/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alpha-token\r\n"


class Running:
    """A real server in a thread."""

    def __init__(self, house):
        self.app = create_app(house)
        self.server = make_server(self.app, house.settings)
        self.listening = listen("127.0.0.1", 0)
        self.address = self.listening.getsockname()
        self.url = f"http://127.0.0.1:{self.address[1]}"
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listening]})
        self.thread.start()

    def connect(self, data=b""):
        stream = socket.create_connection(self.address, timeout=10)
        stream.sendall(data if isinstance(data, bytes) else data.encode())
        return stream

    def stop(self):
        self.server.drain()
        self.server.force_exit = True
        self.server.should_exit = True
        self.thread.join(10)
        self.listening.close()


@pytest.fixture
def run(request):
    servers = []

    def start(house):
        servers.append(Running(house))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
        assert not server.thread.is_alive()


@pytest.fixture
def upload(parts):
    def send(url, token=parts.TOKEN, data=None):
        files = {"file": ("a.png", parts.picture() if data is None else data)}
        headers = {"Authorization": f"Bearer {token}"}
        return requests.post(url + V2, headers=headers, data={"selected_model": "gpt-4o"}, files=files, timeout=20)

    return send


def read_all(stream):
    """Everything until the other side closes, and how long that took."""
    began, parts_read = time.monotonic(), []
    with stream:
        while piece := stream.recv(65536):
            parts_read.append(piece)
    return b"".join(parts_read), time.monotonic() - began


def wait_until(condition, seconds=30):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.01)


def error_in(answer, status):
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer
    told = json.loads(body)
    assert set(told) == {"status_code", "message", "detail"}
    assert told["status_code"] == status
    lower = head.lower()
    for header in (b"x-request-id: ", b"cache-control: no-store", b"x-content-type-options: nosniff"):
        assert lower.count(header) == 1
    assert b"server:" not in lower
    return told


def test_an_image_is_described_and_the_connection_kept(run, house, upload, parts):
    url = run(house).url
    with requests.Session() as session:
        for _ in range(3):
            answer = session.post(
                url + V2,
                headers={"Authorization": f"Bearer {parts.TOKEN}"},
                data={"selected_model": "gpt-4o"},
                files={"file": ("a.png", parts.picture())},
                timeout=10,
            )
            assert answer.json()["alt_text"] == "A PNG of 40 by 30 pixels"
            assert "server" not in answer.headers
            assert answer.headers.get("Connection") != "close"


def test_the_sample_program_of_the_seed_runs_as_printed(run, house, parts, tmp_path):
    picture = tmp_path / "my picture.png"
    picture.write_bytes(parts.picture())
    sample = HERE / "samples" / "single_image.py"

    def run_sample(token):
        command = [sys.executable, str(sample), url + V2, token, str(picture)]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout

    url = run(house).url
    said = run_sample(parts.TOKEN)
    assert said.startswith("Request successful!\n{'status_code': 200, 'message': 'Success: Image info generated")
    assert "'file_name': 'my picture.png'" in said
    assert run_sample("wrong").startswith("Request failed with status code 401: {")


@pytest.mark.parametrize("size", [1_000, 3_000_000, 20_000_000])
def test_a_refused_upload_sees_its_answer_and_no_reset(run, house, upload, size):
    url = run(house).url
    answer = upload(url, token="wrong", data=b"x" * size)
    assert (answer.status_code, answer.headers["Connection"]) == (401, "close")
    house.engine.refusal = errors.Overloaded()
    assert upload(url, data=b"x" * size).status_code == 429


def test_a_too_large_upload_sees_its_answer_and_no_reset(run, open_house, upload):
    url = run(open_house(max_upload=2_000_000)).url
    assert upload(url, data=b"x" * 40_000_000).status_code == 413


def test_too_large_chunks_see_their_answer(run, open_house, parts):
    url = run(open_house(max_upload=1000)).url
    headers = {"Authorization": f"Bearer {parts.TOKEN}", "Content-Type": "multipart/form-data; boundary=B"}
    begin = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    body = (begin if i == 0 else b"x" * 65536 for i in range(100))
    answer = requests.post(url + V2, headers=headers, data=body, timeout=20)
    assert answer.status_code == 413


def test_a_client_that_asks_first_is_told_before_it_sends(run, house):
    with run(house).connect(HEAD + "Content-Length: 99999999\r\nExpect: 100-continue\r\n\r\n") as stream:
        answer, seconds = read_all(stream)
    error_in(answer, 413)
    assert seconds < 2


def test_a_slow_body_is_a_408(run, open_house):
    server = run(open_house(body_seconds=0.3, body_seconds_per_mib=0))
    head = HEAD + "Content-Type: multipart/form-data; boundary=B\r\nContent-Length: 100\r\n\r\n--B\r\n"
    answer, seconds = read_all(server.connect(head))
    error_in(answer, 408)
    assert 0.2 < seconds < 4
    wait_until(lambda: server.app.state.door.in_hand == 0)


@pytest.mark.parametrize("begin", [b"", b"GET /health/live HT", HEAD.encode()])
def test_slow_headers_are_closed(run, open_house, begin):
    server = run(open_house(header_seconds=0.4))
    answer, seconds = read_all(server.connect(begin))
    error_in(answer, 408)
    assert 0.2 < seconds < 3


def test_headers_that_drip_are_closed(run, open_house):
    server = run(open_house(header_seconds=0.4))
    with server.connect(b"GET / HTTP/1.1\r\n") as stream, contextlib.suppress(OSError):
        for i in range(40):
            stream.sendall(b"X-%d: y\r\n" % i)
            time.sleep(0.05)
    assert i < 30


def test_slow_headers_of_a_second_request_are_closed(run, open_house):
    server = run(open_house(header_seconds=0.4))
    with server.connect(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n") as stream:
        first = b""
        while not first.endswith(b"}"):
            first += stream.recv(65536)
        assert b"200 OK" in first
        stream.sendall(b"GET /hea")
        answer, seconds = read_all(stream)
    error_in(answer, 408)
    assert seconds < 3


def test_a_long_answer_is_not_cut_by_the_limit_of_the_headers(run, open_house, upload):
    house = open_house(header_seconds=0.2)
    house.describer.gate = threading.Event()
    threading.Timer(0.6, house.describer.gate.set).start()
    assert upload(run(house).url).status_code == 200


@pytest.mark.parametrize("data", [b"\x00\x01nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"y" * 70_000 + b"\r\n\r\n"])
def test_what_is_no_http_has_the_error_body(run, house, data):
    error_in(read_all(run(house).connect(data))[0], 400)


def test_a_broken_chunk_is_answered_and_ends(run, house):
    server = run(house)
    head = HEAD + "Content-Type: multipart/form-data; boundary=B\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"
    error_in(read_all(server.connect(head))[0], 400)
    wait_until(lambda: server.app.state.door.in_hand == 0)


def test_the_work_of_a_client_that_leaves_is_cancelled(run, house, parts):
    house.describer.gate = threading.Event()
    server = run(house)
    form = requests.Request(
        "POST", "http://x" + V2, data={"selected_model": "gpt-4o"}, files={"file": ("a.png", parts.picture())}
    ).prepare()
    head = f"{HEAD}Content-Type: {form.headers['Content-Type']}\r\nContent-Length: {len(form.body)}\r\n\r\n"
    stream = server.connect(head.encode() + form.body)
    wait_until(lambda: house.describer.futures)
    stream.close()
    wait_until(lambda: house.describer.futures[0].cancelled())
    wait_until(lambda: server.app.state.door.in_hand == 0)


def test_a_client_that_leaves_in_the_middle_of_its_body_holds_no_place(run, house):
    server = run(house)
    head = HEAD + "Content-Type: multipart/form-data; boundary=B\r\nContent-Length: 100000\r\n\r\n--B\r\n"
    stream = server.connect(head)
    wait_until(lambda: server.app.state.door.in_hand == 1)
    stream.close()
    wait_until(lambda: server.app.state.door.in_hand == 0)


def test_health_is_answered_when_the_house_is_full(run, open_house, upload):
    house = open_house(queue_max=1)
    house.describer.gate = threading.Event()
    server = run(house)
    first = threading.Thread(target=upload, args=(server.url,))
    first.start()
    wait_until(lambda: house.describer.futures)
    assert upload(server.url).status_code == 429
    for name in ("live", "ready"):
        assert requests.get(f"{server.url}/health/{name}", timeout=5).status_code == 200
    house.describer.gate.set()
    first.join(10)


def test_many_uploads_at_once_are_bounded(run, open_house):
    """Each announces 2 MB and sends it; only what the memory allows is read, the others are told at once."""
    house = open_house(receive_memory=24 * 1024 * 1024)
    house.describer.gate = threading.Event()
    server = run(house)
    head = HEAD + "Content-Type: multipart/form-data; boundary=B\r\nContent-Length: 2000000\r\n\r\n"
    streams = [server.connect(head) for _ in range(60)]
    wait_until(lambda: server.app.state.door.in_hand == 12)
    answered = 0
    for stream in streams:
        stream.settimeout(0.05)
        with contextlib.suppress(TimeoutError):
            answered += stream.recv(65536).startswith(b"HTTP/1.1 429")
    assert answered == 48
    assert server.app.state.door.in_hand == 12
    for stream in streams:
        stream.close()
    wait_until(lambda: server.app.state.door.in_hand == 0)


@contextlib.contextmanager
def process(folder, **settings):
    """A server in a process of its own; yields it and its address."""
    pairs = [f"{name}={value}" for name, value in settings.items()]
    command = [sys.executable, "-W", "error", str(HERE / "serving.py"), str(folder), *pairs]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as started:
        try:
            said = []
            for line in started.stderr:
                said.append(line)
                if (event := json.loads(line))["event"] == "listening":
                    break
            else:
                raise AssertionError("".join(said))
            yield started, f"http://127.0.0.1:{event['port']}"
        finally:
            started.kill()


@pytest.fixture
def in_background(upload):
    """Send an upload from a thread; its answer, when it is there."""
    started = []

    def send(url):
        answers = []

        def work():
            with contextlib.suppress(requests.RequestException):
                answers.append(upload(url))

        started.append(threading.Thread(target=work))
        started[-1].start()
        return answers

    yield send
    for thread in started:
        thread.join(30)
        assert not thread.is_alive()


def ready(url):
    return requests.get(url + "/health/ready", timeout=10).status_code


def test_the_server_drains(tmp_path, upload, in_background):
    with process(tmp_path, hold="yes") as (server, url):
        answers = in_background(url)
        wait_until((tmp_path / "held").exists)
        server.send_signal(signal.SIGTERM)
        wait_until(lambda: ready(url) == 503)
        newcomer = upload(url)
        assert (newcomer.status_code, newcomer.headers["Retry-After"]) == (503, "10")
        assert requests.get(url + "/health/live", timeout=10).status_code == 200
        (tmp_path / "go").touch()
        out, log = server.communicate(timeout=30)
        assert (server.returncode, out) == (0, "closed 1\n")
        wait_until(lambda: answers)
        assert answers[0].status_code == 200
        lines = [line for line in map(json.loads, log.splitlines()) if line["event"] == "request"]
        assert answers[0].headers["X-Request-ID"] in [line["request_id"] for line in lines]
        statuses = [line["status"] for line in lines]
        assert (statuses.count(200), statuses.count(503)) == (1, 1)


def test_the_drain_has_an_end(tmp_path, in_background):
    with process(tmp_path, hold="yes", drain_seconds=0.3) as (server, url):
        answers = in_background(url)
        wait_until((tmp_path / "held").exists)
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0
        wait_until(lambda: answers)
        assert answers[0].status_code == 503
        assert answers[0].json()["message"].startswith("Service Unavailable")


def test_a_second_signal_stops_at_once(tmp_path, in_background):
    with process(tmp_path, hold="yes") as (server, url):
        in_background(url)
        wait_until((tmp_path / "held").exists)
        server.send_signal(signal.SIGTERM)
        wait_until(lambda: ready(url) == 503)
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0


def test_an_idle_server_stops_at_once(tmp_path):
    with process(tmp_path) as (server, url):
        assert ready(url) == 200
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == 0
