"""Folders that look like models, without torch, and a house to install them in."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from alttext_local.models.shelf import Shelf

CATALOGUE = """
[aliases]
best = ["large", "small"]

[models.large]
family = "llava"
prompts = "instruct"
repo = "somebody/large"
revision = ""
licence = "Apache-2.0"
parameters = 7.0

[models.small]
family = "blip2"
prompts = "question"
repo = "somebody/small"
revision = ""
licence = "MIT"
"""


def make_model(folder: Path, *, seed: int = 1, size: int = 64, sharded: bool = False) -> Path:
    """A folder that is whole: weights, configuration, tokenizer, licence."""
    folder.mkdir(parents=True)
    dice = np.random.default_rng(seed)
    first, second = (dice.standard_normal(size, dtype=np.float32) for _ in range(2))
    if sharded:
        names = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
        save_file({"a": first}, folder / names[0])
        save_file({"b": second}, folder / names[1])
        index = {"weight_map": dict(zip("ab", names, strict=True))}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    else:
        save_file({"a": first, "b": second}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"model_type": "llava", "seed": seed}))
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"vocab": {"auto_map": 3, "the": 4}}}))
    (folder / "tokenizer.model").write_bytes(b"\n\x0esentence piece")
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    (folder / "LICENSE").write_text("Do as you like.")
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder that looks like a model."""

    def make(name: str = "model", **how: object) -> Path:
        return make_model(tmp_path / "sources" / name, **how)  # type: ignore[arg-type]

    return make


@pytest.fixture
def house(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a models folder with a catalogue of two cards, nothing installed; the catalogue's path."""

    def make(name: str = "models") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "catalogue.toml").write_text(CATALOGUE)
        return folder / "catalogue.toml"

    return make


@pytest.fixture
def installed(house: Callable[..., Path], model: Callable[..., Path]) -> Path:
    """A house in which `large` was installed; the catalogue's path."""
    from alttext_local.models.hashing import sha256_of

    catalogue = house()
    source = model("first", sharded=True)
    shelf = Shelf.beside(catalogue)
    with shelf.changing():
        incoming = shelf.incoming("import-x")
        for path in source.iterdir():
            shutil.copy(path, incoming)
        hashes = {path.name: sha256_of(path) for path in sorted(incoming.iterdir())}
        shelf.put(incoming, "large", {"repo": "somebody/large", "revision": "a" * 40, "files": hashes})
    return catalogue
