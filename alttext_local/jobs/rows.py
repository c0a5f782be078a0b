"""Jobs, images and results as rows of the tables, and back. What a job's state is, is computed here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, case, func, select
from sqlalchemy.sql.elements import ColumnElement

from alttext_local.jobs.job import ImageResult, Item, Job, Progress, State
from alttext_local.store.tables import IMAGE_RESULTS, ITEMS, JOBS
from alttext_local.types import Request


def with_counts() -> Select[Any]:
    """Jobs with their counts."""
    mine = ITEMS.c.job == JOBS.c.id
    total = select(func.count()).select_from(ITEMS).where(mine).correlate(JOBS).scalar_subquery()
    of_job = IMAGE_RESULTS.c.job == JOBS.c.id
    failed = func.sum(case((IMAGE_RESULTS.c.answer.is_(None), 1), else_=0))
    parts = [
        select(counted).select_from(IMAGE_RESULTS).where(of_job).correlate(JOBS).scalar_subquery().label(name)
        for name, counted in (("done", func.count()), ("failed", failed), ("latest", func.max(IMAGE_RESULTS.c.created)))
    ]
    return select(JOBS, total.label("total"), *parts)


def job_of(row: Row[Any], told: Mapping[str, str]) -> Job:
    """A row of `with_counts` as a job."""
    moments = [row.created, row.begun, row.cancelled, row.ended, row.latest]
    updated = max(moment for moment in moments if moment is not None)
    return Job(
        id=row.id,
        owner=row.owner,
        file_name=row.file_name,
        state=_state(row),
        created=datetime.fromtimestamp(row.created, UTC),
        updated=datetime.fromtimestamp(updated, UTC),
        progress=Progress(row.total, row.done, row.failed or 0),
        user_email=row.user_email,
        callback_url=row.callback_url,
        failure=row.failure,
        told=told,
        over=row.ended is not None,
    )


def state_column() -> ColumnElement[str]:
    """The state of a job as a column, the same as `_state` says."""
    return case(
        (JOBS.c.cancelled.is_not(None), "Cancelled"),
        (JOBS.c.ended.is_not(None) & (JOBS.c.failure != ""), "Failed"),
        (JOBS.c.ended.is_not(None), "Completed"),
        (JOBS.c.begun.is_(None), "Queued"),
        else_="Processing",
    )


def _state(row: Row[Any]) -> State:
    if row.cancelled is not None:
        return "Cancelled"
    if row.ended is not None:
        return "Failed" if row.failure else "Completed"
    return "Queued" if row.begun is None else "Processing"


def item_row(job: str, item: Item, shard: int) -> dict[str, Any]:
    """An image as a row of `items`."""
    request = None if item.request is None else json.dumps(asdict(item.request))
    row = {"job": job, "number": item.number, "shard": shard, "name": item.name, "file_ref": item.file_ref}
    return row | {"entry": item.entry, "request": request, "failure": item.failure}


def item_of(row: Row[Any]) -> Item:
    """The way back."""
    request = None if row.request is None else Request(**json.loads(row.request))
    return Item(row.number, row.name, row.file_ref, row.entry, request, row.failure)


def result_row(job: str, result: ImageResult, now: float) -> dict[str, Any]:
    """A result as a row of `image_results`."""
    answer = None if result.answer is None else json.dumps(dict(result.answer), ensure_ascii=False)
    row = {"job": job, "number": result.number, "created": now, "message": result.message, "code": result.code}
    return row | {"answer": answer}
