"""A warm parent for the short lives of these tests, and a receiver of callbacks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.chaos.client import Receiver
from scripts.chaos.nursery import Nursery


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery("tests.chaos.walk")
    yield made
    made.close()


@pytest.fixture
def told() -> Iterator[Receiver]:
    made = Receiver()
    made.start()
    yield made
    made.stop()
