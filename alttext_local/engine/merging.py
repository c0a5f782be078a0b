"""One look at a picture that is in a batch more than once.

Shots of the same content become one shot with all their asks, each ask once: the picture is encoded and its prefix
prefilled once. Only within a batch: nothing of a picture is kept beyond its request, and no caller learns from a quick
answer that somebody else has asked about the same picture before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from alttext_local.engine.lanes import Answers
from alttext_local.errors import EmptyAnswer
from alttext_local.types import Ask, Shot


def merged(answer: Callable[[Sequence[Shot]], list[Answers]], shots: Sequence[Shot]) -> list[Answers]:
    """What `answer` says of these shots, each in its place, asked of different pictures alone."""
    asks: dict[tuple[object, ...], dict[Ask, None]] = {}
    first: dict[tuple[object, ...], Shot] = {}
    keys = [_content(shot) for shot in shots]
    for key, shot in zip(keys, shots, strict=True):
        asks.setdefault(key, {}).update(dict.fromkeys(shot.asks))
        first.setdefault(key, shot)
    if len(first) == len(shots):
        return answer(shots)
    found = answer([Shot(first[key].picture, tuple(wanted)) for key, wanted in asks.items()])
    if list(map(len, found)) != list(map(len, asks.values())):
        raise EmptyAnswer("The model gave another number of answers than it was asked for.")
    told = {key: dict(zip(wanted, own, strict=True)) for (key, wanted), own in zip(asks.items(), found, strict=True)}
    return [tuple(told[key][ask] for ask in shot.asks) for key, shot in zip(keys, shots, strict=True)]


def _content(shot: Shot) -> tuple[object, ...]:
    """The same for the same pixels: the hash of the file, and the size that it was decoded to."""
    return shot.picture.sha256, shot.picture.image.size
