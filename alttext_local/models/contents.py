"""What the folder of a model may hold: safetensors, tokenizer, configurations, licences. Nothing that is code.

Names are judged before anything is read; then each file is opened and must be what its name says, so that a
pickle is refused under any name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from safetensors import SafetensorError, safe_open

from alttext_local.errors import UnsafeModel

MIB = 1024 * 1024
MOST_JSON = 256 * MIB
"""Bytes of one text file; the largest tokenizers have about 35 MiB."""
LONGEST_NAME = 99
"""Characters of a path in the folder: what the oldest form of tar holds."""
SUBFOLDERS = ("qformer_tokenizer", "additional_chat_templates")
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_+.-]*")
WEIGHTS = re.compile(r"model(-\d{5}-of-\d{5})?\.safetensors")
"""The names that transformers loads weights from; copies for other programs, such as `consolidated`, stay away."""
LICENCES = re.compile(r"(?i)(licen[cs]e|notice|use_policy|copying)([_-][a-z0-9_-]+)?(\.(txt|md))?")
TEXTS = ("merges.txt", "vocab.txt")
CODE = frozenset(
    f".{ending}"
    for ending in (
        *("py", "pyc", "pyd", "pyi", "pyz", "so", "dll", "dylib", "sh", "bat", "exe", "ipynb", "whl", "mar"),
        *("bin", "pt", "pth", "pt2", "ckpt", "pkl", "pickle", "joblib", "dill", "t7", "nemo", "npy", "npz"),
        *("h5", "hdf5", "keras", "pb", "msgpack", "zip", "tar", "gz"),
    )
)
"""Endings of what is code, or is unpickled by somebody, or hides either."""
MAGIC = {b"\x80": "a pickle", b"PK": "a ZIP, as torch.save writes it", b"\x1f\x8b": "gzip", b"\x89HDF": "HDF5"}
TIKTOKEN = re.compile(rb"[A-Za-z0-9+/]+=* \d+")
CODE_KEYS = ("auto_map", "custom_pipelines")
KERNEL_KEYS = ("attn_implementation", "_attn_implementation", "experts_implementation", "_experts_implementation")


def takes(name: str) -> bool:
    """Whether a file of this name belongs to a model; others are not fetched, not carried and not copied."""
    *folders, last = name.split("/")
    if len(folders) > 1 or any(folder not in SUBFOLDERS for folder in folders):
        return False
    if last.endswith(".safetensors"):
        return not folders and WEIGHTS.fullmatch(last) is not None
    if last.endswith((".json", ".jinja", ".model")) or last in TEXTS:
        return NAME.fullmatch(last) is not None
    return LICENCES.fullmatch(last) is not None


def is_code(name: str) -> bool:
    """Whether a file of this name must not lie in a model's folder at all."""
    return PurePosixPath(name.lower()).suffix in CODE


def check_names(names: Iterable[str]) -> None:
    """Refuse what is no plain relative path, code, unknown, twice there, or the same but for upper and lower case."""
    seen: dict[str, str] = {}
    for name in names:
        parts = name.split("/")
        if len(name) > LONGEST_NAME or not all(NAME.fullmatch(part) for part in parts):
            raise UnsafeModel(f"{name[:LONGEST_NAME]!a} is no plain file name.")
        if is_code(name):
            raise UnsafeModel(f"{name} is, or may hold, code.")
        if not takes(name):
            raise UnsafeModel(f"{name} is no file that a model needs.")
        if other := seen.get(name.lower()):
            raise UnsafeModel(f"{name} is there twice{'' if other == name else f', also as {other}'}.")
        seen[name.lower()] = name


def look_through(folder: Path) -> tuple[str, ...]:
    """The names of a model's own files in a folder, sorted. `UnsafeModel` for links, devices and code beside them.

    Other files, such as a page about the model, are passed over, and so are hidden ones.
    """
    names = []
    for path, name in _walk(folder, ""):
        if path.is_symlink() or not path.is_file():
            raise UnsafeModel(f"{name} is no plain file but a link or a device.")
        if is_code(name):
            raise UnsafeModel(f"{name} is, or may hold, code. Take it out of the folder if the model needs it not.")
        if takes(name):
            names.append(name)
    check_names(names)
    return tuple(sorted(names))


