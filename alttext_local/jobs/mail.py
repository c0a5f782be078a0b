"""Telling a person that a job has ended: the address, the message, and its way to the relay or the spool folder."""

from __future__ import annotations

import re
import smtplib
import ssl
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any, Literal

from alttext_local.errors import BadRequest, BadSettings
from alttext_local.jobs.durable import replacing
from alttext_local.jobs.job import Job

MAIL_DELAYS = (0, 60, 600, 3_600, 21_600, 86_400)
"""Seconds from a job's end to each attempt at the relay; after the last the message goes to the spool folder."""

Security = Literal["none", "starttls", "tls"]
Fate = Literal["sent", "spooled", "failed"]
Reason = Literal[
    "taken by the relay",
    "no relay is configured",
    "recipient refused",
    "message refused",
    "sender refused",
    "login refused",
    "relay offers no encryption",
    "certificate not trusted",
    "no connection",
    "too slow",
    "relay not ready",
    "spool folder not writable",
]
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)
_TOP = re.compile(r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]")


def check_address(text: str) -> str:
    """`text`, where it is exactly one plain address; raises `BadRequest`, which never repeats it.

    RFC 5321's lengths and dot-atoms only: no display name, comment, quoted part, address literal or second address.
    """
    if not text.isascii():
        raise _refusal("only ASCII addresses can be used; a domain can be written in its xn-- form.")
    if not text.isprintable() or " " in text:
        raise _refusal("it must be one address without blanks (a plus sign in a URL's query is written %2B).")
    local, _, domain = text.rpartition("@")
    top = domain.rpartition(".")
    if not _is_address(text) or not top[1] or not _TOP.fullmatch(top[2]):
        raise _refusal("it must be one address of the form name@example.org.")
    return f"{local}@{domain}"


def compose(job: Job, link: str, sender: str, now: datetime) -> EmailMessage:
    """The message about an ended job to its `user_email`: plain text, counts, and the link where there is one.

    The same job has the same `Message-ID` each time. `now` is aware. `check_address` has passed the recipient.
    """
    words = _words()
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = job.user_email
    message["Subject"] = words["subject"]
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{job.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers to it
    message.set_content(_body(words, job, link), charset="utf-8", cte="quoted-printable")
    return message


def _body(words: dict[str, Any], job: Job, link: str) -> str:
    paragraphs = words["paragraphs"]
    texts = [words["opening"][job.state], paragraphs["counts"]]
    if job.progress.failed and link:
        texts.append(paragraphs["failures"])
    if link:
        texts.append(paragraphs["link"])
    texts.append(paragraphs["closing"])
    values = {
        "job": job.id,
        "failure": job.failure,
        "total": job.progress.total,
        "succeeded": job.progress.done - job.progress.failed,
        "failed": job.progress.failed,
        "link": link,
    }
    return "\n\n".join(Template(text).substitute(values).strip() for text in texts) + "\n"


@dataclass(frozen=True)
class Relay:
    """The site's SMTP server. `tls` says whose certificates count; by default the system's."""

    host: str
    port: int = 25
    security: Security = "none"
    user: str = ""
    password: str = field(default="", repr=False)
    seconds: float = 30
    """For each step of the conversation."""
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True)
class Posted:
    """What came of one attempt."""

    fate: Fate
    reason: Reason
    final: bool = False
    """Whether another attempt would be pointless."""


class Post:
    """Hands messages to the relay, or lays them in the spool folder where there is none."""

    def __init__(self, relay: Relay | None, spool: Path, sender: str) -> None:
        """`sender` is what messages come from; raises `BadSettings` where it is no address."""
        if not _is_address(sender):
            raise BadSettings("mail_from: must be one plain address")
        self.sender = sender
        self._relay = relay
        self._spool = spool

    def send(self, message: EmailMessage) -> Posted:
        """One attempt."""
        if self._relay is None:
            return self.keep(message)
        try:
            self._hand_over(self._relay, message)
        except OSError as error:  # smtplib's own are of this kind too
            return _judge(error)
        return Posted("sent", "taken by the relay", final=True)

    def keep(self, message: EmailMessage) -> Posted:
        """Lay the message in the spool folder, as `<job>.eml`; the same message again replaces itself."""
        name = str(message["Message-ID"]).strip("<>").rpartition("@")[0]
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", name):
            raise ValueError("the message's id makes no file name")
        try:
            self._spool.mkdir(mode=0o700, parents=True, exist_ok=True)
            with replacing(self._spool / f"{name}.eml") as stream:
                stream.write(message.as_bytes())
        except OSError:
            return Posted("failed", "spool folder not writable")
        return Posted("spooled", "no relay is configured" if self._relay is None else "relay not ready", final=True)

    def forget(self, job: str) -> None:
        """Take a job's message out of the spool folder, where it lies there."""
        (self._spool / f"{job}.eml").unlink(missing_ok=True)

    def _hand_over(self, relay: Relay, message: EmailMessage) -> None:
        context = relay.tls or ssl.create_default_context()
        name = self.sender.rpartition("@")[2]  # said in EHLO; else smtplib asks the resolver for our own name
        if relay.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(relay.host, relay.port, name, timeout=relay.seconds, context=context)
        else:
            smtp = smtplib.SMTP(relay.host, relay.port, name, timeout=relay.seconds)
        try:
            if relay.security == "starttls":
                smtp.starttls(context=context)
            if relay.user:
                smtp.login(relay.user, relay.password)
            smtp.send_message(message, self.sender, [str(message["To"])])
            with suppress(OSError):  # the relay has the message: what it says to QUIT no longer counts
                smtp.quit()
        finally:
            smtp.close()


def _judge(error: OSError) -> Posted:
    if isinstance(error, smtplib.SMTPServerDisconnected) and isinstance(error.__context__, TimeoutError):
        return Posted("failed", "too slow")  # smtplib tells both alike
    match error:
        case smtplib.SMTPRecipientsRefused():
            return Posted("failed", "recipient refused", final=all(c >= 500 for c, _ in error.recipients.values()))
        case smtplib.SMTPSenderRefused():
            return Posted("failed", "sender refused")
        case smtplib.SMTPDataError():
            return Posted("failed", "message refused", final=error.smtp_code >= 500)
        case smtplib.SMTPAuthenticationError():
            return Posted("failed", "login refused")
        case smtplib.SMTPNotSupportedError():
            return Posted("failed", "relay offers no encryption")
        case ssl.SSLCertVerificationError():
            return Posted("failed", "certificate not trusted")
        case TimeoutError():
            return Posted("failed", "too slow")
        case smtplib.SMTPException():
            return Posted("failed", "relay not ready")
        case _:
            return Posted("failed", "no connection")


def _is_address(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    lengths = len(text) <= 254 and len(local) <= 64
    return bool(lengths and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain))


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "mail.toml").read_text(encoding="utf-8"))


def _refusal(why: str) -> BadRequest:
    return BadRequest(f"user_email: {why}")
