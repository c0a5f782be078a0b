"""All parts, put into one folder: plain files only, so that any disk can hold it."""

from __future__ import annotations

import ast
import hashlib
import json
import platform
import re
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alttext_local.catalogue import Card
from scripts.bundle.checksums import sign, write_checksums
from scripts.bundle.debian import fetch_packages
from scripts.bundle.interpreter import pack_interpreter
from scripts.bundle.licences import Part, deb_part, interpreter_parts, model_part, wheel_part, write_licences
from scripts.bundle.models import copy_models
from scripts.bundle.sbom import bill_of_materials
from scripts.bundle.wheels import Variant, build_product, fetch, write_requirements

HERE = Path(__file__).parent
PRODUCT = "alttext-local"


@dataclass(frozen=True)
class Order:
    """What a bundle is to hold."""

    source: Path
    models_dir: Path
    models: tuple[str, ...]
    languages: tuple[str, ...]
    """Of Tesseract, as `eng`."""
    variant: Variant
    python_tree: Path
    sign_key: Path | None = None


def make_bundle(order: Order, out: Path) -> Path:
    """The bundle's folder in `out`. What was fetched for an earlier one is used again if the same was asked for."""
    parts = out / "parts"
    wheels = _wheels(order.variant, parts)
    debs = _debs(order.languages, parts)
    interpreter = _interpreter(order.python_tree, parts)
    making = out / ".making"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    shutil.copytree(wheels, making / "wheels", ignore=shutil.ignore_patterns(".*"))
    product = build_product(order.source, making / "wheels")
    version = product.name.split("-")[1]
    write_requirements(making / "wheels", making / "requirements.txt")
    shutil.copytree(debs, making / "debs")
    shutil.copyfile(interpreter / "python.tar.gz", making / "python.tar.gz")
    cards = copy_models(order.models, order.models_dir, making / "models")
    _copy_papers(order.source, making)
    _describe(making, interpreter, version, _schema(product), order, cards)
    write_checksums(making)
    if order.sign_key:
        sign(making, order.sign_key)
    bundle = out / f"{PRODUCT}-{version}-{order.variant.name}"
    shutil.rmtree(bundle, ignore_errors=True)
    making.rename(bundle)
    return bundle


def _wheels(variant: Variant, parts: Path) -> Path:
    wheels = parts / f"wheels-{variant.name}-{_short(variant.lock.read_bytes() if variant.lock.is_file() else b'')}"
    if not (wheels / ".whole").is_file():
        fetch(variant, wheels)
        (wheels / ".whole").touch()
    return wheels


def _debs(languages: Sequence[str], parts: Path) -> Path:
    """Fetched anew on every day, so that a bundle has the security fixes of its day."""
    debs = parts / f"debs-{_short(' '.join(languages).encode())}-{datetime.now(UTC):%Y%m%d}"
    if not (debs / "codename").is_file():
        fetch_packages(languages, debs)
    return debs


def _interpreter(tree: Path, parts: Path) -> Path:
    folder = parts / f"python-{platform.python_version()}-{_short(str(tree).encode())}"
    if not (folder / "about.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        glibc, carried = pack_interpreter(tree, folder, folder / "python.tar.gz")
        about = {"python": platform.python_version(), "glibc": glibc, "carried": [str(path) for path in carried]}
        (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
    return folder


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:8]


def _copy_papers(source: Path, bundle: Path) -> None:
    """The installer, how to use it, and what the sample program asks about."""
    shutil.copyfile(HERE / "install", bundle / "install")
    shutil.copytree(HERE / "installer", bundle / "installer", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(source / "docs" / "BUNDLE.md", bundle / "BUNDLE.md")
    shutil.copytree(source / "docs" / "samples", bundle / "samples")


def _schema(product: Path) -> list[str]:
    """The revisions of the database's schema that the product's wheel knows."""
    with zipfile.ZipFile(product) as wheel:
        steps = [n for n in wheel.namelist() if re.fullmatch(r"alttext_local/store/migrations/versions/v\w+\.py", n)]
        return sorted(_revision(wheel.read(name).decode("utf-8")) for name in steps)


def _revision(step: str) -> str:
    for node in ast.parse(step).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "revision":
            return str(ast.literal_eval(node.value))
    raise ValueError("A step of the schema has no revision.")


def _describe(
    bundle: Path, interpreter: Path, version: str, schema: list[str], order: Order, cards: Sequence[Card]
) -> None:
    """`bundle.json`, `needs`, the licences and the bill of materials."""
    about = json.loads((interpreter / "about.json").read_text(encoding="utf-8"))
    parts = _parts(bundle, interpreter, about, cards)
    write_licences(parts, order.source / "LICENSE", bundle / "licences")
    (bundle / "sbom.cdx.json").write_text(bill_of_materials(PRODUCT, version, parts), encoding="utf-8")
    glibc = max(tuple(map(int, v.split("."))) for v in (about["glibc"], *_wheels_glibc(bundle / "wheels")))
    needs = (platform.system(), platform.machine(), ".".join(map(str, glibc)))
    (bundle / "needs").write_text(" ".join(needs) + "\n", encoding="utf-8")
    facts = {
        "product": PRODUCT, "version": version, "torch": order.variant.torch, "python": about["python"],
        "models": list(order.models), "languages": list(order.languages), "schema": schema,
    }  # fmt: skip
    (bundle / "bundle.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def _parts(bundle: Path, interpreter: Path, about: dict[str, object], cards: Sequence[Card]) -> list[Part]:
    carried = about["carried"]
    assert isinstance(carried, list)
    return [
        *interpreter_parts(interpreter / "python", str(about["python"]), [Path(path) for path in carried]),
        *(wheel_part(path) for path in sorted((bundle / "wheels").glob("*.whl"))),
        *(deb_part(path) for path in sorted((bundle / "debs").glob("*.deb"))),
        *(model_part(card) for card in cards),
    ]


def _wheels_glibc(wheels: Path) -> list[str]:
    """The lowest version of glibc that each wheel with machine code is content with."""
    lowest = []
    for path in wheels.glob("*manylinux_*"):
        found = [tuple(map(int, pair)) for pair in re.findall(r"manylinux_(\d+)_(\d+)_", path.name)]
        lowest.append(".".join(map(str, min(found))))
    return lowest
