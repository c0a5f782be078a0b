"""Callbacks against a real receiver on loopback: who signed, where it went, and what came of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import socket
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from alttext_local.errors import BadSettings
from alttext_local.jobs.addresses import AllowList
from alttext_local.jobs.webhook import DELAYS, Caller, Outcome, load_secret, next_attempt, read_secret, sign

NAME = "hooks.test"
KEY = bytes(range(32))
WRITTEN = "whsec_" + base64.b64encode(KEY).decode()
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BODY = '{"job_id": "ä"}'.encode()
ALLOW = AllowList.read((NAME, "127.0.0.0/8"))


def caller(seconds=5.0, allow=ALLOW, resolve=lambda host, port: ["127.0.0.1"], tls=None):
    return Caller(allow, KEY, seconds, resolve, tls)


def send(to, port, path="/done", scheme="http", message_id="job-1", now=NOW, body=BODY):
    return to.send(f"{scheme}://{NAME}:{port}{path}", message_id, body, now)


def say(status, content=b"", **headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def verify(secret: str, headers: dict[str, str], body: bytes, now: int, tolerance: int = 300) -> None:
    """What a receiver does, from the text of Standard Webhooks 1.0.0 alone: raises where the message is not genuine."""
    key = base64.b64decode(secret[len("whsec_") :])
    stamp = headers["webhook-timestamp"]
    if abs(now - int(stamp)) > tolerance:
        raise AssertionError("too old or from the future")
    expected = base64.b64encode(
        hmac.new(key, b".".join([headers["webhook-id"].encode(), stamp.encode(), body]), hashlib.sha256).digest()
    )
    for entry in headers["webhook-signature"].split(" "):
        version, _, signature = entry.partition(",")
        if version == "v1" and hmac.compare_digest(signature.encode(), expected):
            return
    raise AssertionError("no signature fits")


def test_the_receiver_can_verify_who_signed(receiver):
    receiver.answers = [say(200, b"thanks")]
    assert send(caller(), receiver.port, "/done?x=1") == Outcome(True, 200, "delivered", final=True)
    (got,) = receiver.received
    assert got.path == "/done?x=1"
    assert got.body == BODY
    assert got.headers["content-type"] == "application/json"
    assert json.loads(got.body) == {"job_id": "ä"}
    verify(WRITTEN, got.headers, got.body, int(NOW.timestamp()))
    for body, headers, now in (
        (got.body + b" ", got.headers, NOW),
        (got.body, got.headers | {"webhook-id": "job-2"}, NOW),
        (got.body, got.headers, NOW + timedelta(minutes=6)),
    ):
        with pytest.raises(AssertionError):
            verify(WRITTEN, headers, body, int(now.timestamp()))


def test_the_contracts_own_header_signs_time_and_body(receiver):
    receiver.answers = [say(204)]
    assert send(caller(), receiver.port).delivered
    (got,) = receiver.received
    stamp = str(int(NOW.timestamp()))
    digest = hmac.new(KEY, stamp.encode() + b"." + BODY, hashlib.sha256).hexdigest()
    assert got.headers["x-alttext-timestamp"] == stamp
    assert got.headers["x-alttext-signature"] == f"t={stamp},v1={digest}"


def test_the_signature_is_that_of_the_schemes_published_example():
    key = read_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "here")
    at = datetime.fromtimestamp(1_614_265_330, UTC)
    headers = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("message_id", ["", "a.b", "a b", "a\r\nb", "ä", "a" * 129])
def test_a_message_id_cannot_blur_what_is_signed(message_id):
    with pytest.raises(ValueError, match="message id"):
        sign(KEY, message_id, NOW, BODY)


def test_a_retry_has_the_same_id_and_a_new_time(receiver):
    receiver.answers = [say(500), say(200)]
    first = send(caller(), receiver.port)
    second = send(caller(), receiver.port, now=NOW + timedelta(seconds=5))
    assert first == Outcome(False, 500, "answered with an error")
    assert second.delivered
    ids = {got.headers["webhook-id"] for got in receiver.received}
    stamps = [int(got.headers["webhook-timestamp"]) for got in receiver.received]
    assert ids == {"job-1"}
    assert stamps[1] - stamps[0] == 5
    for got, stamp in zip(receiver.received, stamps, strict=True):
        verify(WRITTEN, got.headers, got.body, stamp)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(receiver, status):
    receiver.answers = [say(status, Location=f"http://127.0.0.1:{receiver.port}/elsewhere")]
    assert send(caller(), receiver.port) == Outcome(False, status, "answered with a redirect")
    assert [got.path for got in receiver.received] == ["/done"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (201, Outcome(True, 201, "delivered", final=True)),
        (304, Outcome(False, 304, "answered with a redirect")),
        (400, Outcome(False, 400, "answered with an error")),
        (404, Outcome(False, 404, "answered with an error")),
        (410, Outcome(False, 410, "gone", final=True)),
        (429, Outcome(False, 429, "answered with an error")),
        (503, Outcome(False, 503, "answered with an error")),
    ],
)
def test_what_each_status_means(receiver, status, outcome):
    receiver.answers = [say(status)]
    assert send(caller(), receiver.port) == outcome


def took(function):
    start = time.monotonic()
    return function(), time.monotonic() - start


def test_a_receiver_that_stalls_is_left_at_the_deadline(receiver):
    receiver.answers = [lambda handler: receiver.released.wait(10)]
    outcome, seconds = took(lambda: send(caller(0.3), receiver.port))
    assert outcome == Outcome(False, None, "too slow")
    assert seconds < 2


def trickle(receiver, head, drops):
    def answer(handler):
        handler.wfile.write(head)
        with suppress(ConnectionError):
            for drop in drops:
                handler.wfile.write(drop)
                if receiver.released.wait(0.02):
                    return

    return answer


def test_a_receiver_that_trickles_its_head_is_left_at_the_deadline(receiver):
    receiver.answers = [trickle(receiver, b"HTTP/1.1 200 OK\r\nX-Slow: ", itertools.repeat(b"a", 1_000))]
    outcome, seconds = took(lambda: send(caller(0.4), receiver.port))
    assert outcome == Outcome(False, None, "too slow")
    assert seconds < 2


def test_provisional_answers_without_end_do_not_move_the_deadline(receiver):
    receiver.answers = [trickle(receiver, b"", itertools.repeat(b"HTTP/1.1 102 Processing\r\n\r\n", 1_000))]
    outcome, seconds = took(lambda: send(caller(0.4), receiver.port))
    assert outcome == Outcome(False, None, "too slow")
    assert seconds < 2


def test_a_yes_counts_however_slowly_the_rest_comes(receiver):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    receiver.answers = [trickle(receiver, head, itertools.repeat(b"a", 1_000))]
    outcome, seconds = took(lambda: send(caller(0.4), receiver.port))
    assert outcome == Outcome(True, 200, "delivered", final=True)
    assert seconds < 2


def test_a_huge_answer_is_not_read_to_its_end(receiver):
    size = 256 * 1024 * 1024
    written = []

    def answer(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        with suppress(ConnectionError):
            for _ in range(size // 65_536):
                handler.wfile.write(bytes(65_536))
                written.append(65_536)

    receiver.answers = [answer]
    assert send(caller(), receiver.port).delivered
    receiver.stop()
    assert sum(written) < size // 4


def test_a_head_without_end_is_no_answer(receiver):
    receiver.answers = [trickle(receiver, b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 300_000, [])]
    assert send(caller(), receiver.port) == Outcome(False, None, "broken answer")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 2", b"220 mail.test ESMTP\r\n\r\n"])
def test_a_receiver_that_closes_or_speaks_something_else(receiver, answer):
    receiver.answers = [lambda handler: handler.wfile.write(answer)]
    assert send(caller(), receiver.port) == Outcome(False, None, "broken answer")


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert send(caller(), port) == Outcome(False, None, "no connection")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_receiver_that_takes_nothing_is_left_at_the_deadline(scheme):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        body = bytes(16 * 1024 * 1024)
        outcome, seconds = took(lambda: send(caller(0.4), port, scheme=scheme, body=body))
    assert outcome == Outcome(False, None, "too slow")
    assert seconds < 2


def test_the_name_is_asked_for_once_and_its_address_pinned(receiver):
    """A name that leads elsewhere when asked again (DNS rebinding) gains nothing; the guard sees every look-up."""
    asked = []

    def rebinding(host, port):
        asked.append((host, port))
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    receiver.answers = [say(200)]
    to = caller(resolve=rebinding)
    assert send(to, receiver.port).delivered
    assert asked == [(NAME, receiver.port)]
    assert receiver.received[0].headers["host"] == f"{NAME}:{receiver.port}"
    assert send(to, receiver.port) == Outcome(False, None, "address not allowed")
    assert len(receiver.received) == 1


@pytest.mark.parametrize("other", ["10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fe80::1%eth0", "nonsense"])
@pytest.mark.parametrize("first", [True, False])
def test_one_address_that_is_not_allowed_stops_the_attempt(receiver, other, first):
    receiver.answers = [say(200)]
    found = [other, "127.0.0.1"] if first else ["127.0.0.1", other]
    assert send(caller(resolve=lambda *_: found), receiver.port) == Outcome(False, None, "address not allowed")
    assert receiver.received == []


def test_an_allowed_name_alone_does_not_open_this_machine(receiver):
    receiver.answers = [say(200)]
    to = caller(allow=AllowList.read((NAME,)))
    assert send(to, receiver.port) == Outcome(False, None, "address not allowed")
    assert receiver.received == []


def test_a_host_that_was_allowed_once_is_judged_again(receiver):
    receiver.answers = [say(200)]
    assert send(caller(allow=AllowList()), receiver.port) == Outcome(False, None, "host not allowed")
    assert receiver.received == []


def test_the_next_address_is_tried_where_the_first_does_not_answer(receiver):
    receiver.answers = [say(200)]
    assert send(caller(resolve=lambda *_: ["127.0.0.9", "127.0.0.1"]), receiver.port).delivered


def test_an_address_in_the_url_needs_no_resolver(receiver):
    def refuse(host, port):
        raise AssertionError("asked")

    receiver.answers = [say(200)]
    to = caller(resolve=refuse)
    assert to.send(f"http://127.0.0.1:{receiver.port}/", "job-1", BODY, NOW).delivered
    assert receiver.received[0].headers["host"] == f"127.0.0.1:{receiver.port}"


def _raises(host, port):
    raise socket.gaierror(-2, "Name or service not known")


@pytest.mark.parametrize("resolve", [_raises, lambda *_: []])
def test_a_name_that_leads_nowhere(resolve):
    assert send(caller(resolve=resolve), 80) == Outcome(False, None, "name not found")


def test_a_resolver_that_hangs_is_left_at_the_deadline():
    over = threading.Event()
    outcome, seconds = took(lambda: send(caller(0.3, resolve=lambda *_: over.wait(10) and []), 80))
    over.set()
    assert outcome == Outcome(False, None, "name not found")
    assert seconds < 2


def test_no_proxy_is_taken_from_the_environment(receiver, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        receiver.answers = [say(200)]
        assert send(caller(), receiver.port).delivered
        proxy.settimeout(0.05)
        with pytest.raises(TimeoutError):
            proxy.accept()


def over_tls(receiver, context):
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    receiver.answers = [say(200)]


def test_over_tls_the_name_is_sent_and_the_certificate_checked_against_it(receiver, authority):
    context = authority.server(NAME)
    named = []
    context.sni_callback = lambda _, name, __: named.append(name)
    over_tls(receiver, context)
    assert send(caller(tls=authority.trusting()), receiver.port, scheme="https").delivered
    assert named == [NAME]


@pytest.mark.parametrize("case", ["another name", "the address only", "an unknown authority"])
def test_a_certificate_that_does_not_vouch_for_the_name(receiver, authority, case):
    names = {"another name": "other.test", "the address only": "127.0.0.1"}
    over_tls(receiver, authority.server(names.get(case, NAME)))
    trusted = None if case == "an unknown authority" else authority.trusting()
    outcome = send(caller(tls=trusted), receiver.port, scheme="https")
    assert outcome == Outcome(False, None, "certificate not trusted")
    assert receiver.received == []


def test_attempts_are_made_for_a_day_and_then_no_more():
    due = [next_attempt(made, NOW) for made in range(len(DELAYS) + 1)]
    assert [at and int((at - NOW).total_seconds()) for at in due] == [*DELAYS, None]
    assert due[0] == NOW
    assert due[-2] == NOW + timedelta(days=1)


def test_attempts_missed_while_the_server_was_down_are_not_made_all_at_once():
    last = NOW + timedelta(hours=9)
    assert next_attempt(3, NOW, last) == last + timedelta(seconds=1_500)
    assert next_attempt(3, NOW, NOW + timedelta(seconds=301)) == NOW + timedelta(seconds=1_801)


def test_a_secret_is_made_once_and_kept(tmp_path):
    file = tmp_path / "data" / "callback-secret"
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: load_secret(file), range(8)))
    assert len(secrets) == 1
    assert len(secrets.pop()) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().startswith("whsec_")
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_the_setting_comes_before_the_file(tmp_path):
    assert load_secret(tmp_path / "callback-secret", WRITTEN) == KEY
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("written", ["word", "whsec_%%%", "whsec_c2hvcnQ=", WRITTEN[6:], "whsec_" + "A" * 92])
def test_a_secret_that_is_none_is_refused_and_not_repeated(tmp_path, written):
    with pytest.raises(BadSettings, match="callback_secret") as refused:
        load_secret(tmp_path / "callback-secret", written)
    assert written not in str(refused.value)
    (tmp_path / "callback-secret").write_text("é\n")
    with pytest.raises(BadSettings, match="the file callback-secret"):
        load_secret(tmp_path / "callback-secret")
