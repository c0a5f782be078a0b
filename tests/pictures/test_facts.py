import pytest
from PIL import Image, ImageFilter

from alttext_local.pictures.facts import measure
from alttext_local.types import Facts
from tests.pictures import samples


def facts_of(image: Image.Image) -> Facts:
    return measure(image, *image.size)


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((220, 20, 30), "red"),
        ((245, 140, 20), "orange"),
        ((250, 225, 40), "yellow"),
        ((40, 160, 60), "green"),
        ((30, 90, 200), "blue"),
        ((120, 40, 180), "purple"),
        ((250, 150, 190), "pink"),
        ((250, 170, 170), "pink"),
        ((120, 75, 40), "brown"),
        ((128, 128, 128), "grey"),
        ((10, 10, 12), "black"),
        ((252, 252, 252), "white"),
        ((0, 140, 140), "teal"),
    ],
)
def test_a_plain_colour_has_its_plain_name(colour: tuple[int, int, int], name: str) -> None:
    assert facts_of(samples.plain(colour)).colours == ((name, 1.0),)


def test_colours_come_largest_first_and_traces_are_left_out() -> None:
    image = samples.plain((255, 255, 255), (100, 100))
    image.paste((220, 20, 30), (0, 0, 100, 30))
    image.paste((30, 90, 200), (0, 30, 100, 50))
    image.paste((40, 160, 60), (0, 98, 100, 100))
    assert facts_of(image).colours == (("white", 0.48), ("red", 0.3), ("blue", 0.2))


def test_the_size_is_the_one_that_is_told() -> None:
    facts = measure(samples.plain(size=(10, 10)), 7016, 9921)
    assert (facts.width, facts.height) == (7016, 9921)


def test_black_and_white_lie_at_the_ends() -> None:
    black, white = facts_of(samples.plain(samples.BLACK)), facts_of(samples.plain(samples.WHITE))
    assert (black.brightness, white.brightness) == (0.0, pytest.approx(1.0))
    assert black.contrast == black.sharpness == black.edge_share == black.saturation == 0
    assert black.unique_colours == white.unique_colours == 1
    assert black.background_share == 1


def test_halves_have_half_a_background_one_edge_and_full_contrast() -> None:
    facts = facts_of(samples.halves(samples.BLACK, samples.WHITE, (100, 100)))
    assert facts.contrast == pytest.approx(0.5)
    assert facts.background_share == 0.5
    assert facts.unique_colours == 2
    assert facts.edge_share == pytest.approx(0.01)


def test_a_blur_lowers_sharpness_and_edges() -> None:
    sharp = samples.chart()
    blurred = sharp.filter(ImageFilter.GaussianBlur(6))
    assert facts_of(blurred).sharpness < facts_of(sharp).sharpness / 10
    assert facts_of(blurred).edge_share < facts_of(sharp).edge_share


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (65_535, 1), (1, 20_000)])
def test_every_shape_can_be_measured(size: tuple[int, int]) -> None:
    assert facts_of(samples.plain((220, 20, 30), size)).colours == (("red", 1.0),)
