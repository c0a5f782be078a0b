"""Every error of every route, as one body. The words are the attributes of `alttext_local.errors`."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from alttext_local.errors import AltTextError, BadRequest, MethodNotAllowed, NotFound, Unauthorized

ERROR_HEADER = "X-AltText-Error"
"""The error's code, for programs and for the log."""
logger = logging.getLogger(__name__)


def answer_error(error: AltTextError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer to an error. Of an internal one only the general sentence is told."""
    told = str(error) if error.http_status != HTTPStatus.INTERNAL_SERVER_ERROR else AltTextError.sentence
    body = {"status_code": error.http_status, "message": told, "detail": told}
    answer = JSONResponse(body, error.http_status, {**(headers or {}), ERROR_HEADER: error.code})
    if error.retry_after is not None:
        answer.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthorized):
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def log_error(error: Exception) -> None:
    """Write down what only the operator can mend; the caller's own errors are in the line of the request."""
    if not isinstance(error, AltTextError) or error.http_status == HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("request failed", exc_info=error)


async def on_our_error(_: Request, error: Exception) -> JSONResponse:
    """For FastAPI: an error of ours that a route raised."""
    log_error(error)
    return answer_error(error if isinstance(error, AltTextError) else AltTextError())


async def on_http_error(_: Request, error: Exception) -> JSONResponse:
    """For FastAPI: what the framework itself refuses; its words are not used."""
    if not isinstance(error, HTTPException) or error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return await on_our_error(_, AltTextError())
    known: dict[int, type[AltTextError]] = {kind.http_status: kind for kind in (NotFound, MethodNotAllowed)}
    return answer_error(known.get(error.status_code, BadRequest)(), error.headers)
