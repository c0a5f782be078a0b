"""One image's journey through real parts: decoder, OCR, store and engine; only the model is a double."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from alttext_local.catalogue import Catalogue
from alttext_local.describer import Describer, DescriberLimits
from alttext_local.engine.engine import Engine, EngineLimits
from alttext_local.errors import (
    EmptyAnswer,
    ModelDown,
    PolicyViolation,
    UnknownModel,
    UnreadableImage,
    UnsupportedFormat,
)
from alttext_local.ocr.pool import Ocr, choose_engine
from alttext_local.pictures.limits import Limits
from alttext_local.pictures.opening import Opener
from alttext_local.policy import load_policy
from alttext_local.store.cache import ResultCache
from alttext_local.store.database import open_database
from alttext_local.types import Answer, Request, Shot, Token
from tests.doubles.dies import Dies
from tests.doubles.honest import Honest, look
from tests.doubles.house import Loader, catalogue_of
from tests.doubles.mute import Mute
from tests.doubles.slow import Slow
from tests.pictures import samples

POLICY = """
[[refuse]]
id = "house-rule"
words = ["marzipan"]
where = ["prompt", "context", "output", "image text"]
"""


class Babbler(Honest):
    """Says nothing usable at first, and a good sentence when asked again."""

    def serve(self, shots):
        return [tuple(self._one(ask, answer) for ask, answer in zip(s.asks, look(s), strict=True)) for s in shots]

    def _one(self, ask, answer: Answer) -> Answer:
        if ask.labels or ask.task != "caption":
            return answer
        text = (
            "A flat area of colour." if "short sentence" in ask.prompt and "Write" not in ask.prompt else "IMG_0001.jpg"
        )
        return Answer(text, (Token(text, -0.1),))


@pytest.fixture(scope="module")
def opener() -> Iterator[Opener]:
    with Opener(Limits(89_500_000, 65_535, 100, 20, 10, 2**31), 1) as opener:
        yield opener


@pytest.fixture(scope="module")
def ocr() -> Iterator[Ocr]:
    with Ocr(choose_engine("auto"), 1, 30) as ocr:
        yield ocr


@pytest.fixture
def house(tmp_path: Path, opener: Opener, ocr: Ocr) -> Iterator[Callable[..., tuple[Describer, Loader]]]:
    built: list[tuple[Describer, Engine]] = []

    def build(double: Callable[..., Honest] = Honest, policy: str = "") -> tuple[Describer, Loader]:
        cards = {n: replace(c, prompts="instruct") for n, c in catalogue_of(tmp_path, "one").cards.items()}
        loader = Loader(double)
        engine = Engine(
            Catalogue(cards, {"gpt-4o": ("one",)}),
            EngineLimits(restart_pauses=(0.0, 0.0, 0.0)),
            device="cpu",
            load=loader,
            selftest_asks=lambda _: (),
        )
        engine.start()
        rules = tmp_path / "policy.toml"
        rules.write_text(policy)
        cache = ResultCache(open_database(tmp_path / "store.sqlite"), 30, 100)
        describer = Describer(engine, opener, ocr, load_policy(rules), cache, DescriberLimits(60, 50_000, 2))
        built.append((describer, engine))
        return describer, loader

    yield build
    for describer, engine in built:
        engine.close()
        describer.close()


def drawn(text: str = "", colour: tuple[int, int, int] = (250, 250, 250)) -> bytes:
    image = Image.new("RGB", (640, 200), colour)
    if text:
        ImageDraw.Draw(image).text((30, 60), text, fill="black", font_size=60)
    return samples.encode(image)


def test_a_picture_is_described_with_its_provenance(house) -> None:
    describer, loader = house()
    said = describer.describe(drawn("Harbour"), Request("gpt-4o", generate_ocr=True), "me")
    assert said.alt_text.startswith("A flat picture")
    assert said.ocr_text == "Harbour"
    assert (said.provenance.requested_model, said.provenance.model) == ("gpt-4o", "one")
    assert said.provenance.prompt_version.startswith("instruct-")
    assert (said.provenance.dtype, said.provenance.tiles) == ("auto", 1)
    assert len(loader.last.looked_at) == 1


def test_the_same_again_is_cached_for_its_owner_and_its_parameters_only(house) -> None:
    describer, loader = house()
    data = drawn()
    first = describer.describe(data, Request("gpt-4o"), "me")
    again = describer.describe(data, Request("gpt-4o"), "me")
    assert replace(again, provenance=first.provenance) == first
    assert [first.provenance.cached, again.provenance.cached] == [False, True]
    assert not describer.describe(data, Request("gpt-4o"), "you").provenance.cached
    assert not describer.describe(data, Request("gpt-4o", context="here"), "me").provenance.cached
    assert not describer.describe(data, Request("gpt-4o", regenerate=True), "me").provenance.cached
    assert not describer.describe(drawn(colour=(1, 2, 3)), Request("gpt-4o"), "me").provenance.cached
    assert len(loader.last.looked_at) == 5


def test_what_leaves_nothing_usable_is_asked_again_once(house) -> None:
    describer, loader = house(Babbler)
    assert describer.describe(drawn(), Request("gpt-4o"), "me").alt_text == "A flat area of colour."
    assert len(loader.last.looked_at) == 2


@pytest.mark.parametrize(("data", "error"), [(b"plain text", UnsupportedFormat), (drawn()[:200], UnreadableImage)])
def test_a_bad_file_fails_alone(house, data: bytes, error: type[Exception]) -> None:
    describer, _ = house()
    bad, good = (describer.submit(d, Request("gpt-4o"), "me") for d in (data, drawn()))
    with pytest.raises(error):
        bad.result(30)
    assert good.result(30).alt_text


def test_an_unknown_model_is_refused_at_once(house) -> None:
    describer, _ = house()
    with pytest.raises(UnknownModel):
        describer.submit(drawn(), Request("gpt-9"), "me")


@pytest.mark.parametrize(
    "request_", [Request("gpt-4o", alt_prompt="more marzipan"), Request("gpt-4o", context="Marzipan!")]
)
def test_the_policy_reads_what_came_along(house, request_: Request) -> None:
    describer, _ = house(policy=POLICY)
    with pytest.raises(PolicyViolation):
        describer.submit(drawn(), request_, "me")


def test_the_policy_reads_the_picture(house) -> None:
    describer, _ = house(policy=POLICY)
    with pytest.raises(PolicyViolation):
        describer.describe(drawn("Marzipan"), Request("gpt-4o"), "me")


class Tongueless(Honest):
    """Has no word for keywords and descriptions."""

    def serve(self, shots):
        if any(ask.task in ("keywords", "description") for shot in shots for ask in shot.asks):
            raise EmptyAnswer
        return super().serve(shots)


def test_a_model_without_keywords_still_gives_its_caption(house) -> None:
    describer, _ = house(Tongueless)
    said = describer.describe(drawn("Harbour"), Request("gpt-4o", generate_description=True), "me")
    assert said.alt_text.startswith("A flat picture")
    assert len(said.keywords) >= 3
    assert "Harbour" in said.description
    assert any(f.rule == "A01" and "no description" in f.message for f in said.findings)


def test_a_mute_model_is_an_error_never_an_empty_text(house) -> None:
    describer, _ = house(Mute)
    with pytest.raises(EmptyAnswer):
        describer.describe(drawn(), Request("gpt-4o"), "me")


def test_a_dead_worker_fails_the_caller_and_not_the_next(house) -> None:
    mortal = type("Mortal", (Dies,), {"patience": 0.0})
    describer, _ = house(mortal)
    with pytest.raises(ModelDown):
        describer.describe(drawn(), Request("gpt-4o"), "me")
    assert _in_the_end(lambda: describer.describe(drawn(), Request("gpt-4o"), "me").alt_text)


def test_a_cancelled_picture_is_not_looked_at(house) -> None:
    describer, loader = house(Slow)
    slow = loader.last
    first = describer.submit(drawn(), Request("gpt-4o"), "me")
    assert slow.begun.acquire(timeout=30)
    second = describer.submit(drawn(colour=(9, 9, 9)), Request("gpt-4o"), "me")
    assert second.cancel()
    slow.gate.set()
    assert first.result(30).alt_text
    with pytest.raises(CancelledError):
        second.result(1)
    assert len(slow.looked_at) == 1


def _in_the_end(call: Callable[[], str]) -> str:
    """The worker gets up by itself, a moment later."""
    end = time.monotonic() + 30
    while True:
        try:
            return call()
        except ModelDown:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_shots_hold_all_asks_of_a_picture(house) -> None:
    asked: list[Shot] = []

    class Curious(Honest):
        def serve(self, shots):
            asked.extend(shots)
            return super().serve(shots)

    describer, _ = house(Curious)
    describer.describe(drawn(), Request("gpt-4o", generate_description=True), "me")
    assert [ask.task for ask in asked[0].asks] == ["kind", "caption", "keywords", "description"]
