import contextlib
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from alttext_local.errors import BadRequest, Draining, UnreadableImage, UnsupportedFormat
from alttext_local.pictures.limits import Limits
from alttext_local.pictures.opening import Opener
from alttext_local.types import Picture
from tests.pictures import samples

SMALL = samples.encode(samples.halves())


def child_of(opener: Opener) -> int:
    process = opener._children[0]._process
    assert process is not None
    return process.pid


def test_pixels_come_back_exactly(opener: Opener) -> None:
    image = samples.scene((321, 123))
    data = samples.encode(image)
    picture = opener.open(data)
    assert np.array_equal(np.asarray(picture.image), np.asarray(image))
    assert picture.format == "PNG"
    assert picture.sha256 == hashlib.sha256(data).hexdigest()
    assert (picture.facts.width, picture.facts.height) == (321, 123)


def test_no_bytes_are_a_bad_request(opener: Opener) -> None:
    with pytest.raises(BadRequest, match="The file is empty"):
        opener.open(b"")


@pytest.mark.parametrize("name", ["TIFF", "WEBP", "PPM", "ICO", "EPS", "TGA"])
def test_other_formats_are_refused_by_their_content(name: str, opener: Opener) -> None:
    with pytest.raises(UnsupportedFormat):
        opener.open(samples.encode(samples.halves(), name))


@pytest.mark.parametrize("data", [b"<svg/>", b"%PDF-1.7", b"<!DOCTYPE html>", b"plain text", b"PK\3\4"])
def test_texts_and_documents_are_refused(data: bytes, opener: Opener) -> None:
    with pytest.raises(UnsupportedFormat):
        opener.open(data)


def test_damage_is_told_without_a_word_of_pillows(opener: Opener) -> None:
    with pytest.raises(UnreadableImage) as caught:
        opener.open(SMALL[:-30])
    assert caught.value.detail == "The image is damaged or incomplete."
    assert "0x" not in str(caught.value)


def test_a_strip_of_20000_pixels_is_opened(opener: Opener) -> None:
    assert opener.open(samples.encode(samples.plain(size=(20_000, 1)))).image.size == (20_000, 1)


@pytest.mark.parametrize("mode", ["1", "L"])
def test_an_a3_page_at_600_dpi_passes(mode: str, opener: Opener) -> None:
    page = Image.new(mode, (7016, 9921), 1 if mode == "1" else 255)
    page.paste(0, (1000, 1000, 5000, 1200))
    picture = opener.open(samples.encode(page, compress_level=1))
    assert (picture.facts.width, picture.facts.height) == (7016, 9921)
    assert picture.image.width * picture.image.height <= 12_000_000


def test_many_callers_get_each_their_own(opener: Opener) -> None:
    colours = [(n * 10, 255 - n * 10, n) for n in range(16)]
    with ThreadPoolExecutor(8) as callers:
        pictures = list(callers.map(lambda c: opener.open(samples.encode(samples.plain(c))), colours))
    assert [picture.image.getpixel((0, 0)) for picture in pictures] == colours


@contextlib.contextmanager
def picture_in_hand(opener: Opener) -> Iterator[Future[Picture]]:
    """A picture that has reached a child, which was stopped before and cannot get done with it."""
    os.kill(child_of(opener), signal.SIGSTOP)
    pipe = opener._children[0]._process.stdin
    with ThreadPoolExecutor(1) as caller:
        answer = caller.submit(opener.open, SMALL)
        while not any(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4))):  # bytes that wait in it
            assert not answer.done()
            time.sleep(0.01)
        yield answer


def test_a_killed_child_costs_one_picture_at_most(limits: Limits) -> None:
    with Opener(limits, 1) as opener:
        opener.open(SMALL)
        victim = child_of(opener)
        with picture_in_hand(opener) as answer, pytest.raises(UnreadableImage):
            os.kill(victim, signal.SIGKILL)
            answer.result()
        assert opener.open(SMALL).image.size == (64, 48)
        assert child_of(opener) != victim


def test_a_child_that_died_between_two_pictures_costs_none(limits: Limits) -> None:
    with Opener(limits, 1) as opener:
        opener.open(SMALL)
        victim = child_of(opener)
        os.kill(victim, signal.SIGKILL)
        os.waitid(os.P_PID, victim, os.WEXITED | os.WNOWAIT)
        assert opener.open(SMALL).image.size == (64, 48)


def test_a_hanging_child_is_ended_in_time(limits: Limits) -> None:
    with Opener(replace(limits, seconds=0.5), 1) as opener:
        opener.open(SMALL)
        os.kill(child_of(opener), signal.SIGSTOP)
        begun = time.monotonic()
        with pytest.raises(UnreadableImage, match=r"limit of 0\.5 seconds"):
            opener.open(SMALL)
        assert time.monotonic() - begun < 5
        assert opener.open(SMALL).image.size == (64, 48)


def test_too_little_memory_is_a_sentence_and_the_next_picture_works(limits: Limits) -> None:
    with Opener(replace(limits, memory=330 * 1024 * 1024), 1) as opener:
        with pytest.raises(UnreadableImage, match="memory"):
            opener.open(samples.encode(Image.new("RGB", (9000, 9000)), compress_level=1))
        assert opener.open(SMALL).image.size == (64, 48)


def test_the_cpu_allowance_is_each_pictures_own(limits: Limits) -> None:
    scans = samples.many_scans(3000, (3000, 2000))
    with Opener(replace(limits, seconds=300, cpu_seconds=1, max_jpeg_scans=10_000), 1) as opener:
        with pytest.raises(UnreadableImage, match="processor time"):
            opener.open(scans)
        assert opener.open(SMALL).image.size == (64, 48)


def test_a_closed_opener_says_so_and_leaves_no_child(limits: Limits) -> None:
    opener = Opener(limits, 1)
    opener.open(SMALL)
    child = child_of(opener)
    opener.close()
    with pytest.raises(Draining):
        opener.open(SMALL)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_closing_while_a_picture_is_in_hand_does_not_blame_the_picture(limits: Limits) -> None:
    opener = Opener(limits, 1)
    opener.open(SMALL)
    with picture_in_hand(opener) as answer, pytest.raises(Draining):
        opener.close()
        answer.result()


def test_the_child_imports_no_model_library() -> None:
    code = "import sys, alttext_local.pictures.decoding; print([m for m in ('torch', 'pydantic') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
