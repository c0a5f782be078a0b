"""`alttext-local jobs` and `alttext-local worker`: bulk work, for those who run a house."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from alttext_local.assemble_jobs import assembled_desk, assembled_worker
from alttext_local.errors import BadRequest
from alttext_local.jobs.documents import status_document
from alttext_local.jobs.job import Job
from alttext_local.log import configure_logging
from alttext_local.settings import load_settings

SOME_FAILED = 3
jobs_app = typer.Typer(no_args_is_help=True, help="Bulk jobs: list, show, watch, cancel, retry, redeliver, purge.")
out = Console(soft_wrap=True)
JobId = Annotated[str, typer.Argument(help="The job_id that the upload was answered with.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


@jobs_app.command("list")
def jobs_list(
    unended: Annotated[bool, typer.Option("--open", help="Only those that have not ended.")] = False,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first."""
    with assembled_desk(load_settings()) as desk:
        jobs = desk.ledger.jobs(unended=unended)
    if as_json:
        print(json.dumps([_row(job) for job in jobs], indent=2))
        return
    table = Table(Column("Job", no_wrap=True, min_width=36), "State", "Images", "Failed", "Made", "Token", "Told")
    for job in jobs:
        done = f"{job.progress.done} / {job.progress.total}"
        told = ", ".join(f"{step}: {word}" for step, word in job.told.items())
        made = f"{job.created:%Y-%m-%d %H:%M}"
        table.add_row(job.id, job.state, done, str(job.progress.failed), made, job.owner, told)
    out.print(table)


@jobs_app.command("show")
def jobs_show(job_id: JobId, as_json: AsJson = False) -> None:
    """Show a job and what became of each image."""
    with assembled_desk(load_settings()) as desk:
        job = desk.job(job_id)
        results = desk.ledger.results(job_id)
    if as_json:
        print(json.dumps(status_document(job, results, "", ""), indent=2, ensure_ascii=False))
        return
    for name, value in _row(job).items():
        out.print(f"{name}: {value}", markup=False, highlight=False)
    failures = [result for result in results if not result.succeeded]
    if failures:
        table = Table("Image", "Why it failed")
        for result in failures:
            table.add_row(result.file_ref, result.message)
        out.print(table)


@jobs_app.command("watch")
def jobs_watch(job_id: JobId) -> None:
    """Show how far a job is until it ends. Exit code 3 where images failed."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with assembled_desk(load_settings()) as desk, Progress(*columns, console=out) as bar:
        job = desk.job(job_id)
        task = bar.add_task(job.state, total=job.progress.total)
        while True:
            bar.update(task, description=job.state, completed=job.progress.done)
            if job.over:
                break
            time.sleep(0.5)
            job = desk.job(job_id)
    if job.progress.failed or job.state != "Completed":
        raise typer.Exit(SOME_FAILED)


@jobs_app.command("cancel")
def jobs_cancel(job_id: JobId) -> None:
    """Describe no more images of a job; what is done stays."""
    with assembled_desk(load_settings()) as desk:
        out.print(desk.cancel(job_id).state)


@jobs_app.command("retry")
def jobs_retry(job_id: JobId) -> None:
    """Make a new job of the images that failed in one that has ended; print its id."""
    with assembled_desk(load_settings()) as desk:
        print(desk.retry(job_id).id)


@jobs_app.command("redeliver")
def jobs_redeliver(
    job_id: JobId, mail: Annotated[bool, typer.Option("--mail", help="The mail, not the callback.")] = False
) -> None:
    """Tell once more that a job has ended: the attempts begin anew, with the same message id."""
    step = "mail" if mail else "callback"
    with assembled_desk(load_settings()) as desk:
        if not desk.job(job_id).over:
            raise BadRequest("The job has not ended: there is nothing to tell yet.")
        if not desk.ledger.tell_again(job_id, step):
            raise BadRequest(f"The job was sent without a {'user_email' if mail else 'callback_url'}.")
    out.print("A worker will try at once.")


@jobs_app.command("purge")
def jobs_purge(
    days: Annotated[
        float | None, typer.Option(min=0, help="Erase ended jobs older than this. Default: as set.")
    ] = None,
) -> None:
    """Erase inputs and results that are older than they may be kept, and uploads that nobody finished."""
    settings = load_settings()
    kept = (settings.keep_results_days if days is None else days) * 86_400
    with assembled_desk(settings) as desk:
        inputs, jobs = desk.purge(min(kept, settings.keep_input_hours * 3600), kept)
        removed = desk.sweep()
    out.print(f"{inputs} inputs, {jobs} jobs, {removed} other files erased.")


def worker(
    beside: Annotated[
        int | None, typer.Option(help="The process that started it: with that gone and nothing to do, it ends.")
    ] = None,
) -> None:
    """Work on bulk jobs until stopped. `serve` starts one; on other machines start it yourself."""
    settings = load_settings()
    configure_logging(settings.log_level)
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    with assembled_worker(settings, stop.is_set) as made:
        made.run(_stopping(stop, beside, made.idle))


def _stopping(stop: Event, beside: int | None, idle: Callable[[], bool]) -> Callable[[], bool]:
    def stopping() -> bool:
        orphaned = beside is not None and os.getppid() != beside
        return stop.is_set() or (orphaned and idle())

    return stopping


def _row(job: Job) -> dict[str, Any]:
    age = datetime.now(UTC) - job.created
    return {
        "job_id": job.id,
        "status": job.state,
        "file_name": job.file_name,
        "token": job.owner,
        "created_at": job.created.isoformat(timespec="seconds"),
        "age_hours": round(age.total_seconds() / 3600, 1),
        "total": job.progress.total,
        "done": job.progress.done,
        "failed": job.progress.failed,
        "told": dict(job.told),
    }
