"""Pictures of a run that look the same although their files are not: told in its outputs, or given one text."""

from __future__ import annotations

import hashlib
import logging
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from alttext_local.batch.journal import Journal, Look
from alttext_local.batch.row import Row
from alttext_local.batch.sources import Entry, Source
from alttext_local.errors import AltTextError
from alttext_local.pictures.likeness import Likeness, same_picture, signature_of
from alttext_local.pictures.opening import Opener


def told_alike(rows: Iterable[Row], journal: Journal, folder: Path) -> Iterator[Row]:
    """Each row, with the path of the first one that looks like it. What it says depends on the rows and their order
    alone, not on when which of them was described.

    In memory: 40 bytes a picture; in `folder`, until the last row: `likeness.RECORD` bytes a picture.
    """
    numbers = array("q")
    with Likeness(folder) as likeness:
        for row in rows:
            look = journal.signature(row.sha256) if row.described else None
            if look is None:
                yield row
                continue
            number, signature = look
            nearest = likeness.nearest(signature)
            if nearest is None:
                likeness.keep(signature)
                numbers.append(number)
                yield row
                continue
            first = journal.look(numbers[nearest]).sha256
            yield row if first == row.sha256 else replace(row, similar_to=journal.first_path(first))


log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Compared:
    """Whether a picture is the same as an earlier one, confirmed on the pixels of both."""

    earlier: Look
    bytes_sha256: str
    """Of the earlier one's file as it was now."""
    same: bool


class Twins:
    """Which picture may have another one's text. `look` and `compare` decode and may be called from several threads;
    the rest belongs to the journal's.

    Of each group of pictures that are the same one has a text of its own, and only those are compared with.
    """

    def __init__(self, journal: Journal, source: Source, opener: Opener, folder: Path, largest: int) -> None:
        self._journal = journal
        self._source = source
        self._opener = opener
        self._largest = largest
        self._likeness = Likeness(folder)
        self._numbers = array("q")
        for number, signature in journal.signatures():
            self._keep(number, signature)

    def look(self, data: bytes) -> bytes:
        """The signature of an image; empty for one that cannot be decoded: the house will say so."""
        try:
            return signature_of(self._opener.open(data).image)
        except AltTextError:
            return b""

    def known(self, content: str) -> Look | None:
        """Whose text a content has; itself where it has its own; None where it was not seen yet."""
        other = self._journal.copied(content, "similar") or content
        found = self._journal.signature(other)
        return self._journal.look(found[0]) if found else None

    def candidate(self, signature: bytes) -> Look | None:
        """An earlier picture that looks the same."""
        nearest = self._likeness.nearest(signature)
        return None if nearest is None else self._journal.look(self._numbers[nearest])

    def compare(self, data: bytes, earlier: Look) -> Compared:
        """Look at the pixels of both."""
        try:
            other = self._source.read(Entry(earlier.path, earlier.place), self._largest)
            same = same_picture(self._opener.open(data).image, self._opener.open(other).image)
        except Exception as error:
            if not isinstance(error, AltTextError):
                log.exception("two pictures could not be compared")
            return Compared(earlier, "", False)
        return Compared(earlier, hashlib.sha256(other).hexdigest(), same)

    def confirmed(self, compared: Compared) -> bool:
        """Whether the earlier file still holds what was described."""
        now = compared.bytes_sha256
        return compared.same and (self._journal.copied(now, "written") or now) == compared.earlier.sha256

    def put_own(self, look: Look, signature: bytes) -> None:
        """A picture with a text of its own."""
        self._keep(self._journal.put_look(look, signature), signature)

    def put_same(self, look: Look, signature: bytes, earlier: Look) -> None:
        """A picture that has an earlier one's text."""
        self._journal.put_look(look, signature)
        self._journal.put_copy(look.sha256, "similar", earlier.sha256)

    def close(self) -> None:
        """Give the file back."""
        self._likeness.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _keep(self, number: int, signature: bytes) -> None:
        self._likeness.keep(signature)
        self._numbers.append(number)
