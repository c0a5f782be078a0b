"""The desk where jobs are handed in and asked after: what the API and the command line say to the ledger.

A job is taken in this order: the upload lies whole in the spool, it is looked through, it moves into the store
and is on the disk, one commit writes the job down; only then is it acknowledged. A crash before the commit
leaves a file that nobody was told of, and `sweep` removes it.
"""

from __future__ import annotations

import errno
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from shutil import copyfileobj

from sqlalchemy.exc import OperationalError, SQLAlchemyError

from alttext_local.errors import BadRequest, DiskFull, JobNotFound, LinkExpired, NotFound, TooManyJobs
from alttext_local.fields import FieldLimits
from alttext_local.jobs.addresses import AllowList
from alttext_local.jobs.archive import ArchiveLimits
from alttext_local.jobs.errands import Errands
from alttext_local.jobs.files import Files, LocalFiles, key_of
from alttext_local.jobs.intake import take_in
from alttext_local.jobs.job import Item, Job
from alttext_local.jobs.ledger import Ledger, Order
from alttext_local.jobs.links import Links
from alttext_local.jobs.mail import check_address
from alttext_local.jobs.points import reach
from alttext_local.jobs.precedence import Precedence

PART_PREFIX = "upload-"
ABANDONED = timedelta(hours=6)
"""An upload so old is nobody's any more: receiving one takes minutes."""


@dataclass(frozen=True)
class DeskLimits:
    """What may be handed in. Bytes."""

    archive: ArchiveLimits
    fields: FieldLimits
    jobs_per_token: int
    """Jobs of one token that have not ended."""
    disk_floor: int
    """Free bytes below which nothing more is taken in."""


@dataclass(frozen=True)
class Wishes:
    """What stands beside the upload."""

    file_name: str
    owner: str
    user_email: str = ""
    callback_url: str = ""


