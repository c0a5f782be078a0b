"""The files of jobs, for those who have a link. No token is asked for: the link itself is the secret.

Whole or in parts (RFC 9110, 14), so that a download that broke off can go on.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import MalformedRangeHeader, RangeNotSatisfiable
from starlette.types import Receive, Scope, Send

from alttext_local.api.openapi import problems_of
from alttext_local.api.problems import answer_error
from alttext_local.errors import AltTextError, LinkExpired, NotFound, RangeOutside

FILE = "/cl/alttext/api/v3/files/{token}/{name}"
FindFile = Callable[[str, str], Path]
"""From the token and the name in an address to the file; `NotFound` or `LinkExpired` where there is none."""


def download_routes(find_file: FindFile) -> APIRouter:
    """The route, over a function that opens links."""
    router = APIRouter(tags=["Jobs"], redirect_slashes=False)

    async def download(token: str, name: str) -> Download:
        """Fetch a file of a job by its signed link. Ranges are honoured; the link ends after a while."""
        path = await run_in_threadpool(find_file, token, name)
        try:
            found = await run_in_threadpool(path.stat)
        except FileNotFoundError:
            raise LinkExpired from None
        return Download(path, stat_result=found, filename=name, media_type="application/zip")

    for path in (FILE, FILE + "/"):
        for method in ("GET", "HEAD"):
            shown = (path, method) == (FILE, "GET")
            router.add_api_route(
                path,
                download,
                methods=[method],
                operation_id=f"download{'' if shown else '_' + method.lower()}{'_slash' if path != FILE else ''}",
                summary="Fetch A File Of A Job",
                response_class=Download,
                responses=problems_of(NotFound, LinkExpired, RangeOutside, AltTextError),
                include_in_schema=shown,
            )
    return router


class Download(FileResponse):
    """Starlette's answer with a file, whose refusals of ranges become ours."""

    media_type = "application/zip"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or the parts of it that were asked for."""
        try:
            await super().__call__(scope, receive, send)
        except RangeOutside as error:
            size = {"Content-Range": f"bytes */{self.headers['content-length']}"}
            await answer_error(error, size)(scope, receive, send)

    @classmethod
    def _parse_range_header(cls, http_range: str, file_size: int) -> list[tuple[int, int]]:
        """Starlette answers both of these in plain text; the first is no error at all by RFC 9110, 14.2."""
        try:
            return super()._parse_range_header(http_range, file_size)
        except MalformedRangeHeader:
            return []
        except RangeNotSatisfiable:
            raise RangeOutside from None
