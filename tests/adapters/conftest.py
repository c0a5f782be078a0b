"""Pictures, cards, and a guard: nothing here may connect to anything."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

os.environ["HF_HUB_OFFLINE"] = "1"  # before the hub library is imported, which reads it then

import torch
from PIL import Image

from alttext_local.catalogue import Card
from alttext_local.types import Facts, Picture

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def no_connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Any connection is a failure, however it is made."""

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a connection was asked for")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield


@pytest.fixture(scope="session")
def picture() -> Callable[[int, int], Picture]:
    """A picture of coloured noise in broad patches; the same for the same size."""

    def make(width: int, height: int) -> Picture:
        dice = np.random.default_rng(width * 31 + height)
        patches = dice.integers(0, 255, (6, 6, 3), dtype=np.uint8)
        image = Image.fromarray(patches).resize((width, height), Image.Resampling.NEAREST)
        facts = Facts(width, height, 0.5, 0.2, 0.5, 36, 0.1, 0.1, 0.1)
        return Picture(image, facts, f"{width}x{height}", "PNG")

    return make


@pytest.fixture(scope="session")
def card() -> Callable[..., Card]:
    """A card for a folder."""

    def make(folder: Path, family: str, **changes: Any) -> Card:
        said = {"name": folder.name, "family": family, "prompts": "plain", "repo": "", "revision": "", "licence": ""}
        return Card(**{**said, "folder": folder, "tiles": 0, **changes})

    return make
