"""Reading one file of a run, in a thread beside its own."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from alttext_local.batch.journal import Known
from alttext_local.batch.similar import Compared
from alttext_local.batch.sources import Entry, Source
from alttext_local.errors import AltTextError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Read:
    """What a reader brings."""

    entry: Entry
    stamp: str = ""
    sha256: str = ""
    data: bytes | None = None
    """None where the file is as it was when it was read last."""
    error: AltTextError | None = None
    signature: bytes = b""
    """How the picture looks, where that was asked for."""
    compared: Compared | None = None
    """With an earlier picture that looks the same."""


def read(
    source: Source, entry: Entry, known: Known | None, limit: int, look: Callable[[bytes], bytes] = lambda _: b""
) -> Read:
    """Read a file, unless it is as it was. The stamp is taken first: a change in between is seen next time."""
    try:
        stamp = source.stamp(entry)
        if known is not None and stamp == known.stamp:
            return Read(entry, stamp, known.sha256)
        data = source.read(entry, limit)
        return Read(entry, stamp, hashlib.sha256(data).hexdigest(), data, signature=look(data))
    except AltTextError as error:
        return Read(entry, error=error)
    except Exception:
        log.exception("a file could not be read")
        return Read(entry, error=AltTextError())
