"""Debian packages of Tesseract, its languages and exiftool, with all they depend on, as a repository in a folder.

apt on the other machine installs from it what is missing there and leaves the rest alone.
"""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from scripts.bundle.running import run

PROGRAMS = ("tesseract-ocr", "libimage-exiftool-perl")


def wanted_packages(languages: Sequence[str]) -> list[str]:
    """Programs and language data: `deu` becomes `tesseract-ocr-deu`, `chi_sim` becomes `tesseract-ocr-chi-sim`."""
    return [*PROGRAMS, *(f"tesseract-ocr-{language.replace('_', '-')}" for language in languages)]


def fetch_packages(languages: Sequence[str], target: Path) -> None:
    """Download, as apt checks them, the packages for a machine with nothing; then `Packages`, `wanted`, `codename`."""
    shutil.rmtree(target, ignore_errors=True)
    (target / "partial").mkdir(parents=True)
    run(
        "apt-get", "install", "-q", "-y", "--download-only", "--no-install-recommends",
        "-o", "Debug::NoLocking=1", "-o", "Dir::State::status=/dev/null",
        "-o", f"Dir::Cache::Archives={target.resolve()}",
        *wanted_packages(languages),
    )  # fmt: skip
    (target / "partial").rmdir()
    (target / "lock").unlink(missing_ok=True)
    for deb in target.glob("*.deb"):
        deb.rename(target / re.sub(r"_\d+%3a", "_", deb.name))
    (target / "Packages").write_text("\n".join(_stanza(deb) for deb in sorted(target.glob("*.deb"))), encoding="utf-8")
    (target / "wanted").write_text("\n".join(wanted_packages(languages)) + "\n", encoding="utf-8")
    (target / "codename").write_text(platform.freedesktop_os_release()["VERSION_CODENAME"] + "\n", encoding="utf-8")


def _stanza(deb: Path) -> str:
    """What apt wants to know of a package: its own control file, and where it lies."""
    data = deb.read_bytes()
    own = run("dpkg-deb", "-f", deb).rstrip("\n")
    return f"{own}\nFilename: ./{deb.name}\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n"


def stanza_fields(text: str) -> dict[str, str]:
    """The fields of one stanza that are one line long."""
    return dict(re.findall(r"^([A-Za-z0-9-]+): (.*)$", text, re.MULTILINE))
