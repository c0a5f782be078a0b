"""What the house counts, for Prometheus: behind a token of its own, or for the addresses that the operator named."""

from __future__ import annotations

import hmac
from ipaddress import ip_address, ip_network

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from alttext_local.api.house import House
from alttext_local.errors import NotFound, Unauthorized
from alttext_local.figures import merged
from alttext_local.settings import Settings

METRICS = "/metrics"
THROUGH_A_PROXY = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def metrics_routes(house: House) -> APIRouter:
    """The route. Where neither token nor address is set there is none: a 404 like any other."""
    router = APIRouter(redirect_slashes=False, include_in_schema=False)

    def metrics(request: Request) -> PlainTextResponse:
        """The figures of the server and of the workers on this machine."""
        let_in(request, house.settings)
        text = merged(house.figures.text(), house.settings.figures_dir)
        return PlainTextResponse(text, media_type=CONTENT_TYPE_LATEST)

    for path in (METRICS, METRICS + "/"):
        router.add_api_route(path, metrics, methods=["GET"])
    return router


def let_in(request: Request, settings: Settings) -> None:
    """Return for whoever may read; else `Unauthorized` where a token would help, `NotFound` where nothing would."""
    wanted = settings.metrics_token.get_secret_value()
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if wanted and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), wanted.encode()):
        return
    if settings.metrics_from and _is_near(request, settings):
        return
    raise Unauthorized if wanted else NotFound


def _is_near(request: Request, settings: Settings) -> bool:
    """By the address of the connection itself: behind a proxy that is the proxy's, and then it says nothing."""
    if request.client is None or any(name in request.headers for name in THROUGH_A_PROXY):
        return False
    try:
        address = ip_address(request.client.host)
    except ValueError:
        return False
    return any(address in ip_network(network) for network in settings.metrics_from)
