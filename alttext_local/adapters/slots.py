"""Pictures that join and leave while others are being written about, in shapes that never change.

A slot holds one picture: its prefix, its branches, and cells for all that they may write. A step feeds one token of
each branch that still writes; a slot that is free, or has fewer of them than another, feeds tokens that nobody reads.
The step runs over the first slots, as many branches as the slot with most still has, and the first cells, in a few
sizes of each (the buckets), so that on CUDA each size can be recorded once as a graph and played back; elsewhere
the same step runs as it is.

A slot sees nothing of its neighbours, so texts are those of each picture alone, whoever joins, leaves or fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from alttext_local.adapters.cells import Aim, Cells
from alttext_local.adapters.generation import Language, Prefix, Text, Written, most_likely
from alttext_local.adapters.tree import EMPTY, NOBODY, Tree, by_picture, lay_out, plant

STRIDE = 128
"""Cells between two buckets of length."""


@dataclass(frozen=True)
class Size:
    """What is set aside once, and never grows."""

    slots: int
    branches: int
    """Texts of one picture at most."""
    cells: int
    """Tokens of one picture at most: prefix, suffixes and texts together."""

    def rows(self, needed: int) -> int:
        """The bucket of slots: a power of two."""
        return min(self.slots, 1 << max(0, needed - 1).bit_length())

    def end(self, needed: int) -> int:
        """The bucket of cells that are read."""
        return min(1 + self.cells, -(-needed // STRIDE) * STRIDE)


def size_within(language: Language, kv_bytes: int, branches: int, cells: int) -> Size:
    """As many slots as so many bytes of keys and values hold; at least one."""
    return Size(max(1, kv_bytes // ((1 + cells) * bytes_of_cell(language))), branches, cells)


def bytes_of_cell(language: Language) -> int:
    """Keys and values of one token in all layers."""
    config = language.lm.config.get_text_config(decoder=True)
    heads = int(config.num_attention_heads)
    width = getattr(config, "head_dim", None) or config.hidden_size // heads
    kept = getattr(config, "num_key_value_heads", None) or heads
    return int(2 * language.layers * kept * width * language.lm.dtype.itemsize)


@dataclass(frozen=True)
class Order:
    """One text to be written: what the model reads behind the prefix, and how much it may write."""

    suffix: tuple[int, ...]
    budget: int

    @property
    def cells(self) -> int:
        """Tokens that it keeps at most."""
        return len(self.suffix) + self.budget


class Slots:
    """The slots of one model. Belongs to one thread."""

    def __init__(self, language: Language, size: Size, *, graphs: bool = False) -> None:
        """`graphs`: record each bucket as a CUDA graph; only on CUDA."""
        self.language, self.size, self.graphs = language, size, graphs
        device = language.lm.get_input_embeddings().weight.device
        shape = (size.slots, size.branches)
        self.tokens = torch.zeros(shape, dtype=torch.long, device=device)
        self.positions = torch.zeros_like(self.tokens)
        self.branches = torch.full_like(self.tokens, NOBODY)
        """(slots, branches): the branch of each column, those that still write first."""
        self.places = torch.zeros_like(self.tokens)
        """(slots, branches): where such a column's token and position stand."""
        owner = torch.full((size.slots, 1 + size.cells), EMPTY, device=device)
        owner[:, 0] = NOBODY
        aim = Aim()
        layers = [Cells(size.cells, aim) for _ in range(language.layers)]
        self.tree = Tree(language, layers, aim, owner, 1, owner.new_zeros(size.slots))
        self.texts: dict[int, list[Text]] = {}
        self.filled = [1] * size.slots
        """Cells in use, and cell 0."""
        self._recorded: dict[tuple[int, int, int], tuple[torch.cuda.CUDAGraph, Tensor, Tensor]] = {}

    @property
    def free(self) -> int:
        """Slots that nobody has."""
        return self.size.slots - len(self.texts)

    def fits(self, prefix: int, orders: Sequence[Order]) -> bool:
        """Whether a picture with so many tokens of prefix goes into a slot."""
        cells = prefix + sum(order.cells for order in orders)
        return 0 < len(orders) <= self.size.branches and cells <= self.size.cells

    def join(self, prefix: Prefix, orders: Sequence[Sequence[Order]]) -> list[int]:
        """Seat each picture of a prefix that was prefilled with room for all its suffixes: their slots.

        A picture without orders has none (-1). The caller sees to it that each fits and that enough slots are free.
        """
        flat = [(row, order) for row, own in enumerate(orders) for order in own]
        if not flat:
            return [-1] * len(orders)
        grown = plant(self.language, prefix)
        columns = by_picture([row for row, _ in flat], len(orders))
        laid = lay_out(columns, [order.suffix for _, order in flat], pad=self.language.pad)
        chosen, logprobs = most_likely(grown.feed_laid(laid, laid.ends))
        self.language.counters.suffix_tokens += sum(len(order.suffix) for _, order in flat)
        lengths, onward = prefix.mask.sum(1).tolist(), prefix.start.tolist()
        seats = []
        for row, (own, tokens, values) in enumerate(zip(orders, chosen.tolist(), logprobs.tolist(), strict=True)):
            if not own:
                seats.append(-1)
                continue
            slot = next(number for number in range(self.size.slots) if number not in self.texts)
            self._copy(slot, grown, row, pads=prefix.mask.shape[1] - lengths[row])
            self.filled[slot] = 1 + lengths[row] + sum(len(order.suffix) for order in own)
            self.texts[slot] = [Text(order.budget, frozenset(self.language.stops)) for order in own]
            starts = [onward[row] + len(order.suffix) for order in own]
            self.tokens[slot, : len(own)] = torch.tensor(tokens[: len(own)], device=self.tokens.device)
            self.positions[slot, : len(own)] = torch.tensor(starts, device=self.tokens.device)
            self._take(slot, range(len(own)), tokens, values)
            seats.append(slot)
        self._tell()
        return seats

    def step(self) -> dict[int, list[Written]]:
        """Feed one token of each branch that still writes: the texts of slots that are done, which are free then."""
        live = self._live()
        if live:
            rows, width = self.size.rows(1 + max(live)), max(map(len, live.values()))
            end = self.size.end(max(self.filled[slot] + len(own) for slot, own in live.items()))
            chosen, logprobs = (found.tolist() for found in self._run(rows, width, end))
            self.language.counters.decode_steps += 1
            self.language.counters.decoded_rows += rows * width
            for slot, own in live.items():
                self.filled[slot] += len(own)
                self._take(slot, own, chosen[slot], logprobs[slot])
        done = [slot for slot, texts in self.texts.items() if all(text.done for text in texts)]
        written = {slot: [text.written for text in self.texts.pop(slot)] for slot in done}
        if live != self._live():
            self._tell()
        return written

    def leave(self, slot: int) -> None:
        """Free a slot in mid-flight: nobody wants its texts any more."""
        if self.texts.pop(slot, None) is not None:
            self._tell()

    def release(self) -> None:
        """Let go of all keys and values, and of everyone: the end of these slots."""
        self.texts.clear()
        self._recorded.clear()
        for layer in self.tree.layers:
            layer.let_go()

    def _live(self) -> dict[int, list[int]]:
        """The branches of each slot that still write."""
        places = {slot: [n for n, text in enumerate(texts) if not text.done] for slot, texts in self.texts.items()}
        return {slot: own for slot, own in places.items() if own}

    def _take(self, slot: int, branches: Sequence[int], tokens: Sequence[int], logprobs: Sequence[float]) -> None:
        """The newest tokens of these branches, in their order."""
        for branch, token, logprob in zip(branches, tokens, logprobs, strict=False):
            self.texts[slot][branch].add(token, logprob)

    def _tell(self) -> None:
        """Tell the device which branches still write."""
        live, most = self._live(), self.size.branches
        own = [live.get(slot, []) for slot in range(self.size.slots)]
        self.branches.copy_(torch.tensor([[*places, *[NOBODY] * (most - len(places))] for places in own]))
        rest = [[n for n in range(most) if n not in places] for places in own]
        self.places.copy_(torch.tensor([[*places, *others] for places, others in zip(own, rest, strict=True)]))

    def _copy(self, slot: int, grown: Tree, row: int, pads: int) -> None:
        """Row `row` of a tree without its pads into a slot; what was there before is wiped out.

        It must be: a mask makes nothing of a cell that holds no number, as a broken picture may leave it.
        """
        tree = self.tree
        source = slice(1 + pads, min(grown.owner.shape[1], 1 + pads + self.size.cells))
        count = source.stop - source.start
        for mine, other in zip(tree.layers, grown.layers, strict=True):
            if not mine.is_initialized:
                mine.set_aside(other, self.size.slots, 1 + self.size.cells)
                self.language.counters.kv_bytes += mine.bytes()
            for store, given in ((mine.store_keys, other.store_keys), (mine.store_values, other.store_values)):
                store[slot] = 0
                store[slot, :, 1 : 1 + count] = given[row, :, source]
        tree.owner[slot, 1:] = EMPTY
        tree.owner[slot, 1 : 1 + count] = grown.owner[row, source]
        tree.used[slot] = grown.used[row] - pads

    def _step(self, rows: int, width: int, end: int) -> tuple[Tensor, Tensor]:
        """One step of a bucket, all on the device: ids and log-probabilities, both (`rows`, `width`)."""
        places, branches = self.places[:rows, :width], self.branches[:rows, :width]
        tokens, positions = self.tokens[:rows], self.positions[:rows]
        fed, at = tokens.gather(1, places), positions.gather(1, places)
        chosen, logprobs = most_likely(self.tree.feed(fed, branches, at, rows=rows, end=end))
        tokens.scatter_(1, places, chosen)
        positions.scatter_add_(1, places, (branches >= 0).long())
        return chosen, logprobs

    def _run(self, rows: int, width: int, end: int) -> tuple[Tensor, Tensor]:
        if not self.graphs:
            return self._step(rows, width, end)
        if (rows, width, end) not in self._recorded:
            self._recorded[rows, width, end] = self._record(rows, width, end)
        graph, chosen, logprobs = self._recorded[rows, width, end]
        graph.replay()
        return chosen, logprobs

    def _record(self, rows: int, width: int, end: int) -> tuple[torch.cuda.CUDAGraph, Tensor, Tensor]:
        """Record a bucket. It runs once first, on a stream of its own, and what that changed is put back."""
        state = (self.tokens, self.positions, self.tree.owner, self.tree.used)
        before = [part.clone() for part in state]
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            self._step(rows, width, end)
            for part, old in zip(state, before, strict=True):
                part.copy_(old)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            chosen, logprobs = self._step(rows, width, end)
        return graph, chosen, logprobs
