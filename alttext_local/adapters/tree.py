"""Texts and labels of all asks about a picture over ONE copy of the keys and values of its prefix.

A row is a picture. Its cells hold the prefix, then the tokens of its branches (one for each ask) as they come; each
cell knows its branch, and a token sees the prefix and the earlier cells of its own branch. All asks of a picture
are so many queries over the same keys: the prefix is read once a step for all of them, and never copied.

Shapes: B pictures, S branches of the picture that has most, Q tokens fed at once, L cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import Cache

from alttext_local.adapters.cells import Aim, Cells
from alttext_local.adapters.generation import DROP_BELOW, Language, Prefix, Text, Written, most_likely
from alttext_local.adapters.labels import Trie, build_trie, count_labels, read_scores

SHARED, EMPTY, NOBODY = -1, -2, -3
"""What a cell belongs to that is no branch's: the prefix, nothing yet, tokens that nobody reads."""


@dataclass(frozen=True)
class Laid:
    """Asks side by side, one block of columns a branch, as rows of equal length."""

    ids: list[list[int]]
    branches: list[list[int]]
    offsets: list[list[int]]
    """Positions, counted from the end of the prefix."""
    ends: list[int]
    """The column of each branch's last token: the same in all rows."""
    nodes: list[range]
    """The columns of each branch's labels."""

    @property
    def most(self) -> int:
        """Tokens of the fullest row, pads apart."""
        return max(sum(branch != NOBODY for branch in row) for row in self.branches)


class Tree:
    """The cells of several pictures and the branches that they belong to."""

    def __init__(
        self, language: Language, layers: Sequence[Cells], aim: Aim, owner: Tensor, used: int, start: Tensor
    ) -> None:
        """`owner` (B, 1 + L): the branch of each cell. `used`: the first cell that is free in all rows."""
        self.language, self.layers, self.aim = language, layers, aim
        self.cache = Cache(layers=[*layers])
        self.owner = owner
        self.used = owner.new_full((len(owner),), used)
        """(B,): the first free cell of each row."""
        self.filled = used
        self.start = start
        """(B,): the position behind the prefix."""

    def feed(
        self,
        ids: Tensor,
        branches: Tensor,
        positions: Tensor,
        *,
        rows: int,
        end: int,
        keep: Tensor | int = 0,
        own: Tensor | None = None,
    ) -> Tensor:
        """Feed tokens (`rows`, Q), pads with branch NOBODY: logits (`rows`, columns of `keep`, vocabulary).

        Each sees the prefix and what stands before it in its branch; `own` (`rows`, Q, Q) says instead which of the
        tokens fed now see which. Only cells before `end` are read. Nothing here waits for the device.
        """
        real = branches >= 0
        cells = torch.where(real, self.used[:rows, None] + real.cumsum(1) - 1, 0)
        self.owner[:rows].scatter_(1, cells, branches)
        self.used[:rows] += real.sum(1)
        visible = self._visible(cells, branches, end, own)
        mask = torch.zeros(visible.shape, dtype=self.language.lm.dtype, device=visible.device)
        self.aim.cells, self.aim.rows, self.aim.end = cells, rows, end
        found: Tensor = self.language.lm(
            input_ids=ids,
            attention_mask=mask.masked_fill_(~visible, torch.finfo(mask.dtype).min).unsqueeze(1),
            position_ids=positions,
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=keep,
        ).logits
        return found

    def feed_laid(self, laid: Laid, keep: Sequence[int], own: Tensor | None = None) -> Tensor:
        """Feed the first tokens of all branches behind the prefixes."""
        device, rows = self.owner.device, len(laid.ids)
        ids, branches, offsets = (torch.tensor(part, device=device) for part in (laid.ids, laid.branches, laid.offsets))
        end = self.filled + laid.most
        columns = torch.tensor(keep, device=device)
        return self.feed(ids, branches, self.start[:, None] + offsets, rows=rows, end=end, keep=columns, own=own)

    def keep(self, rows: Tensor) -> None:
        """Let go of all rows but these."""
        self.owner, self.used, self.start = self.owner[rows], self.used[rows], self.start[rows]
        for layer in self.layers:
            layer.keep(rows)

    def _visible(self, cells: Tensor, branches: Tensor, end: int, own: Tensor | None) -> Tensor:
        """(rows, Q, `end`): which cells each token sees. Pads see the prefix, so that no row is without a key."""
        owner = self.owner[: len(cells), None, :end]
        shared = owner == SHARED
        if own is not None:
            return shared.expand(-1, cells.shape[1], -1).scatter(2, cells[:, None].expand_as(own), own)
        earlier = torch.arange(end, device=cells.device) <= cells[..., None]
        return shared | ((owner == branches[..., None]) & earlier)


