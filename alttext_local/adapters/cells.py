"""Keys and values in cells that are set aside once and written in place: no copy of it all at each step.

Shapes: R rows, H key heads, L cells, W width of a head, Q tokens fed at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from transformers import Cache
from transformers.cache_utils import CacheLayerMixin


@dataclass(eq=False)
class Aim:
    """Where the next tokens go, told to all layers at once."""

    cells: Tensor | None = None
    """(rows, Q), the cell of each token, 0 for what nobody reads; None: behind what is there, in all rows."""
    rows: int = 0
    """The first rows are written and read."""
    end: int = 0
    """Cells before this one are read."""


class Cells(CacheLayerMixin):  # type: ignore[no-untyped-call]
    """One layer's keys and values, (R, H, 1 + L, W). Cell 0 takes what is written for nobody."""

    is_sliding = False

    def __init__(self, room: int, aim: Aim) -> None:
        """`room`: cells besides those of the first tokens that come."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.room, self.aim, self.length = room, aim, 0

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Set the cells aside. They begin as zeros: whatever a mask hides must still be a number."""
        self.dtype, self.device = key_states.dtype, key_states.device
        rows, heads, tokens, width = key_states.shape
        cells = 1 + tokens + self.room
        self.store_keys = key_states.new_zeros(rows, heads, cells, width)
        self.store_values = value_states.new_zeros(rows, heads, cells, value_states.shape[-1])
        self.is_initialized = True

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        """Write new keys and values in place; what is to be read, new ones included."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        if self.aim.cells is not None:
            return self._scatter(self.aim.cells, key_states, value_states)
        end = self.length + key_states.shape[-2]
        self.store_keys[:, :, 1 + self.length : 1 + end] = key_states
        self.store_values[:, :, 1 + self.length : 1 + end] = value_states
        self.length = end
        return self._look()

    def set_aside(self, like: Cells, rows: int, cells: int) -> None:
        """Set so many rows of so many cells aside, of the kind that another layer has."""
        self.store_keys, self.store_values = (
            store.new_zeros(rows, store.shape[1], cells, store.shape[3])
            for store in (like.store_keys, like.store_values)
        )
        self.dtype, self.device, self.is_initialized = like.dtype, like.device, True

    def let_go(self) -> None:
        """Hold nothing any more."""
        if self.is_initialized:
            del self.store_keys, self.store_values
            self.is_initialized = False

    def keep(self, rows: Tensor) -> None:
        """Let go of all rows but these."""
        rows = rows.to(self.store_keys.device)
        self.store_keys, self.store_values = self.store_keys[rows], self.store_values[rows]
        self._look()

    def forked(self, rows: Tensor, room: int) -> Cells:
        """A layer whose row i is a copy of row `rows[i]`, with room of its own."""
        rows = rows.to(self.store_keys.device)
        fork = Cells(room, Aim())
        filled = slice(1, 1 + self.length)
        fork.update(self.store_keys[:, :, filled][rows], self.store_values[:, :, filled][rows])
        return fork

    def bytes(self) -> int:
        """What keys and values take, room included."""
        return self.store_keys.nbytes + self.store_values.nbytes

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Keys that a mask made by the model itself covers, and its offset."""
        return self.length + query_length, 0

    def get_seq_length(self) -> int:
        """Tokens written one behind the other."""
        return self.length

    def get_max_length(self) -> int:
        """No bound that a model should know of."""
        return -1

    def _scatter(self, cells: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        here, rows, end = cells.to(keys.device)[:, None, :, None], self.aim.rows, self.aim.end
        for store, new in ((self.store_keys, keys), (self.store_values, values)):
            store[:rows].scatter_(2, here.expand(-1, new.shape[1], -1, new.shape[3]), new)
        return self.store_keys[:rows, :, :end], self.store_values[:rows, :, :end]

    def _look(self) -> tuple[Tensor, Tensor]:
        self.keys = self.store_keys[:, :, 1 : 1 + self.length]
        self.values = self.store_values[:, :, 1 : 1 + self.length]
        return self.keys, self.values


def cells_for(layers: int, room: int) -> tuple[Cache, list[Cells], Aim]:
    """An empty cache of so many layers, its layers, and what aims them all."""
    aim = Aim()
    cells = [Cells(room, aim) for _ in range(layers)]
    return Cache(layers=[*cells]), cells, aim


def bytes_of(layers: Iterable[Cells]) -> int:
    """What all layers hold."""
    return sum(layer.bytes() for layer in layers)
