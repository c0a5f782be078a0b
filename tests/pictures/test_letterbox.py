import numpy as np
import pytest
from PIL import Image

from alttext_local.pictures.letterbox import LONGEST, letterbox
from tests.pictures import samples

FILL = (10, 20, 30)


@pytest.mark.parametrize("size", [(1, 1), (20_000, 1), (1, 65_535), (640, 480), (3, 100), (4000, 50)])
@pytest.mark.parametrize("aspect", [1.0, 1.5, 6.0])
def test_no_aspect_over_the_limit_comes_out(size: tuple[int, int], aspect: float) -> None:
    boxed = letterbox(Image.new("RGB", size, (200, 0, 0)), FILL, aspect)
    assert max(boxed.size) <= aspect * min(boxed.size)
    assert max(boxed.size) <= max(LONGEST, min(size) * aspect)


def test_the_picture_is_centred_whole_and_in_its_own_shape() -> None:
    boxed = np.asarray(letterbox(Image.new("RGB", (60, 20), (200, 0, 0)), FILL))
    assert boxed.shape == (60, 60, 3)
    assert (boxed[20:40] == (200, 0, 0)).all()
    assert (boxed[:20] == FILL).all()
    assert (boxed[40:] == FILL).all()


def test_a_tall_picture_is_padded_at_its_sides() -> None:
    boxed = np.asarray(letterbox(Image.new("RGB", (20, 60), (200, 0, 0)), FILL, 2.0))
    assert boxed.shape == (60, 30, 3)
    assert (boxed[:, 5:25] == (200, 0, 0)).all()
    assert (boxed[:, :5] == FILL).all()


def test_what_fits_already_is_left_alone() -> None:
    image = samples.plain(size=(3000, 2000))
    assert letterbox(image, FILL, 1.5) is image


def test_a_large_picture_keeps_its_shape_when_it_is_scaled() -> None:
    boxed = np.asarray(letterbox(Image.new("RGB", (6000, 3000), (200, 0, 0)), FILL))
    assert boxed.shape == (LONGEST, LONGEST, 3)
    assert (boxed == (200, 0, 0)).all(axis=2).sum() == LONGEST * LONGEST // 2


def test_a_strip_of_one_pixel_is_still_seen() -> None:
    boxed = np.asarray(letterbox(Image.new("RGB", (20_000, 1), (200, 0, 0)), FILL))
    assert (boxed == (200, 0, 0)).all(axis=2).sum() == LONGEST
