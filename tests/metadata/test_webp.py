import io

import pytest
from PIL import Image

from alttext_local.metadata.image_data import NotFollowed
from alttext_local.metadata.webp import with_xmp, xmp_of

PACKET = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/> "


def webp(size: tuple[int, int] = (33, 17), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, "WEBP", **options)
    return out.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (33, 17), (16383, 3)])
def test_a_packet_goes_in_and_comes_out(mode, lossless, size):
    plain = webp(size, mode, lossless=lossless)
    data = with_xmp(plain, PACKET)
    assert xmp_of(data) == PACKET
    with Image.open(io.BytesIO(data)) as image, Image.open(io.BytesIO(plain)) as before:
        assert image.info["xmp"] == PACKET
        assert image.size == size
        assert image.tobytes() == before.tobytes()


def test_a_second_packet_takes_the_place_of_the_first():
    data = with_xmp(with_xmp(webp(), PACKET), PACKET * 3)
    assert data.count(b"XMP ") == 1
    assert xmp_of(data) == PACKET * 3


def test_what_is_appended_stays():
    assert with_xmp(webp() + b"appended", PACKET).endswith(b"appended")


@pytest.mark.parametrize("data", [b"RIFF\4\0\0\0WEBP", b"RIFF\x10\0\0\0WEBPVP8 \4\0\0\0abcd", webp()[:30]])
def test_damage_is_told(data):
    with pytest.raises(NotFollowed):
        with_xmp(data, PACKET)
