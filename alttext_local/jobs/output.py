"""The output of a job: a ZIP with the results as JSON, as a spreadsheet, and with what to send again.

The same results give the same bytes, so that a finishing step that runs twice writes the same file.
"""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from alttext_local.jobs.documents import image_entry, result_head
from alttext_local.jobs.durable import replacing
from alttext_local.jobs.job import ImageResult, Item, Job
from alttext_local.jobs.spreadsheet import Spreadsheet

RESULTS, TABLE, RETRY = "results.json", "results.csv", "retry.json"
BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The date of each entry: the first that a ZIP can tell. The time of writing would change the bytes."""


def write_output(path: Path, job: Job, results: Iterable[ImageResult], items: Iterable[Item]) -> None:
    """Write the output at `path`, wholly or not at all; on the disk when this returns.

    `results` (in the order of the job) and `items` are gone through once and not kept: what grows lies in
    unnamed files of the same folder. `retry.json` has the `items` that did not succeed, in the format of the
    JSON in a bulk upload. `OSError` where the disk is full.
    """
    with _scratch(path) as images, _scratch(path) as table, _scratch(path) as again:
        succeeded, failures = _spool_results(results, images, table)
        _spool_retry(items, succeeded, again)
        # No address in here: it expires, and a later run of this step would write another one.
        head = result_head(job, len(succeeded), failures, output_url="")
        with replacing(path) as stream, zipfile.ZipFile(stream, "w") as archive:
            _add(archive, RESULTS, *_document(head, images))
            _add(archive, TABLE, table)
            _add(archive, RETRY, *_document({"describe_unlisted": False}, again))


def _scratch(path: Path) -> BinaryIO:
    return tempfile.TemporaryFile(dir=path.parent)


def _spool_results(results: Iterable[ImageResult], images: BinaryIO, table: BinaryIO) -> tuple[set[int], int]:
    """Write both forms of each result; the numbers of those that succeeded, and how many failed."""
    succeeded: set[int] = set()
    failures = 0
    sheet = Spreadsheet(table)
    for result in results:
        entry = image_entry(result)
        _append(images, entry)
        sheet.add(entry)
        if result.succeeded:
            succeeded.add(result.number)
        else:
            failures += 1
    sheet.finish()
    return succeeded, failures


def _spool_retry(items: Iterable[Item], succeeded: set[int], again: BinaryIO) -> None:
    for item in items:
        if item.number not in succeeded:
            _append(again, {"file_ref": item.file_ref, **(asdict(item.request) if item.request else {})})


def _append(elements: BinaryIO, entry: dict[str, Any]) -> None:
    """One more element of a list: each on a line of its own."""
    elements.write(b",\n    " if elements.tell() else b"\n    ")
    elements.write(_json(entry))


def _document(head: dict[str, Any], elements: BinaryIO) -> tuple[BinaryIO, ...]:
    """A JSON object, in pieces: `head`, then the list `images`, whose elements lie in a stream."""
    fields = [b"  " + _json(key) + b": " + _json(value) for key, value in head.items()]
    opening = b"{\n" + b",\n".join([*fields, b'  "images": ['])
    return io.BytesIO(opening), elements, io.BytesIO(b"\n  ]\n}\n")


def _json(value: object) -> bytes:
    """UTF-8; half a surrogate pair, which UTF-8 cannot carry, is escaped: JSON's way of writing it is Python's."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _add(archive: zipfile.ZipFile, name: str, *pieces: BinaryIO) -> None:
    entry = zipfile.ZipInfo(name, BEGINNING)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, wherever this runs
    entry.external_attr = 0o644 << 16
    entry.file_size = sum(piece.seek(0, io.SEEK_END) for piece in pieces)  # tells zipfile whether it needs ZIP64
    with archive.open(entry, "w") as target:
        for piece in pieces:
            piece.seek(0)
            shutil.copyfileobj(piece, target)
