"""What the site has in a version's models folder goes along to the version that is used next.

`installed/` (what `alttext-local models` pulled, imported or added) and `site.toml` become those of the version in use,
whether the next one is newer or older: a model that was removed since does not come back by a way back either.
Folders put there by hand are added. The files of models are linked, so that they take no room twice.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .disk import Refused, own_like, run, say

INSTALLED, SITE = "installed", "site.toml"


def take_along(before: Path, after: Path) -> None:
    """From one models folder to another, that of a version which is not in use.

    Interrupted it has to be done again, as it is before each switch; the one in use is only read.
    """
    if not before.is_dir():
        return
    _remove(after / INSTALLED)
    for folder in sorted(before.iterdir()):
        if (folder.is_dir() or folder.is_symlink()) and not os.path.lexists(after / folder.name):
            say(f"{folder.name} of the models folder is taken along.")
            _link_tree(folder, after / folder.name)
    (after / SITE).unlink(missing_ok=True)
    if (before / SITE).is_file():
        shutil.copy2(before / SITE, after / SITE)  # no link: it is edited in place
        own_like(after / SITE, before / SITE)


def see_that_it_reads(version: Path, models: Path) -> None:
    """`Refused` where a version cannot read what was taken along, such as an alias of a model that it does not know."""
    try:
        ask(version, "models", "list")
    except Refused as refused:
        raise Refused(
            f"{version.name} cannot read the models and settings of the version in use ({models}): {refused}"
        ) from None


def ask(version: Path, *words: str) -> str:
    """What the product of a version answers, with its own models and no data."""
    quiet = {"ALTTEXT_MODELS_DIR": str(version / "models"), "ALTTEXT_DATA_DIR": "/nowhere"}
    return run(version / "python" / "bin" / "python3", "-I", "-m", "alttext_local.cli", *words, more=quiet)


def _remove(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def _link_tree(folder: Path, target: Path) -> None:
    """Links to folders elsewhere stay links; pulls that wait are grown in place, so they stay where they are."""
    if folder.is_symlink():
        target.symlink_to(folder.readlink())
        return
    shutil.copytree(folder, target, copy_function=_link, symlinks=True, ignore=shutil.ignore_patterns(".*"))
    for made in (target, *(path for path in target.rglob("*") if path.is_dir() and not path.is_symlink())):
        own_like(made, folder / made.relative_to(target))


def _link(source: str, target: str) -> None:
    """A copy where no link can be: another file system, or somebody else's file."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
        own_like(Path(target), Path(source))
