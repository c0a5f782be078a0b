"""The upload of a bulk job, streamed to the disk as it comes: an archive is never in memory."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from alttext_local.api.form import MAX_FIELDS, MAX_FILES, OVERHEAD
from alttext_local.errors import BadRequest, TooLarge
from alttext_local.jobs.desk import disk_full_told


class SpoolParser(MultiPartParser):
    """Starlette's parser, whose files are plain ones where we want them."""

    new_part: Callable[[], Path]
    parts: list[Path]

    def on_headers_finished(self) -> None:
        """Put our own file in the place of the temporary one of a part."""
        super().on_headers_finished()
        upload = self._current_part.file
        if upload is None:
            return
        upload.file.close()
        self.parts.append(self.new_part())
        self._files_to_close_on_error[-1] = upload.file = self.parts[-1].open("r+b")  # type: ignore[call-overload]

    def close(self) -> None:
        """Close every file, those too whose end never came."""
        with ExitStack() as closing:  # one that cannot be closed, on a full disk, leaves none of the others open
            for file in self._files_to_close_on_error:
                closing.callback(file.close)


@dataclass(frozen=True)
class BulkForm:
    """What was sent: a whole file in the spool, and its name as the client gave it."""

    part: Path
    file_name: str


async def read_bulk_form(request: Request, new_part: Callable[[], Path], max_zip: int) -> BulkForm:
    """Receive the form of a bulk job. Whatever goes wrong leaves nothing in the spool."""
    if not request.headers.get("content-type", "").lower().lstrip().startswith("multipart/form-data"):
        raise BadRequest("The request must be a form (multipart/form-data) with the ZIP in the field file.")
    parser = SpoolParser(
        request.headers, request.stream(), max_files=MAX_FILES, max_fields=MAX_FIELDS, max_part_size=OVERHEAD
    )
    parser.new_part, parser.parts = new_part, []
    kept: Path | None = None
    try:
        with disk_full_told(), closing(parser):
            upload = _only_file(await parser.parse())
            if (upload.size or 0) > max_zip:
                raise TooLarge(f"A ZIP may have at most {max_zip} bytes.")
        kept = Path(str(upload.file.name))
        return BulkForm(kept, upload.filename or "")
    except (MultiPartException, UnicodeError):
        raise BadRequest("The form cannot be read: it is no valid multipart/form-data.") from None
    finally:
        for part in parser.parts:
            if part != kept:
                part.unlink(missing_ok=True)


def _only_file(form: FormData) -> UploadFile:
    files = form.getlist("file")
    if not files:
        raise BadRequest("file is missing.")
    if len(files) > 1:
        raise BadRequest("file must be sent once: one request is one job.")
    if not isinstance(files[0], UploadFile) or not files[0].filename:
        raise BadRequest("file must be a file, with a file name, not a text.")
    return files[0]
