from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alttext_local.metadata.text import Text
from alttext_local.metadata.writer import Writer

SAID = Text(
    "A red kite over a field.",
    "The kite has a long tail.\n\nTwo children hold its line.",
    "en",
    "mini-llava",
    "a1b2c3",
    "0.1.0",
    "p7",
    "2026-11-23T09:00:00Z",
)


@dataclass(frozen=True)
class Drawing:
    """An image file and what it looked like before."""

    path: Path
    pixels: np.ndarray

    def is_as_before(self) -> bool:
        with Image.open(self.path) as image:
            return bool(np.array_equal(np.asarray(image), self.pixels))


@pytest.fixture(scope="session")
def writer() -> Iterator[Writer]:
    with Writer() as writer:
        yield writer


@pytest.fixture
def said() -> Text:
    return SAID


@pytest.fixture
def saying() -> Callable[..., Text]:
    return lambda **changes: replace(SAID, **changes)


@pytest.fixture
def draw(tmp_path: Path) -> Callable[..., Drawing]:
    def drawn(name: str, mode: str = "RGB", size: tuple[int, int] = (60, 40), **options: object) -> Drawing:
        image = Image.effect_noise(size, 60).convert("RGB").convert(mode)
        path = tmp_path / name
        image.save(path, **options)
        with Image.open(path) as again:
            return Drawing(path, np.asarray(again))

    return drawn
