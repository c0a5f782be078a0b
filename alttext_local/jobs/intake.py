"""From an upload on the disk to the items of a job: the way that the server and `zip check` both go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alttext_local.fields import FieldLimits
from alttext_local.jobs.archive import Archive, ArchiveLimits, check_zip_name, inspect, read_json
from alttext_local.jobs.configuration import plan, read_configuration
from alttext_local.jobs.job import Item


@dataclass(frozen=True)
class Intake:
    """An upload that is fit to become a job."""

    archive: Archive
    items: tuple[Item, ...]


def take_in(
    path: Path, file_name: str, limits: ArchiveLimits, field_limits: FieldLimits, known_models: Sequence[str]
) -> Intake:
    """Check the ZIP at `path`, sent under `file_name`, and plan its images; nothing is written.

    Raises `NotAZipName`, what `archive.inspect` raises, and `BadConfiguration`.
    """
    check_zip_name(file_name)
    archive = inspect(path, limits)
    configuration = read_configuration(read_json(archive, limits), limits, field_limits, known_models)
    return Intake(archive, plan(archive, configuration))
