"""The test of sight."""

from pathlib import Path

import pytest

from alttext_local.catalogue import Card
from alttext_local.engine.sample_pictures import sample_pictures
from alttext_local.engine.selftest import ASKS, check_sight
from alttext_local.errors import BrokenModel, OutOfMemory
from alttext_local.types import Answer
from tests.doubles.blind import Blind
from tests.doubles.honest import Honest
from tests.doubles.house import CAPTION

CARD = Card("one", "double", "double", "example/double", "0", "Apache-2.0", Path("/nowhere"))


@pytest.mark.parametrize("asks", [ASKS, (CAPTION,), (*ASKS, CAPTION)])
def test_who_sees_passes_and_who_does_not_is_refused(asks):
    check_sight(Honest(CARD), asks)
    with pytest.raises(BrokenModel, match="one does not see"):
        check_sight(Blind(CARD), asks)


@pytest.mark.parametrize(("raised", "told"), [(OutOfMemory(), OutOfMemory), (ValueError("/srv/x"), BrokenModel)])
def test_what_fails_is_told(raised, told):
    class Fails(Honest):
        def answer(self, shots):
            raise raised

    with pytest.raises(told) as refusal:
        check_sight(Fails(CARD), ASKS)
    assert "/root" not in str(refusal.value)


def test_who_says_nothing_is_refused():
    class Silent(Honest):
        def answer(self, shots):
            return [(Answer(),) for _ in shots]

    with pytest.raises(BrokenModel, match="no usable answer"):
        check_sight(Silent(CARD), (CAPTION,))


def test_the_two_pictures_have_nothing_in_common():
    landscape, chart = sample_pictures()[:2]
    assert landscape.image.size == chart.image.size == (384, 384)
    assert landscape.image.mode == chart.image.mode == "RGB"
    pairs = zip(landscape.image.tobytes(), chart.image.tobytes(), strict=True)
    assert sum(abs(one - other) for one, other in pairs) / (384 * 384 * 3) > 60
