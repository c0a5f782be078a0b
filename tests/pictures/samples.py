"""Pictures for tests, made in code. Text is in Pillow's own scalable font (Aileron, bundled with Pillow)."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw, ImageFont

RGB = tuple[int, int, int]
WHITE, BLACK = (255, 255, 255), (0, 0, 0)

PAGE = (
    "The quick brown fox jumps over the lazy dog.",
    "Every number and every quoted word of a text",
    "should be found in the picture it describes.",
)
"""Lines that `page` draws in its first paragraph; the second is their reverse order."""


def encode(image: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def plain(colour: RGB = WHITE, size: tuple[int, int] = (64, 48)) -> Image.Image:
    return Image.new("RGB", size, colour)


def gradient(size: tuple[int, int] = (256, 256), sideways: bool = False) -> Image.Image:
    ramp = Image.linear_gradient("L")
    return (ramp.rotate(90) if sideways else ramp).resize(size).convert("RGB")


def halves(left: RGB = (200, 30, 30), right: RGB = (30, 30, 200), size: tuple[int, int] = (64, 48)) -> Image.Image:
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return image


def scene(size: tuple[int, int] = (640, 480), seed: int = 1) -> Image.Image:
    """Something like a photograph: soft shapes, fine texture, no text."""
    noise = Image.effect_noise(size, 30).convert("L")
    base = Image.merge("RGB", [Image.effect_noise((12, 9), 90 + 7 * seed).resize(size, Image.Resampling.BICUBIC)] * 3)
    sky = Image.linear_gradient("L").resize(size)
    tinted = Image.merge("RGB", (sky, Image.new("L", size, 120), sky.point(lambda v: 255 - v)))
    image = Image.blend(base, tinted, 0.4)
    return Image.blend(image, Image.merge("RGB", (noise,) * 3), 0.25)


def write(image: Image.Image, at: tuple[int, int], text: str, pixels: float, colour: RGB = BLACK) -> None:
    ImageDraw.Draw(image).text(at, text, font=ImageFont.load_default(pixels), fill=colour)


def words(text: str, pixels: float = 24, ink: RGB = BLACK, paper: RGB = WHITE) -> Image.Image:
    """One line of text with a margin."""
    left, top, right, bottom = ImageFont.load_default(pixels).getbbox(text)
    margin = round(pixels)
    image = Image.new("RGB", (round(right - left) + 2 * margin, round(bottom - top) + 2 * margin), paper)
    write(image, (margin - round(left), margin - round(top)), text, pixels, ink)
    return image


def page(size: tuple[int, int] = (1240, 1754), pixels: float = 32) -> Image.Image:
    """A page of text at 150 dpi: a heading and two paragraphs."""
    image = Image.new("RGB", size, WHITE)
    write(image, (size[0] // 12, round(pixels * 2.8)), "Annual report", pixels * 1.8)
    y = pixels * 7.5
    for paragraph in (PAGE, PAGE[::-1]):
        for line in paragraph:
            write(image, (size[0] // 12, round(y)), line, pixels)
            y += pixels * 1.5
        y += pixels * 1.5
    return image


def chart(size: tuple[int, int] = (480, 320)) -> Image.Image:
    """A bar chart with a title, axis names, tick labels and values."""
    image = Image.new("RGB", size, WHITE)
    pen = ImageDraw.Draw(image)
    write(image, (130, 8), "Sales by region", 20)
    pen.line((60, 40, 60, 270, 460, 270), fill=BLACK, width=2)
    for tick in range(5):
        y = 270 - tick * 50
        pen.line((55, y, 60, y), fill=BLACK)
        write(image, (28, y - 7), str(tick * 20), 12)
    for i, (name, value) in enumerate((("North", 42), ("South", 75), ("East", 18), ("West", 63))):
        x = 90 + i * 92
        pen.rectangle((x, 270 - value * 2.5, x + 50, 270), fill=(66, 120, 190))
        write(image, (x + 16, round(270 - value * 2.5) - 18), str(value), 13)
        write(image, (x + 6, 278), name, 14)
    write(image, (220, 298), "Region", 14)
    return image


def slide(size: tuple[int, int] = (960, 540)) -> Image.Image:
    """Light text on a dark ground: a title and three points."""
    image = Image.new("RGB", size, (20, 30, 60))
    write(image, (60, 50), "Quarterly results", 54, WHITE)
    for i, point in enumerate(("Revenue grew by 12 percent", "Costs fell in every region", "Two new offices opened")):
        pen = ImageDraw.Draw(image)
        pen.ellipse((72, 180 + i * 80, 86, 194 + i * 80), fill=WHITE)
        write(image, (110, 168 + i * 80), point, 32, (230, 230, 240))
    return image


def screenshot(size: tuple[int, int] = (800, 500)) -> Image.Image:
    """A window with a menu, a side list and buttons, in small type."""
    image = Image.new("RGB", size, (240, 240, 242))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, size[0], 28), fill=(52, 58, 70))
    write(image, (12, 6), "Library settings", 14, WHITE)
    for i, name in enumerate(("File", "Edit", "View", "Help")):
        write(image, (12 + i * 60, 38), name, 13)
    for i, name in enumerate(("General", "Network", "Storage", "Accounts")):
        write(image, (16, 84 + i * 30), name, 13)
    pen.rectangle((160, 70, 780, 420), fill=WHITE, outline=(200, 200, 200))
    write(image, (180, 86), "Keep downloaded pictures for thirty days", 14)
    write(image, (180, 116), "Ask before anything is removed", 14)
    for i, name in enumerate(("Cancel", "Apply")):
        pen.rectangle((580 + i * 100, 440, 670 + i * 100, 474), fill=(50, 110, 220))
        write(image, (600 + i * 100, 449), name, 14, WHITE)
    return image


def grey16(low: int, high: int, size: tuple[int, int] = (64, 48)) -> bytes:
    """A 16-bit grey PNG: a ramp over the columns from `low` to `high`."""
    width, height = size
    row = b"\0" + b"".join(struct.pack(">H", low + (high - low) * x // (width - 1)) for x in range(width))
    return png(width, height, row * height, depth=16, colour=0)


def png(width: int, height: int, rows: bytes, depth: int = 8, colour: int = 0) -> bytes:
    """A PNG from its filtered rows; nothing is checked, so that it may lie."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_bomb(side: int = 30_000) -> bytes:
    """A PNG of zeros: a few KB a million pixels."""
    return png(side, side, b"\0" * (side * (side // 8 + 1)), depth=1)


def many_scans(scans: int, size: tuple[int, int] = (64, 48)) -> bytes:
    """A progressive JPEG whose last scan is said `scans` times over."""
    data = encode(halves(size=size), "JPEG", progressive=True, quality=80)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + b"\xff\xd9"


def animation(*frames: Image.Image) -> bytes:
    return encode(frames[0], "GIF", save_all=True, append_images=list(frames[1:]), duration=50, optimize=False)
