"""What both engines must do alike; each test runs with each."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alttext_local.errors import MissingProgram
from alttext_local.ocr import pytesseract_engine
from alttext_local.ocr.pytesseract_engine import PytesseractEngine
from alttext_local.ocr.reader import OcrEngine, OcrFailed
from alttext_local.ocr.tesserocr_engine import TesserocrEngine, language_folder
from tests.pictures import samples

SECONDS = 30.0
PAGE_WORDS = " ".join(("Annual report", *samples.PAGE, *samples.PAGE[::-1])).split()


@pytest.fixture(scope="module", params=[TesserocrEngine, PytesseractEngine], ids=["tesserocr", "pytesseract"])
def engine(request: pytest.FixtureRequest) -> Iterator[OcrEngine]:
    engine: OcrEngine = request.param()
    yield engine
    engine.close()


def test_a_page_is_read_word_for_word(engine: OcrEngine) -> None:
    reading = engine.read(samples.page((1000, 800), 26), "en", SECONDS)
    paragraphs = ("Annual report", "\n".join(samples.PAGE), "\n".join(samples.PAGE[::-1]))
    assert reading.text == "\n\n".join(paragraphs)
    assert (reading.engine, reading.language, reading.failed) == (engine.name, "eng", "")
    assert all(0 <= word.confidence <= 1 for word in reading.words)


def test_a_charts_title_labels_and_values_are_found(engine: OcrEngine) -> None:
    words = {word.text for word in engine.read(samples.chart(), "en", SECONDS).words}
    assert words >= {"Sales", "by", "region", "North", "South", "East", "West", "42", "75", "18", "63", "Region"}


def test_letters_of_ten_pixels_are_read(engine: OcrEngine) -> None:
    read = engine.read(samples.page((380, 240), 10), "en", SECONDS).text.split()
    assert len(set(PAGE_WORDS) & set(read)) >= 0.85 * len(set(PAGE_WORDS))


def test_light_on_dark_is_read(engine: OcrEngine) -> None:
    text = engine.read(samples.slide(), "en", SECONDS).text
    assert text.splitlines()[0] == "Quarterly results"
    assert "Two new offices opened" in text


def test_boxes_lie_where_the_words_are(engine: OcrEngine) -> None:
    image = samples.plain(samples.WHITE, (500, 200))
    samples.write(image, (300, 120), "Corner", 24)
    (word,) = engine.read(image, "en", SECONDS).words
    left, top, width, height = word.box
    assert 290 <= left <= 310
    assert 118 <= top <= 135
    assert 60 <= width <= 100
    assert 14 <= height <= 26


def test_a_scene_without_text_gives_none(engine: OcrEngine) -> None:
    assert engine.read(samples.scene((320, 240)), "en", SECONDS).text == ""


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (2000, 1), (1, 2000)])
def test_a_picture_of_any_shape_is_an_empty_reading(size: tuple[int, int], engine: OcrEngine) -> None:
    assert engine.read(samples.plain(size=size), "en", SECONDS).words == ()


def test_a_language_that_is_missing_falls_back_to_english(engine: OcrEngine) -> None:
    assert engine.read(samples.words("Hello there"), "tlh", SECONDS).language == "eng"


def test_too_little_time_is_a_failure(engine: OcrEngine) -> None:
    begun = time.monotonic()
    with pytest.raises(OcrFailed):
        engine.read(samples.page((2400, 3200), 40), "en", 0.01)
    assert time.monotonic() - begun < 10
    assert engine.read(samples.words("Works again"), "en", SECONDS).text == "Works again"


def test_several_threads_read_at_once(engine: OcrEngine) -> None:
    texts = ["North wind", "South wind", "East wind", "West wind", "Morning sun", "Evening sun"]
    with ThreadPoolExecutor(3) as threads:
        read = list(threads.map(lambda t: engine.read(samples.words(t, 30), "en", SECONDS).text, texts))
    assert read == texts


def test_both_read_alike() -> None:
    library, program = TesserocrEngine(), PytesseractEngine()
    for image in (samples.page((1000, 800), 26), samples.chart(), samples.slide(), samples.screenshot()):
        assert library.read(image, "en", SECONDS).text == program.read(image, "en", SECONDS).text
    assert library.languages() == program.languages()
    library.close()


def test_loading_the_library_leaves_torchs_threads_alone() -> None:
    TesserocrEngine().close()
    assert "OMP_THREAD_LIMIT" not in os.environ


def test_language_data_is_looked_for_where_the_environment_says(tmp_path: Path) -> None:
    (tmp_path / "eng.traineddata").touch()
    assert language_folder({"TESSDATA_PREFIX": str(tmp_path)}) == tmp_path
    (tmp_path / "eng.traineddata").unlink()
    with pytest.raises(MissingProgram, match="apt-get install tesseract-ocr-eng"):
        language_folder({"TESSDATA_PREFIX": str(tmp_path)})


def test_a_missing_program_is_said_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytesseract_engine.pytesseract.pytesseract, "tesseract_cmd", "/nowhere/tesseract")
    with pytest.raises(MissingProgram, match="apt-get install tesseract-ocr tesseract-ocr-eng"):
        PytesseractEngine()


def test_a_crashing_program_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = PytesseractEngine()
    crash = tmp_path / "tesseract_crash"
    crash.write_text("#!/bin/sh\nexit 3\n")
    crash.chmod(0o755)
    monkeypatch.setattr(pytesseract_engine.pytesseract.pytesseract, "tesseract_cmd", str(crash))
    with pytest.raises(OcrFailed, match="exit 3"):
        engine.read(samples.words("Hello"), "en", SECONDS)
