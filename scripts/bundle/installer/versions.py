"""The versions under a prefix: which there are, which is in use, and putting another one in use."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .databases import LEDGER, back_up, fitting_backup, put_back, schema_of
from .disk import Busy, Refused, own_like, say, sync_folder
from .site_models import see_that_it_reads, take_along


@dataclass(frozen=True)
class Place:
    """Where everything lies."""

    prefix: Path
    data: Path

    @property
    def versions(self) -> Path:
        """A folder for each version."""
        return self.prefix / "versions"

    @property
    def current(self) -> Path:
        """The link to the version in use."""
        return self.prefix / "current"

    @property
    def previous(self) -> Path:
        """The link to the version that was in use before."""
        return self.prefix / "previous"

    @property
    def backups(self) -> Path:
        """A folder for each backup."""
        return self.prefix / "backups"

    def installed(self) -> list[str]:
        """The versions that are whole, oldest first."""
        whole = self.versions.glob("*/installed.json")
        return [path.parent.name for path in sorted(whole, key=lambda path: path.stat().st_mtime)]

    def named(self, link: Path) -> str | None:
        """The version that a link names, None where there is none."""
        return link.readlink().name if link.is_symlink() else None


@contextmanager
def alone(place: Place) -> Iterator[None]:
    """One installer at a time; a lock that the system lets go when the process dies."""
    place.prefix.mkdir(parents=True, exist_ok=True)
    with (place.prefix / ".lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy("Another installer is at work here.") from None
        own_like(place.prefix / ".lock", place.prefix)
        yield


def use(place: Place, name: str, restore: bool = False) -> None:
    """Put a version in use: take the site's models along, back up the databases, put older ones back, set the link.

    `Busy` while a version is running, `Refused` for data or models that the version cannot read. Older databases are
    put back only where that is asked for and needed.
    """
    if name not in place.installed():
        raise Refused(f"There is no version {name}. Installed: {', '.join(place.installed()) or 'none'}.")
    if pids := running(place):
        raise Busy(
            f"It is running (process {', '.join(map(str, pids))}). Stop it, then: "
            f"{place.prefix}/bin/alttext-local-version use {name}{' --restore-data' if restore else ''}"
        )
    there, before = schema_of(place.data / LEDGER), place.named(place.current)
    older = _older_data(place, name, there, restore)
    if before not in (None, name):
        take_along(place.current / "models", place.versions / name / "models")
        see_that_it_reads(place.versions / name, place.current / "models")
    if there is not None:
        backup = back_up(place.data, place.backups, before or "none")
        say(f"The databases are backed up in {backup.name}.")
    if older is not None:
        put_back(place.data, older)
        say(f"The databases are those of {older.name} again.")
    if before not in (None, name):
        point(place.previous, f"versions/{before}")
    point(place.current, f"versions/{name}")
    say(f"{name} is in use.")


def _older_data(place: Place, name: str, there: str | None, restore: bool) -> Path | None:
    """The backup to put back for a version that cannot read the data; None where it can. `Refused` unless asked for."""
    known = json.loads((place.versions / name / "installed.json").read_text(encoding="utf-8"))["schema"]
    if there is None or there in known:
        return None
    older = fitting_backup(place.backups, known)
    if restore and older is not None:
        return older
    advice = f"--restore-data puts back the backup {older.name}" if older else "there is no backup that it can read"
    raise Refused(f"The data are of schema {there}, which {name} cannot read; {advice}.")


def running(place: Place) -> list[int]:
    """Processes that run from one of the versions, other than this one (those of other users cannot be seen)."""
    found, versions = [], f"{place.versions.resolve()}/"
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                program = str((entry / "exe").readlink())
            except OSError:
                continue
            if program.startswith(versions):
                found.append(int(entry.name))
    return sorted(found)


def point(link: Path, target: str) -> None:
    """Set a link in one step: at every moment it names the old version or the new one."""
    new = link.with_name(f".{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(link)
    sync_folder(link.parent)


def roll_back(place: Place, restore: bool) -> None:
    """Put the version that was in use before in use again."""
    name = place.named(place.previous)
    if name is None:
        raise Refused("No version was in use before this one.")
    use(place, name, restore)


def remove(place: Place, name: str) -> None:
    """Remove a version that is not in use; its name in `previous` too."""
    if name not in place.installed():
        raise Refused(f"There is no version {name}.")
    if name == place.named(place.current):
        raise Refused(f"{name} is in use.")
    (place.versions / name / "installed.json").unlink()  # from here on it is a half, which any installer removes
    if name == place.named(place.previous):
        place.previous.unlink()
    shutil.rmtree(place.versions / name)
    say(f"{name} is removed.")


def tell(place: Place) -> None:
    """Print the versions, one a line."""
    marks = {place.named(place.previous): "previous", place.named(place.current): "current"}
    for name in place.installed():
        print(f"{name}\t{marks.get(name, '')}".rstrip())
