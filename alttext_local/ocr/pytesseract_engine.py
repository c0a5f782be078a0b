"""The program `tesseract`, found by pytesseract, one child process for each picture.

pytesseract itself would write each picture to a temporary file; here it goes through a pipe, so
that nothing of a picture is ever on the disk. The child gets its own environment: one thread each,
while torch in this process keeps all of its own.
"""

from __future__ import annotations

import io
import os
import subprocess

import pytesseract
from PIL.Image import Image

from alttext_local.errors import MissingProgram
from alttext_local.ocr.languages import tesseract_language
from alttext_local.ocr.preparing import DPI, prepare
from alttext_local.ocr.reader import LSTM, SPARSE_TEXT, OcrFailed
from alttext_local.ocr.tsv import to_reading
from alttext_local.types import Reading

INSTALL = "Run `sudo apt-get install tesseract-ocr tesseract-ocr-eng` (macOS: `brew install tesseract tesseract-lang`)."


class PytesseractEngine:
    """Tesseract as a program."""

    name = "pytesseract"

    def __init__(self) -> None:
        """`MissingProgram` when the program or all of its language data is missing."""
        try:
            found = pytesseract.get_languages(config="")
        except (pytesseract.TesseractNotFoundError, OSError):
            raise MissingProgram(f"Tesseract is not found. {INSTALL}") from None
        self._languages = frozenset(found)
        if not tesseract_language("en", self._languages):
            raise MissingProgram(f"Tesseract has no language data. {INSTALL}")

    def languages(self) -> frozenset[str]:
        """Tesseract's codes of the language data that is installed."""
        return self._languages

    def read(self, image: Image, language: str, seconds: float) -> Reading:
        """See `OcrEngine.read`."""
        chosen = tesseract_language(language, self._languages)
        sheet, scale = prepare(image)
        return to_reading(_run(sheet, chosen, seconds), scale, image.size, self.name, chosen)

    def close(self) -> None:
        """Nothing stays loaded."""


def _run(sheet: Image, language: str, seconds: float) -> str:
    """The table of words of a grey picture."""
    picture = io.BytesIO()
    sheet.save(picture, "PPM")
    command = [pytesseract.pytesseract.tesseract_cmd, "stdin", "stdout", "-l", language]
    command += ["--psm", str(SPARSE_TEXT), "--oem", str(LSTM), "-c", f"user_defined_dpi={DPI}", "tsv"]
    try:
        done = subprocess.run(
            command,
            input=picture.getvalue(),
            capture_output=True,
            timeout=seconds,
            check=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except subprocess.TimeoutExpired:
        raise OcrFailed("time") from None
    except subprocess.CalledProcessError as error:
        raise OcrFailed(f"exit {error.returncode}") from None
    except OSError:
        raise OcrFailed("not started") from None
    return done.stdout.decode("utf-8", "replace")
