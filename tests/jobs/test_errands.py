"""What follows the last image: the output, the end, the callback to a real receiver, the mail to a real folder."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import zipfile
from datetime import UTC, datetime

import pytest

from alttext_local.jobs.addresses import AllowList
from alttext_local.jobs.documents import moment
from alttext_local.jobs.errands import Errands, message_id
from alttext_local.jobs.files import key_of
from alttext_local.jobs.links import Links
from alttext_local.jobs.mail import MAIL_DELAYS, Post, Relay
from alttext_local.jobs.output import RESULTS, RETRY, TABLE
from alttext_local.jobs.webhook import DELAYS, Caller
from tests.jobs.bulk import answered, items, order, refused

KEY = bytes(range(32))


class Site:
    def __init__(self, house, relay=None, stopping=lambda: False, sleep=None):
        self.house, self.ledger, self.folder = house, house.ledger, house.folder
        links = Links(b"s" * 32, "http://alt.example", 86_400)
        caller = Caller(AllowList.read(("127.0.0.1",)), KEY, 5)
        post = Post(relay, self.folder / "spool", "alt@example.org")
        self.output = self.folder / "files"
        more = (stopping, sleep or house.sleeps.append)
        self.errands = Errands(self.ledger, house.files, links, caller, post, self.output, *more)

    def job(self, good=2, bad=1, **more):
        """A job of which every image has its result."""
        made = order(good + bad, **more)
        self.house.store(made)
        self.ledger.begin(made.id, 0)
        results = [answered(item) if item.number < good else refused(item) for item in items(good + bad)]
        self.ledger.record(made.id, 0, results)
        self.ledger.shard_done(made.id, 0)
        return made.id

    def ended(self, **more):
        job = self.job(**more)
        self.errands.finish(job)
        return job

    def bytes(self, job):
        return self.house.files.path(key_of(job, "output")).read_bytes()

    def word(self, job, step="callback"):
        return self.ledger.job(job).told[step]


@pytest.fixture
def site(house):
    return Site(house)


def say(status):
    def answer(handler):
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def test_the_output_is_written_and_then_the_job_ends(site):
    job = site.ended()
    known = site.ledger.job(job)
    assert (known.state, known.over) == ("Completed", True)
    with zipfile.ZipFile(site.house.files.path(key_of(job, "output"))) as output:
        assert output.namelist() == [RESULTS, TABLE, RETRY]
        results = json.loads(output.read(RESULTS))
        assert json.loads(output.read(RETRY))["images"][0]["file_ref"] == "Images/002.png"
    assert (results["success_count"], results["failure_count"]) == (2, 1)
    assert [path.name for path in site.output.iterdir() if path.name.endswith((".new", ".part"))] == []


def test_to_finish_twice_writes_the_same_bytes(site):
    job = site.job()
    site.errands._write(site.ledger.job(job))
    first = site.bytes(job)
    site.errands.finish(job)
    assert site.bytes(job) == first
    ended = site.ledger.job(job)
    site.house.files.delete(key_of(job, "output"))
    site.errands.finish(job)
    assert site.ledger.job(job) == ended


def test_a_result_that_comes_while_the_output_is_written_goes_into_it(house):
    """A cancelled job is finished while another worker has its images in hand still."""

    class Late(type(house.files)):
        def put(self, source, key):
            super().put(source, key)
            house.ledger.record(job, 0, [answered(items(2)[1])])

    job = house.job(2)
    house.ledger.record(job, 0, [answered(items(2)[0])])
    house.ledger.cancel(job)
    house.files = Late(house.folder / "files")
    site = Site(house)
    site.errands.finish(job)
    with zipfile.ZipFile(house.files.path(key_of(job, "output"))) as output:
        assert len(json.loads(output.read(RESULTS))["images"]) == 2
    assert house.ledger.job(job).progress.done == 2


def test_a_job_that_is_not_there_is_no_trouble(site):
    site.errands.finish("nobody")
    site.errands.tell("nobody", "mail", 0)


def test_a_full_disk_is_waited_for(house):
    class Full(type(house.files)):
        left = 5

        def put(self, source, key):
            Full.left -= 1
            if Full.left >= 0:
                raise OSError(28, "No space left on device")
            super().put(source, key)

    ready = Site(house).job()
    house.files = Full(house.folder / "files")
    site = Site(house)
    site.errands.finish(ready)
    assert site.ledger.job(ready).state == "Completed"
    assert len(house.sleeps) == 5
    assert house.sleeps == sorted(house.sleeps)


def test_who_is_stopped_while_the_disk_is_full_leaves_the_job_to_the_next(house):
    stopped = []
    site = Site(house, stopping=lambda: bool(stopped), sleep=lambda _: stopped.append(True))
    job = site.job()
    site.output.rename(house.folder / "aside")
    site.output.write_text("in the way")
    site.errands.finish(job)
    assert site.ledger.job(job).over is False
    site.output.unlink()
    (house.folder / "aside").rename(site.output)
    stopped.clear()
    site.errands.finish(job)
    assert site.ledger.job(job).over is True


def test_the_callback_carries_the_status_document_signed(site, receiver):
    receiver.answers = [say(204)]
    job = site.ended(callback_url=f"http://127.0.0.1:{receiver.port}/done")
    site.errands.tell(job, "callback", 0)
    (got,) = receiver.received
    body = json.loads(got.body)
    asked = json.loads(json.dumps(site.errands.document(site.ledger.job(job))))
    assert {**body, "delivery": None} == {**asked, "delivery": None}
    assert body["status"] == "Completed"
    assert body["result"]["cdn_url"].startswith("http://alt.example/cl/alttext/api/v3/files/")
    stamp = got.headers["x-alttext-timestamp"]
    digest = hmac.new(KEY, stamp.encode() + b"." + got.body, hashlib.sha256).hexdigest()
    assert got.headers["x-alttext-signature"] == f"t={stamp},v1={digest}"
    signed = b".".join([f"msg_{job}".encode(), stamp.encode(), got.body])
    standard = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert got.headers["webhook-signature"] == f"v1,{standard}"
    assert (site.word(job), site.ledger.untold()) == ("delivered", ())


def test_a_callback_that_fails_is_tried_again_with_the_same_id_and_the_same_bytes(site, receiver):
    receiver.answers = [say(500), say(503), say(200)]
    job = site.ended(callback_url=f"http://127.0.0.1:{receiver.port}/done")
    for attempts in range(3):
        assert [one.attempts for one in site.ledger.untold()] == [attempts]
        site.errands.tell(job, "callback", attempts)
    assert site.word(job) == "delivered"
    assert {got.headers["webhook-id"] for got in receiver.received} == {message_id(site.ledger.job(job))}
    assert len({got.body for got in receiver.received}) == 1


def test_an_attempt_that_was_made_is_not_made_again(site, receiver):
    receiver.answers = [say(500)]
    job = site.ended(callback_url=f"http://127.0.0.1:{receiver.port}/done")
    for attempts in (0, 0, 1, 0, 5):
        site.errands.tell(job, "callback", attempts)
    assert len(receiver.received) == 2
    assert site.word(job) == "waiting: answered with an error"


def test_a_callback_is_dead_after_the_last_attempt_and_lives_when_it_is_asked_for(site, receiver):
    receiver.answers = [say(500)]
    job = site.ended(callback_url=f"http://127.0.0.1:{receiver.port}/done")
    for attempts in range(len(DELAYS)):
        site.errands.tell(job, "callback", attempts)
    assert site.word(job) == "dead: answered with an error"
    assert site.ledger.untold() == ()
    receiver.answers = [say(200)]
    assert site.ledger.tell_again(job) is True
    site.errands.tell(job, "callback", 0)
    assert site.word(job) == "delivered"
    assert len(receiver.received) == len(DELAYS) + 1
    assert len({(got.headers["webhook-id"], got.body) for got in receiver.received}) == 1


def test_who_wants_no_more_is_told_no_more(site, receiver):
    receiver.answers = [say(410)]
    job = site.ended(callback_url=f"http://127.0.0.1:{receiver.port}/done")
    site.errands.tell(job, "callback", 0)
    assert site.word(job) == "dead: gone"


def test_with_no_relay_the_mail_lies_in_the_spool_folder_and_the_status_says_so(site):
    job = site.ended(user_email="a@example.org")
    site.errands.tell(job, "mail", 0)
    text = (site.folder / "spool" / f"{job}.eml").read_text()
    assert "To: a@example.org" in text
    assert site.word(job, "mail") == "no relay is configured"
    assert site.ledger.untold() == ()


def test_a_relay_that_is_away_is_tried_again_and_then_the_mail_is_spooled(house):
    site = Site(house, Relay("127.0.0.1", 1, seconds=2))  # nobody listens there
    job = site.ended(user_email="a@example.org")
    for attempts in range(len(MAIL_DELAYS) - 1):
        site.errands.tell(job, "mail", attempts)
        assert site.word(job, "mail") == "waiting: no connection"
    site.errands.tell(job, "mail", len(MAIL_DELAYS) - 1)
    assert site.word(job, "mail") == "relay not ready"
    assert (site.folder / "spool" / f"{job}.eml").is_file()


def test_the_document_has_links_to_what_there_is(site):
    job = site.job()
    before = site.errands.document(site.ledger.job(job))
    assert (before["result"], before["progress"]) == (None, {"total": 3, "done": 3, "failed": 1})
    assert before["s3_url"].endswith("/figures.zip")
    site.errands.finish(job)
    after = site.errands.document(site.ledger.job(job))
    assert after["result"]["cdn_url"].endswith("/figures-results.zip")
    site.house.files.delete(key_of(job, "input"))
    assert site.errands.document(site.ledger.job(job))["s3_url"] == ""
    assert datetime.fromisoformat(after["updated_at"]) <= datetime.now(UTC).replace(tzinfo=None)
    assert after["created_at"] == moment(site.ledger.job(job).created)


def test_what_was_erased_while_its_output_was_written_leaves_none(site):
    job = site.job()
    output = site.house.files.path(key_of(job, "output"))

    class Ledger:
        """Erases the job at the moment at which its output lies there."""

        def __getattr__(self, name):
            return getattr(site.ledger, name)

        def end(self, job, **_):
            assert output.is_file()
            return not site.ledger.erase(job)

    site.errands._ledger = Ledger()
    site.errands.finish(job)
    assert not output.exists()
    assert site.ledger.job(job) is None


def test_a_mail_that_lies_in_the_spool_folder_is_taken_back(site):
    job = site.ended(user_email="reader@example.org")
    site.errands.tell(job, "mail", 0)
    mail = site.folder / "spool" / f"{job}.eml"
    assert mail.is_file()
    site.errands.forget(job)
    site.errands.forget(job)
    assert not mail.exists()
