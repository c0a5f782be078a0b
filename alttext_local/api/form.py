"""An upload taken apart, in memory: the bytes of a picture are never on our disk."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from alttext_local.errors import BadRequest, TooLarge, UnreadableImage
from alttext_local.settings import MIB

OVERHEAD = MIB
"""What boundaries, part headers and text fields may add to the file."""
MAX_FILES, MAX_FIELDS = 10, 100


class MemoryParser(MultiPartParser):
    """Starlette's parser, whose temporary files never roll over to the disk."""

    spool_max_size = sys.maxsize

    def close(self) -> None:
        """Let every file go, those too whose end never came."""
        for file in self._files_to_close_on_error:
            file.close()


@dataclass(frozen=True)
class Form:
    """What was sent: the file of the form, and its texts (of a name sent twice, the last)."""

    data: bytes
    file_name: str
    """As the client sent it."""
    texts: Mapping[str, str]


async def read_form(request: Request, max_upload: int) -> Form:
    """Receive and take apart the form of one image. `BadRequest` and `TooLarge` say what is wrong with it."""
    if not request.headers.get("content-type", "").lower().lstrip().startswith("multipart/form-data"):
        raise BadRequest("The request must be a form (multipart/form-data) with the image in the field file.")
    parser = MemoryParser(
        request.headers, request.stream(), max_files=MAX_FILES, max_fields=MAX_FIELDS, max_part_size=OVERHEAD
    )
    try:
        form = await parser.parse()
        upload = _only_file(form)
        data = upload.file.read()
        texts = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        return Form(_checked(data, upload.filename or "", max_upload), upload.filename or "", texts)
    except (MultiPartException, UnicodeError):
        raise BadRequest("The form cannot be read: it is no valid multipart/form-data.") from None
    finally:
        parser.close()


def _only_file(form: FormData) -> UploadFile:
    files = form.getlist("file")
    if not files:
        raise BadRequest("file is missing.")
    if len(files) > 1:
        raise BadRequest("file must be sent once: one request describes one image.")
    if not isinstance(files[0], UploadFile):
        raise BadRequest("file must be a file, with a file name, not a text.")
    return files[0]


def _checked(data: bytes, file_name: str, max_upload: int) -> bytes:
    if not data:
        raise UnreadableImage("The file is empty.") if file_name else BadRequest("file is missing.")
    if len(data) > max_upload:
        raise TooLarge(f"A file may have at most {max_upload} bytes.")
    return data
