"""Says "new" for batch runs: where the images come from, and who describes them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Lock

from alttext_local.adapters.adapter import best_device, count_gpus
from alttext_local.answer import ImageAnswer
from alttext_local.assemble import archive_limits, assembled, field_limits, open_store, picture_limits, read_catalogue
from alttext_local.assemble_jobs import patient
from alttext_local.batch import manifest
from alttext_local.batch.devices import Crew, environments
from alttext_local.batch.house import House, Keys, OneEngine
from alttext_local.batch.manifest import Manifest
from alttext_local.batch.runner import Rhythm
from alttext_local.batch.sources import Folder, PathList, Source, Zip
from alttext_local.errors import BadRequest
from alttext_local.jobs.archive import ArchiveLimits
from alttext_local.pictures.opening import Opener
from alttext_local.settings import Settings
from alttext_local.types import Request

ARCHIVE_SIZE, ARCHIVE_ENTRIES = 1 << 40, 1 << 20
"""A ZIP of a batch run is the user's own: it may be as large as the machine can hold."""


def open_source(settings: Settings, where: str, request: Request, patterns: Sequence[str]) -> Source:
    """The source of this name: a folder, a ZIP, a list by its ending, or `-`. Raises what is wrong with it."""
    if where == "-":
        return PathList(iter(sys.stdin), request)
    path = Path(where)
    if path.is_dir():
        return Folder(path, request, patterns)
    if not path.is_file():
        raise BadRequest("The source is neither a folder nor a file.")
    if path.suffix.lower() == ".zip":
        return Zip(path, request, own_archive_limits(settings), patterns)
    if path.suffix.lower() in manifest.ENDINGS:
        catalogue = read_catalogue(settings, "cpu")
        return Manifest(path, request, field_limits(settings), catalogue.card)
    raise BadRequest(f"The source is a folder, a .zip, a list ({', '.join(manifest.ENDINGS)}), or - for paths.")


def own_archive_limits(settings: Settings) -> ArchiveLimits:
    """What the ZIP of a batch run may have."""
    limits = archive_limits(settings)
    return replace(limits, upload=ARCHIVE_SIZE, unpacked=ARCHIVE_SIZE, entries=ARCHIVE_ENTRIES)


def rhythm_of(settings: Settings, devices: int) -> Rhythm:
    """How much is in hand at once: four batches for each device, two while nobody knows how quick it is."""
    slowest = min(settings.generation_seconds_cpu, settings.generation_seconds_gpu)
    return Rhythm(
        window=max(64, 4 * settings.batch) * devices,
        first=2 * settings.batch * devices,
        hold=slowest / 4,
        ahead=32 * devices,
        largest=settings.max_batch_file,
    )


def places_of(devices: str) -> list[dict[str, str]]:
    """The environment of each engine process; none for the one device of the settings. `BadRequest`."""
    return environments(devices, count_gpus()) if devices else []


@contextmanager
def one_engine(settings: Settings, models: Sequence[str]) -> Iterator[OneEngine]:
    """The engine of this process, with these models loaded. Nothing is kept but by the run itself."""
    with assembled(patient(settings), keep_results=False) as parts:
        parts.engine.start(list(models))
        yield OneEngine(parts.describer, parts.engine.card)


@contextmanager
def crew(settings: Settings, places: Sequence[dict[str, str]], models: Sequence[str]) -> Iterator[Crew]:
    """An engine process in each place."""
    open_store(settings).dispose()  # made here, lest all of them make it at once
    device = places[0]["ALTTEXT_DEVICE"]
    made = Crew(places, models, read_catalogue(settings, device).card)
    try:
        yield made
    finally:
        made.close()


class LazyHouse(Keys):
    """A house whose models are loaded when the first image needs them: where all is done already, none are."""

    def __init__(self, settings: Settings, places: Sequence[dict[str, str]], models: Sequence[str]) -> None:
        """One place or none: the engine of this process."""
        device = places[0]["ALTTEXT_DEVICE"] if places else best_device(settings.device)
        super().__init__(read_catalogue(settings, device).card)
        self._settings = settings
        self._places = places
        self._models = models
        self._lock = Lock()
        self._built = ExitStack()
        self._house: House | None = None

    def submit(self, data: bytes, request: Request) -> Future[ImageAnswer]:
        """Begin; the first call loads the models."""
        return self.opened().submit(data, request)

    def opened(self) -> House:
        """The house with its models loaded."""
        with self._lock:
            if self._house is None:
                self._house = self._open()
            return self._house

    def _open(self) -> House:
        if len(self._places) > 1 or any("CUDA_VISIBLE_DEVICES" in place for place in self._places):
            return self._built.enter_context(crew(self._settings, self._places, self._models))
        return self._built.enter_context(one_engine(self._settings, self._models))

    def close(self) -> None:
        """Take it down, where there is one."""
        self._built.close()


@contextmanager
def batch_house(settings: Settings, devices: str, models: Sequence[str]) -> Iterator[LazyHouse]:
    """Who describes for a run. `devices` as on the command line; empty: the one device of the settings."""
    places = places_of(devices)
    if len(places) == 1:
        settings = settings.model_copy(update={"device": places[0]["ALTTEXT_DEVICE"]})
    house = LazyHouse(settings, places, models)
    try:
        yield house
    finally:
        house.close()


def opener(settings: Settings) -> Opener:
    """What decodes pictures, without a model."""
    return Opener(picture_limits(settings), settings.decode_workers)