def plant(language: Language, prefix: Prefix) -> Tree:
    """A tree without branches over prefixes, in the cells that were set aside with them."""
    mask = prefix.mask
    rows, room = len(mask), prefix.layers[0].room
    nobody, free = mask.new_full((rows, 1), NOBODY), mask.new_full((rows, room), EMPTY)
    owner = torch.cat([nobody, torch.where(mask.bool(), SHARED, EMPTY), free], 1)
    return Tree(language, prefix.layers, prefix.aim, owner, 1 + mask.shape[1], prefix.start)


def room_for(rows: Sequence[int], tokens: Sequence[int]) -> int:
    """Cells for the fullest picture, where branch i is of picture `rows[i]` and takes `tokens[i]`."""
    sums: dict[int, int] = {}
    for row, count in zip(rows, tokens, strict=True):
        sums[row] = sums.get(row, 0) + count
    return max(sums.values(), default=0)


def write(
    language: Language,
    prefix: Prefix,
    rows: Sequence[int],
    suffixes: Sequence[Sequence[int]],
    budgets: Sequence[int],
) -> list[Written]:
    """As `generation.write`, over the prefixes themselves: they cannot be used afterwards."""
    tree = plant(language, prefix)
    texts = [Text(budget, frozenset(language.stops)) for budget in budgets]
    columns = by_picture(rows, len(prefix.mask))
    laid = lay_out(columns, suffixes, pad=language.pad)
    logits = tree.feed_laid(laid, laid.ends)
    language.counters.suffix_tokens += sum(map(len, suffixes))
    front = Front.behind(tree, laid, columns)
    end = tree.filled + laid.most
    while True:
        chosen, logprobs = most_likely(logits)
        for own, tokens, values in zip(front.columns, chosen.tolist(), logprobs.tolist(), strict=True):
            for (_, number), token, logprob in zip(own, tokens, values, strict=False):
                texts[number].add(token, logprob)
        if not front.advance(tree, chosen, texts):
            return [text.written for text in texts]
        rows_fed, columns_fed = front.tokens.shape
        end = min(end + columns_fed, tree.owner.shape[1])
        logits = tree.feed(front.tokens, front.branches, front.positions, rows=rows_fed, end=end)
        language.counters.decode_steps += 1
        language.counters.decoded_rows += rows_fed * columns_fed


def score(
    language: Language,
    prefix: Prefix,
    rows: Sequence[int],
    suffixes: Sequence[Sequence[int]],
    labels: Sequence[Sequence[Sequence[int]]],
) -> list[list[float]]:
    """As `labels.score`, over the prefixes themselves: the cells behind them are free again afterwards."""
    tree = plant(language, prefix)
    tries = [build_trie(own) for own in labels]
    columns = by_picture(rows, len(prefix.mask))
    laid = lay_out(columns, suffixes, tries, language.pad)
    keep = [column for end, nodes in zip(laid.ends, laid.nodes, strict=True) for column in (end, *nodes)]
    logits = tree.feed_laid(laid, keep, _own(laid, columns, tries, tree.owner.device))
    count_labels(language, suffixes, tries)
    found: dict[int, list[float]] = {}
    for row, own in enumerate(columns):
        place = 0
        for (branch, number), nodes in zip(own, laid.nodes, strict=False):
            assert branch >= 0
            here = logits[row, place : place + 1 + len(tries[number].tokens)]
            found[number] = read_scores(here, tries[number], language.stops)
            place += 1 + len(nodes)
    return [found[number] for number in range(len(rows))]


Columns = list[list[tuple[int, int]]]
"""For each picture its branches side by side, each with the number of its ask."""


