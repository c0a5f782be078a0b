import io
import subprocess
import tempfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from alttext_local.metadata.image_data import ImageData, NotFollowed, image_data
from alttext_local.pictures.formats import Format

FORMATS: tuple[Format, ...] = ("JPEG", "PNG", "GIF", "WEBP", "TIFF")


def encoded(name: Format, colour: str = "red", **options: object) -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", (20, 10), "blue")
    image.paste(colour, (0, 0, 10, 10))
    image.save(out, name, **options)
    return out.getvalue()


def looked(data: bytes, name: Format) -> ImageData:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return image_data(file, name)


@pytest.mark.parametrize("name", FORMATS)
def test_other_pixels_have_another_digest(name):
    assert looked(encoded(name), name) == looked(encoded(name), name)
    assert looked(encoded(name), name).digest != looked(encoded(name, "green"), name).digest


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_colour_profile_counts(name):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert looked(encoded(name, icc_profile=profile), name) != looked(encoded(name), name)


@pytest.mark.parametrize(("name", "suffix"), [("JPEG", "jpg"), ("PNG", "png"), ("GIF", "gif"), ("TIFF", "tif")])
def test_texts_of_any_kind_do_not_count(name, suffix, tmp_path):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(encoded(name))
    told = ["-XMP-dc:Title=Title", "-Comment=Comment"]
    subprocess.run(["exiftool", "-q", "-overwrite_original", *told, str(path)], check=True)
    assert looked(path.read_bytes(), name) == looked(encoded(name), name)


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_is_cut_off_is_not_followed(name):
    data = encoded(name)
    with pytest.raises(NotFollowed):
        looked(data[: len(data) // 2], name)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spots=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=6))
def test_damage_is_told_and_nothing_else_happens(name, spots):
    data = bytearray(encoded(name))
    for at, value in spots:
        data[at % len(data)] = value
    try:
        assert len(looked(bytes(data), name).digest) == 64
    except NotFollowed as error:
        assert str(error)


def test_content_credentials_are_seen_in_each_format():
    jpeg, png, webp = encoded("JPEG"), encoded("PNG"), encoded("WEBP")
    box = b"JP\0\1\0\0\0\1" + b"\0\0\0\x20jumb"
    assert looked(jpeg[:2] + b"\xff\xeb" + (2 + len(box)).to_bytes(2, "big") + box + jpeg[2:], "JPEG").signed
    assert looked(png[:33] + bytes(4) + b"caBX" + bytes(4) + png[33:], "PNG").signed
    size = (len(webp)).to_bytes(4, "little")
    assert looked(b"RIFF" + size + webp[8:] + b"C2PA" + bytes(4), "WEBP").signed
    assert not looked(jpeg, "JPEG").signed
