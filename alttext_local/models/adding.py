"""A folder that somebody has becomes an installed model, with a card made from what its files say."""

from __future__ import annotations

import json
import math
import re
import secrets
import shutil
from pathlib import Path
from typing import Any

from alttext_local.adapters.adapter import family_of
from alttext_local.errors import BadSettings, CannotInstall
from alttext_local.models.bundle import Named, block_for
from alttext_local.models.contents import check_contents, look_through
from alttext_local.models.hashing import sha256_of
from alttext_local.models.listing import check_card
from alttext_local.models.shelf import Shelf

PROMPTS = {"llava": "instruct", "blip2": "question", "chat_vlm": "instruct"}
"""The words that a family is asked in, where nobody says otherwise."""
INSTRUCTED = ("llava", "chat_vlm")
LICENCE = re.compile(r"^license(?:_name)?:[ \t]*[\"']?([^\s\"'#][^\"'#\n]*?)[\"']?[ \t]*$", re.MULTILINE)


def card_from(folder: Path, *, repo: str, revision: str, licence: str = "", prompts: str = "") -> dict[str, Any]:
    """The card of a model that no catalogue knows. `CannotInstall` where no adapter knows its kind."""
    model_type = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    try:
        family = family_of(str(model_type))
    except BadSettings as error:
        raise CannotInstall(error.detail) from error
    if family == "chat_vlm" and not has_template(folder):
        raise CannotInstall(f"A {model_type} is asked through its chat template, and the folder has none.")
    block: dict[str, Any] = {
        "family": family,
        "prompts": prompts or PROMPTS[family],
        "repo": repo,
        "revision": revision,
        "licence": licence or "not stated",
        "parameters": round(parameters_of(folder) / 1e9, 3),
        "instructions": family in INSTRUCTED,
    }
    check_card("the model", block)
    return block


def add(source: Path, name: str, card: dict[str, Any], shelf: Shelf, named: Named) -> tuple[str, ...]:
    """Copy a model's files out of a folder and install them; their names. The folder stays as it is."""
    names = look_through(source)
    with shelf.changing():
        shelf.check_room(sum((source / file).stat().st_size for file in names))
        incoming = shelf.incoming(f"add-{secrets.token_hex(4)}")
        for file in names:
            (incoming / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / file, incoming / file, follow_symlinks=False)
        check_contents(incoming, names)
        hashes = {file: sha256_of(incoming / file) for file in names}
        shelf.put(incoming, name, block_for(name, card, hashes, named))
    return names


def stated_licence(folder: Path) -> str:
    """What the page about the model says in its head, empty where it says nothing."""
    page = folder / "README.md"
    if not page.is_file():
        return ""
    text = page.read_text(encoding="utf-8", errors="replace")
    head = text.split("---", 2)[1] if text.startswith("---") and text.count("---") > 1 else ""
    found = LICENCE.search(head)
    return found.group(1) if found else ""


def has_template(folder: Path) -> bool:
    """Whether there is a chat template in any of its places."""
    if any((folder / name).is_file() for name in ("chat_template.jinja", "chat_template.json")):
        return True
    configs = [folder / name for name in ("tokenizer_config.json", "processor_config.json")]
    return any("chat_template" in json.loads(path.read_text(encoding="utf-8")) for path in configs if path.is_file())


def parameters_of(folder: Path) -> int:
    """Numbers in the weights, from the heads of the files."""
    numbers = 0
    for path in folder.glob("*.safetensors"):
        with path.open("rb") as stream:
            header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
        numbers += sum(math.prod(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__")
    return numbers
