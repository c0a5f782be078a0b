"""The desk: what is taken is on the disk, what is refused leaves nothing."""

from __future__ import annotations

import os
import time

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from alttext_local.assemble_jobs import job_parts
from alttext_local.errors import (
    AltTextError,
    BadArchive,
    BadConfiguration,
    BadRequest,
    DiskFull,
    JobNotFound,
    LinkExpired,
    NoJson,
    NotAZip,
    NotAZipName,
    NotFound,
    TooManyJobs,
)
from alttext_local.jobs.desk import Wishes
from alttext_local.jobs.files import key_of
from alttext_local.settings import Settings
from alttext_local.store.database import open_database
from tests.jobs import zips
from tests.jobs.bulk import OTHER, OWNER, answered, refused


class Site:
    def __init__(self, folder, **settings):
        self.folder = folder / "files"
        self.database = open_database(folder / "alttext.sqlite")
        parts = job_parts(Settings(data_dir=folder, **settings), self.database, ("gpt-4o",))
        self.desk, self.errands, self.ledger = parts.desk, parts.errands, parts.ledger

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())

    def take(self, data, file_name="figures.zip", owner=OWNER, **wishes):
        part = self.desk.new_part()
        part.write_bytes(data)
        return self.desk.take(part, Wishes(file_name, owner, **wishes))

    def end(self, job, *failing):
        for item in self.ledger.items(job.id):
            self.ledger.record(job.id, 0, [refused(item) if item.number in failing else answered(item)])
        self.errands.finish(job.id)


@pytest.fixture
def open_site(tmp_path):
    made = []

    def build(**settings):
        made.append(Site(tmp_path, **settings))
        return made[-1]

    yield build
    for site in made:
        site.database.dispose()


@pytest.fixture
def site(open_site):
    return open_site()


GOOD = zips.with_json({}, "a.png", "b.png")


def test_what_is_taken_lies_in_the_store_and_in_the_ledger(site):
    job = site.take(GOOD, user_email="a@example.org")
    assert (job.state, job.owner, job.file_name, job.user_email) == ("Queued", OWNER, "figures.zip", "a@example.org")
    assert site.names() == [key_of(job.id, "input")]
    assert (site.folder / key_of(job.id, "input")).read_bytes() == GOOD
    assert (site.folder / key_of(job.id, "input")).stat().st_mode & 0o077 == 0
    assert [item.entry for item in site.ledger.items(job.id)] == ["a.png", "b.png"]


@pytest.mark.parametrize(
    ("data", "name", "error"),
    [
        (GOOD, "figures.rar", NotAZipName),
        (b"text", "figures.zip", NotAZip),
        (GOOD[:-30], "figures.zip", BadArchive),
        (zips.pack(zips.File("a.png")), "figures.zip", NoJson),
        (zips.with_json(b"[NaN]"), "figures.zip", BadConfiguration),
    ],
)
def test_what_is_refused_leaves_nothing(site, data, name, error):
    with pytest.raises(error):
        site.take(data, name)
    assert (site.names(), site.ledger.jobs()) == ([], ())


def full(database):
    """Let the database grow no further: SQLite itself then says that it is full."""

    def limit(connection, _):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(database, "connect", limit)
    database.dispose()
    return lambda: (event.remove(database, "connect", limit), database.dispose())


def test_a_database_that_is_full_is_a_full_disk_and_leaves_nothing(site):
    many = zips.with_json({}, *(f"{'long' * 30}-{n}.png" for n in range(400)))
    mended = full(site.database)
    with pytest.raises(DiskFull):
        site.take(many)
    assert site.names() == []
    mended()
    assert site.ledger.jobs() == ()
    assert len(site.ledger.items(site.take(many).id)) == 400


def test_a_database_that_is_broken_leaves_the_file_only_where_nobody_can_tell(site):
    with site.database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE shards RENAME TO aside")
    with pytest.raises(OperationalError):
        site.take(GOOD)
    assert (site.names(), site.ledger.jobs()) == ([], ())


def test_a_disk_that_is_nearly_full_takes_nothing_more(open_site):
    with pytest.raises(DiskFull):
        open_site(disk_floor=2**60).desk.admit(OWNER)
    site = open_site(disk_floor=0)
    site.desk.admit(OWNER, 1000)
    with pytest.raises(DiskFull):
        site.desk.admit(OWNER, 2**60)


def test_a_token_has_so_many_jobs_at_once(open_site):
    site = open_site(jobs_per_token=2)
    jobs = [site.take(GOOD) for _ in range(2)]
    with pytest.raises(TooManyJobs, match="At most 2 jobs"):
        site.desk.admit(OWNER)
    site.desk.admit(OTHER)
    site.end(jobs[0])
    site.desk.admit(OWNER)


