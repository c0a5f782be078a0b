"""Whether the process lives, and whether it can answer. Asked often, without a token, and never made to wait."""

from __future__ import annotations

from fastapi import APIRouter

from alttext_local.api.answers import HealthAnswer
from alttext_local.api.guard import Door
from alttext_local.api.house import House
from alttext_local.api.openapi import problems_of
from alttext_local.errors import Draining, Unavailable


def health_routes(house: House, door: Door) -> APIRouter:
    """The routes, over this house and its door."""
    router = APIRouter(tags=["Health"], redirect_slashes=False)

    async def live() -> HealthAnswer:
        """Whether the process works; where it does not, it should be started anew."""
        health = house.engine.health()
        if not health.live:
            raise Unavailable(health.reason)
        return HealthAnswer(message="Live")

    async def ready() -> HealthAnswer:
        """Whether requests can be answered; where they cannot, they should be sent elsewhere for a while."""
        if door.draining:
            raise Draining("It is about to stop.")
        health = house.engine.health()
        if not (health.live and health.ready):
            raise Unavailable(health.reason)
        return HealthAnswer(message=f"Ready. {health.missing}" if health.missing else "Ready")

    for name, route in (("/health/live", live), ("/health/ready", ready)):
        for path in (name, name + "/"):
            router.add_api_route(
                path,
                route,
                methods=["GET"],
                operation_id=route.__name__ if path == name else f"{route.__name__}_slash",
                response_model=HealthAnswer,
                responses=problems_of(Unavailable),
                include_in_schema=path == name,
            )
    return router
