"""The routes of bulk jobs: a ZIP in, a job's status, an end before its end."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from alttext_local.api.bulk_form import read_bulk_form
from alttext_local.api.house import House
from alttext_local.api.openapi import bulk_form, problems_of
from alttext_local.errors import (
    AltTextError,
    BadJobId,
    BadRequest,
    DiskFull,
    JobNotFound,
    NoImages,
    NotAZip,
    TooLarge,
    TooManyJobs,
    Unauthorized,
)
from alttext_local.fields import FieldLimits, base_name
from alttext_local.jobs.configuration import schema
from alttext_local.jobs.desk import Wishes, full_disk_told

BULK = "/cl/alttext/api/v3/"
STATUS = "/cl/alttext/api/v3/status/{job_id}"
SCHEMA = "/cl/alttext/api/v3/schema"
QUEUED = "Job is queued for processing. Please check the job status with the status api using job_id"
SAFE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def job_routes(house: House) -> APIRouter:
    """The routes, over this house."""
    router = APIRouter(tags=["Bulk"], redirect_slashes=False)
    desk = house.desk
    limits = FieldLimits(house.settings.max_prompt, house.settings.max_context)

    async def create_job(request: Request) -> JSONResponse:
        """Generate alternative text and metadata for multiple images using a ZIP file of images and configuration."""
        email, callback = (request.query_params.get(name, "").strip() for name in ("user_email", "callback_url"))
        desk.check_wishes(email, callback)
        with full_disk_told():
            form = await read_bulk_form(request, desk.new_part, house.settings.max_zip)
        wishes = Wishes(base_name(form.file_name), request.state.owner, email, callback)
        job = await run_in_threadpool(desk.take, form.part, wishes)
        document = await run_in_threadpool(desk.document, job)
        return JSONResponse({"job_id": job.id, "s3_url": document["s3_url"], "status": "Queued", "message": QUEUED})

    def job_status(request: Request, job_id: str) -> JSONResponse:
        """Retrieve the current status and results of a bulk processing job."""
        return JSONResponse(desk.document(desk.job(checked_id(job_id), request.state.owner)))

    def cancel_job(request: Request, job_id: str) -> JSONResponse:
        """Describe no more images of a job; what is done already stays. A job that has ended stays as it is."""
        return JSONResponse(desk.document(desk.cancel(checked_id(job_id), request.state.owner)))

    def blank_id() -> JSONResponse:
        raise BadRequest("The job_id is missing.")

    def bulk_schema() -> JSONResponse:
        """The JSON Schema of the configuration in the ZIP."""
        return JSONResponse(schema(limits), media_type="application/schema+json")

    add = _Adder(router)
    add(BULK, create_job, "POST", "Generate Alt-Text For Multiple Images", bulk_form(house), *_UPLOAD_PROBLEMS)
    add(STATUS, job_status, "GET", "Check Status of Bulk Alt-Text Generation Job", {}, *_STATUS_PROBLEMS)
    add(STATUS, cancel_job, "DELETE", "Cancel a Bulk Job", {}, *_STATUS_PROBLEMS)
    add(SCHEMA, bulk_schema, "GET", "Schema of the Bulk Configuration", {}, Unauthorized)
    for path in ("/cl/alttext/api/v3/status", "/cl/alttext/api/v3/status/"):
        router.add_api_route(path, blank_id, methods=["GET", "DELETE"], include_in_schema=False)
    return router


_UPLOAD_PROBLEMS: tuple[type[AltTextError], ...] = (
    BadRequest, Unauthorized, TooLarge, NotAZip, NoImages, TooManyJobs, AltTextError, DiskFull,
)  # fmt: skip
_STATUS_PROBLEMS: tuple[type[AltTextError], ...] = (BadRequest, Unauthorized, JobNotFound, BadJobId, AltTextError)


def checked_id(job_id: str) -> str:
    """An id that could be one; `BadRequest` for a blank one, `BadJobId` for others."""
    if not job_id.strip():
        raise BadRequest("The job_id is missing.")
    if not SAFE_ID.fullmatch(job_id):
        raise BadJobId
    return job_id


class _Adder:
    """Adds a route with and without its trailing slash."""

    def __init__(self, router: APIRouter) -> None:
        self._router = router

    def __call__(
        self, path: str, call: Any, method: str, summary: str, extra: dict[str, Any], *problems: type[AltTextError]
    ) -> None:
        bare = path.rstrip("/")
        for variant in (path, bare if bare != path else path + "/"):
            self._router.add_api_route(
                variant,
                call,
                methods=[method],
                summary=summary,
                operation_id=f"{call.__name__}{'' if variant == path else '_variant'}",
                responses=problems_of(*problems),
                openapi_extra={"security": [{"bearer": []}], **extra},
                include_in_schema=variant == path,
            )
