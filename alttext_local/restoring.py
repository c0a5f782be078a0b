"""Putting a backup back into an empty data folder, when every byte of it was seen to be as it was written."""

from __future__ import annotations

import hashlib
import os
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from alttext_local.backup import FOLDERS, FORM, LEDGER, LISTING, NAME, SEAL, SITE, Listing, seal_of
from alttext_local.errors import BadBackup, BadBundle, BadRequest, CannotRestore
from alttext_local.jobs.durable import replacing, sync_folder
from alttext_local.models.hashing import sha256_of
from alttext_local.models.tape import Tape
from alttext_local.settings import Settings
from alttext_local.store.database import schema_known

INCOMING = ".restoring"
MOST_LISTING = 256 * 1024 * 1024
Take = Callable[[str], Callable[[bytes], object]]
"""Given the name of a file, what takes its bytes."""


def check(backup: Path, sha256: str = "") -> Listing:
    """Read all of a backup and keep nothing; `BadBackup` names the file that is not right."""
    return _read(backup, sha256, lambda _: lambda _: None)


def restore(backup: Path, settings: Settings, sha256: str = "") -> Listing:
    """Put a backup back into the data folder, all of it or nothing.

    `sha256`: what the whole file must have, where that is known. `BadBackup` for one that is not as it was made,
    `CannotRestore` for a folder that is not empty, or a backup of a newer version.
    """
    data = settings.data_dir
    _refuse_a_house(data)
    incoming = data / INCOMING
    try:
        shutil.rmtree(incoming, ignore_errors=True)
        incoming.mkdir(parents=True, mode=0o700)
        data.chmod(0o700)
        listing = _unpack(backup, sha256, incoming)
        _refuse_misfits(listing, incoming, settings)
        _put_in_place(listing, incoming, settings)
    except OSError as error:
        raise CannotRestore(f"{error.strerror}.") from None
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    return listing


def _refuse_a_house(data: Path) -> None:
    """Unless the folder is empty; what a restoring that was killed left there may be replaced."""
    if not data.exists():
        return
    names = {path.name for path in data.iterdir()}
    if names and (INCOMING not in names or LEDGER in names):
        raise CannotRestore(f"The data folder is not empty: {sorted(names)[0]} is there.")


def _unpack(backup: Path, sha256: str, incoming: Path) -> Listing:
    streams = []

    def take(name: str) -> Callable[[bytes], object]:
        path = incoming / name
        path.parent.mkdir(exist_ok=True, mode=0o700)
        streams.append(os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"))
        for finished in streams[:-1]:
            finished.close()
        del streams[:-1]
        return streams[-1].write

    try:
        return _read(backup, sha256, take)
    finally:
        for stream in streams:
            stream.close()


def _read(backup: Path, sha256: str, take: Take) -> Listing:
    """All files of a backup in their order, held against the list at its end."""
    if not backup.is_file():
        raise BadRequest(f"There is no file {backup.name}.")
    if sha256 and sha256_of(backup) != sha256.lower():
        raise BadBackup("It has not the SHA-256 that it must have.")
    found: dict[str, tuple[int, str]] = {}
    try:
        with backup.open("rb") as stream:
            tape = Tape(stream)
            while (following := tape.next_file())[0] != LISTING:
                name, size = following
                if not NAME.fullmatch(name) or name in found:
                    raise BadBackup(f"{name[:120]!a} is no file of a backup, or is there twice.")
                digest, keep = hashlib.sha256(), take(name)
                for chunk in tape.chunks():
                    digest.update(chunk)
                    keep(chunk)
                found[name] = size, digest.hexdigest()
            listing = _listing(tape, following[1])
            tape.end()
    except BadBundle as error:
        raise BadBackup(error.detail) from None
    except OSError as error:
        raise CannotRestore(f"{error.strerror}.") from None
    _compare(listing, found)
    return listing


def _listing(tape: Tape, size: int) -> Listing:
    if size > MOST_LISTING:
        raise BadBackup(f"{LISTING} is too long.")
    text = b"".join(tape.chunks())
    name, size = tape.next_file()
    if name != SEAL or size > 1024 or b"".join(tape.chunks()) != seal_of(text):
        raise BadBackup(f"{LISTING} was altered: it has not the SHA-256 of {SEAL}.")
    try:
        listing = TypeAdapter(Listing).validate_json(text)
    except ValidationError:
        raise BadBackup(f"{LISTING} cannot be read; a newer version may have made it.") from None
    if listing.form != FORM:
        raise BadBackup(f"It is of the form {listing.form[:60]!a}, and this version reads {FORM!a}.")
    return listing


def _compare(listing: Listing, found: dict[str, tuple[int, str]]) -> None:
    listed = {kept.name: (kept.size, kept.sha256) for kept in listing.files}
    for name, expected in listed.items():
        if name not in found:
            raise BadBackup(f"{name} is missing.")
        if found[name] != expected:
            raise BadBackup(f"{name} was altered: it is not the file that {LISTING} names.")
    if foreign := sorted(found.keys() - listed.keys()):
        raise BadBackup(f"{foreign[0]} is foreign: {LISTING} does not name it.")


def _refuse_misfits(listing: Listing, incoming: Path, settings: Settings) -> None:
    """What cannot be put back on this machine, before anything was."""
    if listing.schema and not schema_known(listing.schema):
        raise CannotRestore(f"The backup is of version {listing.version}, whose tables this version does not know.")
    if listing.schema and settings.database_url:
        raise CannotRestore("The backup is of a house on SQLite, and ALTTEXT_DATABASE_URL is set here.")
    site, ours = incoming / SITE, _models_dir(incoming, settings) / "site.toml"
    if site.exists() and ours.exists() and site.read_bytes() != ours.read_bytes():
        raise CannotRestore("The models folder has another site.toml: move it away, or put the backup's there first.")


def _put_in_place(listing: Listing, incoming: Path, settings: Settings) -> None:
    """The ledger last: where it is, all is."""
    for kept in listing.files:
        path = incoming / kept.name
        path.chmod(kept.mode)
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
    if (site := incoming / SITE).exists():
        _place_site(site, _models_dir(incoming, settings))
        shutil.rmtree(site.parent)
    names = [path.name for path in incoming.iterdir()]
    for folder in FOLDERS:
        if folder in names:
            sync_folder(incoming / folder)
    for name in sorted(names, key=lambda name: name == LEDGER):
        target = settings.data_dir / name
        if target.is_dir():  # of a restoring that was killed
            shutil.rmtree(target)
        (incoming / name).rename(target)
        sync_folder(settings.data_dir)


def _models_dir(incoming: Path, settings: Settings) -> Path:
    """Where models are for the house that is put back: its own settings are not read yet."""
    own = incoming / "alttext.toml"
    if "models_dir" in settings.model_fields_set or not own.exists():
        return settings.models_dir
    try:
        return Path(tomllib.loads(own.read_text("utf-8")).get("models_dir", settings.models_dir)).expanduser().resolve()
    except (ValueError, TypeError):
        return settings.models_dir


def _place_site(site: Path, models: Path) -> None:
    models.mkdir(parents=True, exist_ok=True)
    if not (models / "site.toml").exists():
        with replacing(models / "site.toml", site.stat().st_mode & 0o777) as stream:
            stream.write(site.read_bytes())
