"""The files that a run leaves: JSON lines, a CSV for spreadsheets, Parquet; told by their endings.

Each is wholly there or as it was before. JSON lines and Parquet have everything and can be merged; a spreadsheet's
cells are disarmed and cut where they must be.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from alttext_local.batch.manifest import NO_PYARROW
from alttext_local.batch.row import Row
from alttext_local.errors import BadRequest, MissingProgram
from alttext_local.jobs.durable import replacing
from alttext_local.jobs.spreadsheet import cell

MODE = 0o666
"""As any file that a user makes; the umask takes from it."""
GROUP = 1024
"""Rows in memory at once."""
OWN = (
    "path",
    "sha256",
    "status",
    "code",
    "error",
    "alt_text",
    "description",
    "ocr_text",
    "kind",
    "kind_confidence",
    "kind_sure",
    "classification",
    "keywords",
    "findings",
    "language",
    "model",
    "revision",
    "engine_version",
    "prompt_version",
)
"""The columns of a spreadsheet."""
CUT = " ... [cut; the JSON lines have all of it]"
Types = Mapping[str, set[str]]
"""Columns that are handed through, with the JSON types of their values."""


class Output(Protocol):
    """A file as it grows."""

    def add(self, row: Row) -> None:
        """One more row."""
        ...

    def finish(self) -> None:
        """It has everything."""
        ...

    def let_go(self) -> None:
        """Let go of the stream, finished or not; it stays open."""
        ...


class JsonLines:
    """One object a line, UTF-8."""

    def __init__(self, stream: BinaryIO, _: Types) -> None:
        self._stream = stream

    def add(self, row: Row) -> None:
        """One line."""
        self._stream.write(json.dumps(row.to_dict(), ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")

    def finish(self) -> None:
        """Nothing is left to do."""

    def let_go(self) -> None:
        """Nothing is held."""


class Csv:
    """For spreadsheets: UTF-8 with its mark, every cell quoted, no cell a formula."""

    def __init__(self, stream: BinaryIO, types: Types) -> None:
        self._text = io.TextIOWrapper(stream, "utf-8-sig", newline="", write_through=True)
        self._writer = csv.writer(self._text, "excel", quoting=csv.QUOTE_ALL)
        self._names = sorted(types)
        self._write([*OWN, *handed_names(self._names, OWN)])

    def add(self, row: Row) -> None:
        """One line."""
        own = spread(row)
        self._write([*(own[name] for name in OWN), *(_text(row.columns.get(name)) for name in self._names)])

    def finish(self) -> None:
        """Nothing is left to do."""

    def let_go(self) -> None:
        """Let go of the stream."""
        self._text.detach()

    def _write(self, cells: Sequence[str]) -> None:
        self._writer.writerow([cell(one.encode("utf-8", "replace").decode("utf-8"), CUT) for one in cells])


class Parquet:
    """Columns with types; what is handed through keeps whole numbers, real ones and booleans."""

    def __init__(self, stream: BinaryIO, types: Types) -> None:
        """`MissingProgram` where pyarrow is not installed."""
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            raise MissingProgram(NO_PYARROW) from None
        text, texts, real, flag = pa.string(), pa.list_(pa.string()), pa.float64(), pa.bool_()
        finding = pa.struct([("rule", text), ("message", text), ("mended", flag)])
        own = [(name, text) for name in ("path", "sha256", "status", "code", "error", "alt_text")]
        own += [("classification", texts), ("keywords", texts), ("description", text), ("ocr_text", text)]
        own += [("kind", text), ("kind_family", text), ("kind_confidence", real), ("kind_sure", flag)]
        own += [("findings", pa.list_(finding)), ("provenance", text), ("request", text)]
        kinds = {name: _arrow(pa, types[name]) for name in sorted(types)}
        self._names = dict(zip(kinds, handed_names(list(kinds), [name for name, _ in own]), strict=True))
        self._as_text = {name for name, kind in kinds.items() if kind == text}
        handed = [(self._names[name], kind) for name, kind in kinds.items()]
        marks = {b"alttext_columns": json.dumps(self._names).encode()}
        self._schema = pa.schema([*own, *handed], marks)
        self._table = pa.Table
        self._writer = pq.ParquetWriter(stream, self._schema, compression="zstd")
        self._group: list[dict[str, Any]] = []

    def add(self, row: Row) -> None:
        """One row; written in groups."""
        said = row.to_dict()
        kind = said.pop("kind") or {}
        columns = said.pop("columns")
        said |= {"kind": kind.get("name")} | {
            f"kind_{name}": kind.get(name) for name in ("family", "confidence", "sure")
        }
        said |= {name: _json(said[name]) for name in ("provenance", "request")}
        for name, shown in self._names.items():
            value = columns.get(name)
            said[shown] = _json(value) if name in self._as_text and not isinstance(value, str) else value
        self._group.append(said)
        if len(self._group) >= GROUP:
            self._flush()

    def finish(self) -> None:
        """Write the rest and the directory of the file."""
        self._flush()
        self._writer.close()

    def let_go(self) -> None:
        """Where it broke off, the writer would go on to the stream whenever it is collected."""
        self._writer.close()

    def _flush(self) -> None:
        if self._group:
            self._writer.write_table(self._table.from_pylist(self._group, self._schema))
            self._group = []


_KINDS: Mapping[str, Callable[[BinaryIO, Types], Output]] = {".jsonl": JsonLines, ".csv": Csv, ".parquet": Parquet}


def check_outputs(paths: Iterable[Path]) -> None:
    """`BadRequest` for another ending or a folder that is not there, `MissingProgram` without pyarrow."""
    for path in paths:
        if path.suffix.lower() not in _KINDS:
            raise BadRequest(f"An output ends in one of: {', '.join(_KINDS)}.")
        if not path.parent.is_dir():
            raise BadRequest(f"The folder of {path.name} is not there.")
        if path.suffix.lower() == ".parquet":
            Parquet(io.BytesIO(), {}).finish()


def write_outputs(paths: Sequence[Path], rows: Iterable[Row], types: Types) -> Iterator[Row]:
    """Write every file, passing on each row; all are in place when the last one was passed on."""
    with ExitStack() as stack:
        outputs: list[Output] = []
        for path in paths:
            outputs.append(_KINDS[path.suffix.lower()](stack.enter_context(replacing(path, MODE)), types))
            stack.callback(outputs[-1].let_go)
        for row in rows:
            for output in outputs:
                output.add(row)
            yield row
        for output in outputs:
            output.finish()


def read_output(path: Path) -> Iterator[Row]:
    """The rows of an output that has everything. `BadRequest` for another ending, and for what is no output of ours."""
    ending = path.suffix.lower()
    if ending not in (".jsonl", ".parquet"):
        raise BadRequest(f"{path.name}: parts end in .jsonl or .parquet; a spreadsheet does not have everything.")
    try:
        yield from _json_rows(path) if ending == ".jsonl" else _parquet_rows(path)
    except (KeyError, TypeError, ValueError, OSError):
        raise BadRequest(f"{path.name} is no output of a batch run, or not all of one.") from None


def spread(row: Row) -> dict[str, str]:
    """A row as the cells of a spreadsheet."""
    answer, request = row.answer, row.request
    cells = dict.fromkeys(OWN, "") | {"path": row.path, "sha256": row.sha256, "code": row.code, "error": row.error}
    cells |= {"status": "described" if answer else "failed", "language": request.language if request else ""}
    if answer is None:
        return cells
    source = answer.provenance
    return cells | {
        "alt_text": answer.alt_text,
        "description": answer.description,
        "ocr_text": answer.ocr_text,
        "kind": answer.kind.name,
        "kind_confidence": f"{answer.kind.confidence:.4f}",
        "kind_sure": "yes" if answer.kind.sure else "no",
        "classification": ", ".join(answer.classification),
        "keywords": ", ".join(answer.keywords),
        "findings": ", ".join(sorted({one.rule for one in answer.findings if not one.mended})),
        "model": source.model,
        "revision": source.revision,
        "engine_version": source.engine_version,
        "prompt_version": source.prompt_version,
    }


def handed_names(names: Sequence[str], own: Sequence[str]) -> list[str]:
    """What columns that are handed through are called beside our own: `given_` before a name that is taken."""
    taken, called = set(own) | set(names), []
    for name in names:
        shown = name
        while shown in own or (shown != name and shown in taken):
            shown = f"given_{shown}"
        taken.add(shown)
        called.append(shown)
    return called


def _json_rows(path: Path) -> Iterator[Row]:
    with path.open("rb") as stream:
        for line in stream:
            if not line.endswith(b"\n"):
                raise ValueError
            yield Row.from_dict(json.loads(line))


def _parquet_rows(path: Path) -> Iterator[Row]:
    try:
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingProgram(NO_PYARROW) from None
    with pq.ParquetFile(path) as file:
        names = json.loads((file.schema_arrow.metadata or {})[b"alttext_columns"])
        for batch in file.iter_batches(GROUP):
            for said in batch.to_pylist():
                kind = {name: said[f"kind_{name}"] for name in ("family", "confidence", "sure")}
                said |= {name: json.loads(said[name]) if said[name] else None for name in ("provenance", "request")}
                columns = {name: said[shown] for name, shown in names.items() if said[shown] is not None}
                yield Row.from_dict({**said, "kind": {"name": said["kind"], **kind}, "columns": columns})


def _arrow(pa: Any, kinds: set[str]) -> Any:
    kinds = kinds - {"null"}
    if kinds and kinds <= {"true", "false"}:
        return pa.bool_()
    if kinds == {"integer"}:
        return pa.int64()
    return pa.float64() if kinds and kinds <= {"integer", "real"} else pa.string()


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _text(value: object) -> str:
    return value if isinstance(value, str) else (_json(value) or "")
