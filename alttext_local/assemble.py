"""Says "new": from settings to a house that answers. What only bulk jobs need is in `assemble_jobs`.

`Parts` are what a door may use. They are made in the order of the floors and closed in the reverse one.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlalchemy import Engine as Database
from sqlalchemy.exc import OperationalError

from alttext_local.adapters.adapter import Adapter, Flying, Ways, best_device, best_dtype, load_adapter, use_threads
from alttext_local.catalogue import Card, Catalogue, load_catalogue
from alttext_local.describer import Describer, DescriberLimits
from alttext_local.engine.engine import Engine
from alttext_local.engine.limits import EngineLimits
from alttext_local.errors import BadSettings
from alttext_local.fields import FieldLimits
from alttext_local.jobs.archive import ArchiveLimits
from alttext_local.ocr.pool import Ocr, choose_engine
from alttext_local.pictures.limits import Limits
from alttext_local.pictures.opening import Opener
from alttext_local.policy import Policy, load_policy
from alttext_local.prompts.style import load_style
from alttext_local.settings import Settings
from alttext_local.store.cache import ResultCache
from alttext_local.store.database import open_database, open_server_database
from alttext_local.store.tokens import StaticTokens, Tokens
from alttext_local.types import Ask, Request

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parts:
    """One assembled house."""

    settings: Settings
    catalogue: Catalogue
    engine: Engine
    describer: Describer
    tokens: Tokens | StaticTokens
    database: Database
    closing: ExitStack

    def close(self) -> None:
        """Take the house down, the last part first; a second call does nothing."""
        self.closing.close()


@contextmanager
def assembled(
    settings: Settings, *, keep_results: bool = True, load: Callable[[Card, str], Adapter] | None = None
) -> Iterator[Parts]:
    """Build the house and take it down again. `keep_results=False` builds it without the cache.

    `load` makes the adapter of a card on a device; by itself that is `load_adapter` with the ways of the settings.

    Raises `BadSettings`, `BrokenModel` or `MissingProgram`, each with what to do.
    """
    with ExitStack() as built:
        device = best_device(settings.device)
        use_threads(settings.model_threads)
        catalogue = read_catalogue(settings, device)
        policy = read_policy(settings)
        ocr = Ocr(choose_engine(settings.ocr_engine), settings.ocr_workers, settings.ocr_seconds)
        built.callback(ocr.close)
        opener = Opener(picture_limits(settings), settings.decode_workers)
        built.callback(opener.close)
        database = open_store(settings)
        cache = ResultCache(database, settings.cache_days, settings.cache_entries) if keep_results else None
        seconds = generation_seconds(settings, device)
        limits = engine_limits(settings, seconds)
        loader = load or partial(load_adapter, ways=ways_of(settings))
        engine = Engine(catalogue, limits, device=device, load=loader, selftest_asks=selftest_asks)
        built.callback(engine.close)
        times = DescriberLimits(seconds, settings.max_ocr_text, settings.decode_workers + 2)
        describer = Describer(engine, opener, ocr, policy, cache, times)
        built.callback(describer.close)
        built.callback(database.dispose)
        yield Parts(settings, catalogue, engine, describer, token_book(settings, database), database, built)


def open_store(settings: Settings) -> Database:
    """The database of tokens, results and jobs, made where there is none. `BadSettings` where it cannot be."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if settings.database_url:
            return open_server_database(settings.database_url)
        return open_database(settings.database_file)
    except (OSError, OperationalError) as error:
        where = "database_url: the database" if settings.database_url else "data_dir: the folder"
        why = error.strerror if isinstance(error, OSError) else type(error.orig).__name__
        raise BadSettings(f"{where} cannot be used ({why})") from error


def token_book(settings: Settings, database: Database) -> Tokens | StaticTokens:
    """The site's static tokens where it sets some, else those of the database."""
    return StaticTokens(settings.tokens) if settings.tokens else Tokens(database)


def first_token(parts: Parts) -> str | None:
    """Make the first token of a new house; None where there are some already."""
    tokens = parts.tokens
    if isinstance(tokens, StaticTokens) or tokens.list():
        return None
    token = tokens.create("first")
    path = parts.settings.data_dir / "first-token"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(token + "\n")
    return token


def read_policy(settings: Settings) -> Policy:
    """The operator's policy: the file that is named, else `policy.toml` of the data folder where there is one."""
    default = settings.data_dir / "policy.toml"
    path: Path | None = settings.policy_file or (default if default.is_file() else None)
    return load_policy(path)


def read_catalogue(settings: Settings, device: str) -> Catalogue:
    """The catalogue as it runs here: with the quality that the site sets in place of the cards', and `auto` settled.

    So a card says what really happens, to the provenance and to the cache's keys too. `BadSettings` where an
    installed model cannot be held as it is wished.
    """
    catalogue = load_catalogue(settings.catalogue_file)
    cards = {}
    for name, card in catalogue.cards.items():
        dtype = card.dtype if settings.dtype == "card" else settings.dtype
        tiles = card.tiles if settings.tiles is None else settings.tiles
        beams = card.beams if settings.beams is None else settings.beams
        chosen = replace(card, dtype=dtype, tiles=tiles, beams=beams)
        cards[name] = replace(chosen, dtype=best_dtype(chosen, device)) if card.installed else chosen
    return replace(catalogue, cards=cards)


def ways_of(settings: Settings) -> Ways:
    """How asks are decoded: what costs no quality is on, but for slots, which the site turns on."""
    if settings.slots == "off":
        return Ways()
    return Ways(flying=Flying(kv_bytes=settings.slots_memory, graphs=settings.cuda_graphs))


def picture_limits(settings: Settings) -> Limits:
    """What one picture may cost."""
    return Limits(
        max_pixels=settings.max_pixels,
        max_side=settings.max_side,
        max_jpeg_scans=settings.max_jpeg_scans,
        seconds=settings.decode_seconds,
        cpu_seconds=settings.decode_cpu_seconds,
        memory=settings.decode_memory,
    )


def field_limits(settings: Settings) -> FieldLimits:
    """How long the texts of a request may be."""
    return FieldLimits(settings.max_prompt, settings.max_context)


def archive_limits(settings: Settings) -> ArchiveLimits:
    """What the ZIP of a bulk job may cost."""
    return ArchiveLimits(
        upload=settings.max_zip,
        unpacked=settings.max_unpacked,
        entry=settings.max_entry,
        images=settings.max_zip_images,
        entries=settings.max_zip_entries,
        json_bytes=settings.max_json,
        json_depth=settings.max_json_depth,
    )


def engine_limits(settings: Settings, seconds: float) -> EngineLimits:
    """What the engine takes in and how long it may think."""
    return EngineLimits(
        batch=settings.batch,
        queue_max=settings.queue_max,
        queue_seconds=settings.queue_seconds,
        generation_seconds=seconds,
        max_loaded_models=settings.max_loaded_models,
    )


def generation_seconds(settings: Settings, device: str) -> float:
    """How long one generation may take on this device."""
    return settings.generation_seconds_cpu if device == "cpu" else settings.generation_seconds_gpu


def selftest_asks(card: Card) -> tuple[Ask, ...]:
    """What a model is asked at start to prove that it sees (B09), in its own words."""
    style = load_style(card.prompts)
    request = Request(card.name)
    return tuple(ask for ask in style.asks(request, instructions=False) if ask.task in ("kind", "caption"))
