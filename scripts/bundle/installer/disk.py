"""Files written wholly or not at all, hashes, programs; and how to say that something was not done."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

REFUSED, BUSY = 65, 75
"""Exit codes: what was given cannot be used; try again later."""


class Refused(Exception):
    """Nothing was changed; the text says why, and what to do."""

    code = REFUSED


class Busy(Refused):
    """Later it may be done."""

    code = BUSY


def say(text: str) -> None:
    """To whoever watches."""
    print(text, file=sys.stderr, flush=True)


def run(*command: str | Path, more: dict[str, str] | None = None) -> str:
    """A program's output; nothing of the caller's settings for Python, pip or the product reaches it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON", "ALTTEXT_"))}
    done = subprocess.run(
        list(map(str, command)),
        env={**kept, "PIP_CONFIG_FILE": os.devnull, **(more or {})},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Refused(
            f"{Path(command[0]).name} ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:].strip()}"
        )
    return done.stdout


def sha256(path: Path) -> str:
    """Of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def checksums(folder: Path) -> dict[str, str]:
    """`SHA256SUMS` of a folder: hashes by name."""
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file wholly or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.chmod(mode)
    sync_file(new)
    new.replace(path)
    sync_folder(path.parent)


def own_like(path: Path, other: Path) -> None:
    """As root, give what was made to the owner of another: the service or user whose it is must be able to open it."""
    if os.geteuid() == 0:
        owner = other.stat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def sync_file(path: Path) -> None:
    """Bring a file's contents to the disk."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def sync_folder(path: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