def check_contents(folder: Path, names: Iterable[str]) -> None:
    """Open each file: it must be what its name says, ask for no code, and together they must be a whole model."""
    listed = sorted(names)
    configs = {name: _opened(folder / name, name) for name in listed}
    if not isinstance(configs.get("config.json"), dict):
        raise UnsafeModel("config.json is missing, or is none.")
    index = configs.get("model.safetensors.index.json")
    wanted = set(index["weight_map"].values()) if index else {"model.safetensors"}
    if missing := sorted(wanted - set(listed)):
        raise UnsafeModel(f"{missing[0]} is missing: there are no whole weights in safetensors format.")


def _walk(folder: Path, before: str) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.iterdir()):
        name = before + path.name
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path, f"{name}/")
        else:
            yield path, name


def _opened(path: Path, name: str) -> Any:
    """What a JSON file says, None of other files."""
    with path.open("rb") as stream:
        head = stream.read(8)
    for magic, what in MAGIC.items():
        if head.startswith(magic) and not name.endswith(".safetensors"):
            raise UnsafeModel(f"{name} is not what its name says but {what}.")
    if name.endswith(".safetensors"):
        return _check_weights(path, name)
    if name.endswith(".model"):
        return _check_pieces(path, name, head)
    text = _text(path, name)
    return _check_json(text, name) if name.endswith(".json") else None


def _check_weights(path: Path, name: str) -> None:
    try:
        with safe_open(path, framework="np") as weights:
            if not list(weights.keys()):
                raise UnsafeModel(f"{name} holds no weights.")
    except (SafetensorError, OSError, ValueError) as error:
        raise UnsafeModel(f"{name} is not in safetensors format, or is cut short.") from error


def _check_pieces(path: Path, name: str, head: bytes) -> None:
    """A tokenizer's words: SentencePiece's protocol buffer, or lines of base64 and rank."""
    if head[:1] == b"\n":
        return
    with path.open("rb") as stream:
        if not all(TIKTOKEN.fullmatch(line.rstrip(b"\r\n")) for line in stream):
            raise UnsafeModel(f"{name} is no file of a tokenizer that is known here.")


def _text(path: Path, name: str) -> str:
    if path.stat().st_size > MOST_JSON:
        raise UnsafeModel(f"{name} is larger than {MOST_JSON // MIB} MiB.")
    try:
        text = path.read_text(encoding="utf-8")
    except ValueError as error:
        raise UnsafeModel(f"{name} is no text.") from error
    if "\0" in text:
        raise UnsafeModel(f"{name} is no text.")
    return text


def _check_json(text: str, name: str) -> Any:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnsafeModel(f"{name} is no JSON.") from error
    if name.endswith(".safetensors.index.json"):
        _check_index(content, name)
    waiting = [content]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, dict):
            _check_keys(part, name)
            waiting.extend(part.values())
    return content


def _check_keys(part: dict[str, Any], name: str) -> None:
    """A word list may have a token that is called as a key is; a token's value is a number."""
    for key in CODE_KEYS:
        if part.get(key) and not isinstance(part[key], (int, float)):
            raise UnsafeModel(f"{name} wants to run code that comes with the model ({key}); that is never done.")
    for key in KERNEL_KEYS:
        if "/" in str(part.get(key, "")):
            raise UnsafeModel(f"{name} wants to fetch code for its attention ({key}); that is never done.")


def _check_index(content: Any, name: str) -> None:
    shards = content.get("weight_map") if isinstance(content, dict) else None
    if not isinstance(shards, dict) or not shards:
        raise UnsafeModel(f"{name} names no weights.")
    for shard in shards.values():
        if not isinstance(shard, str) or not WEIGHTS.fullmatch(shard):
            raise UnsafeModel(f"{name} names weights that are no plain safetensors file.")
