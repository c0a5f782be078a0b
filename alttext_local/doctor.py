"""What is on this machine, what is missing, and how to get it. Looks only; changes nothing."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine as Database
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from alttext_local.allowed_hosts import allow_what_is_set, require_database
from alttext_local.catalogue import load_catalogue
from alttext_local.errors import AltTextError, BadSettings, MissingProgram
from alttext_local.jobs.ledger import Ledger
from alttext_local.metadata.exiftool import INSTALL, Exiftool, ExiftoolFailed
from alttext_local.ocr.pool import choose_engine
from alttext_local.settings import Settings

State = Literal["ok", "note", "missing"]
SECRET = {"tokens"}
EXIFTOOL_SECONDS = 20.0
LATELY_SECONDS = 60
"""A worker that lives says so every ten seconds."""


@dataclass(frozen=True)
class Check:
    """One line of the report."""

    name: str
    state: State
    found: str
    advice: str = ""


@dataclass(frozen=True)
class Report:
    """Everything that was looked at."""

    checks: tuple[Check, ...]
    settings: dict[str, str]

    @property
    def ok(self) -> bool:
        """Whether nothing that is needed is missing."""
        return all(check.state != "missing" for check in self.checks)

    def rows(self) -> list[dict[str, str]]:
        """The checks as plain data."""
        return [asdict(check) for check in self.checks]


def examine(settings: Settings) -> Report:
    """Look at everything the house needs."""
    looks: tuple[Callable[[Settings], Iterator[Check]], ...] = (
        _python,
        _device,
        _ocr,
        _exiftool,
        _models,
        _folders,
        _api,
        _bulk,
    )
    checks = tuple(check for look in looks for check in look(settings))
    return Report(checks, {name: _shown(name, value) for name, value in settings})


def _python(_: Settings) -> Iterator[Check]:
    yield Check("Python", "ok", platform.python_version())


def _device(settings: Settings) -> Iterator[Check]:
    from alttext_local.adapters.adapter import best_device

    device = best_device(settings.device)
    yield from _processor(settings)
    if device == "cpu":
        advice = "A GPU makes large models practical; the shipped models need none."
        yield Check("Device", "note", f"{platform.processor() or platform.machine()}, CPU", advice)
    else:
        yield Check("Device", "ok", device)


def _processor(settings: Settings) -> Iterator[Check]:
    """What the CPU can do, what was chosen for it, and why."""
    from alttext_local.adapters.processor import auto_dtype, look_at_processor, threads_of_environment

    cpu = look_at_processor()
    has = [name for name, there in (("bfloat16", cpu.bfloat16), ("8-bit integers", cpu.int8)) if there]
    able = f"multiplies {' and '.join(has)} in hardware" if has else "has no bfloat16 nor 8-bit multiplication"
    yield Check("Processor", "ok", f"{cpu.cores} physical cores, {cpu.allowed} logical ones allowed, {able}")
    if settings.model_threads:
        why = "set by model_threads"
    elif threads_of_environment():
        why = "set by OMP_NUM_THREADS"
    else:
        why = "as many as physical cores" if cpu.threads == cpu.cores else "as many as this process is allowed"
    threads = settings.model_threads or threads_of_environment() or cpu.threads
    beside = f"decoding {settings.decode_workers} and OCR {settings.ocr_workers} pictures at once, one thread each"
    advice = ""
    if threads > cpu.allowed:
        advice = "More threads than processors slow a model down: set model_threads to 0."
    yield Check("Threads", "note" if advice else "ok", f"{threads} for the model ({why}); {beside}", advice)
    large, small = auto_dtype(cpu, 1.0), auto_dtype(cpu, 0.0)
    told = f"on the CPU auto means {large} for large models, {small} for small ones; set: {settings.dtype}"
    advice = "" if cpu.int8 else "int8 would be slow on this processor."
    yield Check("Number format", "note" if settings.dtype == "int8" and advice else "ok", told, advice)


def _ocr(settings: Settings) -> Iterator[Check]:
    program = shutil.which("tesseract")
    if program is None:
        yield Check(
            "Tesseract", "missing", "not found", "sudo apt-get install tesseract-ocr (or: brew install tesseract)"
        )
        return
    first_line = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout.split("\n")[
        0
    ]
    yield Check("Tesseract", "ok", first_line)
    try:
        engine = choose_engine(settings.ocr_engine)
    except AltTextError as error:
        yield Check("OCR", "missing", error.detail, error.advice)
        return
    languages = ", ".join(sorted(engine.languages()))
    more = "More languages: sudo apt-get install tesseract-ocr-<language>."
    yield Check("OCR", "ok", f"{engine.name}: {languages}", more)


def _exiftool(_: Settings) -> Iterator[Check]:
    try:
        with Exiftool(EXIFTOOL_SECONDS) as exiftool:
            version = exiftool.version()
    except (MissingProgram, ExiftoolFailed):
        yield Check("exiftool", "note", "not found; only texts written into image files need it", INSTALL)
    else:
        yield Check("exiftool", "ok", version)


def _models(settings: Settings) -> Iterator[Check]:
    try:
        catalogue = load_catalogue(settings.catalogue_file)
    except AltTextError as error:
        yield Check("Models", "missing", error.detail, "Set ALTTEXT_MODELS_DIR to the folder with catalogue.toml.")
        return
    for alias, card in catalogue.behind():
        if card is None:
            yield Check(
                f"Model {alias}",
                "missing",
                "nothing installed",
                "`alttext-local models pull`, or `models import` without a network.",
            )
        elif card.shipped:
            advice = "A shipped small model; install a large one for full sentences about photographs."
            yield Check(f"Model {alias}", "note", card.name, advice)
        else:
            yield Check(f"Model {alias}", "ok", card.name)


def _folders(settings: Settings) -> Iterator[Check]:
    free = _free(settings.data_dir) / 2**30
    state: State = "ok" if free > 1 else "missing"
    yield Check(
        "Data folder", state, f"{settings.data_dir}, {free:.0f} GiB free", "" if free > 1 else "Free some disk space."
    )


def _api(_: Settings) -> Iterator[Check]:
    missing = [name for name in ("fastapi", "uvicorn", "python_multipart") if importlib.util.find_spec(name) is None]
    if missing:
        yield Check("REST server", "note", f"without {', '.join(missing)}", "pip install 'alttext-local[api]'")
    else:
        yield Check("REST server", "ok", "can be started")


def _bulk(settings: Settings) -> Iterator[Check]:
    yield _worker(settings)
    yield _room(settings)
    if settings.callback_hosts:
        yield Check("Callbacks", "ok", f"allowed to {', '.join(settings.callback_hosts)}")
    else:
        advice = "ALTTEXT_CALLBACK_HOSTS=hooks.example.org allows one; jobs with a callback_url are refused till then."
        yield Check("Callbacks", "note", "no host is allowed", advice)
    if settings.smtp_host:
        yield Check("Mail", "ok", f"relay {settings.smtp_host}:{settings.smtp_port}")
    else:
        lie = sum(1 for _ in settings.spool_dir.glob("*.eml"))
        yield Check("Mail", "note", f"no relay; {lie} messages in {settings.spool_dir}", "ALTTEXT_SMTP_HOST names one.")


def _worker(settings: Settings) -> Check:
    kind = "PostgreSQL" if settings.database_url else "SQLite"
    how = "`alttext-local serve` starts one." if settings.worker == "beside" else "`alttext-local worker` starts one."
    if not settings.database_url and not settings.database_file.exists():
        return Check("Bulk jobs", "note", f"{kind}, no database yet", how)
    try:
        database = _look_only(settings)
        try:
            seen = Ledger(database).worker_seen()
        finally:
            database.dispose()
    except (SQLAlchemyError, ImportError, BadSettings):
        advice = "See that the database runs; `alttext-local serve` brings its tables up to date."
        return Check("Bulk jobs", "missing", f"{kind}, cannot be read", advice)
    if seen is None:
        return Check("Bulk jobs", "note", f"{kind}, no worker was seen yet", how)
    age = max(0.0, time.time() - seen)
    if age > LATELY_SECONDS:
        return Check("Bulk jobs", "note", f"{kind}, no worker was seen for {age / 60:.0f} minutes", how)
    return Check("Bulk jobs", "ok", f"{kind}, a worker was seen {age:.0f} s ago")


def _look_only(settings: Settings) -> Database:
    """The database, with no migration and nothing written."""
    if settings.database_url:
        allow_what_is_set(settings)
        require_database(settings)
        return create_engine(settings.database_url)
    address = f"{settings.database_file.as_uri()}?mode=ro"
    return create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True))


def _room(settings: Settings) -> Check:
    free, floor = _free(settings.data_dir), settings.disk_floor
    told = f"{free / 2**20:.0f} MiB free, at least {floor / 2**20:.0f} are kept free"
    if free < floor:
        return Check("Room for uploads", "missing", told, "Free some space, or `alttext-local jobs purge`.")
    return Check("Room for uploads", "ok", told)


def _free(folder: Path) -> int:
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _shown(name: str, value: object) -> str:
    if name == "database_url" and value:
        try:
            return make_url(str(value)).render_as_string(hide_password=True)
        except ArgumentError:
            return "set, and not readable as a URL"
    return f"{len(value)} set" if name in SECRET and isinstance(value, tuple) else str(value)
