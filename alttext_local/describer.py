"""One image: prepare, ask, finish. Every door of the house leads through this page.

A description is made on several threads that never wait for one another: opening the picture, the
model and OCR each have their own, and a future tells when all is done. Whoever asked may cancel it
at any time; what was not begun is then not done.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from alttext_local import __version__
from alttext_local.catalogue import Card
from alttext_local.engine.engine import Engine
from alttext_local.errors import EmptyAnswer
from alttext_local.finishing import Finished, Look, finish
from alttext_local.kinds import Calibration
from alttext_local.ocr.pool import Ocr
from alttext_local.pictures.opening import Opener
from alttext_local.policy import Policy
from alttext_local.prompts.style import Style, load_style
from alttext_local.store.cache import ResultCache
from alttext_local.types import (
    Answer,
    Ask,
    Description,
    Picture,
    Provenance,
    Reading,
    Request,
    Shot,
    Task,
)

log = logging.getLogger(__name__)
_DESCRIPTION = TypeAdapter(Description)


@dataclass(frozen=True)
class DescriberLimits:
    """Times in seconds, lengths in characters."""

    generation_seconds: float
    max_ocr_text: int
    workers: int


@dataclass(eq=False)
class Journey:
    """One image on its way through the house."""

    data: bytes
    request: Request
    owner: str
    card: Card
    style: Style
    calibration: Calibration
    started: float
    done: Future[Description] = field(default_factory=Future)
    key: str = ""
    picture: Picture | None = None
    reading: Reading | None = None
    answers: dict[Task, Answer] = field(default_factory=dict)
    asked_again: bool = False


class Describer:
    """Describes images with the parts it is given; it makes none of them itself."""

    def __init__(
        self,
        engine: Engine,
        opener: Opener,
        ocr: Ocr,
        policy: Policy,
        cache: ResultCache | None,
        limits: DescriberLimits,
    ) -> None:
        self._engine = engine
        self._opener = opener
        self._ocr = ocr
        self._policy = policy
        self._cache = cache
        self._limits = limits
        self._hands = ThreadPoolExecutor(limits.workers, thread_name_prefix="describer")

    def describe(self, data: bytes, request: Request, owner: str = "") -> Description:
        """Describe one image and wait for it. Raises what `submit`'s future would."""
        return self.submit(data, request, owner).result()

    def submit(self, data: bytes, request: Request, owner: str = "") -> Future[Description]:
        """Begin to describe one image.

        `data` are the bytes of the file, `owner` keeps one caller's cached results from another's. What is
        wrong with the request is raised at once; what goes wrong later comes by the future.
        """
        self._policy.check("prompt", request.alt_prompt)
        self._policy.check("context", request.context)
        card = self._engine.card(request.selected_model)
        journey = Journey(
            data, request, owner, card, load_style(card.prompts), calibration_of(card.folder), time.monotonic()
        )
        self._hands.submit(self._step, journey, self._prepare)
        return journey.done

    def close(self) -> None:
        """Finish what is in hand; the parts are closed by whoever made them."""
        self._hands.shutdown(wait=True)

    def _step(self, journey: Journey, step: Callable[[Journey], None]) -> None:
        """Run one step; whatever goes wrong is the journey's end, never the thread's."""
        if journey.done.cancelled():
            return
        try:
            step(journey)
        except Exception as error:
            _settle(journey.done, error=error)

    def _prepare(self, journey: Journey) -> None:
        journey.key = cache_key(journey)
        if (cached := self._cached(journey)) is not None:
            _settle(journey.done, cached)
            return
        journey.picture = self._opener.open(journey.data)
        journey.data = b""
        asks = journey.style.asks(journey.request, instructions=journey.card.instructions)
        answers = self._ask(journey, asks)
        reading = self._ocr.submit(journey.picture, journey.request.language)
        self._when_done(journey, {"answers": answers, "reading": reading}, asks)

    def _ask(self, journey: Journey, asks: tuple[Ask, ...]) -> Future[tuple[Answer, ...]]:
        assert journey.picture is not None
        deadline = journey.started + self._limits.generation_seconds
        future = self._engine.submit(journey.card, Shot(journey.picture, asks), deadline=deadline)
        journey.done.add_done_callback(lambda done: future.cancel() if done.cancelled() else None)
        return future

    def _when_done(self, journey: Journey, parts: Mapping[str, Future[Any]], asks: tuple[Ask, ...]) -> None:
        """Go on when the last part is there; a thread is held by nobody meanwhile."""
        waiting, lock = set(parts), Lock()

        def arrived(name: str) -> None:
            with lock:
                waiting.discard(name)
                last = not waiting
            if last:
                self._hands.submit(self._step, journey, gather)

        def gather(journey: Journey) -> None:
            if "reading" in parts:
                journey.reading = parts["reading"].result()
            try:
                answers: tuple[Answer, ...] = parts["answers"].result()
            except EmptyAnswer:
                self._ask_less(journey)
                return
            journey.answers.update({ask.task: answer for ask, answer in zip(asks, answers, strict=True)})
            self._finish(journey)

        for name, future in parts.items():
            future.add_done_callback(lambda _, name=name: arrived(name))  # type: ignore[misc]

    def _finish(self, journey: Journey) -> None:
        assert journey.picture is not None and journey.reading is not None
        self._policy.check("image text", journey.reading.text)
        look = Look(
            journey.picture,
            journey.reading,
            journey.answers,
            journey.request,
            journey.card,
            journey.calibration,
            self._limits.max_ocr_text,
        )
        finished = finish(look)
        if not finished.usable and journey.card.prose and not journey.asked_again:
            self._ask_less(journey)
            return
        self._policy.check("output", f"{finished.alt_text}\n{finished.description}")
        description = _description(journey, finished)
        self._keep(journey, description)
        _settle(journey.done, description)

    def _ask_less(self, journey: Journey) -> None:
        """Ask a model that said nothing usable once more: for the kind and, in other words, the caption."""
        if journey.asked_again:
            raise EmptyAnswer
        journey.asked_again = True
        again = journey.style.again(journey.request, instructions=journey.card.instructions)
        asks = (again,) if "kind" in journey.answers else (journey.style.kind_ask(), again)
        self._when_done(journey, {"answers": self._ask(journey, asks)}, asks)

    def _keep(self, journey: Journey, description: Description) -> None:
        """For the next who asks. Where nothing can be kept, as on a full disk, the answer is given all the same."""
        if self._cache is None:
            return
        try:
            self._cache.put(journey.key, journey.owner, asdict(description))
        except SQLAlchemyError as error:
            log.warning("A result could not be kept.", extra={"error": type(error).__name__})

    def _cached(self, journey: Journey) -> Description | None:
        if self._cache is None or journey.request.regenerate:
            return None
        document = self._cache.get(journey.key, journey.owner)
        if document is None:
            return None
        try:
            description = _DESCRIPTION.validate_python(document)
        except ValidationError:
            log.warning("A cached result of another shape was passed over.")
            return None
        return replace(description, provenance=_provenance(journey, cached=True))


