import numpy as np
import pytest
from PIL import Image

from alttext_local.ocr.preparing import MOST_PIXELS, prepare, scale_of
from tests.pictures import samples


@pytest.mark.parametrize(
    ("size", "factor"),
    [((200, 100), 4), ((500, 100), 3), ((640, 480), 3), ((1200, 900), 2), ((2000, 3000), 1), ((20_000, 1), 1)],
)
def test_small_pictures_are_enlarged(size: tuple[int, int], factor: int) -> None:
    assert scale_of(size) == factor
    sheet, scale = prepare(Image.new("RGB", size))
    assert sheet.size == (size[0] * factor, size[1] * factor)
    assert scale == factor


def test_very_large_pictures_are_made_smaller() -> None:
    sheet, scale = prepare(Image.new("RGB", (6000, 4000), samples.WHITE))
    assert sheet.width * sheet.height <= MOST_PIXELS * 1.01
    assert sheet.width == round(6000 * scale)


def test_light_on_dark_is_turned_over() -> None:
    assert np.median(np.asarray(prepare(samples.slide())[0])) > 200
    assert np.median(np.asarray(prepare(samples.page())[0])) > 200
    assert prepare(samples.slide())[0].mode == "L"
