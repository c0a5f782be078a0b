"""The wheels: locked, fetched by their hashes, and named once more, with their hashes, for the installer."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name, parse_wheel_filename

from scripts.bundle.checksums import sha256
from scripts.bundle.running import run

LOCKS = Path(__file__).with_name("locks")
DOORS = "api,s3,postgresql,parquet,ocr"
"""The extras that a bundle has: all that a server may want, nothing that only trains or tests."""
BUILT_HERE = ("--disable-pip-version-check", "--no-input")


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

    @property
    def index(self) -> tuple[str, ...]:
        """Arguments of pip that bring this build of torch. The packages' own index has the one for CPUs or CUDA,
        depending on the site; PyTorch's index is asked besides for a build with a name."""
        return () if self.torch == "cpu" else ("--extra-index-url", f"https://download.pytorch.org/whl/{self.torch}")


def platform_name() -> str:
    """As wheels call it: `linux_x86_64`."""
    import sysconfig

    return sysconfig.get_platform().replace("-", "_").replace(".", "_")


def make_lock(variant: Variant, source: Path, work: Path) -> Path:
    """Resolve the product and its extras within `requirements.lock`, fetch all of it, and write down every hash."""
    work.mkdir(parents=True, exist_ok=True)
    torch = f"torch==2.13.0+{variant.torch}"
    run(
        sys.executable, "-m", "pip", "download", "-q", *BUILT_HERE, *variant.index, "--only-binary=:all:", "-d", work,
        "-c", source / "requirements.lock", torch, f"{source}[{DOORS}]",
    )  # fmt: skip
    rows = [f"{name}=={version} --hash=sha256:{digest}\n" for name, version, digest in _listed(work)]
    head = (
        f"# {variant.name}: what `make bundle` fetches, by hash. Made by `make bundle-lock TORCH={variant.torch}`.\n"
        "# An index that serves other builds of these versions is refused; make the lock anew then, and look at what changed.\n"
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
        sys.executable, "-m", "pip", "download", "-q", *BUILT_HERE, *variant.index, "--require-hashes", "--no-deps",
        "--only-binary=:all:", "-d", wheels, "-r", variant.lock,
    )  # fmt: skip
    locked = {name for name, _ in _locked(variant.lock)}
    for wheel in wheels.glob("*.whl"):
        if parse_wheel_filename(wheel.name)[0] not in locked:
            wheel.unlink()


def build_product(source: Path, wheels: Path) -> Path:
    """The wheel of the product itself."""
    run(sys.executable, "-m", "pip", "wheel", "-q", *BUILT_HERE, "--no-deps", "-w", wheels, source)
    (wheel,) = wheels.glob("alttext_local-*.whl")
    return wheel


def write_requirements(wheels: Path, target: Path) -> None:
    """Each wheel that is there, by name, version and hash: what the installer holds pip to."""
    target.write_text(
        "".join(f"{name}=={version} --hash=sha256:{digest}\n" for name, version, digest in _listed(wheels)),
        encoding="utf-8",
    )


def _listed(wheels: Path) -> list[tuple[str, str, str]]:
    rows = []
    for path in sorted(wheels.glob("*.whl")):
        name, version, _, _ = parse_wheel_filename(path.name)
        rows.append((str(name), str(version), sha256(path)))
    return rows


def _locked(lock: Path) -> list[tuple[str, str]]:
    pinned = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return [(canonicalize_name(name), version) for name, version in pinned]