@cache
def calibration_of(folder: Path) -> Calibration:
    """The calibration that lies beside a model's weights; careful values where there is none."""
    path = folder / "calibration.json"
    return Calibration.load(path) if path.is_file() else Calibration.default()


def cache_key(journey: Journey) -> str:
    """Of an image on its way."""
    content = hashlib.sha256(journey.data).hexdigest()
    return result_key(content, journey.request, journey.card, journey.style.version, journey.owner)


def result_key(content: str, request: Request, card: Card, prompts: str, owner: str = "") -> str:
    """SHA-256 over everything that a text depends on, and over whose it is.

    `content` is the SHA-256 of the file, `prompts` the version of the words in which the card's model is asked.
    """
    parts = {
        "content": content,
        "owner": owner,
        "model": [card.name, card.revision, card.dtype, card.tiles, card.beams],
        "prompts": prompts,
        "engine": __version__,
        "request": asdict(replace(request, regenerate=False, selected_model="")),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _description(journey: Journey, finished: Finished) -> Description:
    return Description(
        alt_text=finished.alt_text,
        classification=finished.classification,
        keywords=finished.keywords,
        description=finished.description,
        ocr_text=finished.ocr_text,
        provenance=_provenance(journey, cached=False),
        verdict=finished.verdict,
        findings=finished.findings,
    )


def _provenance(journey: Journey, *, cached: bool) -> Provenance:
    return Provenance(
        requested_model=journey.request.selected_model,
        model=journey.card.name,
        revision=journey.card.revision,
        engine_version=__version__,
        prompt_version=journey.style.version,
        cached=cached,
        seconds=round(time.monotonic() - journey.started, 3),
        dtype=journey.card.dtype,
        tiles=journey.card.tiles,
        beams=journey.card.beams,
    )


def _settle(future: Future[Description], result: Description | None = None, error: Exception | None = None) -> None:
    """Give an outcome to a future that may have been cancelled meanwhile."""
    if not future.set_running_or_notify_cancel():
        return
    if error is not None:
        future.set_exception(error)
    elif result is not None:
        future.set_result(result)
