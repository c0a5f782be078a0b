"""Tesseract as a library in this process, through tesserocr, which brings no language data along."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from PIL.Image import Image

from alttext_local.errors import MissingProgram
from alttext_local.ocr.languages import tesseract_language
from alttext_local.ocr.preparing import DPI, prepare
from alttext_local.ocr.reader import LSTM, SPARSE_TEXT, OcrFailed
from alttext_local.ocr.tsv import to_reading
from alttext_local.types import Reading

USUAL_FOLDERS = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
)
"""Where distributions put the language data."""
INSTALL = (
    "Run `pip install tesserocr` and `sudo apt-get install tesseract-ocr-eng`, "
    "or name the folder of the language data in TESSDATA_PREFIX."
)


class TesserocrEngine:
    """Tesseract as a library. Loaded languages are kept, one for each thread that reads at once."""

    name = "tesserocr"

    def __init__(self) -> None:
        """`MissingProgram` when the library or its language data is missing."""
        self._library = _load_library()
        self._folder = language_folder(os.environ)
        self._languages = frozenset(path.stem for path in self._folder.glob("*.traineddata"))
        self._idle: dict[str, list[Any]] = {}
        self._lock = threading.Lock()

    def languages(self) -> frozenset[str]:
        """Tesseract's codes of the language data that is installed."""
        return self._languages

    def read(self, image: Image, language: str, seconds: float) -> Reading:
        """See `OcrEngine.read`."""
        chosen = tesseract_language(language, self._languages)
        sheet, scale = prepare(image)
        with self._loaded(chosen) as tesseract:
            try:
                tesseract.SetImageBytes(sheet.tobytes(), *sheet.size, 1, sheet.width)
                tesseract.SetSourceResolution(DPI)
                if not tesseract.Recognize(max(1, round(seconds * 1000))):
                    raise OcrFailed("time")
                tsv = tesseract.GetTSVText(0)
            except RuntimeError as error:
                raise OcrFailed(type(error).__name__) from None
            finally:
                tesseract.Clear()
        return to_reading(tsv, scale, image.size, self.name, chosen)

    def close(self) -> None:
        """Let go of the loaded languages that are not in use."""
        with self._lock:
            idle = [tesseract for stack in self._idle.values() for tesseract in stack]
            self._idle.clear()
        for tesseract in idle:
            tesseract.End()

    @contextmanager
    def _loaded(self, language: str) -> Iterator[Any]:
        with self._lock:
            stack = self._idle.get(language)
            tesseract = stack.pop() if stack else None
        tesseract = tesseract or self._library.PyTessBaseAPI(
            path=str(self._folder), lang=language, psm=SPARSE_TEXT, oem=LSTM
        )
        yield tesseract
        with self._lock:
            self._idle.setdefault(language, []).append(tesseract)


def language_folder(environment: Mapping[str, str]) -> Path:
    """The folder of the `.traineddata` files: `TESSDATA_PREFIX`, the usual ones, or what the program says."""
    named = environment.get("TESSDATA_PREFIX")
    for folder in (named,) if named else (*USUAL_FOLDERS, _folder_of_program()):
        if folder and any(Path(folder).glob("*.traineddata")):
            return Path(folder)
    raise MissingProgram(f"The language data of Tesseract is not found. {INSTALL}")


def _folder_of_program() -> str | None:
    """`tesseract --list-langs` opens with: List of available languages in "FOLDER" (N):"""
    try:
        said = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return said.stdout.partition('"')[2].partition('"')[0] or None


def _load_library() -> ModuleType:
    """A library with OpenMP reads its limit when it is loaded, so it is set just then, and put back for torch."""
    before = os.environ.get("OMP_THREAD_LIMIT")
    os.environ["OMP_THREAD_LIMIT"] = "1"
    try:
        import tesserocr
    except ImportError:
        raise MissingProgram(f"tesserocr is not installed. {INSTALL}") from None
    finally:
        if before is None:
            del os.environ["OMP_THREAD_LIMIT"]
        else:
            os.environ["OMP_THREAD_LIMIT"] = before
    library: ModuleType = tesserocr
    return library
