"""A small house for the door's tests: real parts, but for the model. It opens pictures and measures them."""

import hashlib
import io
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from sqlalchemy import Engine as Database

from alttext_local.assemble import open_store
from alttext_local.assemble_jobs import job_parts
from alttext_local.catalogue import Card, Catalogue
from alttext_local.errors import AltTextError, UnreadableImage, UnsupportedFormat
from alttext_local.figures import Figures
from alttext_local.jobs.desk import Desk
from alttext_local.settings import Settings
from alttext_local.store.tokens import StaticTokens
from alttext_local.types import Description, Finding, Provenance, Request, Verdict

TOKEN = "alpha-token"
OTHER = "beta-token"
FORMATS = ("PNG", "JPEG", "BMP", "GIF")


def picture(width=40, height=30, format="PNG", colour="teal"):
    stream = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(stream, format)
    return stream.getvalue()


def catalogue(folder: Path) -> Catalogue:
    """One installed model behind two aliases, one alias with nothing behind it."""
    here = folder / "shipped"
    here.mkdir(parents=True, exist_ok=True)
    (here / "config.json").write_text("{}")
    (here / "model.safetensors").write_bytes(b"")
    card = Card("tiny-shipped", "tiny", "tiny", "org/tiny", "rev-7", "apache-2.0", here)
    away = Card("big-absent", "tiny", "tiny", "org/big", "rev-1", "mit", folder / "absent")
    aliases = {
        "gpt-4o": ("big-absent", "tiny-shipped"),
        "gpt-4o-mini": ("tiny-shipped",),
        "gemini-1.5-flash": ("big-absent",),
    }
    return Catalogue({card.name: card, away.name: away}, aliases)


@dataclass
class State:
    """The engine's health, which a test may change."""

    live: bool = True
    ready: bool = True
    reason: str = ""
    missing: str = ""
    loaded: tuple[str, ...] = ("tiny-shipped",)
    waiting: int = 0


@dataclass
class SmallEngine:
    catalogue: Catalogue
    state: State = field(default_factory=State)
    refusal: AltTextError | None = None
    admitted: int = 0

    def admit(self) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.admitted += 1

    def health(self) -> State:
        return self.state

    def card(self, name: str) -> Card:
        return self.catalogue.card(name)


@dataclass
class SmallDescriber:
    """Opens the picture and says how large it is. `failure` is raised instead, `gate` holds every answer back."""

    engine: SmallEngine
    failure: BaseException | None = None
    refusal: AltTextError | None = None
    gate: threading.Event | None = None
    calls: list[tuple[Request, str]] = field(default_factory=list)
    futures: list[Future] = field(default_factory=list)
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4))

    def submit(self, data: bytes, request: Request, owner: str) -> Future:
        if self.refusal is not None:
            raise self.refusal
        self.calls.append((request, owner))
        if self.gate is not None:
            future: Future = Future()
            threading.Thread(target=self._later, args=(future, data, request), daemon=True).start()
        else:
            future = self.pool.submit(self.describe, data, request)
        self.futures.append(future)
        return future

    def _later(self, future, data, request):
        self.gate.wait(20)
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(self.describe(data, request))
        except AltTextError as error:
            future.set_exception(error)

    def describe(self, data: bytes, request: Request) -> Description:
        if self.failure is not None:
            raise self.failure
        width, height, kind = _measure(data)
        card = self.engine.card(request.selected_model)
        words = f"A {kind} of {width} by {height} pixels"
        return Description(
            alt_text=words[: request.alt_text_length],
            classification=("photograph", "illustration"),
            keywords=(kind, "pixels", "size"),
            description=f"{words}. {request.context}".strip() if request.generate_description else "",
            ocr_text="words in it" if request.generate_ocr else "",
            provenance=Provenance(
                request.selected_model, card.name, card.revision, "0.1", "p-1", not request.regenerate, 0.5
            ),
            verdict=Verdict("photograph", "picture", 0.87654321, 0.9, True, True),
            findings=(Finding("A03", "It ended in no full stop.", True),),
        )

    def close(self):
        self.pool.shutdown()


def _measure(data):
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            image.load()
            return image.width, image.height, image.format
    except OSError as error:
        known = data.startswith((b"\x89PNG", b"\xff\xd8", b"BM", b"GIF8"))
        raise (UnreadableImage("It is truncated.") if known else UnsupportedFormat()) from error


@dataclass
class SmallHouse:
    settings: Settings
    catalogue: Catalogue
    engine: SmallEngine
    describer: SmallDescriber
    tokens: StaticTokens
    database: Database
    desk: Desk
    figures: Figures = field(default_factory=Figures)
    closed: int = 0

    def close(self) -> None:
        self.closed += 1
        self.database.dispose()
        self.describer.close()


def build(folder: Path, **settings) -> SmallHouse:
    here = catalogue(folder / "models")
    engine = SmallEngine(here)
    chosen = Settings(data_dir=folder / "data", models_dir=folder / "models", **settings)
    database = open_store(chosen)
    desk = job_parts(chosen, database, here.names()).desk
    return SmallHouse(chosen, here, engine, SmallDescriber(engine), StaticTokens((TOKEN, OTHER)), database, desk)


def owner_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:16]
