"""Says "new" for bulk jobs: the desk that the server has, and the worker beside it or on another machine."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import Engine as Database

from alttext_local.assemble import Parts, archive_limits, assembled, field_limits, open_store, token_book
from alttext_local.assemble_watching import open_audit, watch_jobs, watch_outbound
from alttext_local.catalogue import Catalogue, load_catalogue
from alttext_local.describer import Describer
from alttext_local.engine.engine import Engine
from alttext_local.erasure import Eraser
from alttext_local.errors import WorkerIsHere
from alttext_local.figures import Figures
from alttext_local.jobs.addresses import AllowList
from alttext_local.jobs.desk import Desk, DeskLimits
from alttext_local.jobs.errands import Errands
from alttext_local.jobs.files import open_files
from alttext_local.jobs.ledger import Ledger
from alttext_local.jobs.links import Links, link_secret
from alttext_local.jobs.mail import Post, Relay
from alttext_local.jobs.on_dbos import DbosQueue
from alttext_local.jobs.precedence import Precedence
from alttext_local.jobs.shards import Shards
from alttext_local.jobs.webhook import Caller, load_secret
from alttext_local.jobs.worker import Rhythm, Worker
from alttext_local.settings import Settings
from alttext_local.store.cache import ResultCache
from alttext_local.store.tokens import StaticTokens, Tokens

log = logging.getLogger(__name__)
DAY, HOUR = 86_400, 3_600
MOST_IN_HAND = 1024


@dataclass(frozen=True)
class ServerParts:
    """A house with a desk: what the API may use."""

    parts: Parts
    desk: Desk

    @property
    def settings(self) -> Settings:
        """The settings."""
        return self.parts.settings

    @property
    def catalogue(self) -> Catalogue:
        """The models."""
        return self.parts.catalogue

    @property
    def engine(self) -> Engine:
        """The engine."""
        return self.parts.engine

    @property
    def describer(self) -> Describer:
        """Who describes."""
        return self.parts.describer

    @property
    def tokens(self) -> Tokens | StaticTokens:
        """Who may ask."""
        return self.parts.tokens

    @property
    def figures(self) -> Figures:
        """What is counted."""
        return self.parts.figures

    def close(self) -> None:
        """Take the house down."""
        self.parts.close()


@dataclass(frozen=True)
class JobParts:
    """What the desk and the worker share."""

    ledger: Ledger
    errands: Errands
    desk: Desk
    shards: Callable[[Callable[[Sequence[str]], Describer], Callable[[], bool]], Shards]


def job_parts(
    settings: Settings, database: Database, models: Sequence[str], stopping: Callable[[], bool] = lambda: False
) -> JobParts:
    """Everything about jobs, over a database; `models` may be asked for. Raises `BadSettings`."""
    ledger, files = Ledger(database), open_files(settings)
    folder = settings.data_dir
    links = Links(link_secret(folder), settings.base_url, settings.link_seconds)
    allowed = AllowList.read(settings.callback_hosts)
    secret = load_secret(folder / "callback-secret", settings.callback_secret.get_secret_value())
    caller = Caller(allowed, secret, settings.callback_seconds)
    post = Post(relay(settings), folder / "spool", settings.mail_from)
    errands = Errands(ledger, files, links, caller, post, folder / "files", stopping)
    precedence = Precedence(folder / "people.lock")
    limits = DeskLimits(archive_limits(settings), field_limits(settings), settings.jobs_per_token, settings.disk_floor)
    note = open_audit(settings, token_book(settings, database)).note
    desk = Desk(ledger, files, links, errands, precedence, allowed, models, folder / "files", limits, note)

    def shards(describer: Callable[[Sequence[str]], Describer], stopping: Callable[[], bool]) -> Shards:
        return Shards(ledger, files, describer, precedence, settings.max_entry, stopping)

    return JobParts(ledger, errands, desk, shards)


def relay(settings: Settings) -> Relay | None:
    """The site's SMTP server, where there is one."""
    if not settings.smtp_host:
        return None
    password = settings.smtp_password.get_secret_value()
    return Relay(settings.smtp_host, settings.smtp_port, settings.smtp_security, settings.smtp_user, password)


