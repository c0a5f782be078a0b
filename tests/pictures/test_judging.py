import pytest
from PIL import Image, ImageFilter

from alttext_local.pictures.facts import measure
from alttext_local.pictures.judging import decorative_reason, unsayable_reason
from alttext_local.types import Facts
from tests.pictures import samples


def facts_of(image: Image.Image) -> Facts:
    return measure(image, *image.size)


@pytest.mark.parametrize(
    ("image", "word"),
    [
        (samples.plain(), "blank"),
        (samples.plain((13, 77, 128)), "blank"),
        (samples.plain(size=(1, 1)), "pixel"),
        (samples.halves(size=(400, 3)), "line"),
        (samples.plain(size=(1, 20_000)), "line"),
        (samples.gradient(), "gradient"),
        (samples.gradient(sideways=True), "gradient"),
    ],
)
def test_what_shows_nothing_may_be_decorative(image: Image.Image, word: str) -> None:
    reason = decorative_reason(facts_of(image))
    assert reason is not None
    assert word in reason
    assert unsayable_reason(facts_of(image)) is None


@pytest.mark.parametrize(
    "image",
    [samples.page(), samples.chart(), samples.slide(), samples.screenshot(), samples.scene(), samples.words("Yes", 40)],
    ids=["page", "chart", "slide", "screenshot", "scene", "words"],
)
def test_what_shows_something_is_not_judged(image: Image.Image) -> None:
    assert decorative_reason(facts_of(image)) is None
    assert unsayable_reason(facts_of(image)) is None


def test_a_heavy_blur_is_said() -> None:
    reason = unsayable_reason(facts_of(samples.chart().filter(ImageFilter.GaussianBlur(40))))
    assert reason is not None
    assert "blurred" in reason


def test_a_dark_picture_is_said() -> None:
    reason = unsayable_reason(facts_of(samples.screenshot().point(lambda v: v // 20)))
    assert reason is not None
    assert "dark" in reason


def test_a_small_button_is_no_line() -> None:
    assert decorative_reason(facts_of(samples.words("Save", 14))) is None
