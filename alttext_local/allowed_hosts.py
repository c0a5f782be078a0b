"""Whom this house may reach, read from the settings: receivers of callbacks, the relay, the S3 store, the database.

Nothing else is allowed by anything (`outbound`), and these are only where the operator has named them.
"""

from __future__ import annotations

import logging

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from alttext_local.errors import BadSettings
from alttext_local.jobs.addresses import AllowList
from alttext_local.jobs.files import endpoint_place
from alttext_local.offline import close_detours
from alttext_local.outbound import OUTBOUND, Rule
from alttext_local.settings import Settings

log = logging.getLogger(__name__)
POSTGRESQL_PORT = 5432


def allow_what_is_set(settings: Settings) -> None:
    """Allow the hosts that the settings name, and close the ways round them. Doing it again changes nothing."""
    OUTBOUND.allow(allowed_hosts(settings))
    if OUTBOUND.guarding and (closed := close_detours()):
        log.warning("variables that lead elsewhere are not used", extra={"names": sorted(closed)})


def allowed_hosts(settings: Settings) -> tuple[Rule, ...]:
    """The rules. `BadSettings` where a setting cannot be read."""
    rules = []
    for entry in AllowList.read(settings.callback_hosts).entries:
        host = str(entry.network) if entry.network is not None else entry.name or entry.domain
        rules.append(Rule("callbacks", host, entry.port))
    if settings.smtp_host:
        rules.append(Rule("mail", settings.smtp_host, settings.smtp_port))
    if settings.s3_bucket:
        rules.append(Rule("files", *endpoint_place(settings.s3_endpoint, settings.s3_region)))
    rules += [Rule("database", host, port) for host, port in database_places(settings.database_url)]
    return tuple(rules)


def require_database(settings: Settings) -> None:
    """Hold the database's hosts to what is allowed, before libpq, which the guard does not see, is given them."""
    for host, port in database_places(settings.database_url):
        OUTBOUND.require("database", host, port)


def database_places(url: str) -> tuple[tuple[str, int], ...]:
    """Host and port of each server that a PostgreSQL URL names; none for a Unix socket. `BadSettings`."""
    if not url:
        return ()
    try:
        parts = make_url(url)
    except ArgumentError:
        raise BadSettings("database_url: cannot be read as a URL") from None
    if "service" in parts.query:
        raise BadSettings("database_url: name the host itself, not a service file")
    places = [(parts.host, parts.port)] if parts.host else []
    for name in ("host", "hostaddr"):
        values = parts.query.get(name, ())
        for value in (values,) if isinstance(values, str) else values:
            for one in value.split(","):
                host, _, port = one.partition(":") if one.count(":") == 1 else (one, "", "")
                places.append((host, int(port) if port.isdigit() else parts.port))
    return tuple((host, port or POSTGRESQL_PORT) for host, port in places if host and not host.startswith("/"))
