"""From an upload to the items of a job."""

from __future__ import annotations

from pathlib import Path

import pytest

from alttext_local.errors import BadConfiguration, NotAZip, NotAZipName
from alttext_local.fields import FieldLimits
from alttext_local.jobs.archive import ArchiveLimits
from alttext_local.jobs.intake import take_in
from alttext_local.jobs.job import Item
from alttext_local.types import Request
from tests.jobs import zips

LIMITS = ArchiveLimits(10**6, 10**6, 10**6, 20, 50, 10_000, 32)


def taken_in(tmp_path: Path, data: bytes, file_name: str = "job.zip"):
    path = tmp_path / "upload"
    path.write_bytes(data)
    return take_in(path, file_name, LIMITS, FieldLimits(20, 50), ("gpt-4o",))


def test_an_upload_becomes_items(tmp_path: Path) -> None:
    intake = taken_in(tmp_path, zips.with_json({"language": "de"}, "x/a.png"))
    assert intake.items == (Item(0, "a.png", "x/a.png", "x/a.png", Request("gpt-4o", language="de")),)


def test_the_name_is_looked_at_before_the_bytes(tmp_path: Path) -> None:
    with pytest.raises(NotAZipName):
        taken_in(tmp_path, b"text", "job.rar")
    with pytest.raises(NotAZip):
        taken_in(tmp_path, b"text")


def test_a_json_that_cannot_be_read_refuses_the_upload(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="NaN is no JSON number"):
        taken_in(tmp_path, zips.with_json(b"[NaN]"))


def test_nothing_is_written(tmp_path: Path) -> None:
    taken_in(tmp_path, zips.with_json({}))
    assert [path.name for path in tmp_path.iterdir()] == ["upload"]
