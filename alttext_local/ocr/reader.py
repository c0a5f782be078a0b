"""What an OCR engine is, and the settings of Tesseract that all of ours share."""

from __future__ import annotations

from typing import Protocol

from PIL.Image import Image

from alttext_local.types import Reading

SPARSE_TEXT = 11
"""Tesseract's page segmentation mode of ours: find all text, in no order but from the top down.

Of the drawn examples (a page, a chart, a slide, a window) mode 3 lost the values of the smaller
bars and ran a list and the text beside it into one line; mode 12 found one light title bar more than
11, took half as long again and needs the data `osd` besides. No mode read light words on a button,
and 11 as 3 reads two columns of a few lines across.
"""
LSTM = 1
"""Tesseract's engine mode: its neural network alone."""


class OcrFailed(Exception):
    """OCR gave no reading. Its text is safe to log: no path, no word of a picture."""


class OcrEngine(Protocol):
    """Reads the text of a picture. `read` may be called from several threads at once."""

    name: str

    def languages(self) -> frozenset[str]:
        """Tesseract's codes of the language data that is installed."""
        ...

    def read(self, image: Image, language: str, seconds: float) -> Reading:
        """The text of an RGB picture; `language` is a BCP 47 tag.

        Raises `OcrFailed` when Tesseract fails or needs longer than `seconds`.
        """
        ...

    def close(self) -> None:
        """Let go of what is loaded."""
        ...
