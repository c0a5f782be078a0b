"""Loaded models where memory is short."""

from pathlib import Path

import pytest

from alttext_local.catalogue import Card
from alttext_local.engine.loaded import LoadedModels
from alttext_local.errors import BrokenModel, OutOfMemory
from tests.doubles.honest import Honest

ONE, TWO = (
    Card(name, "double", "double", "example/double", "0", "Apache-2.0", Path("/nowhere")) for name in ("a", "b")
)


class Device:
    """Has memory for one model."""

    def __init__(self):
        self.adapters = []

    def load(self, card):
        if any(not adapter.closed for adapter in self.adapters):
            raise OutOfMemory
        self.adapters.append(Honest(card))
        return self.adapters[-1]


def test_others_make_room_where_memory_is_short():
    device = Device()
    models = LoadedModels(device.load, 3)
    models.get(ONE)
    assert models.get(TWO).card is TWO
    assert models.names == ("b",)
    assert device.adapters[0].closed


def test_nobody_makes_room_at_the_start():
    models = LoadedModels(Device().load, 3)
    first = models.get(ONE)
    with pytest.raises(OutOfMemory):
        models.get(TWO, make_room=False)
    assert models.get(ONE) is first


def test_a_model_that_does_not_close_is_unloaded_all_the_same():
    class Stuck(Honest):
        def close(self):
            raise RuntimeError

    models = LoadedModels(Stuck, 3)
    models.get(ONE)
    models.close()
    assert models.names == ()


def test_what_cannot_be_loaded_is_tried_once():
    tries = []

    def load(card):
        tries.append(card)
        raise ValueError("/srv/weights")

    models = LoadedModels(load, 3)
    for _ in range(2):
        with pytest.raises(BrokenModel, match=r"a cannot be loaded \(ValueError\)"):
            models.get(ONE)
    assert tries == [ONE]
