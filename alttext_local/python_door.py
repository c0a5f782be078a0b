"""The Python door, for notebooks and pipelines: `alttext_local.describe(paths)`.

    from alttext_local import describe

    for row in describe(["figures/one.png", "figures/two.jpg"], language="de"):
        print(row.path, row.answer.alt_text if row.answer else row.error)

Nothing is written down and nothing is resumed: for many images there is `alttext-local batch`.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from os import PathLike
from pathlib import Path
from typing import Any

from alttext_local.answer import ImageAnswer
from alttext_local.assemble import field_limits
from alttext_local.assemble_batch import one_engine, rhythm_of
from alttext_local.batch.house import House
from alttext_local.batch.row import Row, answer_of, failed, kept_of
from alttext_local.batch.sources import Entry, FilesOnDisk, shown
from alttext_local.errors import AltTextError
from alttext_local.fields import check_fields
from alttext_local.settings import load_settings
from alttext_local.types import Request

Waiting = tuple[Row, Future[ImageAnswer] | None]


def describe(
    paths: Iterable[str | PathLike[str]],
    *,
    model: str = "gpt-4o",
    settings: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Iterator[Row]:
    """Describe image files on this machine; a row for each, in the order of `paths`, as soon as it is there.

    `fields` are those of the API: `alt_text_length` (125 to 500), `alt_prompt`, `context`, `language` (BCP 47),
    `generate_description`, `generate_ocr`. `settings` are the program's own, such as `models_dir` or `device`; the
    rest comes from `ALTTEXT_...` and `alttext.toml`. `paths` may be endless: some dozens are in hand at a time.

    What is wrong with a file is its row (`code`, `error`). What is wrong with the fields or the house is raised at the
    first `next`: `BadRequest`, `UnknownModel`, `BadSettings`, `BrokenModel`, `MissingProgram`. The models are loaded
    then and let go at the end, also where the iterator is left or closed before.
    """
    unknown = set(fields) - set(Request.__dataclass_fields__) | ({"selected_model"} & set(fields))
    if unknown:
        raise TypeError(f"describe() has no argument {', '.join(sorted(unknown))}")
    return _described(paths, model, dict(settings or {}), fields)


def _described(
    paths: Iterable[str | PathLike[str]], model: str, given: dict[str, Any], fields: Mapping[str, Any]
) -> Iterator[Row]:
    settings = load_settings(**given)
    request = check_fields({"selected_model": model, **fields}, field_limits(settings))
    rhythm = rhythm_of(settings, 1)
    hand: deque[Waiting] = deque()
    with one_engine(settings, [model]) as house:
        for path in paths:
            hand.append(_begin(house, Path(path), request, rhythm.largest))
            if len(hand) >= rhythm.window:
                yield _row(hand.popleft())
        while hand:
            yield _row(hand.popleft())


def _begin(house: House, path: Path, request: Request, largest: int) -> Waiting:
    row = Row(shown(str(path)), request=request)
    try:
        data = FilesOnDisk().read(Entry(row.path, path), largest)
        row = Row(row.path, hashlib.sha256(data).hexdigest(), request)
        return row, house.submit(data, request)
    except AltTextError as error:
        return failed(row.path, error, sha256=row.sha256, request=request), None


def _row(waiting: Waiting) -> Row:
    row, future = waiting
    if future is None:
        return row
    try:
        answer = future.result()
    except AltTextError as error:
        return failed(row.path, error, sha256=row.sha256, request=row.request)
    return Row(row.path, row.sha256, row.request, answer_of(kept_of(answer), row.path))
