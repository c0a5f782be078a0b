"""Write into an image again and again, killed at one step after the other; print what was found each time.

Arguments: the image, and `in-place` for a writer that copies the finished file over the old one: the variant that must
be found out. A step is a call of Python into C that changes a file or a folder, from the moment that a new file lies
beside the image; the kill comes just before it. In the last run the kernel ends whoever writes, exiftool or Python,
halfway through the new file, and the kill comes at the next step, before anything can be cleared away.
"""

import json
import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType

import numpy as np
from PIL import Image

from alttext_local.metadata import exiftool
from alttext_local.metadata import writer as writing
from alttext_local.metadata.writer import Writer
from tests.metadata import packets
from tests.metadata.conftest import SAID

STEPS = {
    *("open", "write", "close", "__exit__", "flush", "fsync", "truncate", "ftruncate", "sendfile", "copy_file_range"),
    *("unlink", "remove", "rename", "replace", "link", "symlink", "chmod", "chown", "utime", "setxattr"),
}


def copied(part: Path, path: Path, *_: object) -> None:
    """What `replacing.replace` must not do."""
    shutil.copyfile(part, path)


def parts(image: Path) -> list[Path]:
    return list(image.parent.glob(".alttext-*"))


def is_step(frame: FrameType, event: str, called: object) -> bool:
    home = getattr(called, "__module__", None) or type(getattr(called, "__self__", None)).__module__
    changes = home in ("posix", "io", "_io") and getattr(called, "__name__", "") in STEPS
    return event == "c_call" and changes and frame.f_code.co_filename != exiftool.__file__  # talk, through pipes


def die_at(number: int, image: Path, size: int | None) -> Callable[[FrameType, str, object], None]:
    """A profiler that kills at this step, counted from a new file beside the image: of this size, if one is given."""
    left, begun = number, False

    def count(frame: FrameType, event: str, called: object) -> None:
        nonlocal left, begun
        if is_step(frame, event, called):
            begun = begun or any(size in (None, part.stat().st_size) for part in parts(image))
            left -= begun
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return count


def is_killed(image: Path, text: str, at: int, most: int | None = None) -> bool:
    """Whether a process that writes dies before it is done. `most`: no file of it, or of exiftool, may grow larger."""
    pid = os.fork()
    if pid == 0:
        if most is not None:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        with Writer(seconds=600) as writer:  # a machine may be busy
            sys.setprofile(die_at(at, image, most))
            writer.write(image, replace(SAID, alt_text=text), overwrite=True)
            sys.setprofile(None)
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    if status not in (0, signal.SIGKILL):
        sys.exit(f"the writer ended by itself, with {status}")
    return status != 0


def is_whole(image: Path, pixels: np.ndarray) -> bool:
    try:
        with Image.open(image) as opened:
            same = np.array_equal(np.asarray(opened), pixels)
        return same and "en" in packets.alternatives(image, "AltTextAccessibility")
    except (OSError, SyntaxError, ValueError):
        return False


def main(image: Path) -> None:
    with Image.open(image) as opened:
        pixels = np.asarray(opened)
    is_killed(image, "Text", sys.maxsize)
    original, at, unfinished, broken = image.read_bytes(), 0, 0, []
    while is_killed(image, f"Text {at}", at):
        left = parts(image)
        unfinished += bool(left)
        for part in left:  # that each run has the same steps
            part.unlink()
        if not is_whole(image, pixels):
            broken.append(at)
            image.write_bytes(original)
        at += 1
    half = image.stat().st_size // 2
    died = is_killed(image, "Text, half of it", 0, half)
    halves = [part.stat().st_size for part in parts(image)]
    if not (died and is_whole(image, pixels)):
        broken.append("half")
    print(json.dumps({"killed": at, "unfinished": unfinished, "half": half, "halves": halves, "broken": broken}))


if sys.argv[2:] == ["in-place"]:
    writing.replace = copied
main(Path(sys.argv[1]))