@dataclass
class Front:
    """The newest token of each live branch: where all branches go on."""

    columns: Columns
    tokens: Tensor
    branches: Tensor
    positions: Tensor

    @classmethod
    def behind(cls, tree: Tree, laid: Laid, columns: Columns) -> Front:
        """The front behind the first tokens of all branches."""
        device = tree.owner.device
        ends = torch.tensor([[row[end] for end in laid.ends] for row in laid.offsets], device=device)
        branches = _branches(columns, device)
        return cls(columns, torch.zeros_like(branches), branches, tree.start[:, None] + ends)

    def advance(self, tree: Tree, chosen: Tensor, texts: Sequence[Text]) -> bool:
        """Go on from the tokens that were chosen, without the branches that are done. False when all are.

        Pictures without branches leave the tree when enough of them have none.
        """
        self.tokens, self.positions = chosen, self.positions + (self.branches >= 0)
        going = [[place for place, (_, number) in enumerate(own) if not texts[number].done] for own in self.columns]
        if [len(left) for left in going] != [len(own) for own in self.columns]:
            self._drop(tree, going)
        return any(going)

    def _drop(self, tree: Tree, going: list[list[int]]) -> None:
        rows = [row for row, left in enumerate(going) if left]
        if not rows:
            return
        if len(rows) > DROP_BELOW * len(going):
            rows = list(range(len(going)))
        else:
            tree.keep(torch.tensor(rows, device=self.tokens.device))
        widest = max(len(going[row]) for row in rows)
        places = [[*going[row], *[0] * (widest - len(going[row]))] for row in rows]
        kept, index = (torch.tensor(part, device=self.tokens.device) for part in (rows, places))
        self.columns = [[self.columns[row][place] for place in going[row]] for row in rows]
        self.tokens, self.positions = self.tokens[kept].gather(1, index), self.positions[kept].gather(1, index)
        self.branches = _branches(self.columns, self.tokens.device)


def by_picture(rows: Sequence[int], pictures: int) -> Columns:
    """Asks by their pictures: ask i is of picture `rows[i]`."""
    columns: Columns = [[] for _ in range(pictures)]
    for number, row in enumerate(rows):
        columns[row].append((len(columns[row]), number))
    return columns


def lay_out(
    columns: Columns, suffixes: Sequence[Sequence[int]], tries: Sequence[Trie] | None = None, pad: int = 0
) -> Laid:
    """Suffixes, and the labels behind them, side by side. Suffixes end in the same column for all pictures."""
    laid = Laid([[] for _ in columns], [[] for _ in columns], [[] for _ in columns], [], [])
    for block in range(max(map(len, columns))):
        here = [own[block] if block < len(own) else None for own in columns]
        words = [list(suffixes[ask[1]]) if ask else [] for ask in here]
        nodes = [tries[ask[1]] if tries and ask else None for ask in here]
        width, room = max(map(len, words)), max(len(trie.tokens) if trie else 0 for trie in nodes)
        for row, (ask, own, trie) in enumerate(zip(here, words, nodes, strict=True)):
            before, after = width - len(own), room - (len(trie.tokens) if trie else 0)
            tokens, depths = (trie.tokens, trie.depths) if trie else ((), ())
            branch = ask[0] if ask else NOBODY
            laid.ids[row] += [*[pad] * before, *own, *tokens, *[pad] * after]
            laid.branches[row] += [*[NOBODY] * before, *[branch] * (len(own) + len(tokens)), *[NOBODY] * after]
            steps = [len(own) + depth - 1 for depth in depths]
            laid.offsets[row] += [*[0] * before, *range(len(own)), *steps, *[0] * after]
        start = laid.nodes[-1].stop if laid.nodes else 0
        laid.ends.append(start + width - 1)
        laid.nodes.append(range(start + width, start + width + room))
    return laid


def _own(laid: Laid, columns: Columns, tries: Sequence[Trie], device: torch.device) -> Tensor:
    """(B, Q, Q): a suffix sees what stands before it, a label's token its suffix and the tokens that it follows."""
    branches = torch.tensor(laid.branches)
    own = (branches[:, :, None] == branches[:, None, :]).tril()
    for row, asks in enumerate(columns):
        for (_, number), nodes in zip(asks, laid.nodes, strict=False):
            count = len(tries[number].tokens)
            here = slice(nodes.start, nodes.start + count)
            own[row, here, here] = tries[number].ancestors()
    return own.to(device)


def _branches(columns: Columns, device: torch.device) -> Tensor:
    widest = max(map(len, columns))
    rows = [[*(branch for branch, _ in own), *[NOBODY] * (widest - len(own))] for own in columns]
    return torch.tensor(rows, device=device)
