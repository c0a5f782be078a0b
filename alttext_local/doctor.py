"""What is on this machine, what is missing, and how to get it. Looks only; changes nothing."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from alttext_local.catalogue import load_catalogue
from alttext_local.errors import AltTextError
from alttext_local.ocr.pool import choose_engine
from alttext_local.settings import Settings

State = Literal["ok", "note", "missing"]
SECRET = {"tokens"}


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
    looks: tuple[Callable[[Settings], Iterator[Check]], ...] = (_python, _device, _ocr, _models, _folders, _api)
    checks = tuple(check for look in looks for check in look(settings))
    return Report(checks, {name: _shown(name, value) for name, value in settings})


def _python(_: Settings) -> Iterator[Check]:
    yield Check("Python", "ok", platform.python_version())


def _device(settings: Settings) -> Iterator[Check]:
    from alttext_local.adapters.adapter import best_device

    device = best_device(settings.device)
    if device == "cpu":
        advice = "A GPU makes large models practical; the shipped models need none."
        yield Check("Device", "note", f"{platform.processor() or platform.machine()}, CPU", advice)
    else:
        yield Check("Device", "ok", device)


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


def _models(settings: Settings) -> Iterator[Check]:
    try:
        catalogue = load_catalogue(settings.catalogue_file)
    except AltTextError as error:
        yield Check("Models", "missing", error.detail, "Set ALTTEXT_MODELS_DIR to the folder with catalogue.toml.")
        return
    for alias, card in catalogue.behind():
        if card is None:
            yield Check(
                f"Model {alias}", "missing", "nothing installed", "Put one of its models into the models folder."
            )
        elif card.shipped:
            advice = "A shipped small model; install a large one for full sentences about photographs."
            yield Check(f"Model {alias}", "note", card.name, advice)
        else:
            yield Check(f"Model {alias}", "ok", card.name)


def _folders(settings: Settings) -> Iterator[Check]:
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 2**30
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


def _shown(name: str, value: object) -> str:
    return f"{len(value)} set" if name in SECRET and isinstance(value, tuple) else str(value)
