"""A bundle becomes a version, beside those that are there."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

from .disk import Refused, checksums, run, say, sha256, write
from .site_models import ask, take_along
from .versions import Place

PAPERS = (
    "installer",
    "bundle.json",
    "requirements.txt",
    "sbom.cdx.json",
    "SHA256SUMS",
    "BUNDLE.md",
    "licences",
    "samples",
)
STARTER = """#!/bin/sh
# The version in use. Data and models are the prefix's unless the environment says otherwise.
prefix=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")
version=$(readlink -f -- "$prefix/current")
export ALTTEXT_DATA_DIR="${ALTTEXT_DATA_DIR:-$prefix/data}" ALTTEXT_MODELS_DIR="${ALTTEXT_MODELS_DIR:-$version/models}"
case $ALTTEXT_DATA_DIR in /*) ;; *) ALTTEXT_DATA_DIR=$PWD/$ALTTEXT_DATA_DIR ;; esac
unset PYTHONHOME PYTHONPATH
export PYTHONNOUSERSITE=1 PYTHONSAFEPATH=1
"""
PROGRAMS = {
    "alttext-local": 'exec "$version/python/bin/python3" -m alttext_local.cli "$@"\n',
    "alttext-local-version": 'cd -- "$version"\n'
    'exec python/bin/python3 -E -s -B -m installer --prefix "$prefix" "$@"\n',
}


def install(place: Place, bundle: Path, unpacked: Path) -> str:
    """Make the bundle's version beside the others; its name. What is in use is not touched.

    Interrupted at any moment it leaves a folder without `installed.json`, which the next installer removes.
    """
    facts = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    name = f"{facts['version']}-{sha256(bundle / 'SHA256SUMS')[:12]}"
    remove_halves(place)
    target = place.versions / name
    if (target / "installed.json").is_file():
        say(f"{name} is already installed.")
        return name
    _see_to_room(place, bundle)
    target.mkdir(parents=True)
    (unpacked / "python").rename(target / "python")
    _install_wheels(bundle, target / "python" / "bin" / "python3")
    install_models(bundle, target, place)
    for paper in PAPERS:
        copy = shutil.copytree if (bundle / paper).is_dir() else shutil.copyfile
        copy(bundle / paper, target / paper)
    _try(target, facts["version"])
    facts["installed"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    os.sync()
    write(target / "installed.json", json.dumps(facts, indent=1))
    for program, last in PROGRAMS.items():
        write(place.prefix / "bin" / program, STARTER + last, 0o755)
    say(f"{name} is installed.")
    return name


def remove_halves(place: Place) -> None:
    """Remove what interrupted installers left."""
    for folder in place.versions.glob("*"):
        if not (folder / "installed.json").is_file():
            say(f"Removing {folder.name}, which was never finished.")
            shutil.rmtree(folder)
    for folder in place.prefix.glob(".unpacked.*"):
        if not Path("/proc", folder.suffix[1:]).exists():
            shutil.rmtree(folder)


def _see_to_room(place: Place, bundle: Path) -> None:
    """A wheel takes about four times its size, compiled files included."""
    size = {n: sum(p.stat().st_size for p in (bundle / n).rglob("*") if p.is_file()) for n in ("wheels", "models")}
    wanted = 4 * size["wheels"] + size["models"] + 2**28
    free = shutil.disk_usage(place.prefix).free
    if free < wanted:
        raise Refused(f"{place.prefix} has {free >> 20} MiB free, {wanted >> 20} are needed.")


def _install_wheels(bundle: Path, python: Path) -> None:
    """By name, version and hash, from the bundle's folder and nowhere else."""
    (pip,) = (bundle / "wheels").glob("pip-*.whl")
    run(
        python, "-I", pip / "pip", "--isolated", "install", "-q", "--no-index", "--find-links", bundle / "wheels",
        "--require-hashes", "--no-deps", "--no-cache-dir", "--disable-pip-version-check",
        "--root-user-action", "ignore", "--no-warn-script-location", "-r", bundle / "requirements.txt",
    )  # fmt: skip


def install_models(bundle: Path, target: Path, place: Place) -> None:
    """The bundle's models, then what the site has besides, so that they are tried together.

    What the version in use has is linked, not copied.
    """
    before = place.current / "models"
    sums = checksums(bundle)
    for path in sorted((bundle / "models").rglob("*")):
        if path.is_file():
            name = path.relative_to(bundle)
            _link_or_copy(path, before.parent / name, target / name, sums[name.as_posix()])
    if not before.is_dir():
        return
    take_along(before, target / "models")
    own = before / "catalogue.toml"
    kept = checksums(before.resolve().parent).get("models/catalogue.toml")
    if own.is_file() and sha256(own) != kept:
        say(f"Your changes to {own.resolve()} are not taken along: bring them into {target / 'models' / own.name}.")


def _link_or_copy(path: Path, before: Path, target: Path, digest: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.suffix == ".safetensors" and before.is_file() and sha256(before) == digest:
        os.link(before.resolve(), target)
        return
    shutil.copyfile(path, target)
    if sha256(target) != digest:
        raise Refused(f"{path} changed while it was copied.")
    if target.suffix == ".safetensors":
        target.chmod(0o444)


def _try(target: Path, version: str) -> None:
    """Whether what was installed starts, and its models are whole."""
    said = ask(target, "version").strip()
    if said != version:
        raise Refused(f"The bundle is of {version}, but what was installed says {said}.")
    ask(target, "models", "check")
