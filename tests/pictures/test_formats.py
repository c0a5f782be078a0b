import pytest

from alttext_local.pictures.formats import format_of, jpeg_scans
from tests.pictures import samples


@pytest.mark.parametrize("name", ["PNG", "JPEG", "BMP", "GIF"])
def test_a_format_is_known_by_its_bytes(name: str) -> None:
    assert format_of(samples.encode(samples.halves(), name)) == name


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"II*\0\x08\0\0\0",
        b"RIFF\x24\0\0\0WEBPVP8 ",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7\n",
        b"<!DOCTYPE html><p>PNG</p>",
        b"BMW and other makers of cars",
        b"just a text",
        b"\x89PN",
    ],
)
def test_all_else_is_none_of_ours(data: bytes) -> None:
    assert format_of(data) is None


def test_scans_are_counted() -> None:
    assert jpeg_scans(samples.encode(samples.halves(), "JPEG"), 100) == 1
    progressive = jpeg_scans(samples.encode(samples.halves(), "JPEG", progressive=True), 100)
    assert progressive > 1
    assert jpeg_scans(samples.many_scans(7), 100) == progressive + 6


def test_counting_ends_over_the_limit() -> None:
    assert jpeg_scans(samples.many_scans(5000), 100) == 101


def test_a_thumbnail_within_the_metadata_does_not_count() -> None:
    plain = samples.encode(samples.halves(), "JPEG")
    inner = samples.many_scans(50)
    segment = b"\xff\xe1" + (len(inner) + 2).to_bytes(2, "big") + inner
    assert jpeg_scans(plain[:2] + segment + plain[2:], 100) == 1


@pytest.mark.parametrize("data", [b"\xff\xd8\xff", b"\xff\xd8\xff\xda", b"\xff\xd8\xff\xe1\0", b"\xff\xd8\xff\xff\xff"])
def test_a_stump_ends_the_count(data: bytes) -> None:
    assert jpeg_scans(data, 100) <= 1
