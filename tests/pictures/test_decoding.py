import io
import resource
from collections.abc import Iterator

import pytest
from PIL import Image

from alttext_local.errors import UnreadableImage
from alttext_local.pictures import decoding
from alttext_local.pictures.decoding import HEAD, LENGTH, READY, decode, serve
from alttext_local.pictures.limits import Limits
from tests.pictures import samples


@pytest.fixture(autouse=True)
def own_time() -> Iterator[None]:
    """`serve` limits the CPU time of its process, which here is the one of all tests after it."""
    before = resource.getrlimit(resource.RLIMIT_CPU)
    yield
    resource.setrlimit(resource.RLIMIT_CPU, before)


@pytest.mark.parametrize("name", ["PNG", "JPEG", "BMP", "GIF"])
def test_a_format_is_decoded(name: str, limits: Limits) -> None:
    image, facts = decode(samples.encode(samples.halves(), name, **({"quality": 95} if name == "JPEG" else {})), limits)
    assert (image.mode, image.size, facts.width, facts.height) == ("RGB", (64, 48), 64, 48)
    assert {name for name, _ in facts.colours} == {"red", "blue"}


def test_a_phones_mpo_is_a_jpeg(limits: Limits) -> None:
    data = samples.encode(samples.halves(), "MPO", save_all=True, append_images=[samples.plain()])
    assert Image.open(io.BytesIO(data)).format == "MPO"
    image, _ = decode(data, limits)
    assert image.size == (64, 48)


@pytest.mark.parametrize("name", ["PNG", "JPEG", "BMP", "GIF"])
@pytest.mark.parametrize("kept", [0.15, 0.5, 0.9])
def test_a_truncated_file_is_unreadable_in_our_own_words(name: str, kept: float, limits: Limits) -> None:
    data = samples.encode(samples.scene((200, 150)), name)
    with pytest.raises(UnreadableImage) as caught:
        decode(data[: int(len(data) * kept)], limits)
    assert caught.value.detail == decoding.BROKEN


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", samples.png(0, 5, b"")])
def test_magic_bytes_alone_are_no_picture(data: bytes, limits: Limits) -> None:
    with pytest.raises(UnreadableImage, match="damaged"):
        decode(data, limits)


def test_a_bomb_is_refused_before_it_is_decoded(limits: Limits) -> None:
    with pytest.raises(UnreadableImage, match="89500000 pixels"):
        decode(samples.png_bomb(), limits)


def test_a_side_is_bounded_on_its_own(limits: Limits) -> None:
    assert decode(samples.encode(samples.plain(size=(65_535, 1))), limits)[0].size == (65_535, 1)
    with pytest.raises(UnreadableImage, match="65535 pixels"):
        decode(samples.encode(samples.plain(size=(65_536, 1))), limits)


def test_scans_are_bounded(limits: Limits) -> None:
    with pytest.raises(UnreadableImage, match="100 scans"):
        decode(samples.many_scans(5000), limits)
    assert decode(samples.many_scans(50), limits)[0].size == (64, 48)


def test_a_lying_header_is_damage(limits: Limits) -> None:
    with pytest.raises(UnreadableImage, match="damaged"):
        decode(samples.png(500, 500, b"\0" * 50), limits)


def test_the_facts_tell_the_real_size_after_the_turn(limits: Limits) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image, facts = decode(samples.encode(Image.new("L", (5000, 3000), 90), "JPEG", exif=exif), limits)
    assert (facts.width, facts.height) == (3000, 5000)
    assert image.width * image.height <= 12_000_000
    assert image.height > image.width


def test_the_first_frame_that_shows_something_is_taken(limits: Limits) -> None:
    image, _ = decode(samples.animation(samples.plain(), samples.plain((9, 9, 9)), samples.halves()), limits)
    assert image.getpixel((2, 2)) == (200, 30, 30)
    image, _ = decode(samples.animation(samples.halves(), samples.plain()), limits)
    assert image.getpixel((2, 2)) == (200, 30, 30)


def test_of_blank_frames_the_first_is_taken(limits: Limits) -> None:
    image, _ = decode(samples.animation(samples.plain((0, 90, 0)), samples.plain((9, 9, 9))), limits)
    assert image.getpixel((2, 2)) == (0, 90, 0)


def test_no_more_than_a_hundred_frames_are_looked_at(limits: Limits) -> None:
    shades = [samples.plain((n, 0, 0), (8, 8)) for n in range(120)]
    image, _ = decode(samples.animation(*shades, samples.halves(size=(8, 8))), limits)
    assert image.getpixel((2, 2)) == (0, 0, 0)


def test_damage_after_a_whole_first_frame_does_no_harm(limits: Limits) -> None:
    data = samples.animation(samples.plain((0, 90, 0)), samples.scene((64, 48)))
    image, _ = decode(data[:-400], limits)
    assert image.getpixel((2, 2)) == (0, 90, 0)


def test_a_server_answers_one_picture_after_the_other(limits: Limits) -> None:
    requests = b"".join(LENGTH.pack(len(d)) + d for d in (samples.encode(samples.plain()), b"\xff\xd8\xff\xe0"))
    replies = io.BytesIO()
    serve(limits, io.BytesIO(requests), replies)  # type: ignore[arg-type]
    out = replies.getvalue()
    assert out.startswith(READY)
    text, pixels = HEAD.unpack_from(out, 1)
    assert pixels == 64 * 48 * 3
    text, pixels = HEAD.unpack_from(out, 1 + HEAD.size + text + pixels)
    assert pixels == 0
    assert decoding.BROKEN.encode() in out[-text:]
