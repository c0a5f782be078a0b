"""Several outputs into one: the shards of a source, or runs over parts of it. Each image once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alttext_local.batch.journal import Journal
from alttext_local.batch.outputs import read_output, write_outputs
from alttext_local.batch.row import Row, kept_of
from alttext_local.batch.run import run_folder
from alttext_local.batch.shard import Shard
from alttext_local.batch.summary import Summary
from alttext_local.errors import BadRequest

EXAMPLES = 5


@dataclass
class Merged:
    """What became of the parts."""

    summary: Summary = field(default_factory=Summary)
    twice: int = 0
    """Images that were in several parts, with the same text or a failure beside it."""
    conflicts: int = 0
    """Images with two texts; the first part's stands."""
    conflict_examples: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Shards of which there is no part."""
    unfinished: list[str] = field(default_factory=list)
    """Parts whose run did not come to its end."""

    @property
    def whole(self) -> bool:
        """Whether nothing is missing and nothing contradicts."""
        return not (self.conflicts or self.missing or self.unfinished)


def merge(parts: Sequence[Path], outputs: Sequence[Path]) -> Merged:
    """Write the rows of all parts. The result does not depend on their order but for conflicts.

    Of an image that is in several parts a text counts more than a failure. `BadRequest` for what is no part.
    """
    merged = Merged(missing=missing_shards(parts), unfinished=[one.name for one in parts if unfinished(one)])
    with TemporaryDirectory(prefix=".merge-", dir=outputs[0].parent) as folder, Journal(Path(folder)) as journal:
        journal.begin()
        for part in parts:
            _take_in(part, journal, merged)
        for row in write_outputs(outputs, journal.rows(by_path=True), journal.columns()):
            merged.summary.add(row)
    return merged


def missing_shards(parts: Sequence[Path]) -> list[str]:
    """The shards that the parts' names tell of and that are not there. `BadRequest` for parts of two divisions."""
    shards = [shard for part in parts if (shard := Shard.of_name(part)) is not None]
    counts = {shard.count for shard in shards}
    if len(counts) > 1:
        raise BadRequest(f"The parts are of several divisions: {', '.join(f'of {n}' for n in sorted(counts))}.")
    numbers = {shard.number for shard in shards}
    return [f"{n} of {count}" for count in counts for n in range(1, count + 1) if n not in numbers]


def unfinished(part: Path) -> bool:
    """Whether the run of a part left word that it was stopped; without word it counts as finished."""
    try:
        said: dict[str, Any] = json.loads((run_folder(part) / "summary.json").read_bytes())
    except (OSError, ValueError):
        return False
    return said.get("complete") is False


def _take_in(part: Path, journal: Journal, merged: Merged) -> None:
    for row, place in _numbered(read_output(part)):
        before = journal.row_at(row.path, place)
        if before is not None:
            if said_alike(before, row) or not row.described:
                merged.twice += 1
                continue
            if before.described:
                merged.conflicts += 1
                if len(merged.conflict_examples) < EXAMPLES:
                    merged.conflict_examples.append(row.path)
                continue
            merged.twice += 1
        key = f"{place}:{row.path}"
        journal.put_row(row, place, key=key)
        if row.answer is not None:
            journal.put_result(key, kept_of(row.answer))


def _numbered(rows: Iterator[Row]) -> Iterator[tuple[Row, int]]:
    """Rows with a number that tells apart what one path was asked in two ways."""
    for row in rows:
        asked = asdict(replace(row.request, regenerate=False)) if row.request else None
        if asked is None and not row.columns:
            yield row, 0
            continue
        said = json.dumps([asked, dict(row.columns)], sort_keys=True).encode()
        yield row, int.from_bytes(hashlib.blake2b(said, digest_size=6).digest(), "big")


def said_alike(one: Row, other: Row) -> bool:
    """Whether two rows say the same of the same content; when and how quickly it was said does not count."""
    return (one.sha256, _texts(one)) == (other.sha256, _texts(other))


def _texts(row: Row) -> dict[str, Any] | str:
    return row.answer.model_dump(exclude={"provenance", "file_name"}) if row.answer else row.code
