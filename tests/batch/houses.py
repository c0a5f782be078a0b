"""Houses of the tests, named after what they do, and what a run needs around them."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, replace

from alttext_local.answer import FindingBlock, ImageAnswer, KindBlock, ProvenanceBlock
from alttext_local.errors import ModelDown, UnreadableImage
from alttext_local.types import Request

REQUEST = Request("gpt-4o")


def an_answer(text: str = "A red square.", *, sure: bool = True, rules: tuple[str, ...] = (), **more) -> ImageAnswer:
    return ImageAnswer(
        file_name="",
        alt_text=text,
        classification=["photograph"],
        keywords=["red", "square"],
        description="",
        ocr_text="",
        provenance=ProvenanceBlock(
            **{
                "requested_model": "gpt-4o",
                "model": "honest",
                "revision": "1",
                "engine_version": "0",
                "prompt_version": "p",
                "cached": False,
                "seconds": 0.1,
            }
            | more
        ),
        kind=KindBlock(name="photograph", family="picture", confidence=0.9, sure=sure),
        findings=[FindingBlock(rule=rule, message="It is so.", mended=False) for rule in rules],
    )


class Echo:
    """Says what is in the file; bytes that begin with `bad` cannot be read. Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: Counter[bytes] = Counter()
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()
        self._hands = ThreadPoolExecutor(8)

    def key(self, sha256: str, request: Request) -> str:
        asked = asdict(replace(request, regenerate=False))
        return hashlib.sha256(f"{sha256}{json.dumps(asked)}".encode()).hexdigest()

    def submit(self, data: bytes, request: Request) -> Future[ImageAnswer]:
        with self._lock:
            self.asked[data] += 1
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        return self._hands.submit(self._answer, data, request)

    def answer(self, data: bytes, request: Request) -> ImageAnswer:
        if data.startswith(b"bad"):
            raise UnreadableImage("The image is damaged or incomplete.")
        return an_answer(f"{data.decode()} in {request.language}")

    def _answer(self, data: bytes, request: Request) -> ImageAnswer:
        try:
            return self.answer(data, request)
        finally:
            with self._lock:
                self._now -= 1


class Moody(Echo):
    """Refuses everything the first time it is asked."""

    def answer(self, data: bytes, request: Request) -> ImageAnswer:
        if self.asked[data] == 1:
            raise ModelDown
        return super().answer(data, request)


class Poisoned(Echo):
    """An image that says `poison` brings it down with all that it has in hand."""

    def __init__(self) -> None:
        super().__init__()
        self._down = threading.Event()

    def answer(self, data: bytes, request: Request) -> ImageAnswer:
        if data == b"poison":
            self._down.set()
            threading.Event().wait(0.05)
            self._down.clear()
            raise ModelDown
        if self._down.wait(0.02):
            raise ModelDown
        return super().answer(data, request)


class Dead(Echo):
    """Answers nobody."""

    def answer(self, data: bytes, request: Request) -> ImageAnswer:
        raise ModelDown
