"""`python -m scripts.bundle make | lock`: see `docs/BUNDLE.md`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from alttext_local.errors import AltTextError
from scripts.bundle.making import Order, make_bundle
from scripts.bundle.running import Failed
from scripts.bundle.wheels import Variant, make_lock

ROOT = Path(__file__).resolve().parents[2]
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
Torch = Annotated[str, typer.Option(help="Which build of torch: cpu, or PyTorch's name of one for CUDA, as cu128.")]


@app.command()
def make(
    out: Annotated[Path, typer.Option(help="The folder that bundles are made in.")] = ROOT / "build" / "bundle",
    torch: Torch = "cpu",
    models: Annotated[str, typer.Option(help="Names of the catalogue.")] = "alttext-mini-llava alttext-mini-blip2",
    models_dir: Annotated[Path, typer.Option(help="Where they lie.")] = ROOT / "models",
    languages: Annotated[str, typer.Option(help="Of Tesseract.")] = "eng deu",
    python_tree: Annotated[Path, typer.Option(help="A Python of the version this runs on.")] = Path(sys.base_prefix),
    sign_key: Annotated[Path | None, typer.Option(help="A key of OpenSSH to sign the checksums with.")] = None,
    source: Annotated[Path, typer.Option(help="The product's sources.")] = ROOT,
) -> None:
    """Make a bundle and print its folder."""
    order = Order(
        source, models_dir, tuple(models.split()), tuple(languages.split()), Variant(torch), python_tree, sign_key
    )
    print(make_bundle(order, out.resolve()))


@app.command()
def lock(torch: Torch = "cpu") -> None:
    """Resolve the wheels anew and write down their hashes."""
    variant = Variant(torch)
    print(make_lock(variant, ROOT, ROOT / "build" / "bundle" / "parts" / f"lock-{variant.name}"))


def main() -> None:
    """Run it; what is wrong with the order, or with a program that was needed, is a sentence."""
    try:
        app()
    except (Failed, AltTextError, ValueError, FileNotFoundError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
