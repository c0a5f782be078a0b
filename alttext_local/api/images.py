"""The routes about images and the models that describe them."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from alttext_local.answer import ImageAnswer
from alttext_local.api.answers import (
    ModelBlock,
    ModelsAnswer,
    provenance_headers,
    truth_headers,
)
from alttext_local.api.form import read_form
from alttext_local.api.house import House
from alttext_local.api.openapi import image_form, problems_of
from alttext_local.api.problems import answer_error, log_error
from alttext_local.errors import (
    AltTextError,
    BadRequest,
    DeadlinePassed,
    Overloaded,
    PolicyViolation,
    ReceiveTimeout,
    TooLarge,
    Unauthorized,
    Unavailable,
    UnsupportedFormat,
)
from alttext_local.fields import FieldLimits, base_name, check_fields
from alttext_local.settings import Settings
from alttext_local.types import Description

IMAGE = "/cl/alttext/api/v2/"
MODELS = "/cl/alttext/api/v2/models"


def image_routes(house: House) -> APIRouter:
    """The routes, over this house."""
    limits = FieldLimits(house.settings.max_prompt, house.settings.max_context)
    router = APIRouter(tags=["Images"], redirect_slashes=False)
    problems = problems_of(
        BadRequest,
        Unauthorized,
        ReceiveTimeout,
        TooLarge,
        UnsupportedFormat,
        PolicyViolation,
        Overloaded,
        AltTextError,
        Unavailable,
    )

    async def describe_image(request: Request) -> JSONResponse:
        """Generate alternative text, descriptions, and metadata for a single image file."""
        form = await read_form(request, house.settings.max_upload)
        asked = check_fields(form.texts, limits)
        truth = truth_headers(asked.selected_model, house.engine.card(asked.selected_model))
        file_name = base_name(form.file_name)
        try:
            owner = request.state.owner
            future = await run_in_threadpool(house.describer.submit, form.data, asked, owner)
            del form  # its bytes need not wait here for the answer
            description = await wait_for(future, request.receive, generation_seconds(house.settings))
        except AltTextError as error:
            log_error(error)
            return answer_error(error, truth)
        answer = ImageAnswer.of(description, file_name)
        return JSONResponse(answer.model_dump(), headers=provenance_headers(answer.provenance))

    def list_models() -> ModelsAnswer:
        """List the names that `selected_model` may have, and the model that stands behind each."""
        loaded = set(house.engine.health().loaded)
        behind = dict(house.catalogue.behind())
        for name in house.catalogue.names():
            if name not in behind:
                behind[name] = house.catalogue.card(name)
        blocks = [ModelBlock.of(name, card, card is not None and card.name in loaded) for name, card in behind.items()]
        return ModelsAnswer(models=blocks)

    for path in (IMAGE, IMAGE.rstrip("/")):
        router.add_api_route(
            path,
            describe_image,
            methods=["POST"],
            summary="Generate Alt-Text For Single Image",
            operation_id="describe_image" if path == IMAGE else "describe_image_bare",
            response_model=ImageAnswer,
            responses=problems,
            openapi_extra=image_form(house),
            include_in_schema=path == IMAGE,
        )
    for path in (MODELS, MODELS + "/"):
        router.add_api_route(
            path,
            list_models,
            methods=["GET"],
            summary="List Models",
            operation_id="list_models" if path == MODELS else "list_models_slash",
            response_model=ModelsAnswer,
            responses=problems_of(Unauthorized, AltTextError, Unavailable),
            openapi_extra={"security": [{"bearer": []}]},
            include_in_schema=path == MODELS,
        )
    return router


async def wait_for(future: Future[Description], receive: Receive, seconds: float) -> Description:
    """The answer, unless the client leaves or the time is over; then the future is cancelled.

    Raises `ClientDisconnect`, `DeadlinePassed`, or what the future failed with.
    """
    answer = asyncio.wrap_future(future)
    leaving = asyncio.create_task(_client_leaves(receive))
    try:
        waited: set[asyncio.Future[Any]] = {answer, leaving}
        await asyncio.wait(waited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            if answer.cancelled():
                raise Unavailable
            return answer.result()
        if leaving.done():
            raise ClientDisconnect
        raise DeadlinePassed
    finally:
        answer.cancel()
        leaving.cancel()


async def _client_leaves(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def generation_seconds(settings: Settings) -> float:
    """How long an answer may take; where the device is not said, as long as the slowest may."""
    return settings.generation_seconds_gpu if settings.device.startswith("cuda") else settings.generation_seconds_cpu
