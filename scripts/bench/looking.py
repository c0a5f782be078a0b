"""One picture, or many that are in memory already: all four outputs, every contender on the same pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from alttext_local.adapters.adapter import Adapter, Ways, best_device, best_dtype, load_adapter, use_threads
from alttext_local.catalogue import INT8, Card
from alttext_local.types import Answer, Ask, Shot
from scripts.bench.cost import Cost, cost_of, peak_of
from scripts.bench.pictures import shots as make_shots
from scripts.bench.stock import Stock
from scripts.bench.subjects import asks_of, subject
from scripts.bench.turns import Contender, Measured, Texts, in_turns, percentile, say

NATS = 0.25
"""In 16 bits: how far a written token may be from the likeliest of the stock model."""
CHECKED = 2
"""Pictures on which that is looked at."""


@dataclass(frozen=True)
class Wish:
    """What is to be measured."""

    model: str
    pictures: int
    rounds: int
    minutes: float
    batch: int
    device: str
    dtype: str
    int8: bool
    folder: Path
    without: tuple[str, ...] = ()
    """Contenders that are left out, by the beginning of their name."""


def look(wish: Wish) -> dict[str, Any]:
    """Measure; the result as plain data. `SystemExit` where the contenders wrote different texts."""
    device = best_device(wish.device)
    use_threads()
    card = subject(wish.model, wish.folder, wish.dtype, device)
    card = replace(card, dtype=best_dtype(card, device))
    asks = asks_of(card)
    shots = make_shots(wish.pictures, asks)
    stock = Stock(card, device, getattr(torch, card.dtype))
    contenders = [*rivals(stock, shots, wish.batch), *ours(card, device, shots, wish)]
    chosen = [c for c in contenders if not c.name.startswith(wish.without or ("\0",))]
    measured = in_turns(chosen, wish.rounds, wish.minutes)
    gate = equality(stock, shots, measured, {c.name for c in chosen if c.exact})
    cost = cost_of(stock, asks)
    rows = [row_of(one, stock, shots, cost, device) for one in measured]
    return {"model": card.name, "dtype": card.dtype, "device": device, "gate": gate, "contenders": rows}


def rivals(stock: Stock, shots: Sequence[Shot], batch: int) -> Iterator[Contender]:
    """What transformers alone can do."""
    yield Contender("plain loop", lambda: stock.plain_loop(shots))
    yield Contender("pipeline", lambda: stock.pipeline(shots, batch))
    yield Contender("expert generate", lambda: stock.expert(shots, 2 * batch))


def ours(card: Card, device: str, shots: Sequence[Shot], wish: Wish) -> Iterator[Contender]:
    """This engine's adapters, whole and with each lever off."""
    adapter = load_adapter(card, device)
    yield Contender("ours", lambda: answered(adapter, shots, wish.batch))
    apart = [Shot(shot.picture, (ask,)) for shot in shots for ask in shot.asks]
    per = len(shots[0].asks)
    yield Contender(
        "ours, sharing off", lambda: together(answered(adapter, apart, wish.batch * per), per)
    )  # each ask looks for itself
    if len(shots) > 1:
        yield Contender("ours, batching off", lambda: answered(adapter, shots, 1))
    for name, other in levers(card, device):
        yield Contender(f"ours, {name} off", bound(other, shots, wish.batch))
    if wish.int8:
        yield Contender("ours, int8", bound(load_adapter(replace(card, dtype=INT8), device), shots, wish.batch), False)


def levers(card: Card, device: str) -> Iterator[tuple[str, Adapter]]:
    """Levers that are pulled at loading: each name with an adapter that has it off."""
    without = {"tree": Ways(tree=False), "prefix": Ways(sharing=False), "packing": Ways(packed=False)}
    if device == "cpu" and card.dtype == "bfloat16":
        without["reordering"] = Ways(reordered=False)
    for name, ways in without.items():
        yield name, load_adapter(card, device, ways)


def bound(adapter: Adapter, shots: Sequence[Shot], batch: int) -> Callable[[], Texts]:
    """A run of this adapter."""
    return lambda: answered(adapter, shots, batch)


def answered(adapter: Adapter, shots: Sequence[Shot], batch: int) -> Texts:
    """`answer` in batches, as texts."""
    batches = (adapter.answer(shots[start : start + batch]) for start in range(0, len(shots), batch))
    return [[_said(answer) for answer in answers] for given in batches for answers in given]


def together(texts: Texts, per: int) -> Texts:
    """Texts of shots of one ask each, `per` of them to a picture."""
    flat = [row[0] for row in texts]
    return [flat[start : start + per] for start in range(0, len(flat), per)]


def equality(stock: Stock, shots: Sequence[Shot], measured: Sequence[Measured], exact: set[str]) -> str:
    """What the gate found, in words; `SystemExit` where the run does not count."""
    written = [place for place, ask in enumerate(shots[0].asks) if not ask.labels]
    able = [one for one in measured if not one.impossible]
    reference = able[0].texts
    same: dict[str, float] = {}
    for one in able:
        pairs = [(a[p], b[p]) for a, b in zip(reference, one.texts, strict=True) for p in written]
        same[one.name] = sum(a == b for a, b in pairs) / len(pairs)
        one.more["same_texts"] = round(same[one.name], 4)
    held = [one for one in able if one.name in exact]
    if stock.dtype is torch.float32:
        if wrong := [one.name for one in held if same[one.name] < 1]:
            raise SystemExit(
                f"These wrote other texts than {able[0].name}, the run does not count: {', '.join(wrong)}."
            )
        return "float32: all texts equal"
    worst = {one.name: _worst(stock, shots, one.texts, written) for one in held}
    say(f"worst shortfall in nats: {worst}")
    if wrong := [name for name, nats in worst.items() if nats > NATS]:
        raise SystemExit(
            f"These wrote what the stock model finds unlikely, the run does not count: {', '.join(wrong)}."
        )
    return f"16 bits: each token within {NATS} nats of the stock model's likeliest, teacher-forced"


def row_of(one: Measured, stock: Stock, shots: Sequence[Shot], cost: Cost, device: str) -> dict[str, Any]:
    """A contender's figures as plain data."""
    if one.impossible:
        return {"name": one.name, "impossible": one.impossible}
    rate = len(shots) / one.median
    tokens = sum(_tokens(stock, ask, text) for shot, row in zip(shots, one.texts, strict=True)
                 for ask, text in zip(shot.asks, row, strict=True))  # fmt: skip
    row: dict[str, Any] = {
        "name": one.name,
        "seconds": one.seconds,
        "images_per_second": rate,
        "tokens_per_second": tokens / one.median,
        "memory": one.memory,
        **one.more,
    }
    if len(shots) == 1:
        row |= {"p50": percentile(one.seconds, 0.5), "p99": percentile(one.seconds, 0.99)}
    if peak := peak_of(device):
        row["mfu"] = rate * cost.flops / peak[0]
        if len(shots) == 1:
            row["mbu"] = rate * cost.bytes / peak[1]
    return row


def _worst(stock: Stock, shots: Sequence[Shot], texts: Texts, written: Sequence[int]) -> float:
    pairs = list(zip(shots, texts, strict=True))[:CHECKED]
    return max(stock.shortfall(shot.picture.image, shot.asks[p], row[p]) for shot, row in pairs for p in written)


def _tokens(stock: Stock, ask: Ask, text: str) -> int:
    return 0 if ask.labels else len(stock.tokenizer(text, add_special_tokens=False)["input_ids"])


def _said(answer: Answer) -> str:
    return max(answer.scores, key=lambda label: answer.scores[label]) if answer.scores else answer.text.strip()
