import io

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageDraw

from alttext_local.pictures.pixels import BLACK, MOST_PIXELS, WHITE, bounded, ground_for, is_one_colour, to_rgb
from tests.pictures import samples


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def sign(colour: tuple[int, int, int]) -> Image.Image:
    """A disc of one colour on nothing."""
    image = Image.new("RGBA", (80, 60), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((20, 10, 60, 50), fill=(*colour, 255))
    return image


@pytest.mark.parametrize(("low", "high"), [(0, 4095), (1000, 5000), (0, 65535), (60000, 65535)])
def test_a_16_bit_grey_is_stretched_over_its_own_range(low: int, high: int) -> None:
    row = np.asarray(to_rgb(opened(samples.grey16(low, high))))[0, :, 0]
    assert row[0] <= 2
    assert row[-1] >= 253
    assert abs(int(row[len(row) // 2]) - 128) < 6


def test_a_dead_pixel_does_not_darken_an_x_ray() -> None:
    values = np.tile(np.linspace(0, 4095, 200), (200, 1)).astype(np.uint16)
    values[5, 5] = 65535
    assert np.asarray(to_rgb(Image.fromarray(values))).mean() > 100


def test_a_little_text_on_16_bit_white_stays() -> None:
    values = np.full((300, 300), 60000, dtype=np.uint16)
    values[10:14, 10:18] = 1000
    pixels = np.asarray(to_rgb(Image.fromarray(values)))
    assert pixels[0, 0, 0] > 250
    assert pixels[11, 12, 0] < 5


def test_one_16_bit_grey_stays_that_grey() -> None:
    assert to_rgb(Image.fromarray(np.full((4, 4), 32896, dtype=np.uint16))).getpixel((0, 0)) == (128, 128, 128)


def test_black_on_transparent_lies_on_white_and_white_on_black() -> None:
    assert to_rgb(sign((0, 0, 0))).getpixel((0, 0)) == WHITE
    assert to_rgb(sign((255, 255, 255))).getpixel((0, 0)) == BLACK
    assert to_rgb(sign((255, 255, 225))).getpixel((0, 0)) == BLACK
    assert to_rgb(sign((200, 30, 30))).getpixel((0, 0)) == WHITE


def test_a_tiny_sign_is_enough_to_keep_white() -> None:
    image = Image.new("RGBA", (2000, 1000), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (10, 10, 22, 22))
    assert ground_for(image) == WHITE


def test_a_wholly_transparent_picture_is_a_white_one() -> None:
    image = to_rgb(Image.new("RGBA", (9, 9), (90, 0, 0, 0)))
    assert is_one_colour(image)
    assert image.getpixel((0, 0)) == WHITE


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "LA", "RGBA", "PA", "CMYK", "YCbCr", "I", "I;16"])
def test_every_mode_keeps_dark_dark_and_light_light(mode: str) -> None:
    if mode in ("I", "I;16"):
        ramp = np.repeat(np.array([[300, 40000]]), 8, axis=1)
        image = Image.fromarray(ramp.astype(np.int32 if mode == "I" else np.uint16))
    else:
        image = samples.halves(samples.BLACK, samples.WHITE, (16, 4)).convert("P" if mode == "PA" else mode)
        image = image.convert("PA") if mode == "PA" else image
    assert image.mode == mode
    upright = to_rgb(image)
    assert upright.mode == "RGB"
    assert max(upright.getpixel((0, 0))) < 5  # type: ignore[arg-type, type-var]
    assert min(upright.getpixel((15, 0))) > 250  # type: ignore[arg-type, type-var]


def test_a_palette_with_a_transparent_colour_is_flattened() -> None:
    image = samples.halves(samples.BLACK, (200, 30, 30)).convert("P", palette=Image.Palette.ADAPTIVE)
    black = image.getpixel((0, 0))
    upright = to_rgb(opened(samples.encode(image, "PNG", transparency=black)))
    assert upright.getpixel((0, 0)) == WHITE


def test_a_cmyk_jpeg_is_not_inverted() -> None:
    data = samples.encode(samples.halves((230, 230, 230), (20, 20, 20)).convert("CMYK"), "JPEG", quality=95)
    upright = to_rgb(opened(data))
    assert min(upright.getpixel((2, 2))) > 200  # type: ignore[arg-type, type-var]
    assert max(upright.getpixel((60, 40))) < 50  # type: ignore[arg-type, type-var]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_turn_is_undone(orientation: int) -> None:
    image = samples.plain(samples.WHITE, (6, 4))
    image.putpixel((0, 0), samples.BLACK)
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's transpose that a camera would have applied
    turned = image if orientation == 1 else image.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = to_rgb(opened(samples.encode(turned, "PNG", exif=exif)))
    assert upright.size == (6, 4)
    assert upright.getpixel((0, 0)) == samples.BLACK


@pytest.mark.parametrize("exif", [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\x7f", b""])
def test_broken_metadata_is_as_good_as_none(exif: bytes) -> None:
    image = samples.halves()
    image.info["exif"] = exif
    assert to_rgb(image).size == image.size


def swapped_profile() -> bytes:
    """sRGB with its red and blue primaries swapped, under another name."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"____").replace(b"bXYZ", b"rXYZ").replace(b"____", b"bXYZ")
    return swapped.replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))


def test_a_profile_is_applied() -> None:
    image = samples.plain((250, 0, 0))
    image.info["icc_profile"] = swapped_profile()
    red, _, blue = to_rgb(image).getpixel((0, 0))  # type: ignore[misc]
    assert blue > 200
    assert red < 60


def test_a_profile_of_another_kind_of_picture_is_left_out() -> None:
    image = Image.new("L", (4, 4), 128)
    image.info["icc_profile"] = swapped_profile()
    assert to_rgb(image).getpixel((0, 0)) == (128, 128, 128)


@pytest.mark.parametrize("profile", [b"", b"nonsense" * 20, b"\0" * 16 + b"RGB " + b"\0" * 200])
def test_a_broken_profile_is_as_good_as_none(profile: bytes) -> None:
    image = samples.halves()
    image.info["icc_profile"] = profile
    assert to_rgb(image).getpixel((0, 0)) == (200, 30, 30)


@pytest.mark.parametrize("size", [(7016, 9921), (65_535, 400), (3464, 3465)])
def test_a_picture_is_bounded_and_keeps_its_shape(size: tuple[int, int]) -> None:
    image = bounded(Image.new("L", size))
    assert image.width * image.height <= MOST_PIXELS
    assert image.width / image.height == pytest.approx(size[0] / size[1], rel=0.02)
