"""The benchmark itself, on a model of a few numbers: all write the same, and who does not is found out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from scripts.bench.looking import Wish, equality, look
from scripts.bench.pictures import encoded, shots
from scripts.bench.stock import Stock
from scripts.bench.subjects import asks_of, subject
from scripts.bench.turns import Contender, Measured, in_turns


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = torch.get_num_threads()
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


def test_all_contenders_write_the_same(folder: Path) -> None:
    found = look(Wish("tiny", 2, 2, 60.0, 2, "cpu", "float32", True, folder, ("pipeline",)))
    rows = {row["name"]: row for row in found["contenders"]}
    assert list(rows)[:2] == ["plain loop", "expert generate"] and "ours, batching off" in rows
    assert all(row["same_texts"] == 1 for name, row in rows.items() if name != "ours, int8")
    assert [len(row["seconds"]) for row in rows.values()] == [2] * len(rows)
    tokens = {round(row["tokens_per_second"] / row["images_per_second"]) for row in rows.values()}
    assert tokens == {40 + 120 + 30}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_who_writes_something_else_is_found_out(folder: Path, dtype: torch.dtype) -> None:
    card = subject("tiny", folder, "float32", "cpu")
    stock, asked = Stock(card, "cpu", dtype), shots(1, asks_of(card))
    honest = stock.plain_loop(asked)
    liar = [[" ".join(["w90"] * 10) for _ in row] for row in honest]
    names = {"honest", "liar"}
    equality(stock, asked, [Measured("honest", texts=honest)], {"honest"})
    with pytest.raises(SystemExit, match="liar"):
        equality(stock, asked, [Measured("honest", texts=honest), Measured("liar", texts=liar)], names)


def test_turns_are_taken_and_a_failure_is_told() -> None:
    order = []

    def fails() -> list[list[str]]:
        raise RuntimeError("no such thing\nat all")

    def run(name: str) -> Contender:
        return Contender(name, lambda: order.append(name) or [["text"]])  # type: ignore[func-returns-value]

    found = in_turns([run("a"), Contender("b", fails), run("c")], 3, 1.0)
    assert order == ["a", "c"] * 4
    assert [one.impossible for one in found] == ["", "RuntimeError: no such thing", ""]
    assert len(in_turns([run("a")], 5, 0.0)[0].seconds) == 1


def test_no_two_pictures_are_alike() -> None:
    files = [data for _, data in encoded(40)]
    assert len(set(files)) == 40
