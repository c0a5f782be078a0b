"""Where installed models stand: `installed/` in the models folder.

A model is a folder of files and, beside it, one small file with its card. Programs look only at the card, and it is
replaced in one step when the files are on the disk, so that a model is the old one or the new one whenever a command
is killed. The files of the former one stay until the next change, for servers that still run with them.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from alttext_local.catalogue import INSTALLED
from alttext_local.errors import BadSettings, CannotInstall, ModelsBusy, NoRoomForModel

CARD_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
OWN_FOLDER = re.compile(r"[a-z0-9][a-z0-9._-]*-[0-9a-f]{8}")
SEAL = "# SHA-256 of all above: "
"""Begins the last line of a card, so that a bit that changed in a card is seen as one in a file is."""
SPARE = 64 * 1024 * 1024
"""Bytes that stay free on the disk."""


def check_card_name(name: str) -> str:
    """The name, if it may be that of a card (and so of a file): small letters, digits, dot, dash, underscore."""
    if not CARD_NAME.fullmatch(name) or name.endswith(".toml"):
        raise CannotInstall(f"{name[:64]!a} cannot be a model's name: small letters, digits, dots and dashes make one.")
    return name


@dataclass(frozen=True)
class Shelf:
    """The installed models beside a catalogue. `folder` need not be there yet."""

    folder: Path

    @classmethod
    def beside(cls, catalogue_file: Path) -> Shelf:
        """The one that the catalogue looks at."""
        return cls(catalogue_file.parent / INSTALLED)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Be the only one who changes it, with what earlier changes left cleared away. `ModelsBusy` at once."""
        with self.held("lock"):
            self._sweep()
            yield

    @contextmanager
    def held(self, what: str) -> Iterator[None]:
        """A lock that ends with the process, whatever ends it. `ModelsBusy` where another has it."""
        self._make(self.folder)
        try:
            with (self.folder / f".{what}").open("a") as lock:
                _take(lock)
                yield
        except OSError as error:
            raise CannotInstall(f"A file cannot be read or written ({error.strerror}).") from error

    def incoming(self, what: str) -> Path:
        """A folder on the same disk for files that are not installed yet; `pull-` ones outlive commands."""
        path = self.folder / ".incoming" / what
        self._make(path)
        return path

    def check_room(self, size: int) -> None:
        """`NoRoomForModel` where the disk has not so many bytes free, and some to spare."""
        self._make(self.folder)
        free = shutil.disk_usage(self.folder).free
        if free < size + SPARE:
            raise NoRoomForModel(f"It needs {size / 2**30:.2f} GiB, and {free / 2**30:.2f} are free.")

    def put(self, files: Path, name: str, block: Mapping[str, Any]) -> Path:
        """Install a folder of `incoming` under a card; the folder that it became. In `changing` alone."""
        sync_tree(files)
        own = self.folder / f"{check_card_name(name)}-{secrets.token_hex(4)}"
        files.rename(own)
        sync_folder(self.folder)
        write_whole(self.folder / f"{name}.toml", sealed(card_text(name, {"folder": own.name, **block})))
        return own

    def altered(self) -> list[str]:
        """The files of cards that are not as they were written."""
        return [path.name for path in sorted(self.folder.glob("*.toml")) if not is_sealed(path.read_bytes())]

    def remove(self, name: str) -> bool:
        """Take a card away, and at the next change its files; whether there was one. In `changing` alone."""
        path = self.folder / f"{check_card_name(name)}.toml"
        there = path.is_file()
        path.unlink(missing_ok=True)
        if there:
            sync_folder(self.folder)
        return there

    def _sweep(self) -> None:
        """Erase folders that no card names, and what imports left; pulls may go on."""
        kept = {self._folder_of(path) for path in self.folder.glob("*.toml")}
        for path in self.folder.iterdir():
            if path.is_dir() and OWN_FOLDER.fullmatch(path.name) and path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)
            elif path.name.endswith(".part"):
                path.unlink(missing_ok=True)
        for path in (self.folder / ".incoming").glob("*"):
            if not path.name.startswith("pull-"):
                shutil.rmtree(path, ignore_errors=True)

    @staticmethod
    def _folder_of(card: Path) -> str:
        """The folder that a card names; a card that cannot be read stops every change."""
        try:
            (block,) = tomllib.loads(card.read_text(encoding="utf-8"))["models"].values()
            return Path(str(block["folder"])).name
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise BadSettings(f"The card {INSTALLED}/{card.name} cannot be read; mend it or take it away.") from error

    @staticmethod
    def _make(folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadSettings(f"models_dir: nothing can be written there ({error.strerror}).") from error


def _take(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise ModelsBusy("Another command is at work in the models folder.") from error


def card_text(name: str, block: Mapping[str, Any]) -> str:
    """A card as TOML. Strings of JSON are strings of TOML."""
    plain = {key: value for key, value in block.items() if not isinstance(value, Mapping)}
    tables = {key: value for key, value in block.items() if isinstance(value, Mapping)}
    lines = ["# Written by `alttext-local models`; what your site wants otherwise stands in ../site.toml.", ""]
    lines += [f'[models."{name}"]', *(f"{key} = {_toml(value)}" for key, value in plain.items())]
    for key, table in tables.items():
        lines += ["", f'[models."{name}".{key}]', *(f"{_toml(k)} = {_toml(v)}" for k, v in sorted(table.items()))]
    return "\n".join(lines) + "\n"


def sealed(text: str) -> str:
    """A card with its seal."""
    return f"{text}{SEAL}{hashlib.sha256(text.encode()).hexdigest()}\n"


def is_sealed(card: bytes) -> bool:
    """Whether a card is, byte for byte, one that was sealed."""
    text, begin, digest = card.rpartition(SEAL.encode())
    return bool(begin) and digest == f"{hashlib.sha256(text).hexdigest()}\n".encode()


def _toml(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(_toml(part) for part in value)}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step; on the disk when this returns."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    with part.open("x", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
    sync_folder(path.parent)


def sync_tree(folder: Path) -> None:
    """Bring a folder with all its files to the disk."""
    for path in folder.rglob("*"):
        sync_folder(path)
    sync_folder(folder)


def sync_folder(path: Path) -> None:
    """Bring one folder, or one file, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
