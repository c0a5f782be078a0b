"""Import a bundle again and again, killed at one call after the other; print what the house then had.

Arguments: the bundle, the catalogue, and a folder of an older model where one is to be there before.
"""

import json
import os
import shutil
import signal
import sys
from collections import Counter
from pathlib import Path

from alttext_local.catalogue import load_catalogue, load_named
from alttext_local.models.bundle import Named, take_in
from alttext_local.models.contents import check_contents
from alttext_local.models.hashing import sha256_of
from alttext_local.models.shelf import Shelf

TOUCHING = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree", "os.truncate", "os.scandir")


def install_old(source: Path, shelf: Shelf) -> None:
    with shelf.changing():
        incoming = shelf.incoming("add-old")
        for path in source.iterdir():
            shutil.copy(path, incoming)
        hashes = {path.name: sha256_of(path) for path in incoming.iterdir()}
        shelf.put(incoming, "large", {"revision": "old", "files": hashes})


def import_killed(bundle: Path, catalogue: Path, at: int) -> bool:
    """Whether it was killed before it was done."""
    pid = os.fork()
    if pid == 0:
        left = [at]

        def count(event: str, _: object) -> None:
            if event in TOUCHING:
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        named = Named(load_named(catalogue), ())
        sys.addaudithook(count)
        take_in(bundle, Shelf.beside(catalogue), named)
        os._exit(0)
    return os.waitpid(pid, 0)[1] != 0


def found(catalogue: Path) -> str:
    card = load_catalogue(catalogue).cards["large"]
    if not card.installed:
        return "nothing"
    card.check()
    check_contents(card.folder, card.files)
    return "old" if card.revision == "old" else "new"


def main(bundle: Path, catalogue: Path, old: Path | None) -> None:
    shelf = Shelf.beside(catalogue)
    seen: Counter[str] = Counter()
    broken = []
    at, killed = 0, True
    while killed:
        shutil.rmtree(shelf.folder, ignore_errors=True)
        if old:
            install_old(old, shelf)
        killed = import_killed(bundle, catalogue, at)
        try:
            seen[found(catalogue)] += 1
            take_in(bundle, shelf, Named(load_named(catalogue), ()))
            with shelf.changing():
                pass
            left = [p.name for p in shelf.folder.iterdir() if not p.name.startswith(".")]
            if found(catalogue) != "new" or len(left) != 2 or any((shelf.folder / ".incoming").iterdir()):
                broken.append([at, *left])
        except Exception as error:
            broken.append([at, repr(error)])
        at += 1
    print(json.dumps({"killed": at - 1, "found": seen, "broken": broken}))


main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None)
