"""Write the SHA-256 of every file of shipped models into `models/catalogue.toml`: `python scripts/pin.py NAME...`."""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

MODELS = Path(__file__).resolve().parents[1] / "models"
SUFFIXES = {".json", ".jinja", ".safetensors", ".model", ".txt"}


def block(folder: Path) -> str:
    """The `files` table of a card: the files that are read when the model is loaded or judged."""
    paths = sorted(p for p in folder.iterdir() if p.suffix in SUFFIXES and p.name != "training.json")
    lines = [f'"{path.name}" = "{hashlib.sha256(path.read_bytes()).hexdigest()}"' for path in paths]
    return "\n".join([f'[models."{folder.name}".files]', *lines, ""])


def main() -> None:
    """Replace each model's table; the rest of the catalogue stays as it is."""
    catalogue = MODELS / "catalogue.toml"
    text = catalogue.read_text(encoding="utf-8")
    for name in sys.argv[1:]:
        table = re.compile(rf'^\[models\."{re.escape(name)}"\.files\]\n(?:".*\n)*', re.MULTILINE)
        if len(parts := table.split(text)) != 2:
            raise SystemExit(f"The catalogue has no files table for {name}.")
        text = block(MODELS / name).join(parts)
    catalogue.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
