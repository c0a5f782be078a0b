"""Under what each part of a bundle may be used: its files of licences, copied, and one table of all."""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from email.parser import HeaderParser
from io import BytesIO
from pathlib import Path, PurePosixPath

from alttext_local.catalogue import Card
from scripts.bundle.checksums import sha256
from scripts.bundle.debian import stanza_fields
from scripts.bundle.running import Failed, run

LICENCE_NAMES = re.compile(r"(licen[cs]e|copying|notice|copyright|authors|third.?party)", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """One thing in a bundle that somebody made."""

    sort: str
    """`wheel`, `deb`, `model`, `library` (of the interpreter) or `interpreter`."""
    name: str
    version: str
    licence: str
    """As its maker wrote it; an expression of SPDX where there is one; empty where nothing was said."""
    sha256: str = ""
    homepage: str = ""
    texts: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    """Names and contents of its licence files."""


def wheel_part(path: Path) -> Part:
    """Of a wheel: `License-Expression`, else `License` where it is short, else what the classifiers say."""
    with zipfile.ZipFile(path) as wheel:
        (metadata,) = (n for n in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
        about = HeaderParser().parsestr(wheel.read(metadata).decode("utf-8"))
        folder = metadata.removesuffix("METADATA")
        named = [
            n for n in wheel.namelist()
            if n.startswith(folder) and not n.endswith("/")
            and (n.startswith(f"{folder}licenses/") or LICENCE_NAMES.search(PurePosixPath(n).name))
        ]  # fmt: skip
        texts = tuple((n.removeprefix(folder).removeprefix("licenses/"), wheel.read(n)) for n in sorted(named))
    classifiers = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier", []) if c.startswith("License :: ")]
    said = about.get("License", "").strip()
    short = said if said and len(said) < 80 and "\n" not in said else ""
    licence = about.get("License-Expression") or short or " AND ".join(classifiers)
    return Part("wheel", about["Name"], about["Version"], licence, sha256(path), about.get("Home-page", ""), texts)


def deb_part(path: Path) -> Part:
    """Of a Debian package: its `copyright` file, and the short names that stand in it."""
    fields = stanza_fields(run("dpkg-deb", "-f", path))
    text = _copyright(path, fields["Package"])
    licence = _short_names(text)
    texts = (("copyright", text),) if text else ()
    return Part("deb", fields["Package"], fields["Version"], licence, sha256(path), fields.get("Homepage", ""), texts)


def _copyright(deb: Path, package: str) -> bytes:
    """The package's copyright file; of a link the file that is linked to, where the same folder has that package."""
    tar = _tar_of(deb)
    with tarfile.open(fileobj=BytesIO(tar)) as archive:
        for entry in archive:
            name = entry.name.removeprefix("./")
            if name == f"usr/share/doc/{package}/copyright" and entry.isfile():
                stream = archive.extractfile(entry)
                return stream.read() if stream else b""
            if name in (f"usr/share/doc/{package}", f"usr/share/doc/{package}/copyright") and entry.issym():
                other = PurePosixPath(entry.linkname).parts
                owner = next((part for part in reversed(other) if part not in ("copyright", "..")), package)
                for candidate in sorted(deb.parent.glob(f"{owner}_*.deb")):
                    return _copyright(candidate, owner) if owner != package else b""
    return b""


def _tar_of(deb: Path) -> bytes:
    return subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], check=True, capture_output=True).stdout


def model_part(card: Card) -> Part:
    """Of a model: the licence of its card, and its own files about that."""
    names = [p for p in sorted(card.folder.iterdir()) if p.name == "README.md" or LICENCE_NAMES.search(p.name)]
    texts = tuple((p.name, p.read_bytes()) for p in names if p.is_file())
    weights = sorted(card.folder.glob("*.safetensors"))
    digest = sha256(weights[0]) if len(weights) == 1 else ""
    return Part("model", card.name, card.revision, card.licence, digest, card.repo, texts)


def interpreter_parts(root: Path, version: str, carried: Sequence[Path]) -> list[Part]:
    """Of Python and of each library that was laid beside it, from the Debian package that the library is of."""
    (text,) = root.glob("lib/python*/LICENSE.txt")
    texts = ((text.name, text.read_bytes()),)
    python = Part("interpreter", "cpython", version, "PSF-2.0", "", "https://www.python.org", texts)
    libraries = {part.name: part for part in map(_library_part, carried)}  # two libraries may be of one package
    return [python, *libraries.values()]


def _library_part(path: Path) -> Part:
    """Without a hash: its search path was changed."""
    package = _owner(path)
    if package is None:
        return Part("library", path.name, "", "")
    about = stanza_fields(run("dpkg", "-s", package))
    text = Path("/usr/share/doc", package, "copyright").read_bytes()
    texts = (("copyright", text),)
    return Part("library", package, about["Version"], _short_names(text), "", about.get("Homepage", ""), texts)


def _owner(path: Path) -> str | None:
    for seen in (path, Path(str(path).removeprefix("/usr"))):  # where /usr was merged dpkg knows it by its old name
        try:
            return run("dpkg", "-S", seen).split(":")[0]
        except Failed:
            continue
    return None


def _short_names(copyright_file: bytes) -> str:
    """The licences that a copyright file in Debian's machine-readable form names; "" for one in prose."""
    names = sorted(set(re.findall(rb"^License: *(\S[^\n]*?) *$", copyright_file, re.MULTILINE)))
    return ", ".join(name.decode("utf-8", "replace") for name in names)


def write_licences(parts: Iterable[Part], own: Path, target: Path) -> None:
    """`LICENCES.tsv`, one line a part, and every text below a folder for each part; `own` is the product's licence."""
    target.mkdir()
    shutil.copyfile(own, target / "LICENSE")
    rows = ["sort\tname\tversion\tlicence\tfiles\n"]
    for part in parts:
        rows.append(f"{part.sort}\t{part.name}\t{part.version}\t{part.licence}\t{len(part.texts)}\n")
        folder = target / part.sort / part.name
        for name, text in part.texts:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text)
    (target / "LICENCES.tsv").write_text("".join(rows), encoding="utf-8")
