"""What the product says of a picture file: through the Describer with OCR and calibration, all four outputs."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from alttext_local.assemble import assembled
from alttext_local.assemble_jobs import patient
from alttext_local.describer import Describer
from alttext_local.settings import load_settings
from alttext_local.types import Description, Request
from scripts.evaluate.progress import Progress

IN_HAND = 48
"""Pictures asked about at once."""


@dataclass(frozen=True)
class Said:
    """One answer of the product. Confidences are calibrated, 0 to 1."""

    alt_text: str
    description: str
    keywords: tuple[str, ...]
    ocr_text: str
    kind: str
    family: str
    kind_confidence: float
    family_confidence: float
    say_kind: bool
    say_family: bool
    rules: tuple[str, ...]
    """Rules of table A and B that the text broke and that were reported, not mended."""


def say(model: Path, pictures: Sequence[Path], kept: Path) -> list[Said]:
    """Ask a model's product about each picture, in their order.

    Answers are appended to `kept` (JSON lines by the content's SHA-256) as they come; what is there is not asked again.
    """
    known = _kept(kept)
    digests = [hashlib.sha256(picture.read_bytes()).hexdigest() for picture in pictures]
    missing = {digest: picture for digest, picture in zip(digests, pictures, strict=True) if digest not in known}
    with kept.open("a", encoding="utf-8") as lines:
        for digest, said in _asked(model, missing, kept.parent):
            known[digest] = said
            print(json.dumps({"sha256": digest, **asdict(said)}), file=lines, flush=True)
    return [known[digest] for digest in digests]


def of_answer(answer: dict[str, Any]) -> Said:
    """A `Said` of its plain values."""
    lists = {name: tuple(answer[name]) for name in ("keywords", "rules")}
    return Said(**{**{name: answer[name] for name in Said.__dataclass_fields__}, **lists})


def _kept(path: Path) -> dict[str, Said]:
    if not path.is_file():
        return {}
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}"))
    return {row["sha256"]: of_answer(row) for row in rows}


def _asked(model: Path, pictures: Mapping[str, Path], folder: Path) -> Iterator[tuple[str, Said]]:
    if not pictures:
        return
    settings = load_settings(models_dir=model.resolve().parent, data_dir=folder / "house")
    request = Request(model.name, generate_description=True, generate_ocr=True)
    with assembled(patient(settings), keep_results=False) as parts:
        parts.engine.start([model.name])
        yield from _in_order(parts.describer, request, pictures)


def _in_order(describer: Describer, request: Request, pictures: Mapping[str, Path]) -> Iterator[tuple[str, Said]]:
    hand: deque[tuple[str, Future[Description]]] = deque()
    progress = Progress("texts", len(pictures))
    for digest, picture in pictures.items():
        hand.append((digest, describer.submit(picture.read_bytes(), request)))
        if len(hand) >= IN_HAND:
            digest, future = hand.popleft()
            yield digest, _said(future.result())
            progress.one_more()
    while hand:
        digest, future = hand.popleft()
        yield digest, _said(future.result())
        progress.one_more()


def _said(description: Description) -> Said:
    verdict = description.verdict
    return Said(
        alt_text=description.alt_text,
        description=description.description,
        keywords=description.keywords,
        ocr_text=description.ocr_text,
        kind=verdict.kind,
        family=verdict.family,
        kind_confidence=verdict.kind_confidence,
        family_confidence=verdict.family_confidence,
        say_kind=verdict.say_kind,
        say_family=verdict.say_family,
        rules=tuple(finding.rule for finding in description.findings if not finding.mended),
    )
