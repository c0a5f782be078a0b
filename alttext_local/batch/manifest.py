"""A list of images with what is asked of each: CSV, JSON lines or Parquet, told by its ending.

A row has `path`, relative to the list's folder, and any field of the API; where a field is blank or not there, the
run's own setting counts. Other columns are handed through. A row that cannot be used is an entry that says why.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alttext_local.batch.sources import Entry, FilesOnDisk, shown
from alttext_local.errors import AltTextError, BadRequest, MissingProgram, UnknownModel
from alttext_local.fields import FieldLimits, check_fields, quoted
from alttext_local.types import Request

PATH = "path"
FIELDS = tuple(one.name for one in fields(Request))
LONGEST_CELL = 1024 * 1024
"""Characters in a cell of a CSV."""
NO_PYARROW = "Parquet needs pyarrow: pip install 'alttext-local[parquet]'."
Numbered = Iterator[tuple[int, Mapping[str, Any] | AltTextError]]


class Manifest(FilesOnDisk):
    """The images that a list names."""

    def __init__(self, path: Path, request: Request, limits: FieldLimits, knows: Callable[[str], object]) -> None:
        """`request` has what counts where a row says nothing; `knows` raises `UnknownModel`. `BadRequest` for a list
        of another kind or without `path`, `MissingProgram` where nothing can read it."""
        self._path = path
        self._defaults = asdict(request)
        self._limits = limits
        self._knows = knows
        self._rows = _READERS.get(path.suffix.lower())
        if self._rows is None:
            raise BadRequest(f"A list of images ends in one of: {', '.join(_READERS)}.")
        next(self._opened(), None)  # what is wrong with the whole list is said before anything begins

    def entries(self) -> Iterator[Entry]:
        """In the order of the list."""
        for number, row in self._opened():
            yield self._entry(number, row)

    def _opened(self) -> Numbered:
        assert self._rows is not None
        try:
            yield from self._rows(self._path)
        except OSError as error:
            raise BadRequest(f"The list cannot be read: {error.strerror}.") from None

    def _entry(self, number: int, row: Mapping[str, Any] | AltTextError) -> Entry:
        name = f"{self._path.name}:{number}"
        if isinstance(row, AltTextError):
            return Entry(name, "", number, failure=row)
        columns = {key: _plain(value) for key, value in row.items() if key != PATH and key not in FIELDS}
        path = row.get(PATH)
        if not isinstance(path, str) or not path.strip() or "\0" in path:
            return Entry(name, "", number, failure=BadRequest(f"line {number}: path is missing."), columns=columns)
        place = self._path.parent / path.strip()
        try:
            request = self._request(row)
        except AltTextError as error:
            return Entry(shown(path.strip()), place, number, failure=error, columns=columns)
        return Entry(shown(path.strip()), place, number, request, columns=columns)

    def _request(self, row: Mapping[str, Any]) -> Request:
        said = {name: _field(row[name]) for name in FIELDS if name in row}
        given = {name: value for name, value in said.items() if value not in (None, "")}
        request = check_fields({**self._defaults, **given}, self._limits)
        try:
            self._knows(request.selected_model)
        except UnknownModel as error:
            raise UnknownModel(f"{quoted(request.selected_model)} is not known. {error.detail}") from None
        return request


def _csv_rows(path: Path) -> Numbered:
    """The separator is what stands oftenest in the first line out of comma, semicolon and tab."""
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        try:
            head = stream.readline()
            separator = max(",;\t", key=head.count)
            columns = next(csv.reader([head], delimiter=separator), [])
            _check_columns([one.strip() for one in columns])
            reader = csv.DictReader(stream, [one.strip() for one in columns], delimiter=separator, restval="")
            for row in reader:
                more = row.pop(None, None)
                number = reader.line_num + 1
                wrong = BadRequest(f"line {number}: there are more cells than columns.") if more else None
                yield number, wrong or row
        except UnicodeDecodeError:
            raise BadRequest("The list is not UTF-8 text.") from None
        except csv.Error as error:
            raise BadRequest(f"The list is no CSV: {error}.") from None


def _json_rows(path: Path) -> Numbered:
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield number, _json_row(number, line)


def _json_row(number: int, line: bytes) -> Mapping[str, Any] | AltTextError:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return BadRequest(f"line {number}: it is no JSON.")
    return row if isinstance(row, dict) else BadRequest(f"line {number}: it is no JSON object.")


def _parquet_rows(path: Path) -> Numbered:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingProgram(NO_PYARROW) from None
    try:
        with pq.ParquetFile(path) as file:
            _check_columns(file.schema_arrow.names)
            number = 0
            for batch in file.iter_batches(1024):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except pa.ArrowException as error:
        raise BadRequest(f"The list is no Parquet file that can be read ({type(error).__name__}).") from None


_READERS: Mapping[str, Callable[[Path], Numbered]] = {
    ".csv": _csv_rows,
    ".jsonl": _json_rows,
    ".parquet": _parquet_rows,
}
ENDINGS = tuple(_READERS)


def _check_columns(names: list[str]) -> None:
    if PATH not in names:
        raise BadRequest(f"The list has no column {PATH}.")
    if len(set(names)) < len(names):
        raise BadRequest("The list has two columns of one name.")


def _field(value: object) -> object:
    """A value as the API's fields take it: tables hold whole numbers as real ones where some are missing."""
    if isinstance(value, float):
        return None if math.isnan(value) else int(value) if value.is_integer() else value
    return value.strip() if isinstance(value, str) else value


def _plain(value: object) -> object:
    """A value that JSON can hold."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if value.bit_length() < 64 else str(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)
