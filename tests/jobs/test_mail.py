"""Mail about ended jobs: one address, what the message says, and its way to a real relay on loopback or the spool."""

from __future__ import annotations

import email
import email.policy
import socket
import stat
import time
from datetime import UTC, datetime

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from alttext_local.errors import BadRequest, BadSettings
from alttext_local.jobs.job import Job, Progress
from alttext_local.jobs.mail import MAIL_DELAYS, Post, Posted, Relay, check_address, compose
from alttext_local.jobs.webhook import next_attempt

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ID = "0b0e4b0e-7a52-4a63-9a0f-3b1f6a2f9d11"
LINK = "https://alt.example.org/cl/alttext/api/v3/results/" + "x" * 90 + "?expires=1&signature=abc=="
SENDER = "alttext-local@example.org"


def job(state="Completed", failed=2, failure="", to="person@example.org"):
    return Job(ID, "owner", "secret-figures.zip", state, NOW, NOW, Progress(7, 7, failed), to, failure=failure)


def message(**given):
    return compose(job(**given), LINK, SENDER, NOW)


def text_of(made):
    return email.message_from_bytes(made.as_bytes(), policy=email.policy.default).get_content()


@pytest.mark.parametrize(
    "address",
    [
        "a@b.co",
        "first.last+tag@mail.example.org",
        "o'brien@example.org",
        "x" * 64 + "@example.org",
        "a@xn--bcher-kva.example",
        "a@example.museum",
        "{a}|b@example.org",
    ],
)
def test_one_plain_address_passes(address):
    assert check_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@",
        "a@",
        "@b.co",
        "a@b",
        "a@b.c",
        "a@localhost",
        "a@b.co, x@y.co",
        "a@b.co,x@y.co",
        "a@b.co;x@y.co",
        "a@b.co x@y.co",
        "a@b.co\r\nBcc: x@y.co",
        "a@b.co\nx@y.co",
        "a@b.co\n",
        " a@b.co",
        "a@b.co ",
        "a@b.co\x00",
        "a\t@b.co",
        "A Person <a@b.co>",
        "<a@b.co>",
        "mailto:a@b.co",
        "a@b@c.co",
        "a@b.co@",
        '"a b"@c.co',
        '"a"@c.co',
        "a(comment)@b.co",
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "a@b.123",
        "a..b@c.co",
        ".a@c.co",
        "a.@c.co",
        "a@b..co",
        "a@.co",
        "a@b.co.",
        "a@-b.co",
        "a@b-.co",
        "a@b_c.co",
        "a@b%c.co",
        "x" * 65 + "@b.co",
        "a@" + "b" * 64 + ".co",
        "a@" + ".".join(["b" * 60] * 5) + ".co",
        "ä@b.co",
        "a@bücher.example",
        "a@b。co",
        "ａ@b.co",
        "undisclosed-recipients:;",
        "a%b.co",
        "group: a@b.co;",
    ],
)
def test_anything_else_is_refused_and_not_repeated(address):
    with pytest.raises(BadRequest, match="user_email") as refused:
        check_address(address)
    assert len(address) < 4 or address not in str(refused.value)


def test_the_message_counts_and_links_and_tells_nothing_of_the_contents():
    made = message()
    text = text_of(made)
    assert "Images: 7. With a text: 5. Without: 2." in text
    assert LINK in text
    assert "retry.json" in text
    assert ID in text
    assert "$" not in text
    assert b"secret-figures" not in made.as_bytes()
    assert ID not in made["Subject"]
    assert made["To"] == "person@example.org"
    assert made["Auto-Submitted"] == "auto-generated"
    assert made.get_content_type() == "text/plain"
    assert made.get_content_charset() == "utf-8"
    assert email.utils.parsedate_to_datetime(made["Date"]) == NOW


def test_the_same_job_has_the_same_message_id():
    assert message()["Message-ID"] == message(state="Cancelled")["Message-ID"] == f"<{ID}@example.org>"


def test_each_end_has_its_own_opening():
    assert "has ended" in text_of(message())
    assert "was cancelled" in text_of(message(state="Cancelled"))
    failed = text_of(message(state="Failed", failure="The archive $was broken."))
    assert "could not be done. The archive $was broken." in failed


def test_no_failures_and_no_link_leave_no_empty_words():
    text = text_of(compose(job(failed=0), "", SENDER, NOW))
    assert "Without: 0." in text
    assert "results" not in text
    assert "retry.json" not in text


@pytest.mark.parametrize("sender", ["", "alttext", "a@b, c@d", "Name <a@b.co>", "a@b.co\nX: y"])
def test_a_sender_that_is_no_address_is_refused_at_start(sender, tmp_path):
    with pytest.raises(BadSettings, match="mail_from"):
        Post(None, tmp_path, sender)


def test_with_no_relay_the_message_lies_in_the_spool_folder(tmp_path):
    post = Post(None, tmp_path / "spool", SENDER)
    assert post.send(message()) == Posted("spooled", "no relay is configured", final=True)
    assert post.send(message()).fate == "spooled"
    (file,) = (tmp_path / "spool").iterdir()
    assert file.name == f"{ID}.eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert kept["To"] == "person@example.org"
    assert LINK in kept.get_content()


def test_a_spool_that_cannot_be_written_is_a_failure(tmp_path):
    (tmp_path / "spool").write_text("a file")
    assert Post(None, tmp_path / "spool", SENDER).send(message()) == Posted("failed", "spool folder not writable")


