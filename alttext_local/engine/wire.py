"""What goes over the pipe between an engine and the process that has its models.

A message is two lengths, a JSON object, and bytes: the RGB pixels of its pictures, one behind the other. No pickle:
what comes in on either side can only ever be numbers and texts, and JSON costs a batch of 16 a few milliseconds.
Floats come back bit for bit.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from alttext_local import errors
from alttext_local.adapters.adapter import Abilities
from alttext_local.catalogue import Card
from alttext_local.engine.lanes import Answers
from alttext_local.errors import AltTextError
from alttext_local.types import Answer, Ask, Facts, Picture, Shot, Token

HEAD = struct.Struct(">QQ")
"""Bytes of the JSON, and of the pixels after it."""
MOST_JSON = 256 * 1024 * 1024
"""More is no message of ours."""

Message = dict[str, Any]


def write(pipe: BinaryIO, message: Mapping[str, Any], pictures: Sequence[Picture] = ()) -> None:
    """Send a message, and the pixels of its pictures one by one: they are never in memory a second time all at once."""
    text = json.dumps(message).encode()
    pipe.write(HEAD.pack(len(text), sum(3 * p.image.width * p.image.height for p in pictures)))
    pipe.write(text)
    for picture in pictures:
        pipe.write(np.asarray(picture.image).data.cast("B"))  # six times as quick as `tobytes`
    pipe.flush()


def read(pipe: BinaryIO) -> tuple[Message, memoryview]:
    """The next message. `EOFError` where the other side is gone, `ValueError` for what is no message."""
    text_length, pixel_length = HEAD.unpack(_exactly(pipe, HEAD.size))
    if text_length > MOST_JSON:
        raise ValueError("no message")
    return json.loads(bytes(_exactly(pipe, text_length))), _exactly(pipe, pixel_length)


def _exactly(pipe: BinaryIO, length: int) -> memoryview:
    view = memoryview(bytearray(length))
    filled = 0
    while filled < length:
        count: int = pipe.readinto(view[filled:])  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        filled += count
    return view


# shots and answers


def pack_shots(shots: Sequence[Shot]) -> list[Message]:
    """Shots without their pixels."""
    return [
        {
            "size": shot.picture.image.size,
            "facts": asdict(shot.picture.facts),
            "sha256": shot.picture.sha256,
            "format": shot.picture.format,
            "pages": shot.picture.pages,
            "asks": [asdict(ask) for ask in shot.asks],
        }
        for shot in shots
    ]


def unpack_shots(rows: Sequence[Message], pixels: bytes | memoryview) -> list[Shot]:
    """Shots, their pixels cut from the bytes that came along."""
    shots, start = [], 0
    for row in rows:
        width, height = row["size"]
        end = start + 3 * width * height
        image = Image.frombytes("RGB", (width, height), pixels[start:end])
        facts = Facts(**{**row["facts"], "colours": tuple((name, share) for name, share in row["facts"]["colours"])})
        picture = Picture(image, facts, row["sha256"], row["format"], row["pages"])
        asks = tuple(Ask(**{**ask, "labels": tuple(ask["labels"])}) for ask in row["asks"])
        shots.append(Shot(picture, asks))
        start = end
    return shots


def pack_answers(answers: Sequence[Answers]) -> list[list[list[Any]]]:
    """Answers: text, tokens with their log-probability, scores."""
    return [
        [[one.text, [[t.text, t.logprob] for t in one.tokens], dict(one.scores)] for one in given] for given in answers
    ]


def unpack_answers(rows: Sequence[Sequence[Sequence[Any]]]) -> list[Answers]:
    """The answers again."""
    return [
        tuple(Answer(text, tuple(Token(*token) for token in tokens), scores) for text, tokens, scores in given)
        for given in rows
    ]


# cards, abilities, errors


def pack_card(card: Card) -> Message:
    """A card; its folder as a text."""
    return {**asdict(card), "folder": str(card.folder)}


def unpack_abilities(row: Message) -> Abilities:
    """What a family can do."""
    return Abilities(**{**row, "languages": tuple(row["languages"])})


class ModelFailed(Exception):
    """What a model raised in its process, with the trace from there: for the log, never for a caller."""


def pack_error(error: Exception, trace: str) -> Message:
    """An error of ours by its name, another one as a trace."""
    if isinstance(error, AltTextError):
        return {"error": type(error).__name__, "detail": error.detail}
    return {"error": "", "detail": trace}


def unpack_error(row: Message) -> Exception:
    """The same error, to be raised here."""
    kind = getattr(errors, row["error"], None) if row["error"] else None
    if isinstance(kind, type) and issubclass(kind, AltTextError):
        return kind(row["detail"])
    return ModelFailed(row["detail"])