class Desk:
    """Takes jobs in and tells of them. Thread-safe."""

    def __init__(
        self,
        ledger: Ledger,
        files: Files,
        links: Links,
        errands: Errands,
        precedence: Precedence,
        allowed: AllowList,
        models: Sequence[str],
        spool: Path,
        limits: DeskLimits,
        note: Callable[..., None] = lambda *_, **__: None,
    ) -> None:
        """`note` hears of each job that is taken: `note("job", owner, job=..., images=...)`."""
        spool.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.ledger = ledger
        self._files = files
        self._links = links
        self._errands = errands
        self._precedence = precedence
        self._allowed = allowed
        self._models = tuple(models)
        self._spool = spool
        self._limits = limits
        self._note = note

    def somebody_waits(self) -> AbstractContextManager[None]:
        """While it lasts, bulk work of this machine begins nothing new."""
        return self._precedence.somebody_waits()

    def admit(self, owner: str, size: int | None = None) -> None:
        """Return where one more upload can be taken; else raise `TooManyJobs` or `DiskFull`."""
        if self.ledger.waiting(owner) >= self._limits.jobs_per_token:
            raise TooManyJobs(f"At most {self._limits.jobs_per_token} jobs of a token may wait or run at once.")
        free = self._files.free()
        if free is not None and free < self._limits.disk_floor + 2 * (size or 0):
            raise DiskFull

    def check_wishes(self, user_email: str, callback_url: str) -> None:
        """`BadRequest` where a job that has ended could not be told of."""
        if user_email:
            check_address(user_email)
        if callback_url:
            self._allowed.check_url(callback_url)

    def new_part(self) -> Path:
        """An empty file for an upload, on the disk of the store."""
        with disk_full_told():
            handle, name = tempfile.mkstemp(prefix=PART_PREFIX, dir=self._spool)
        os.close(handle)
        return Path(name)

    def take(self, part: Path, wishes: Wishes) -> Job:
        """Take a whole upload. When this returns the job is on the disk and will be done.

        Raises what is wrong with the archive or its JSON, or `DiskFull`; the part is gone then.
        """
        with disk_full_told(), _gone_at_end(part):
            reach("upload-spooled")
            intake = take_in(part, wishes.file_name, self._limits.archive, self._limits.fields, self._models)
            order = Order(wishes.owner, wishes.file_name, intake.items, wishes.user_email, wishes.callback_url)
            self._open(part, order)
        return self.job(order.id, wishes.owner)

    def _open(self, part: Path, order: Order) -> None:
        try:
            self._files.put(part, key_of(order.id, "input"))
            reach("upload-stored")
            self.ledger.open_job(order)
            reach("job-committed")
            self._note("job", order.owner, job=order.id, images=len(order.items))
        except (OSError, SQLAlchemyError):
            with suppress(OSError, SQLAlchemyError):  # else `sweep` does it
                if self.ledger.job(order.id) is None:  # a commit may have succeeded and not been told
                    self._files.delete(key_of(order.id, "input"))
            raise

    def job(self, job_id: str, owner: str | None = None) -> Job:
        """A job; `JobNotFound` for one that is not there or is somebody else's."""
        job = self.ledger.job(job_id, owner)
        if job is None:
            raise JobNotFound(job_id)
        return job

    def document(self, job: Job) -> dict[str, object]:
        """Its status document."""
        return self._errands.document(job)

    def cancel(self, job_id: str, owner: str | None = None) -> Job:
        """Describe no more of a job. One that has ended stays as it is."""
        self.job(job_id, owner)
        self.ledger.cancel(job_id)
        return self.job(job_id, owner)

    def retry(self, job_id: str) -> Job:
        """A new job of the images that failed in one that has ended. `BadRequest` where there is nothing to do."""
        job = self.job(job_id)
        if not job.over:
            raise BadRequest("The job has not ended.")
        items = self.ledger.items(job_id, failed=True)
        wanted = [item for item in items if item.request is not None]
        if not wanted:
            raise BadRequest("No image of this job failed in a way that another attempt could mend.")
        order = Order(job.owner, job.file_name, _renumbered(wanted), job.user_email, job.callback_url)
        with disk_full_told(), _gone_at_end(self.new_part()) as part:
            try:
                with self._files.open(key_of(job_id, "input")) as kept, part.open("wb") as copy:
                    copyfileobj(kept, copy, 1024 * 1024)
            except FileNotFoundError:
                raise BadRequest("The images of this job are not kept any more.") from None
            self._open(part, order)
        return self.job(order.id)

    def open_link(self, token: str, name: str) -> Path:
        """The file behind a signed address; `NotFound`, or `LinkExpired` also where it was erased since."""
        job_id, which = self._links.open(token, name)
        if not isinstance(self._files, LocalFiles):
            raise NotFound
        path = self._files.path(key_of(job_id, which))
        if not path.is_file():
            raise LinkExpired
        return path

    def sweep(self, age: timedelta = ABANDONED) -> int:
        """Remove uploads that nobody finished, and files of no job, so old or older; how many."""
        removed = 0
        latest = time.time() - age.total_seconds()
        for part in self._spool.glob(f"{PART_PREFIX}*"):
            with suppress(FileNotFoundError):  # its upload has just ended
                if part.stat().st_mtime < latest:
                    part.unlink()
                    removed += 1
        for stored in self._files.stored():
            job_id = stored.key.rpartition("-")[0]
            if stored.modified.timestamp() < latest and self.ledger.job(job_id) is None:
                self._files.delete(stored.key)
                removed += 1
        return removed + self._files.sweep(age)

    def purge(self, input_seconds: float, result_seconds: float) -> tuple[int, int]:
        """Erase inputs and jobs that are older than they may be kept; (inputs, jobs) that went."""
        now = time.time()
        inputs = self.ledger.unerased_before(now - input_seconds)
        for job in inputs:
            self._files.delete(key_of(job, "input"))
            reach("input-deleted")
            self.ledger.note_erased(job)
        jobs = self.ledger.ended_before(now - result_seconds)
        for job in jobs:
            self._files.delete(key_of(job, "input"))
            self._files.delete(key_of(job, "output"))
            reach("job-deleted")
            self.ledger.forget(job)
        return len(inputs), len(jobs)

    def erase(self, job_id: str) -> bool:
        """Erase a job whatever its state, its files and its mail in the spool folder; whether there was one.

        Its row goes first, so that nothing that is under way finds a job to write to.
        """
        there = self.ledger.erase(job_id)
        for which in ("input", "output"):
            self._files.delete(key_of(job_id, which))
        self._errands.forget(job_id)
        return there


def _renumbered(items: Sequence[Item]) -> tuple[Item, ...]:
    return tuple(replace(item, number=number) for number, item in enumerate(items))


@contextmanager
def disk_full_told() -> Iterator[None]:
    """A disk or a database that takes no more is a `DiskFull`; other trouble stays what it is."""
    try:
        yield
    except (OSError, OperationalError) as error:
        if _no_room(error):
            raise DiskFull from None
        raise


@contextmanager
def _gone_at_end(part: Path) -> Iterator[Path]:
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def _no_room(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
    text = str(error).lower()
    return "disk is full" in text or "readonly database" in text or "disk i/o error" in text
