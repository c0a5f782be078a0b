import threading
from concurrent.futures import CancelledError

import pytest
from PIL.Image import Image

from alttext_local.ocr.pool import Ocr, choose_engine
from alttext_local.ocr.pytesseract_engine import PytesseractEngine
from alttext_local.ocr.reader import OcrFailed
from alttext_local.ocr.tesserocr_engine import TesserocrEngine
from alttext_local.types import Facts, Picture, Reading
from tests.pictures import samples


def picture(image: Image) -> Picture:
    facts = Facts(*image.size, 1.0, 0.1, 0.0, 2, 0.1, 0.9, 0.1)
    return Picture(image, facts, "0" * 64, "PNG")


class Engine:
    """The base of engines that misbehave."""

    name = "double"
    closed = False

    def languages(self) -> frozenset[str]:
        return frozenset({"eng"})

    def read(self, image: Image, language: str, seconds: float) -> Reading:
        raise NotImplementedError

    def close(self) -> None:
        self.closed = True


class Late(Engine):
    def read(self, image: Image, language: str, seconds: float) -> Reading:
        raise OcrFailed("time")


class Crash(Engine):
    def read(self, image: Image, language: str, seconds: float) -> Reading:
        raise RuntimeError("/secret/path of a word")


class Slow(Engine):
    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def read(self, image: Image, language: str, seconds: float) -> Reading:
        self.begun.set()
        self.go_on.wait(10)
        return Reading("done")


@pytest.mark.parametrize(
    ("name", "kind"), [("auto", TesserocrEngine), ("tesserocr", TesserocrEngine), ("pytesseract", PytesseractEngine)]
)
def test_an_engine_is_chosen_by_its_name(name: str, kind: type) -> None:
    engine = choose_engine(name)  # type: ignore[arg-type]
    assert type(engine) is kind
    engine.close()


def test_a_picture_is_read() -> None:
    with Ocr(choose_engine(), 2, 30) as ocr:
        futures = [ocr.submit(picture(samples.words(text)), "en") for text in ("First one", "Second one")]
        assert [future.result(30).text for future in futures] == ["First one", "Second one"]


@pytest.mark.parametrize(("engine", "reason"), [(Late(), "time"), (Crash(), "RuntimeError")])
def test_a_failure_is_an_empty_reading_that_says_so(engine: Engine, reason: str) -> None:
    with Ocr(engine, 1, 30) as ocr:
        reading = ocr.submit(picture(samples.plain()), "en").result(5)
    assert reading == Reading(engine="double", image_size=(64, 48), failed=reason)


def test_closing_drops_what_waits_and_closes_the_engine() -> None:
    engine = Slow()
    ocr = Ocr(engine, 1, 30)
    in_hand = ocr.submit(picture(samples.plain()), "en")
    waiting = ocr.submit(picture(samples.plain()), "en")
    assert engine.begun.wait(5)
    threading.Timer(0.1, engine.go_on.set).start()
    ocr.close()
    assert in_hand.result(0).text == "done"
    with pytest.raises(CancelledError):
        waiting.result(0)
    assert engine.closed
