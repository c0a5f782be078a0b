"""Addresses of a job's files that anybody who has them may open, for a while.

A link carries the job, which file, and until when, signed with a secret of this house. It needs no token, so
that a spreadsheet, a browser or a colleague can open it; whoever changes a letter of it opens nothing.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from itsdangerous import BadData, URLSafeSerializer

from alttext_local.errors import BadSettings, LinkExpired, NotFound
from alttext_local.jobs.documents import clean
from alttext_local.jobs.durable import make_once
from alttext_local.jobs.files import Files, Which, key_of

FILES = "/cl/alttext/api/v3/files/"
SECRET_FILE = "link-secret"  # noqa: S105 (a name)
SECRET_BYTES = 32
LONGEST_NAME = 120
LONGEST_TOKEN = 512
_UNFIT = re.compile(r"[\x00-\x1f\x7f\"*:<>?|]")


class Links:
    """Makes links and reads them."""

    def __init__(self, secret: bytes, base_url: str, seconds: int, clock: Callable[[], float] = time.time) -> None:
        """`base_url` is how clients reach this server, such as `https://alt.example`.

        A link works for `seconds` at least and twice that at most. Its end is a multiple of `seconds`, so that
        all links made in one period are the same: two looks at the status of a job that did not change give
        the same document, and a callback that is sent again has the same body.
        """
        self._secret = secret
        self._base_url = base_url.rstrip("/")
        self._seconds = seconds
        self._clock = clock

    def sign(self, job_id: str, which: Which, name: str = "") -> str:
        """The address of a file, which is saved as `name` (or the name that it has here)."""
        shown = download_name(name) or key_of(job_id, which)
        ends = (int(self._clock()) // self._seconds + 2) * self._seconds
        token = self._signer(shown).dumps([job_id, which, ends])
        return f"{self._base_url}{FILES}{token if isinstance(token, str) else token.decode()}/{quote(shown, safe='')}"

    def open(self, token: str, name: str) -> tuple[str, Which]:
        """The job and the file behind the last two parts of an address.

        `NotFound` where this house did not sign them, `LinkExpired` where it did, too long ago.
        """
        try:
            if len(token) > LONGEST_TOKEN:
                raise NotFound
            job_id, which, ends = self._signer(clean(name)).loads(token)
        except (BadData, ValueError, TypeError):
            raise NotFound from None
        if self._clock() >= ends:
            raise LinkExpired
        return job_id, which

    def _signer(self, name: str) -> URLSafeSerializer:
        """The name goes into the salt: signed as well, and not a byte longer."""
        how = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        return URLSafeSerializer(self._secret, salt=b"download:" + name.encode(), signer_kwargs=how)


def download_url(files: Files, links: Links, job_id: str, which: Which, name: str = "") -> str:
    """Where a file can be fetched: at the site's own store where it has one, else here."""
    return files.presigned(key_of(job_id, which)) or links.sign(job_id, which, name)


def download_name(name: str) -> str:
    """A file name that any system can save: no folders, no controls, not long; `""` where nothing is left."""
    base = clean(name).replace("\\", "/").rpartition("/")[2]
    stem, dot, ending = _UNFIT.sub("_", base).strip(" .").rpartition(".")
    if not dot or len(ending) > 10:
        return f"{stem}{dot}{ending}"[:LONGEST_NAME]
    return f"{stem[:LONGEST_NAME]}.{ending}"


def link_secret(folder: Path) -> bytes:
    """The secret of this house, from `link-secret` in its data folder; made at the first call.

    Processes that start at once get the same one.
    """
    path = folder / SECRET_FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        make_once(path, secrets.token_hex(SECRET_BYTES).encode())
    try:
        secret = bytes.fromhex(path.read_text("ascii"))
    except ValueError:
        secret = b""
    if len(secret) < SECRET_BYTES:
        raise BadSettings(f"{SECRET_FILE} in the data folder is damaged; remove it, and old links end.")
    return secret
