"""What is chosen for a CPU."""

from __future__ import annotations

import pytest
import torch

from alttext_local.adapters.processor import Processor, auto_dtype, look_at_processor, quota_of, use_threads


@pytest.mark.parametrize(
    ("cores", "allowed", "threads"), [(8, 16, 8), (8, 3, 3), (1, 2, 1), (0, 4, 1)], ids=lambda value: str(value)
)
def test_one_thread_for_a_core_that_may_be_used(cores: int, allowed: int, threads: int) -> None:
    assert Processor(cores, allowed, True, True).threads == threads


def test_large_models_take_bfloat16_where_it_is_in_hardware() -> None:
    able, unable = Processor(2, 2, True, True), Processor(2, 2, False, False)
    assert auto_dtype(able, 0.9) == "bfloat16"
    assert auto_dtype(able, 0.008) == auto_dtype(unable, 7.0) == "float32"


@pytest.mark.parametrize(
    ("text", "processors"), [("200000 100000\n", 2), ("150000 100000", 2), ("50000 100000", 1), ("max 100000", 1 << 16)]
)
def test_a_containers_share(text: str, processors: int) -> None:
    assert quota_of(text) == processors


def test_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    found = look_at_processor()
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert found.cores >= 1 and found.threads <= found.allowed
    before = torch.get_num_threads()
    try:
        assert use_threads(1) == torch.get_num_threads() == 1
        assert use_threads() == torch.get_num_threads() == found.threads
        monkeypatch.setenv("OMP_NUM_THREADS", "3,2")
        assert use_threads() == torch.get_num_threads() == 3
        assert use_threads(2) == torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
