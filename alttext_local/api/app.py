"""The application: routes, the error table, and the layers before them."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException

from alttext_local import __version__
from alttext_local.api.docs import docs_routes
from alttext_local.api.downloads import download_routes
from alttext_local.api.envelope import Envelope
from alttext_local.api.guard import Door, Guard
from alttext_local.api.health import health_routes
from alttext_local.api.house import House
from alttext_local.api.images import image_routes
from alttext_local.api.jobs import job_routes
from alttext_local.api.metrics import metrics_routes
from alttext_local.api.openapi import SECURITY, TITLE
from alttext_local.api.problems import on_http_error, on_our_error
from alttext_local.errors import AltTextError


class DoorApp(FastAPI):
    """FastAPI, with the security scheme that the guard enforces in its document."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        document = super().openapi()
        document.setdefault("components", {})["securitySchemes"] = SECURITY
        return document


def create_app(house: House) -> FastAPI:
    """The application over a house. `app.state.door` tells what is in hand."""
    app = DoorApp(
        title=TITLE,
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        exception_handlers={AltTextError: on_our_error, HTTPException: on_http_error},
    )
    app.state.door = door = Door(house.settings)
    app.include_router(image_routes(house))
    app.include_router(job_routes(house))
    app.include_router(download_routes(house.desk.open_link))
    app.include_router(health_routes(house, door))
    app.include_router(metrics_routes(house))
    app.include_router(docs_routes(app.openapi))
    app.add_middleware(Guard, house=house, door=door)
    app.add_middleware(Envelope, door=door, note=house.figures.note_request)
    return app