@contextmanager
def assembled_server(settings: Settings) -> Iterator[ServerParts]:
    """A house with a desk."""
    with assembled(settings) as parts:
        desk = job_parts(settings, parts.database, parts.catalogue.names()).desk
        watch_jobs(parts.figures, desk.ledger)
        yield ServerParts(parts, desk)


@contextmanager
def assembled_desk(settings: Settings) -> Iterator[Desk]:
    """A desk alone: for operators, with no model."""
    database = open_store(settings)
    try:
        yield job_parts(settings, database, load_catalogue(settings.catalogue_file).names()).desk
    finally:
        database.dispose()


@contextmanager
def assembled_eraser(settings: Settings) -> Iterator[tuple[Eraser, Tokens | StaticTokens]]:
    """Who erases, and who knows tokens by their names."""
    database = open_store(settings)
    try:
        tokens = token_book(settings, database)
        desk = job_parts(settings, database, load_catalogue(settings.catalogue_file).names()).desk
        cache = ResultCache(database, settings.cache_days, settings.cache_entries)
        yield Eraser(desk, cache, database, open_audit(settings, tokens).note), tokens
    finally:
        database.dispose()


@contextmanager
def assembled_worker(settings: Settings, stopping: Callable[[], bool]) -> Iterator[Worker]:
    """A worker. `WorkerIsHere` where another one of this machine works in this data folder."""
    with ExitStack() as built:
        name = built.enter_context(worker_name(settings))
        database = open_store(settings)
        built.callback(database.dispose)
        made = job_parts(settings, database, load_catalogue(settings.catalogue_file).names(), stopping)
        house = LazyHouse(settings)
        built.callback(house.close)
        queue = DbosQueue(settings.queue_url, name, shards=settings.shards_at_once)
        built.callback(queue.close, 5)
        shards = made.shards(house.describer, stopping)
        rhythm = Rhythm(
            beat=settings.worker_silence / 6,
            silence=settings.worker_silence,
            input_kept=settings.keep_input_hours * HOUR,
            results_kept=settings.keep_results_days * DAY,
        )
        yield Worker(
            name,
            made.ledger,
            queue,
            shards,
            made.errands,
            made.desk,
            rhythm,
            on_beat=lambda: house.figures.write(settings.figures_dir, name),
        )


def patient(settings: Settings) -> Settings:
    """The same house for bulk work: what waits in its queue is waited for, however long, and never refused."""
    return settings.model_copy(update={"queue_seconds": DAY, "queue_max": max(settings.queue_max, MOST_IN_HAND)})


class LazyHouse:
    """The models of a worker, loaded when the first image comes: a house without jobs needs no memory for them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = patient(settings)
        self._lock = Lock()
        self._built = ExitStack()
        self._parts: Parts | None = None
        self._idle = Figures()
        watch_outbound(self._idle)

    @property
    def figures(self) -> Figures:
        """What this process counts."""
        return self._parts.figures if self._parts else self._idle

    def describer(self, models: Sequence[str]) -> Describer:
        """Who describes; the first call loads what stands behind `models`."""
        with self._lock:
            if self._parts is None:
                with ExitStack() as built:
                    parts = built.enter_context(assembled(self._settings))
                    parts.engine.start(list(models[:1]))
                    self._built, self._parts = built.pop_all(), parts
            return self._parts.describer

    def close(self) -> None:
        """Take the house down, where there is one."""
        self._built.close()


@contextmanager
def worker_name(settings: Settings) -> Iterator[str]:
    """A name that stays the same over restarts, and that one process has at a time."""
    host = socket.gethostname()
    name = settings.worker_name or f"{host[:64]}-{hashlib.sha256(str(settings.data_dir).encode()).hexdigest()[:8]}"
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = settings.data_dir / f"worker-{hashlib.sha256(name.encode()).hexdigest()[:8]}.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WorkerIsHere from None
        yield name
    finally:
        os.close(handle)
