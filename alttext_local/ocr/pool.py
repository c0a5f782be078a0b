"""OCR beside the model: its own threads, one picture each, and a failure that can be seen."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal, Self

from alttext_local.errors import MissingProgram
from alttext_local.ocr.pytesseract_engine import PytesseractEngine
from alttext_local.ocr.reader import OcrEngine, OcrFailed
from alttext_local.ocr.tesserocr_engine import TesserocrEngine
from alttext_local.types import Picture, Reading


def choose_engine(name: Literal["auto", "tesserocr", "pytesseract"] = "auto") -> OcrEngine:
    """The engine of that name; `auto`: the library where it is there, for its speed, else the program.

    `MissingProgram`, with the command that mends it, when there is none.
    """
    if name == "pytesseract":
        return PytesseractEngine()
    try:
        return TesserocrEngine()
    except MissingProgram:
        if name == "tesserocr":
            raise
        return PytesseractEngine()


class Ocr:
    """Reads pictures with `workers` threads, at most `seconds` each."""

    def __init__(self, engine: OcrEngine, workers: int, seconds: float) -> None:
        self.engine = engine
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(workers, "ocr")

    def submit(self, picture: Picture, language: str) -> Future[Reading]:
        """The reading to come. It never raises: what went wrong stands in `Reading.failed`."""
        return self._threads.submit(self._read, picture, language)

    def close(self) -> None:
        """Let the pictures in hand come to their end, and drop the waiting ones."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, picture: Picture, language: str) -> Reading:
        try:
            return self.engine.read(picture.image, language, self._seconds)
        except OcrFailed as error:
            reason = str(error)
        except Exception as error:  # an answer without OCR is better than none; the reason is kept
            reason = type(error).__name__
        return Reading(engine=self.engine.name, image_size=picture.image.size, failed=reason)
