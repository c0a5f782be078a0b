import io
import random
import time

import numpy as np
import pytest
from PIL import Image, ImageDraw

from alttext_local.pictures.likeness import HEAD, RECORD, Likeness, same_picture, signature_of
from tests.pictures import samples


def jpeg(image: Image.Image, quality: int = 80) -> Image.Image:
    return Image.open(io.BytesIO(samples.encode(image, "JPEG", quality=quality))).convert("RGB")


def scaled(image: Image.Image, factor: float) -> Image.Image:
    return image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.LANCZOS)


def table(numbers: list[int], size: tuple[int, int] = (600, 400)) -> Image.Image:
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    for at, number in enumerate(numbers):
        x, y = 20 + at % 5 * 110, 20 + at // 5 * 40
        pen.rectangle((x, y, x + 100, y + 30), outline="grey")
        samples.write(image, (x + 20, y + 6), str(number), 16)
    return image


def chart(heights: list[int]) -> Image.Image:
    image = Image.new("RGB", (500, 300), "white")
    pen = ImageDraw.Draw(image)
    for at, height in enumerate(heights):
        pen.rectangle((30 + at * 60, 280 - height, 70 + at * 60, 280), fill=(60, 110, 190))
    return image


def found(*images: Image.Image) -> str | None:
    """What the last is said to look like."""
    with Likeness() as likeness:
        for number, image in enumerate(images):
            said = likeness.add(str(number), signature_of(image))
    return said


NUMBERS = [random.Random(7).randrange(100, 999) for _ in range(45)]
BARS = [150, 90, 200, 120, 60, 170]
PICTURES = {
    "photograph": samples.scene((640, 480)),
    "page": samples.page((620, 877), 20),
    "slide": samples.slide(),
    "table": table(NUMBERS),
    "bars": chart(BARS),
    "chart": samples.chart(),
    "screenshot": samples.screenshot(),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("change", ["quality 85", "half", "larger"])
def test_a_copy_looks_like_its_original(name, change):
    image = PICTURES[name]
    copy = {
        "quality 85": lambda: jpeg(image, 85),
        "half": lambda: scaled(image, 0.5),
        "larger": lambda: scaled(image, 1.5),
    }
    assert found(image, copy[change]()) == "0"


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("quality", [60, 85])
def test_a_compressed_copy_is_the_same_picture(name, quality):
    assert same_picture(PICTURES[name], jpeg(PICTURES[name], quality))


@pytest.mark.parametrize("name", ["photograph", "slide", "bars"])
def test_a_copy_at_half_the_size_is_the_same_picture(name):
    assert same_picture(PICTURES[name], scaled(PICTURES[name], 0.5))


@pytest.mark.parametrize("place", range(0, 45, 6))
def test_a_table_with_one_other_digit_is_not_the_same_picture(place):
    other = list(NUMBERS)
    other[place] += 1 if other[place] % 10 < 9 else -1
    for copy in (table(other), jpeg(table(other), 85), scaled(table(other), 0.5)):
        assert not same_picture(table(NUMBERS), copy)


@pytest.mark.parametrize("pixels", [2, 4, 10])
def test_a_chart_with_one_other_bar_is_not_the_same_picture(pixels):
    other = [*BARS[:3], BARS[3] + pixels, *BARS[4:]]
    assert not same_picture(chart(BARS), chart(other))


def test_another_colour_is_another_picture():
    assert found(samples.halves((200, 0, 0), (0, 0, 200)), samples.halves((0, 102, 0), (0, 0, 200))) is None
    assert not same_picture(samples.plain((200, 0, 0)), samples.plain((0, 102, 0)))


def test_a_faint_difference_counts_in_a_faint_picture():
    faint = samples.words("Draft", 40, (246, 246, 246), (255, 255, 255))
    other = samples.plain((255, 255, 255), faint.size)
    assert not same_picture(faint, other)


def test_another_shape_is_another_picture():
    assert found(samples.plain(size=(100, 100)), samples.plain(size=(100, 90))) is None
    assert not same_picture(samples.plain(size=(100, 100)), samples.plain(size=(100, 90)))


def test_the_nearest_of_several_is_named():
    photograph = PICTURES["photograph"]
    assert found(jpeg(photograph, 20), photograph, PICTURES["page"], jpeg(photograph, 95)) == "1"


def test_different_pages_and_pictures_are_not_taken_for_one_another():
    assert [found(*list(PICTURES.values())[: n + 1]) for n in range(len(PICTURES))] == [None] * len(PICTURES)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (3, 2)])
def test_tiny_and_thin_pictures_have_a_signature(size):
    image = samples.plain((10, 20, 30), size)
    assert len(signature_of(image)) == RECORD
    assert found(image, image) == "0"
    assert same_picture(image, image)


def test_the_time_of_a_look_is_bounded_where_all_hashes_are_the_same():
    noise = np.random.default_rng(1)
    with Likeness() as likeness:
        for number in range(600):
            likeness.add(str(number), HEAD.pack(7, 1.0) + noise.bytes(RECORD - HEAD.size))
        begun = time.perf_counter()
        for number in range(20):
            likeness.add(str(number), HEAD.pack(7, 1.0) + noise.bytes(RECORD - HEAD.size))
        assert (time.perf_counter() - begun) / 20 < 0.2
        assert len(likeness) == 620


@pytest.mark.parametrize("flipped", [1, 2, 3])
def test_a_hash_that_differs_in_three_bits_is_always_found(flipped):
    dice = random.Random(3)
    for _ in range(50):
        value = dice.getrandbits(64)
        other = value
        for bit in dice.sample(range(64), flipped):
            other ^= 1 << bit
        with Likeness() as likeness:
            tail = bytes(RECORD - HEAD.size)
            likeness.add("first", HEAD.pack(value, 1.0) + tail)
            assert likeness.add("second", HEAD.pack(other, 1.0) + tail) == "first"
