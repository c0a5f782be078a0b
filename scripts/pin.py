"""Print the `files` block of a model's card: every file's SHA-256, to be put into `models/catalogue.toml`.

`python scripts/pin.py models/alttext-mini-llava`
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

SUFFIXES = {".json", ".jinja", ".safetensors", ".model", ".txt"}


def main() -> None:
    """Hash the files that are read when the model is loaded or judged."""
    for folder in map(Path, sys.argv[1:]):
        print(f'[models."{folder.name}".files]')
        for path in sorted(p for p in folder.iterdir() if p.suffix in SUFFIXES and p.name != "training.json"):
            print(f'"{path.name}" = "{hashlib.sha256(path.read_bytes()).hexdigest()}"')


if __name__ == "__main__":
    main()
