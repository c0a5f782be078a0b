"""`SHA256SUMS` of a bundle, as coreutils' `sha256sum` reads it, and its signature.

Checksums tell of damage. Whoever means harm writes new ones: against that there is a signature, made with a key
of OpenSSH (`ssh-keygen -Y sign`) over the checksums, which name every file.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from scripts.bundle.running import run

SUMS, SIGNATURE = "SHA256SUMS", "SHA256SUMS.sig"
NAMESPACE = "alttext-local-bundle"
"""What a signature is for: one made for another purpose with the same key does not count."""


def sha256(path: Path) -> str:
    """Of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def files_of(bundle: Path) -> list[Path]:
    """Every file that the checksums name, in order; `ValueError` for what is no plain file or has no plain name."""
    found = []
    for path in sorted(bundle.rglob("*")):
        name = path.relative_to(bundle).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise ValueError(f"{name} is neither a file nor a folder: a disk without links could not hold it.")
        if "\\" in name or not name.isprintable():
            raise ValueError(f"{name!r} is no name for a file of a bundle.")
        if path.is_file() and name not in (SUMS, SIGNATURE):
            found.append(path)
    return found


def write_checksums(bundle: Path) -> str:
    """Write `SHA256SUMS`; its own hash, of which the first twelve digits tell one bundle from another."""
    lines = [f"{sha256(path)}  {path.relative_to(bundle).as_posix()}\n" for path in files_of(bundle)]
    sums = bundle / SUMS
    with sums.open("w", encoding="utf-8") as stream:
        stream.writelines(lines)
        stream.flush()
        os.fsync(stream.fileno())
    (bundle / SIGNATURE).unlink(missing_ok=True)
    return sha256(sums)


def sign(bundle: Path, key: Path) -> None:
    """Sign the checksums with a private key of OpenSSH (or a public one whose private half an agent holds)."""
    (bundle / SIGNATURE).unlink(missing_ok=True)
    run("ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", NAMESPACE, bundle / SUMS)
