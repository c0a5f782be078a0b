"""What follows the last image of a job: the output, the end, the callback and the mail, each on its own.

Each errand may be done twice: the output is written to the same bytes, a job ends once, and whoever is told
twice is told by the same message id.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from alttext_local.jobs.documents import status_document
from alttext_local.jobs.files import Files, Which, key_of
from alttext_local.jobs.job import Job, Step
from alttext_local.jobs.ledger import Ledger
from alttext_local.jobs.links import Links, download_url
from alttext_local.jobs.mail import MAIL_DELAYS, Post, compose
from alttext_local.jobs.output import write_output
from alttext_local.jobs.points import reach
from alttext_local.jobs.shards import Pause
from alttext_local.jobs.webhook import Caller, next_attempt

log = logging.getLogger(__name__)
DEAD, WAITING = "dead", "waiting"


class Errands:
    """Does errands with the parts it is given."""

    def __init__(
        self,
        ledger: Ledger,
        files: Files,
        links: Links,
        caller: Caller,
        post: Post,
        folder: Path,
        stopping: Callable[[], bool] = lambda: False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`folder` is where an output is written before the store takes it over."""
        self._ledger = ledger
        self._files = files
        self._links = links
        self._caller = caller
        self._post = post
        self._folder = folder
        self._stopping = stopping
        self._sleep = sleep

    def finish(self, job: str) -> None:
        """Write the output and end the job; a full disk is waited for."""
        pause = Pause()
        while not self._stopping():
            try:
                known = self._ledger.job(job)
                if known is None:
                    self._files.delete(key_of(job, "output"))  # erased, perhaps while it was being written
                    return
                if known.over:
                    return
                self._write(known)
                if self._ledger.end(job, done=known.progress.done):
                    reach("job-ended")
                    return  # else somebody kept another result meanwhile: it goes into the output too
            except (OSError, SQLAlchemyError) as error:
                log.warning("the end of a job waits", extra={"job": job, "error": type(error).__name__})
                pause.take(self._sleep)

    def tell(self, job: str, step: str, attempts: int) -> None:
        """Tell once that a job has ended, unless somebody has made this attempt before."""
        known, telling = self._ledger.job(job), self._ledger.telling(job, step)
        if known is None or telling is None or telling.over or telling.attempts != attempts:
            return
        if step == "mail":
            self._send_mail(known, attempts)
        else:
            self._call(known, attempts)

    def forget(self, job: str) -> None:
        """Take back what lies in the spool folder for a job."""
        self._post.forget(job)

    def document(self, job: Job) -> dict[str, object]:
        """The status document of a job, with links to what there is."""
        results = self._ledger.results(job.id) if job.ended else ()
        return status_document(job, results, self._link(job, "input"), self._link(job, "output") if job.over else "")

    def _write(self, job: Job) -> None:
        """`retry.json` and the table are made of what stands in the ledger: the same each time."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self._folder / f"{key_of(job.id, 'output')}.new"
        write_output(part, job, self._ledger.each_result(job.id), self._ledger.items(job.id))
        reach("output-written")
        self._files.put(part, key_of(job.id, "output"))
        reach("output-stored")

    def _call(self, job: Job, attempts: int) -> None:
        # What came of earlier attempts is left out: each attempt carries the same bytes.
        body = json.dumps(self.document(replace(job, told={})), ensure_ascii=False).encode()
        reach("callback-due")
        outcome = self._caller.send(job.callback_url, message_id(job), body, datetime.now(UTC))
        reach("callback-sent")
        made = attempts + 1
        over = outcome.delivered or outcome.final or next_attempt(made, job.updated) is None
        self._note(job, "callback", made, outcome.reason, good=outcome.delivered, over=over)
        reach("callback-noted")

    def _send_mail(self, job: Job, attempts: int) -> None:
        message = compose(job, self._link(job, "output"), self._post.sender, datetime.now(UTC))
        made = attempts + 1
        last = next_attempt(made, job.updated, delays=MAIL_DELAYS) is None
        posted = self._post.keep(message) if last and attempts else self._post.send(message)
        over = posted.final or posted.fate != "failed" or last
        if self._ledger.job(job.id) is None:
            self._post.forget(job.id)  # erased meanwhile
        self._note(job, "mail", made, posted.reason, good=posted.fate != "failed", over=over)

    def _note(self, job: Job, step: Step, made: int, word: str, *, good: bool, over: bool) -> None:
        outcome = word if good else f"{DEAD if over else WAITING}: {word}"
        self._ledger.note_telling(job.id, step, made, outcome, over=over)

    def _link(self, job: Job, which: Which) -> str:
        name = job.file_name if which == "input" else f"{Path(job.file_name).stem}-results.zip"
        key = key_of(job.id, which)
        try:
            self._files.size(key)
        except OSError:
            return ""
        return download_url(self._files, self._links, job.id, which, name)


def message_id(job: Job) -> str:
    """The id of a job's callback: the same at each attempt, so that a receiver knows what it had already."""
    return f"msg_{job.id}"
