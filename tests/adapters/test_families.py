"""Which family loads a folder."""

from __future__ import annotations

import pytest

from alttext_local.adapters import forks
from alttext_local.adapters.adapter import FAMILIES, family_of
from alttext_local.errors import BadSettings


@pytest.mark.parametrize("model_type", forks.FORKS)
def test_chat_models_that_are_known_by_name(model_type: str) -> None:
    assert family_of(model_type) == "chat_vlm"


def test_own_families_come_first() -> None:
    found = {family_of(name) for name in ("llava", "llava_next", "llava_onevision", "blip-2", "instructblip")}
    assert found == {"llava", "blip2"}
    assert found < set(FAMILIES)


def test_others_are_refused_with_a_list() -> None:
    with pytest.raises(BadSettings, match=r"'gpt2'; known are: .*blip-2"):
        family_of("gpt2")
