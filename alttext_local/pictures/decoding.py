"""From the bytes of a file to pixels: what runs in the child process, which imports nothing but Pillow and NumPy.

`python -m alttext_local.pictures.decoding LIMITS FORMATS` answers one picture after the other on its pipes:
in comes a length and the file; out goes a `Reply` and the RGB bytes. It keeps its own limits of memory
and CPU and cannot write a file; its parent (`opening`) keeps the time and kills it.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import struct
import sys
import time
import warnings
from dataclasses import asdict
from typing import Any, BinaryIO

from PIL import Image

from alttext_local.errors import UnreadableImage
from alttext_local.pictures.facts import measure
from alttext_local.pictures.formats import API_FORMATS, Format, format_of, jpeg_scans
from alttext_local.pictures.limits import Limits
from alttext_local.pictures.pixels import MOST_PIXELS, TURNED_ORIENTATIONS, is_one_colour, orientation_of, to_rgb
from alttext_local.types import Facts

HEAD = struct.Struct(">QQ")
"""Bytes of the JSON that follows, and of the pixels after it."""
LENGTH = struct.Struct(">Q")
READY = b"R"
BROKEN = "The image is damaged or incomplete."
BROKEN_TIFF = "The image is damaged, or of a kind of TIFF that cannot be read."
OUT_OF_MEMORY = "The image needs more memory to decode than the limit."
MOST_FRAMES = 100
PLUGINS = {"TIFF": "PIL.TiffImagePlugin", "WEBP": "PIL.WebPImagePlugin"}
"""Of Pillow's, those that `preinit` leaves out: imported before the limits are laid."""
FRAME_SECONDS = 3.0
"""For looking through an animation for a frame that shows something."""


def decode(data: bytes, limits: Limits, formats: tuple[Format, ...] = API_FORMATS) -> tuple[Image.Image, Facts]:
    """An RGB picture of at most 12 million pixels and its facts. Of a TIFF its first page, of a WEBP its first frame.

    `UnreadableImage` for damage and for all that is over a limit, in words of our own.
    """
    name = format_of(data, formats)
    if name == "JPEG" and jpeg_scans(data, limits.max_jpeg_scans) > limits.max_jpeg_scans:
        raise UnreadableImage(f"The JPEG has more than {limits.max_jpeg_scans} scans.")
    try:
        with Image.open(io.BytesIO(data), formats=(name,) if name else ()) as image:
            _check_size(image, limits)
            size = image.size
            if name == "GIF":
                picture = _first_that_shows(image, limits)
            else:
                _draft(image)
                image.load()
                picture = to_rgb(image)
            width, height = size[::-1] if orientation_of(image) in TURNED_ORIENTATIONS else size
            return picture, measure(picture, width, height)
    except UnreadableImage:
        raise
    except MemoryError:
        raise UnreadableImage(OUT_OF_MEMORY) from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise UnreadableImage(_too_many_pixels(limits)) from None
    except Exception:  # Pillow raises at least six kinds, and its texts carry addresses
        raise UnreadableImage(BROKEN_TIFF if name == "TIFF" else BROKEN) from None


def _check_size(image: Image.Image, limits: Limits) -> None:
    """Before anything is decoded."""
    if min(image.size) < 1:
        raise UnreadableImage(BROKEN)
    if max(image.size) > limits.max_side:
        raise UnreadableImage(f"A side of the image is over the limit of {limits.max_side} pixels.")
    if image.width * image.height > limits.max_pixels:
        raise UnreadableImage(_too_many_pixels(limits))


def _too_many_pixels(limits: Limits) -> str:
    return f"The image is over the limit of {limits.max_pixels} pixels."


def _draft(image: Image.Image) -> None:
    """Let a JPEG decoder leave out what scaling down would throw away.

    Down to what a `Picture` holds, not to the few hundred pixels that a model sees: every picture is read by OCR too,
    whose text grounds what the model says, and small print of a scan is lost at half its size. Facts would do with
    128 pixels. What the model does not see is left out later, by `letterbox.shrink`, in a few milliseconds.
    """
    pixels = image.width * image.height
    if image.format in ("JPEG", "MPO") and pixels > MOST_PIXELS:
        scale = (MOST_PIXELS / pixels) ** 0.5
        image.draft(None, (round(image.width * scale), round(image.height * scale)))


def _first_that_shows(image: Image.Image, limits: Limits) -> Image.Image:
    """The first frame that is not of one colour, else the first of all."""
    image.load()
    first = frame = to_rgb(image.copy())
    until = time.monotonic() + FRAME_SECONDS
    for number in range(1, MOST_FRAMES):
        if not is_one_colour(frame) or time.monotonic() > until:
            break
        try:
            image.seek(number)
            _check_size(image, limits)
            frame = to_rgb(image.copy())
        except Exception:  # the end, or damage after a first frame that is whole
            return first
    return first if is_one_colour(frame) else frame


def serve(limits: Limits, requests: BinaryIO, replies: BinaryIO, formats: tuple[Format, ...] = API_FORMATS) -> None:
    """Answer until the parent closes the pipe."""
    replies.write(READY)
    replies.flush()
    while len(head := requests.read(LENGTH.size)) == LENGTH.size:
        data = requests.read(LENGTH.unpack(head)[0])
        _allow_cpu(limits.cpu_seconds)
        text, pixels = _reply(data, limits, formats)
        replies.write(HEAD.pack(len(text), len(pixels)) + text)
        replies.write(pixels)
        replies.flush()


def _reply(data: bytes, limits: Limits, formats: tuple[Format, ...]) -> tuple[bytes, bytes]:
    reply: dict[str, Any]
    try:
        picture, facts = decode(data, limits, formats)
        pixels = picture.tobytes()
        reply = {"size": picture.size, "facts": asdict(facts)}
    except MemoryError:
        reply, pixels = {"error": OUT_OF_MEMORY}, b""
    except UnreadableImage as error:
        reply, pixels = {"error": error.detail}, b""
    return json.dumps(reply).encode(), pixels


def _confine(limits: Limits) -> None:
    """No core dump, no file, bounded memory. Where a system has no such limit, the parent's clock is what is left."""
    Image.MAX_IMAGE_PIXELS = limits.max_pixels
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))


def _allow_cpu(seconds: int) -> None:
    """Lay the limit, which counts from the start of the process, `seconds` ahead of what is used."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + seconds, hard))


def main() -> None:
    """Take the pipes away from everything else that may print, then serve."""
    limits = Limits(**json.loads(sys.argv[1]))
    formats: tuple[Format, ...] = tuple(json.loads(sys.argv[2]))
    Image.preinit()
    for plugin in PLUGINS.keys() & set(formats):
        importlib.import_module(PLUGINS[plugin])
    _confine(limits)
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    serve(limits, sys.stdin.buffer, io.BufferedWriter(replies), formats)


if __name__ == "__main__":
    main()
