from collections.abc import Iterator

import pytest

from alttext_local.pictures.limits import Limits
from alttext_local.pictures.opening import Opener

MIB = 1024 * 1024


@pytest.fixture(scope="session")
def limits() -> Limits:
    return Limits(89_500_000, 65_535, 100, 20, 10, 2048 * MIB)


@pytest.fixture(scope="session")
def opener(limits: Limits) -> Iterator[Opener]:
    with Opener(limits, 2) as opener:
        yield opener
