"""Slots against each ask alone, whoever joins, leaves or fails meanwhile."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from alttext_local.adapters import generation
from alttext_local.adapters.generation import Written, prefill
from alttext_local.adapters.slots import STRIDE, Order, Size, Slots, bytes_of_cell, size_within


def beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"slots_{name}", Path(__file__).parent / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tiny = beside("languages")
ORDERS = [
    [Order((5, 6, 7), 10), Order((8, 9, 10, 11, 12, 13), 24), Order((20,), 1)],
    [Order((30, 31), 16)],
    [Order((5,), 2), Order((14, 15, 16, 17), 20)],
    [Order((21, 22), 6), Order((23,), 9)],
]
LARGEST_BF16 = 0.1
"""Natural log; what the tree is held to as well."""
SIZE = Size(slots=2, branches=3, cells=60)


@pytest.fixture(autouse=True)
def inference() -> Iterator[None]:
    with torch.inference_mode():
        yield


def alone(language: Any, number: int) -> list[tuple[int, ...]]:
    """The texts of one picture, each ask by itself over a prefix of its own."""
    rows = [tiny.prefixes()[number]]
    return [
        generation.write(language, prefill(language, rows), [0], [order.suffix], [order.budget])[0].ids
        for order in ORDERS[number]
    ]


def joined(slots: Slots, *numbers: int, rows: list[Any] | None = None) -> list[int]:
    """Pictures by their numbers, prefilled together and seated."""
    rows = rows or [tiny.prefixes()[number] for number in numbers]
    room = max(sum(len(order.suffix) for order in ORDERS[number]) for number in numbers)
    return slots.join(prefill(slots.language, rows, room), [ORDERS[number] for number in numbers])


def ids(texts: list[Written]) -> list[tuple[int, ...]]:
    return [text.ids for text in texts]


def finish(slots: Slots, pictures: dict[int, int]) -> dict[int, list[tuple[int, ...]]]:
    """Step until all are done: the texts of each picture, where `pictures` maps slots to them."""
    found = {}
    while slots.texts:
        found.update({pictures[slot]: ids(texts) for slot, texts in slots.step().items()})
    return found


@pytest.mark.parametrize(("kind", "packed"), [("llama", True), ("opt", False)])
def test_pictures_join_and_leave_while_others_are_written_about(kind: str, packed: bool) -> None:
    slots = Slots(tiny.language(kind, packed=packed), SIZE)
    waiting, pictures, found = [0, 1, 2, 3], {}, {}
    while waiting or slots.texts:
        if waiting and slots.free:
            number = waiting.pop(0)
            pictures[joined(slots, number)[0]] = number
        found.update({pictures[slot]: ids(texts) for slot, texts in slots.step().items()})
    expected = {number: alone(tiny.language(kind), number) for number in range(4)}
    assert found == expected
    assert slots.free == SIZE.slots


def test_pictures_of_unlike_length_join_together() -> None:
    slots = Slots(tiny.language(), Size(4, 3, 60))
    seats = joined(slots, 0, 1, 2, 3)
    assert seats == [0, 1, 2, 3]
    found = finish(slots, dict(zip(seats, range(4), strict=True)))
    assert found == {number: alone(tiny.language(), number) for number in range(4)}


def test_who_leaves_in_mid_flight_changes_nobody_elses_text() -> None:
    slots = Slots(tiny.language(), SIZE)
    stays, leaves = joined(slots, 0, 2)
    for _ in range(4):
        slots.step()
    slots.leave(leaves)
    newcomer = joined(slots, 3)[0]
    assert newcomer == leaves
    assert finish(slots, {stays: 0, newcomer: 3}) == {0: alone(tiny.language(), 0), 3: alone(tiny.language(), 3)}


def test_a_picture_that_is_no_numbers_harms_neither_neighbour_nor_successor() -> None:
    slots = Slots(tiny.language(), SIZE)
    healthy = joined(slots, 0)[0]
    poison = joined(slots, 1, rows=[generation.Opening(torch.full((12, tiny.HIDDEN), torch.nan))])[0]
    for _ in range(9):
        slots.step()
    slots.leave(poison)
    successor = joined(slots, 2)[0]
    assert successor == poison
    assert finish(slots, {healthy: 0, successor: 2}) == {0: alone(tiny.language(), 0), 2: alone(tiny.language(), 2)}


def test_a_join_that_runs_out_of_memory_leaves_the_others_as_they_were() -> None:
    slots = Slots(tiny.language(), SIZE)
    first = joined(slots, 0)[0]
    slots.step()

    def fail(*_: Any) -> None:
        raise torch.OutOfMemoryError

    handle = slots.language.lm.register_forward_pre_hook(fail)
    with pytest.raises(torch.OutOfMemoryError):
        joined(slots, 1)
    handle.remove()
    assert slots.free == 1
    assert finish(slots, {first: 0}) == {0: alone(tiny.language(), 0)}


def test_what_goes_into_a_slot() -> None:
    slots = Slots(tiny.language(), SIZE)
    assert slots.fits(12, [Order((1,) * 8, 40)])
    assert not slots.fits(13, [Order((1,) * 8, 40)])
    assert not slots.fits(5, [Order((1,), 2)] * 4)
    assert not slots.fits(5, [])


def test_slots_are_as_many_as_memory_holds() -> None:
    language = tiny.language()
    assert bytes_of_cell(language) == 2 * 2 * 2 * 8 * 4  # keys and values, layers, key heads, width, bytes
    assert size_within(language, 61 * 256 * 5, 3, 60) == Size(5, 3, 60)
    assert size_within(language, 1, 3, 60).slots == 1
    slots = Slots(language, Size(5, 3, 60))
    before = language.counters.kv_bytes
    prefix = prefill(language, [tiny.prefixes()[0]], 10)
    held = language.counters.kv_bytes
    slots.join(prefix, [ORDERS[0]])
    assert language.counters.kv_bytes - held == 61 * 256 * 5
    assert held > before


def test_in_bfloat16_logprobs_stay_near_a_forced_run() -> None:
    slots = Slots(tiny.language(dtype=torch.bfloat16, packed=True), Size(4, 3, 60))
    joined(slots, 0, 1, 2, 3, rows=tiny.prefixes(torch.bfloat16))
    while slots.texts:
        for number, texts in slots.step().items():
            for order, text in zip(ORDERS[number], texts, strict=True):
                near = tiny.forced(slots.language, number, order.suffix, text.ids)
                assert text.logprobs == pytest.approx(near, abs=LARGEST_BF16)


def test_branches_that_are_done_are_fed_no_more() -> None:
    slots = Slots(tiny.language(), SIZE)
    joined(slots, 0)
    before = slots.language.counters.decoded_rows
    steps = 0
    while slots.texts:
        slots.step()
        steps += 1
    assert slots.language.counters.decoded_rows - before < 2 * steps


def test_steps_come_in_few_shapes() -> None:
    size = Size(24, 4, 1000)
    assert {size.rows(needed) for needed in range(1, 25)} == {1, 2, 4, 8, 16, 24}
    assert [size.end(needed) for needed in (2, STRIDE, STRIDE + 1, 1000, 1001)] == [128, 128, 256, 1001, 1001]