class Mailbox:
    """What the relay got; a step's reply may be replaced."""

    def __init__(self) -> None:
        self.envelopes = []
        self.replies: dict[str, str] = {}

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802 (aiosmtpd's name)
        if "MAIL" in self.replies:
            return self.replies["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if "RCPT" in self.replies:
            return self.replies["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if "DATA" in self.replies:
            return self.replies["DATA"]
        self.envelopes.append((session.ssl is not None, envelope))
        return "250 taken"

    async def handle_QUIT(self, server, session, envelope):  # noqa: N802
        if self.replies.get("QUIT") == "hang up":
            server.transport.abort()
        return self.replies.get("QUIT", "221 Bye")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def relay():
    """Starts a relay: `relay(**settings of aiosmtpd)` gives its mailbox and port."""
    started = []

    def start(**settings):
        mailbox = Mailbox()
        settings |= {"hostname": "127.0.0.1", "port": free_port(), "server_hostname": "relay.test"}
        controller = Controller(mailbox, ready_timeout=20, **settings)
        controller.start()
        started.append(controller)
        return mailbox, controller.port

    yield start
    for controller in started:
        controller.stop()


def post(tmp_path, port, **settings):
    return Post(Relay("127.0.0.1", port, **{"seconds": 5, **settings}), tmp_path / "spool", SENDER)


def test_the_relay_gets_the_message(relay, tmp_path):
    mailbox, port = relay()
    assert post(tmp_path, port).send(message()) == Posted("sent", "taken by the relay", final=True)
    ((_, envelope),) = mailbox.envelopes
    assert envelope.mail_from == SENDER
    assert envelope.rcpt_tos == ["person@example.org"]
    got = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert got["Message-ID"] == f"<{ID}@example.org>"
    assert LINK in got.get_content()
    assert not (tmp_path / "spool").exists()


@pytest.mark.parametrize(
    ("step", "reply", "posted"),
    [
        ("RCPT", "550 no such user", Posted("failed", "recipient refused", final=True)),
        ("RCPT", "450 come back", Posted("failed", "recipient refused")),
        ("DATA", "554 spam", Posted("failed", "message refused", final=True)),
        ("DATA", "451 come back", Posted("failed", "message refused")),
        ("MAIL", "530 who are you", Posted("failed", "sender refused")),
        ("QUIT", "500 what", Posted("sent", "taken by the relay", final=True)),
        ("QUIT", "hang up", Posted("sent", "taken by the relay", final=True)),
    ],
)
def test_what_the_relay_says_decides(relay, tmp_path, step, reply, posted):
    mailbox, port = relay()
    mailbox.replies[step] = reply
    assert post(tmp_path, port).send(message()) == posted


def test_starttls_and_a_login(relay, tmp_path, authority):
    logins = []

    def authenticate(server, session, envelope, mechanism, data):
        logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"word", handled=False)  # the relay says so itself

    mailbox, port = relay(
        tls_context=authority.server("127.0.0.1"),
        require_starttls=True,
        authenticator=authenticate,
        auth_required=True,
    )
    given = {"security": "starttls", "tls": authority.trusting()}
    assert post(tmp_path, port, user="u", password="word", **given).send(message()).fate == "sent"
    assert mailbox.envelopes[0][0]
    assert logins == [(b"u", b"word")]
    wrong = post(tmp_path, port, user="u", password="wrong", **given).send(message())
    assert wrong == Posted("failed", "login refused")
    plain = post(tmp_path, port).send(message())
    assert plain == Posted("failed", "sender refused")
    assert len(mailbox.envelopes) == 1


def test_tls_from_the_first_byte(relay, tmp_path, authority):
    mailbox, port = relay(ssl_context=authority.server("127.0.0.1"))
    to = post(tmp_path, port, security="tls", tls=authority.trusting())
    assert to.send(message()).fate == "sent"
    assert len(mailbox.envelopes) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("case", ["another name", "an unknown authority"])
def test_a_relay_without_a_fitting_certificate_gets_nothing(relay, tmp_path, authority, security, case):
    context = authority.server("mail.test" if case == "another name" else "127.0.0.1")
    mailbox, port = relay(**({"tls_context": context} if security == "starttls" else {"ssl_context": context}))
    trusted = authority.trusting() if case == "another name" else None
    posted = post(tmp_path, port, security=security, tls=trusted).send(message())
    assert posted == Posted("failed", "certificate not trusted")
    assert mailbox.envelopes == []


def test_a_relay_that_offers_no_encryption_gets_nothing_where_it_is_asked_for(relay, tmp_path):
    mailbox, port = relay()
    posted = post(tmp_path, port, security="starttls").send(message())
    assert posted == Posted("failed", "relay offers no encryption")
    assert mailbox.envelopes == []


def test_a_relay_that_is_not_there_or_says_nothing(tmp_path):
    assert post(tmp_path, free_port()).send(message()) == Posted("failed", "no connection")
    with socket.create_server(("127.0.0.1", 0)) as server:
        start = time.monotonic()
        to = post(tmp_path, server.getsockname()[1], seconds=0.3)
        assert to.send(message()) == Posted("failed", "too slow")
        assert time.monotonic() - start < 3


def test_what_the_relay_never_took_can_be_kept(tmp_path):
    to = post(tmp_path, free_port())
    assert to.keep(message()) == Posted("spooled", "relay not ready", final=True)
    assert next_attempt(len(MAIL_DELAYS), NOW, delays=MAIL_DELAYS) is None
    assert [file.name for file in (tmp_path / "spool").iterdir()] == [f"{ID}.eml"]


def test_a_password_is_not_shown():
    assert "word" not in repr(Relay("h", password="word")).replace("password", "")
