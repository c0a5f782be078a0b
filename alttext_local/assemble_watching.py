"""Says "new" for what watches the house: the audit log, the profile's lines, and gauges over engine, jobs and guard."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from alttext_local import __version__
from alttext_local.adapters.adapter import device_memory
from alttext_local.audit import Audit
from alttext_local.engine.engine import Engine
from alttext_local.figures import Figures, Reading
from alttext_local.jobs.ledger import Ledger
from alttext_local.outbound import OUTBOUND
from alttext_local.passage import STEPS, Passage
from alttext_local.settings import Settings
from alttext_local.store.tokens import StaticTokens, Tokens

log = logging.getLogger(__name__)


def open_audit(settings: Settings, tokens: Tokens | StaticTokens) -> Audit:
    """The audit log of a house."""
    return Audit(settings.audit_dir, settings.audit_days, tokens.name_of)


def watchers(settings: Settings, figures: Figures, audit: Audit) -> Callable[[Passage], None]:
    """Whoever wants to hear of each image; a full disk silences the audit log and nothing else."""

    def watch(passage: Passage) -> None:
        figures.note_passage(passage)
        if settings.profile:
            log_profile(passage)
        try:
            audit.note_passage(passage)
        except OSError as error:
            log.error("the audit log cannot be written", extra={"errno": error.errno})

    return watch


def log_profile(passage: Passage) -> None:
    """One line with the milliseconds of each step."""
    steps = {f"{step}_ms": round(passage.seconds[step] * 1000, 1) for step in STEPS if step in passage.seconds}
    fields = {"model": passage.model, "cache": passage.cache, **steps, "total_ms": round(passage.total * 1000, 1)}
    log.info("profile", extra=fields | ({"code": passage.code} if passage.code else {}))


def watch_engine(figures: Figures, engine: Engine, device: str) -> None:
    """The queue, what is loaded, the device's memory, and the guard of this process."""
    figures.watch("alttext_info", "The version that runs.", ("version", "device"), lambda: [((__version__, device), 1)])
    watch_outbound(figures)

    def queue() -> Iterator[Reading]:
        health = engine.health()
        yield ("waiting",), health.waiting
        yield ("in hand",), health.in_hand

    figures.watch("alttext_queue_shots", "Images that wait for the model or are in its hand.", ("state",), queue)
    pace, ready = "alttext_seconds_per_shot", "alttext_ready"
    figures.watch(pace, "A moving estimate of the model's pace.", (), lambda: [((), engine.health().seconds_per_shot)])
    figures.watch(ready, "1 where requests can be answered.", (), lambda: [((), float(engine.health().ready))])
    figures.watch(
        "alttext_model_loaded",
        "1 for each model in memory.",
        ("model",),
        lambda: [((name,), 1) for name in engine.health().loaded],
    )
    figures.watch(
        "alttext_device_memory_bytes",
        "Memory of the device: total and free, allocated and reserved by this process.",
        ("device", "kind"),
        lambda: [((device, kind), size) for kind, size in device_memory(device).items()],
    )


def watch_outbound(figures: Figures) -> None:
    """What the guard of this process let through and refused."""
    figures.watch(
        "alttext_outbound",
        "Connections and look-ups beyond this machine.",
        ("what", "purpose", "verdict"),
        lambda: [(key, count) for key, count in OUTBOUND.counts().items()],
        grows=True,
    )


def watch_jobs(figures: Figures, ledger: Ledger) -> None:
    """Jobs by state, and when a worker was heard of last; neither while the database is down."""

    def states() -> Iterator[Reading]:
        with suppress(SQLAlchemyError):
            yield from [((state,), count) for state, count in ledger.states().items()]

    def seen() -> Iterator[Reading]:
        with suppress(SQLAlchemyError):
            if (moment := ledger.worker_seen()) is not None:
                yield (), moment

    figures.watch("alttext_jobs", "Bulk jobs by state.", ("state",), states)
    figures.watch("alttext_worker_seen_timestamp_seconds", "When any worker was heard of last.", (), seen)
