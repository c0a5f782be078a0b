"""The wheels: locked, fetched by their hashes, and named once more, with their hashes, for the installer."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name, parse_wheel_filename

from scripts.bundle.checksums import sha256
from scripts.bundle.running import run

LOCKS = Path(__file__).with_name("locks")
DOORS = "api,s3,postgresql,parquet,ocr"
"""The extras that a bundle has: all that a server may want, nothing that only trains or tests."""
QUIET = ("-q", "--disable-pip-version-check", "--no-input")
INSTALLER = "pip"
"""Carried to install the others with, and not installed itself."""
INDEX_SECONDS = 5.0


@dataclass(frozen=True)
class Variant:
    """Which build of torch: `cpu`, or one of PyTorch's names for CUDA (`cu128`)."""

    torch: str

    @property
    def name(self) -> str:
        """Variant, interpreter and machine, as in `cpu-cp311-linux_x86_64`."""
        return f"{self.torch}-cp{sys.version_info.major}{sys.version_info.minor}-{platform_name()}"

    @property
    def lock(self) -> Path:
        """Where its lock lies."""
        return LOCKS / f"{self.name}.txt"

    def index(self) -> tuple[str, ...]:
        """Arguments of pip for the index with this build of torch: `TORCH_INDEX`, or PyTorch's where it can be reached;
        else the wheel has to be where pip looks anyway."""
        index = os.environ.get("TORCH_INDEX", f"https://download.pytorch.org/whl/{self.torch}")
        try:
            with urllib.request.urlopen(f"{index}/torch/", timeout=INDEX_SECONDS):  # noqa: S310 (the site's own word)
                return ("--extra-index-url", index)
        except (OSError, ValueError):
            return ()


def platform_name() -> str:
    """As wheels call it: `linux_x86_64`."""
    return sysconfig.get_platform().replace("-", "_").replace(".", "_")


def make_lock(variant: Variant, source: Path, work: Path) -> Path:
    """Resolve the product and its extras within `requirements.lock`, fetch all of it, and write down every hash."""
    work.mkdir(parents=True, exist_ok=True)
    constraints = source / "requirements.lock"
    torch = f"torch=={dict(_locked(constraints))['torch']}+{variant.torch}"
    run(
        sys.executable, "-m", "pip", "download", *QUIET, *variant.index(), "--only-binary=:all:", "-d", work,
        "-c", constraints, torch, INSTALLER, f"{source}[{DOORS}]",
    )  # fmt: skip
    rows = [f"{name}=={version} --hash=sha256:{digest}\n" for name, version, digest in _listed(work)]
    rows = [row for row in rows if not row.startswith("alttext-local==")]
    head = (
        f"# {variant.name}: what `make bundle` fetches, by hash. Made by `make bundle-lock TORCH={variant.torch}`.\n"
        "# Other builds of these versions are refused; make the lock anew then, and look at what changed.\n"
    )
    variant.lock.parent.mkdir(exist_ok=True)
    variant.lock.write_text(head + "".join(rows), encoding="utf-8")
    return variant.lock


def fetch(variant: Variant, wheels: Path) -> None:
    """Every wheel of the lock, and only those; a file with another hash is refused by pip."""
    if not variant.lock.is_file():
        raise FileNotFoundError(f"There is no lock {variant.lock.name}: make bundle-lock TORCH={variant.torch}")
    wheels.mkdir(parents=True, exist_ok=True)
    run(
        sys.executable, "-m", "pip", "download", *QUIET, *variant.index(), "--require-hashes", "--no-deps",
        "--only-binary=:all:", "-d", wheels, "-r", variant.lock,
    )  # fmt: skip
    locked = {name for name, _ in _locked(variant.lock)}
    for wheel in wheels.glob("*.whl"):
        if parse_wheel_filename(wheel.name)[0] not in locked:
            wheel.unlink()


def build_product(source: Path, wheels: Path) -> Path:
    """The wheel of the product itself."""
    run(sys.executable, "-m", "pip", "wheel", *QUIET, "--no-deps", "-w", wheels, source)
    (wheel,) = wheels.glob("alttext_local-*.whl")
    return wheel


def write_requirements(wheels: Path, target: Path) -> None:
    """Each wheel that is to be installed, by name, version and hash: what the installer holds pip to."""
    rows = [f"{n}=={v} --hash=sha256:{digest}\n" for n, v, digest in _listed(wheels) if n != INSTALLER]
    target.write_text("".join(rows), encoding="utf-8")


def _listed(wheels: Path) -> list[tuple[str, str, str]]:
    rows = []
    for path in sorted(wheels.glob("*.whl")):
        name, version, _, _ = parse_wheel_filename(path.name)
        rows.append((str(name), str(version), sha256(path)))
    return rows


def _locked(lock: Path) -> list[tuple[str, str]]:
    pinned = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return [(canonicalize_name(name), version) for name, version in pinned]
