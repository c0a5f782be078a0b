"""What became of every job: by the ledger, by the documents that the server answers, by the files, by what was told."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from alttext_local.assemble_jobs import assembled_desk
from alttext_local.jobs.desk import PART_PREFIX, Desk
from alttext_local.jobs.durable import PART
from alttext_local.jobs.job import Job
from alttext_local.settings import Settings
from scripts.chaos.client import BULK, HEADERS, Receiver, Seen


@dataclass
class Findings:
    """What was counted. All of `wrong` must be empty and each of the numbers under it 0."""

    acknowledged: int = 0
    unacknowledged_but_there: int = 0
    """Killed between the commit and the answer: whole jobs that the client does not know."""
    cancelled: int = 0
    images: int = 0
    results: int = 0
    given_up: int = 0
    """Images that a worker died of, so it seemed, too often: failures by rule."""
    callbacks: int = 0
    told_more_than_once: int = 0
    left_by_the_dead: int = 0
    """Files without a job that `sweep` removed."""
    lost: int = 0
    """Acknowledged jobs that are not there."""
    standing: int = 0
    """Jobs that did not end, or whose end was never told."""
    incomplete: int = 0
    """Images without a result in a job that ended and was not cancelled."""
    twice: int = 0
    """Images with more than one result."""
    disagreeing: int = 0
    """Jobs whose ledger, document and output do not say the same."""
    two_ids: int = 0
    two_bodies: int = 0
    files_left: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing went wrong."""
        numbers = (self.lost, self.standing, self.incomplete, self.twice, self.disagreeing, self.two_ids,
                   self.two_bodies, self.files_left)  # fmt: skip
        return not any(numbers) and not self.wrong

    def document(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)


def wait_for_the_end(settings: Settings, seen: Seen, seconds: float) -> None:
    """Until every job has ended and was told, or nothing has moved for so long."""
    with assembled_desk(settings) as desk:
        last, until = None, time.monotonic() + seconds
        while time.monotonic() < until:
            jobs = desk.ledger.jobs(limit=100_000)
            now = (sum(job.over for job in jobs), sum(job.progress.done for job in jobs), len(desk.ledger.untold()))
            if now[0] == len(jobs) and not now[2] and seen.acknowledged.keys() <= {job.id for job in jobs}:
                return
            if now != last:
                last, until = now, time.monotonic() + seconds
            time.sleep(0.3)


def examine(settings: Settings, url: str, seen: Seen, receiver: Receiver) -> Findings:
    """Look at every job while the server runs."""
    found = Findings(acknowledged=len(seen.acknowledged))
    with assembled_desk(settings) as desk:
        jobs = {job.id: job for job in desk.ledger.jobs(limit=100_000)}
        gone = seen.acknowledged.keys() - jobs.keys()
        found.lost = len(gone)
        found.unacknowledged_but_there = len(jobs.keys() - seen.acknowledged.keys())
        untold = {each.job for each in desk.ledger.untold()}
        for job in jobs.values():
            if not job.over or job.id in untold or not receiver.ids.get(job.id):
                found.standing += 1
                found.wrong.append(f"{job.id} stands: {job.state}, {job.progress}, told {job.told}")
            else:
                _compare(found, desk, job, url, seen)
    _compare_callbacks(found, receiver)
    return found


def _compare(found: Findings, desk: Desk, job: Job, url: str, seen: Seen) -> None:
    """One ended job: its images, its results in the ledger, in the document, in the output."""
    items, results = desk.ledger.items(job.id), desk.ledger.results(job.id)
    names = [item.file_ref for item in items]
    in_ledger = Counter(result.file_ref for result in results)
    found.images += len(items)
    found.results += len(results)
    found.given_up += sum(result.code == "worker_died" for result in results)
    found.cancelled += job.state == "Cancelled"
    document = requests.get(f"{url}{BULK}status/{job.id}", headers=HEADERS, timeout=60)
    if document.status_code != 200:
        # Only the token of the client may ask; all jobs of a run are its.
        found.wrong.append(f"{job.id}: status answers {document.status_code}")
        return
    result = document.json()["result"]
    output = zipfile.ZipFile(io.BytesIO(requests.get(result["cdn_url"], timeout=60).content))
    with output:
        kept = json.loads(output.read("results.json"))
        rows = output.read("results.csv").decode("utf-8-sig").strip().count("\r\n")
    in_document = Counter(image["file_ref"] for image in result["images"])
    in_output = Counter(image["file_ref"] for image in kept["images"])
    found.twice += sum(count - 1 for count in in_output.values()) + sum(count - 1 for count in in_ledger.values())
    if not in_ledger == in_document == in_output or rows < len(results) or kept["images"] != result["images"]:
        found.disagreeing += 1
        found.wrong.append(
            f"{job.id}: {len(results)} in the ledger, {in_document.total()}, {in_output.total()}, {rows}"
        )
    if job.state != "Cancelled":
        found.incomplete += len(set(names) - in_ledger.keys())
    wanted = seen.acknowledged.get(job.id)
    if wanted is not None and sorted(wanted) != sorted(names):
        found.wrong.append(f"{job.id}: other images than were sent")


def _compare_callbacks(found: Findings, receiver: Receiver) -> None:
    for job, ids in receiver.ids.items():
        bodies = receiver.bodies[job]
        found.callbacks += len(bodies)
        found.told_more_than_once += len(bodies) > 1
        found.two_ids += len(ids) != 1
        found.two_bodies += len(set(bodies)) != 1
    shared = Counter(message for ids in receiver.ids.values() for message in ids)
    found.two_ids += sum(count > 1 for count in shared.values())


def examine_files(settings: Settings, found: Findings) -> None:
    """With all processes stopped: sweep as if everything were old, then erase every job; nothing may be left."""
    folder = settings.data_dir / "files"
    with assembled_desk(settings) as desk:
        found.left_by_the_dead = desk.sweep(timedelta(0))
        known = {job.id for job in desk.ledger.jobs(limit=100_000)}
        for path in _files(folder):
            if path.name.rpartition("-")[0] not in known:
                found.wrong.append(f"no job has {path.name}")
        if not found.standing:
            desk.purge(0, 0)
            found.wrong.extend(f"not forgotten: {job.id}" for job in desk.ledger.jobs(limit=10))
            desk.sweep(timedelta(0))
            found.files_left = len(_files(folder))
    spool = settings.spool_dir
    found.files_left += len(_files(spool)) if spool.is_dir() else 0


def _files(folder: Path) -> list[Path]:
    """All of a folder: whole files, parts, uploads."""
    kinds = (PART_PREFIX, PART)
    return [path for path in folder.iterdir() if path.is_file() or path.name.startswith(kinds)]