def test_wishes_that_cannot_be_met_are_refused(open_site):
    desk = open_site(callback_hosts=("hooks.example",)).desk
    desk.check_wishes("", "")
    desk.check_wishes("a@example.org", "https://hooks.example/x")
    for email, url in (("a@b.c, x@y.z", ""), ("", "https://other.example/x"), ("", "http://127.0.0.1/")):
        with pytest.raises(BadRequest):
            desk.check_wishes(email, url)


def test_nobody_reaches_the_job_of_another(site):
    job = site.take(GOOD)
    for reach in (site.desk.job, site.desk.cancel):
        with pytest.raises(JobNotFound, match=f"^Job with job_id {job.id} not found.$"):
            reach(job.id, OTHER)
    assert site.desk.job(job.id, OWNER) == site.desk.job(job.id) == job
    assert site.desk.cancel(job.id, OWNER).state == "Cancelled"


def test_a_job_that_has_ended_cannot_be_cancelled(site):
    job = site.take(GOOD)
    site.end(job)
    assert site.desk.cancel(job.id).state == "Completed"


def test_a_retry_is_a_new_job_of_what_failed(site):
    job = site.take(zips.with_json({}, "a.png", "b.png", "c.png"), user_email="a@example.org")
    with pytest.raises(BadRequest, match="has not ended"):
        site.desk.retry(job.id)
    site.end(job, 1, 2)
    again = site.desk.retry(job.id)
    assert [(item.number, item.entry) for item in site.ledger.items(again.id)] == [(0, "b.png"), (1, "c.png")]
    assert (again.owner, again.user_email, again.file_name, again.state) == (
        OWNER,
        job.user_email,
        job.file_name,
        "Queued",
    )
    stored = [(site.folder / key_of(one, "input")).read_bytes() for one in (job.id, again.id)]
    assert stored[0] == stored[1]
    assert not any(name.startswith("upload-") for name in site.names())


def test_there_is_not_always_something_to_try_again(site):
    job = site.take(GOOD)
    site.end(job)
    with pytest.raises(BadRequest, match="another attempt"):
        site.desk.retry(job.id)
    failed = site.take(GOOD)
    site.end(failed, 0)
    (site.folder / key_of(failed.id, "input")).unlink()
    before = site.names()
    with pytest.raises(BadRequest, match="not kept"):
        site.desk.retry(failed.id)
    assert site.names() == before


def test_sweeping_removes_what_a_crash_left_and_nothing_else(site):
    job = site.take(GOOD)
    site.end(job)
    kept = site.names()
    fresh = site.desk.new_part()
    old = [
        site.desk.new_part(),
        site.folder / key_of("b" * 36, "input"),
        site.folder / f"{key_of('c' * 36, 'output')}.new",
    ]
    for path in (*old, *(site.folder / name for name in kept)):
        path.touch()
        os.utime(path, (time.time() - 7 * 3600,) * 2)
    assert site.desk.sweep() == 3
    assert site.names() == sorted([*kept, fresh.name])


def test_purging_erases_inputs_first_and_jobs_later(site):
    job, running = site.take(GOOD), site.take(GOOD)
    site.end(job)
    url = site.desk.document(site.desk.job(job.id))["s3_url"]
    token, name = url.rsplit("/", 2)[1:]
    assert site.desk.open_link(token, name).read_bytes() == GOOD
    assert site.desk.purge(3600, 3600) == (0, 0)
    assert site.desk.purge(0, 3600) == (1, 0)
    assert site.names() == sorted([key_of(job.id, "output"), key_of(running.id, "input")])
    assert site.desk.document(site.desk.job(job.id))["s3_url"] == ""
    with pytest.raises(LinkExpired):
        site.desk.open_link(token, name)
    with pytest.raises(NotFound):
        site.desk.open_link(token + "x", name)
    assert site.desk.purge(0, 0) == (0, 1)
    assert site.names() == [key_of(running.id, "input")]
    with pytest.raises(JobNotFound):
        site.desk.job(job.id)
    assert site.desk.job(running.id).state == "Queued"


def test_every_refusal_is_safe_to_show(site, tmp_path):
    for data in (b"", b"PK\3\4", GOOD[:50], zips.with_json(b"{", "a.png")):
        with pytest.raises(AltTextError) as refusal:
            site.take(data)
        assert str(tmp_path) not in str(refusal.value)
    assert site.names() == []
