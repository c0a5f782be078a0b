"""Turning what a file holds into RGB that looks as its author saw it: mode, depth, transparency, profile, turn.

Pillow's own `convert("RGB")` clips 16-bit greys to white and drops transparency onto black.
"""

from __future__ import annotations

import contextlib
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, TiffImagePlugin

MOST_PIXELS = 12_000_000
"""What a `Picture` holds at most."""
LEAST_CONTRAST = 25
"""Steps of grey (0..255) between the lightest and the darkest under which nothing is seen on a ground."""
PROBE = 512
"""Pixels of the longer side on which the contrast is looked at."""
OUTLIERS = 0.05
"""Percent at either end of a 16-bit grey picture that may be clipped: burnt-in marks, dead pixels."""
LEAST_RANGE_KEPT = 0.05
"""Without the outliers, this share of the range must be left; else they were the content, such as text."""
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
PROFILE_SPACES = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}
ORIENTATION = 0x0112
BITS_PER_SAMPLE, SAMPLE_FORMAT, SIGNED = 258, 339, 2
WHITE_IS_ZERO = (262, 0)
"""Tag and value of TIFF's PhotometricInterpretation."""
TURNED_ORIENTATIONS = range(5, 9)
"""EXIF orientations that swap width and height."""
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What sets a picture upright, by its EXIF orientation."""


def to_rgb(image: Image.Image) -> Image.Image:
    """A loaded picture as upright RGB of at most `MOST_PIXELS`."""
    orientation, profile = orientation_of(image), image.info.get("icc_profile")
    image = bounded(_plain_mode(image))
    if image.mode == "RGBA":
        image = _laid_on(ground_for(image), image)
    image = _to_srgb(image, profile)
    turn = TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def orientation_of(image: Image.Image) -> int:
    """EXIF's orientation, 1 (upright) to 8; 1 where there is none or it cannot be read."""
    with contextlib.suppress(Exception):  # broken metadata are no reason to refuse the pixels
        found = image.getexif().get(ORIENTATION, 1)
        return int(found) if 1 <= found <= 8 else 1
    return 1


def bounded(image: Image.Image) -> Image.Image:
    """At most `MOST_PIXELS`, the aspect ratio kept."""
    pixels = image.width * image.height
    if pixels <= MOST_PIXELS:
        return image
    scale = (MOST_PIXELS / pixels) ** 0.5
    width, height = (max(1, int(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=1.0)


def ground_for(image: Image.Image) -> tuple[int, int, int]:
    """White, or black for an RGBA picture of which nothing is left on white."""
    probe = image.reduce(max(1, max(image.size) // PROBE))
    seen = {ground: _range_of_grey(_laid_on(ground, probe)) for ground in (WHITE, BLACK)}
    return BLACK if seen[WHITE] < LEAST_CONTRAST and seen[BLACK] > seen[WHITE] else WHITE


def is_one_colour(image: Image.Image) -> bool:
    """Whether an RGB picture shows nothing at all."""
    return all(low == high for low, high in image.getextrema())  # type: ignore[misc]


def _plain_mode(image: Image.Image) -> Image.Image:
    """The picture in L, RGB, CMYK or RGBA."""
    if image.mode.startswith("I") or image.mode == "F":
        return _rescaled(image)
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode == "L" and _tiff_tag(image, SAMPLE_FORMAT) == SIGNED:
        return image.point([(value + 128) % 256 for value in range(256)])
    if image.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB") or image
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _rescaled(image: Image.Image) -> Image.Image:
    """A grey picture of more than 8 bits, its own range of values stretched over 0..255."""
    values = _values(image)
    low, high = float(values.min()), float(values.max())
    inner_low, inner_high = np.percentile(values, (OUTLIERS, 100 - OUTLIERS))
    is_16_bit = values.dtype.kind != "f" and low >= 0 and high <= 65535
    if inner_high - inner_low >= LEAST_RANGE_KEPT * (high - low):
        low, high = float(inner_low), float(inner_high)
    if high == low:
        grey = Image.new("L", image.size, max(0, min(255, round(low / 257))))
    elif is_16_bit:
        table = _stretched(np.arange(65536, dtype=np.float64), low, high)
        grey = Image.fromarray(table[values])
    else:
        grey = Image.fromarray(_stretched(values.astype(np.float32), low, high))
    return ImageOps.invert(grey) if _tiff_tag(image, WHITE_IS_ZERO[0]) == WHITE_IS_ZERO[1] else grey


def _values(image: Image.Image) -> NDArray[np.floating] | NDArray[np.integer]:
    """The numbers of a grey picture. What is no number becomes the least; unsigned 32 bits are read as such."""
    values = np.asarray(image)
    if values.dtype.kind == "f":
        finite = np.isfinite(values)
        if not finite.all():
            values = np.where(finite, values, values[finite].min() if finite.any() else np.float32(0))
    elif image.mode == "I" and _tiff_tag(image, BITS_PER_SAMPLE) == 32 and _tiff_tag(image, SAMPLE_FORMAT) in (None, 1):
        values = values.view(np.uint32)
    return values


def _stretched(values: NDArray[np.floating], low: float, high: float) -> NDArray[np.uint8]:
    """0..255 for `low`..`high`. Works in the given array."""
    values -= low
    values *= 255 / (high - low)
    values += 0.5
    return np.clip(values, 0, 255, out=values).astype(np.uint8)


def _tiff_tag(image: Image.Image, tag: int) -> int | None:
    """The (first) value of a TIFF's tag. Pillow turns a white zero in 8 bits itself, in more it does not."""
    found = image.tag_v2.get(tag) if isinstance(image, TiffImagePlugin.TiffImageFile) else None
    if isinstance(found, tuple):
        found = found[0] if found else None
    return int(found) if isinstance(found, int) else None


def _laid_on(ground: tuple[int, int, int], image: Image.Image) -> Image.Image:
    sheet = Image.new("RGB", image.size, ground)
    sheet.paste(image, mask=image.getchannel("A"))
    return sheet


def _range_of_grey(image: Image.Image) -> int:
    low, high = image.convert("L").getextrema()
    return int(high) - int(low)  # type: ignore[arg-type]


def _to_srgb(image: Image.Image, profile: object) -> Image.Image:
    """RGB in sRGB. A profile that is broken, or of another kind of picture, is as good as none."""
    if isinstance(profile, bytes) and profile[16:20].decode("latin-1").strip() == PROFILE_SPACES.get(image.mode):
        with contextlib.suppress(Exception):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(source):
                converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
                if converted is not None:
                    return converted
    return image if image.mode == "RGB" else image.convert("RGB")
