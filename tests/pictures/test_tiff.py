import io
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from alttext_local.errors import UnreadableImage, UnsupportedFormat
from alttext_local.pictures.decoding import decode
from alttext_local.pictures.formats import ARCHIVE_FORMATS
from alttext_local.pictures.judging import part_reason
from alttext_local.pictures.limits import Limits
from alttext_local.pictures.opening import Opener
from alttext_local.pictures.tiff import MOST_PAGES, tiff_pages, tiff_parts
from tests.pictures import samples, tiffs

SIZE = (64, 48)


@pytest.fixture(scope="module")
def opener(limits):
    with Opener(limits, 1, ARCHIVE_FORMATS) as opener:
        yield opener


def row(opener: Opener, data: bytes) -> list[int]:
    """Left, middle and right of a picture, in grey."""
    image = opener.open(data).image.convert("L")
    return [image.getpixel((x, image.height // 2)) for x in (0, image.width // 2, image.width - 1)]


def is_ramp(values: list[int]) -> bool:
    return values[0] < 20 and 100 < values[1] < 160 and values[2] > 235


@pytest.mark.parametrize(
    ("kind", "low", "high", "bits", "sample"),
    [
        ("<u2", 0, 65535, 16, 1),
        ("<u2", 1000, 5000, 16, 1),
        ("<i2", -30000, 30000, 16, 2),
        ("<u4", 0, 4e9, 32, 1),
        ("<i4", -2e9, 2e9, 32, 2),
        ("<f4", 0, 1, 32, 3),
        ("<f4", -40, 900, 32, 3),
        ("i1", -128, 127, 8, 2),
    ],
)
def test_greys_of_any_depth_are_told_apart(opener, kind, low, high, bits, sample):
    assert is_ramp(row(opener, tiffs.tiff([tiffs.ramp(kind, low, high)], SIZE, bits, kind=sample)))


@pytest.mark.parametrize(
    ("kind", "high", "bits", "sample"), [("u1", 255, 8, 1), ("<u2", 65535, 16, 1), ("<f4", 1, 32, 3)]
)
def test_a_white_zero_is_white(opener, kind, high, bits, sample):
    data = tiffs.tiff([tiffs.ramp(kind, 0, high)], SIZE, bits, meaning=0, kind=sample)
    assert is_ramp(row(opener, data)[::-1])


def test_big_endian_16_bit_colour(opener):
    three = np.stack([np.frombuffer(tiffs.ramp(">u2", 0, 65535), ">u2")] * 3, -1).astype(">u2").tobytes()
    assert is_ramp(row(opener, tiffs.tiff([three], SIZE, 16, 3, 2, order=">")))


def test_what_is_no_number_does_not_hide_the_rest(opener):
    values = np.frombuffer(tiffs.ramp("<f4", 0, 1), "<f4").copy()
    values[:64], values[64:70] = np.nan, np.inf
    assert is_ramp(row(opener, tiffs.tiff([values.tobytes()], SIZE, 32, kind=3)))


def test_planes_apart_are_put_together(opener):
    planes = [tiffs.ramp("u1", 0, 255), tiffs.ramp("u1", 255, 0), tiffs.ramp("u1", 0, 0)]
    image = opener.open(tiffs.tiff(planes, SIZE, 8, 3, 2)).image
    assert image.getpixel((63, 0)) == (255, 0, 0)
    assert image.getpixel((0, 0)) == (0, 255, 0)


def test_lab_is_the_colour_it_means(opener):
    lab = bytes((138, 80, 67)) * (SIZE[0] * SIZE[1])  # L* 54, a* 80, b* 67: sRGB red
    red, green, blue = opener.open(tiffs.tiff([lab], SIZE, 8, 3, 8)).image.getpixel((5, 5))
    assert red > 220
    assert max(green, blue) < 60


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("1", {"compression": "group3"}),
        ("1", {"compression": "group4"}),
        ("L", {"compression": "tiff_lzw"}),
        ("RGB", {"compression": "jpeg", "quality": 95}),
        ("RGB", {"compression": "tiff_adobe_deflate"}),
        ("RGB", {"compression": "packbits"}),
        ("P", {}),
        ("RGBA", {}),
        ("LA", {}),
        ("CMYK", {}),
        ("YCbCr", {}),
        ("RGB", {"big_tiff": True}),
    ],
)
def test_modes_and_compressions(opener, mode, options):
    picture = opener.open(samples.encode(samples.page((620, 877), 20).convert(mode), "TIFF", **options))
    assert picture.format == "TIFF"
    assert (picture.facts.width, picture.facts.height) == (620, 877)
    difference = np.asarray(picture.image.convert("L"), int) - np.asarray(
        samples.page((620, 877), 20).convert("L"), int
    )
    assert abs(difference).mean() < 3


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "jpeg"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_the_orientation_is_followed_once(opener, turn, compression):
    upright = samples.halves(size=(80, 40))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # each transposition's own inverse, by Pillow's numbers
    stored = upright if turn == 1 else upright.transpose(Image.Transpose(undo[turn]))
    picture = opener.open(samples.encode(stored, "TIFF", tiffinfo={274: turn}, compression=compression))
    assert (picture.facts.width, picture.facts.height) == picture.image.size == (80, 40)
    red, _, blue = picture.image.getpixel((5, 20))
    assert red > blue


def test_of_several_pages_the_first_is_opened_and_they_are_counted(opener):
    pages = [samples.plain((n * 60, 0, 0)) for n in range(4)]
    picture = opener.open(samples.encode(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert picture.image.getpixel((0, 0)) == (0, 0, 0)
    assert picture.pages == 4
    assert part_reason(picture) == "The file has 4 pages; the first is described."


def test_of_a_moving_webp_the_first_frame(opener):
    frames = [samples.plain((n * 60, 0, 0)) for n in range(4)]
    picture = opener.open(samples.encode(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True))
    assert (picture.format, picture.pages) == ("WEBP", 4)
    assert picture.image.getpixel((0, 0)) == (0, 0, 0)
    still = opener.open(samples.encode(samples.halves(), "WEBP"))
    assert still.pages == 1
    assert part_reason(still) is None


def test_kinds_that_cannot_be_read_are_told_so(opener):
    with pytest.raises(UnreadableImage, match="of a kind of TIFF that cannot be read"):
        opener.open(tiffs.tiff([tiffs.ramp("<f8", 0, 1)], SIZE, 64, kind=3))


def test_the_apis_opener_still_refuses_both(limits):
    with Opener(limits, 1) as opener:
        for name in ("TIFF", "WEBP"):
            with pytest.raises(UnsupportedFormat):
                opener.open(samples.encode(samples.halves(), name))


def test_the_child_of_the_api_has_no_way_to_tiff(limits):
    with pytest.raises(UnreadableImage):
        decode(samples.encode(samples.halves(), "TIFF"), limits)


@pytest.mark.parametrize("size", [(70_000, 10), (60_000, 60_000), (0, 5), (4_000_000_000, 4_000_000_000)])
def test_a_claim_of_huge_sides_is_refused_before_anything_is_decoded(opener, size):
    with pytest.raises(UnreadableImage):
        opener.open(tiffs.tiff([b"\0" * 64], size))


def test_pages_in_a_circle_end(opener):
    data = tiffs.tiff([tiffs.ramp("u1", 0, 255)], SIZE, following=8)
    assert tiff_pages(data) == 1
    assert opener.open(data).pages == 1
    with pytest.raises(ValueError, match="circle"):
        list(tiff_parts(data))


def test_a_million_pages_are_not_walked():
    pages = b"".join(struct.pack("<HI", 0, 8 + 6 * n) for n in range(1, 200_000))
    assert tiff_pages(b"II*\0\x08\0\0\0" + pages) == MOST_PAGES


def test_a_directory_of_overlapping_values_costs_no_memory():
    entries = b"".join(struct.pack("<HHII", 34675, 7, 30_000_000, 0) for _ in range(65_000))
    data = b"II*\0\x08\0\0\0" + struct.pack("<H", 65_000) + entries + bytes(30_000_000)
    with pytest.raises(ValueError, match="outside"):
        list(tiff_parts(data))


def test_cut_off_and_foreign_values(opener):
    whole = tiffs.tiff([tiffs.ramp("u1", 0, 255)], SIZE)
    for data in (whole[:100], whole[:-1000], b"II*\0\xff\xff\xff\xff", b"MM\0*"):
        with pytest.raises(UnreadableImage):
            opener.open(data)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spots=st.lists(st.tuples(st.integers(0, 250), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_damaged_head_is_a_picture_or_a_sentence(spots):
    data = bytearray(samples.encode(samples.halves(), "TIFF", compression="tiff_lzw"))
    for at, value in spots:
        data[at % len(data)] = value
    assert tiff_pages(bytes(data)) >= 1
    small = Limits(1_000_000, 5000, 100, 5, 5, 2**31)
    try:
        image, _ = decode(bytes(data), small, ARCHIVE_FORMATS)
        assert image.mode == "RGB"
    except UnreadableImage as error:
        assert "0x" not in str(error)


def test_a_strip_of_zeros_that_unpacks_to_gigabytes_is_refused(opener):
    packed = io.BytesIO()
    Image.new("1", (60_000, 1_400)).save(packed, "TIFF", compression="tiff_adobe_deflate")
    honest = packed.getvalue()
    data = honest.replace(struct.pack("<HHIHH", 257, 3, 1, 1_400, 0), struct.pack("<HHIHH", 257, 3, 1, 60_000, 0))
    assert data != honest
    with pytest.raises(UnreadableImage):
        opener.open(data)
