"""Pictures that look the same: told, and given one text on demand."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from alttext_local.batch.outputs import read_output
from alttext_local.batch.run import Plan, carry_out
from alttext_local.batch.runner import Rhythm
from alttext_local.batch.scribe import Way
from alttext_local.batch.sources import Folder
from alttext_local.batch.tally import Tally
from alttext_local.pictures.formats import ARCHIVE_FORMATS
from alttext_local.pictures.likeness import signature_of
from alttext_local.pictures.limits import Limits
from alttext_local.pictures.opening import Opener
from tests.batch.houses import REQUEST, Echo, an_answer


class Seeing(Echo):
    """Says how many it has described, and lets its pictures be seen."""

    def submit(self, data, request, seen=None):
        if seen is not None and not data.startswith(b"bad"):
            with Image.open(io.BytesIO(data)) as image:
                seen(signature_of(image.convert("RGB")))
        return super().submit(data, request, seen)

    def answer(self, data, request):
        if data.startswith(b"bad"):
            return super().answer(data, request)
        return an_answer(f"Text {sum(self.asked.values())} of {len(data)}.")


def noise(seed):
    return Image.radial_gradient("L").resize((1280, 960)).rotate(37 * seed).convert("RGB")


@pytest.fixture
def pictures(tmp_path):
    """One picture as a PNG and as a JPEG, a copy, the same with another digit, another one, and none."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    image = noise(1)
    ImageDraw.Draw(image).text((150, 110), "1,234", fill="white")
    image.save(folder / "a.png")
    image.save(folder / "b.jpg", quality=92)
    (folder / "copy.png").write_bytes((folder / "a.png").read_bytes())
    ImageDraw.Draw(image).rectangle((150, 110, 158, 122), fill="white")
    image.save(folder / "digit.png")
    noise(3).save(folder / "other.png")
    (folder / "bad.png").write_bytes(b"bad")
    return folder


@pytest.fixture(scope="module")
def opener():
    with Opener(Limits(89_500_000, 65_535, 100, 20, 10, 2**31), 2, ARCHIVE_FORMATS) as made:
        yield made


@pytest.fixture
def start(tmp_path, pictures):
    def begin(house, **plan):
        begin.outcome = carry_out(
            Plan(Folder(pictures, REQUEST), [tmp_path / "out.jsonl"], **plan), house, Tally(), lambda: False
        )
        return {row.path: row for row in read_output(tmp_path / "out.jsonl")}

    return begin


def likes(rows):
    return {path: row.similar_to for path, row in rows.items() if row.similar_to}


def test_rows_tell_which_they_are_like_whatever_the_order_in_which_they_were_described(start, tmp_path):
    rows = start(Seeing(), rhythm=Rhythm(window=1))
    assert likes(rows) == {"b.jpg": "a.png", "digit.png": "a.png"}
    assert not any(row.text_of for row in rows.values())
    assert (start.outcome.summary.similar, start.outcome.summary.same) == (2, 1)
    assert start.outcome.summary.similar_examples == ["b.jpg ~ a.png", "digit.png ~ a.png"]
    assert start(Seeing()) == rows  # known from the journal alone
    assert sorted(one.name for one in (tmp_path / "out.jsonl.run").iterdir()) == sorted(
        ["lock", "journal.sqlite", "summary.json"]
    )


def test_it_can_be_left_out(start):
    assert not likes(start(Seeing(), similar=False))


def test_a_text_is_reused_for_the_same_picture_alone_and_the_row_says_whose_it_is(start, opener):
    house = Seeing()
    rows = start(house, reuse=opener, rhythm=Rhythm(readers=1, ahead=1))
    theirs = [path for path, row in rows.items() if row.text_of]
    assert len(house.asked) == 4  # the bad one was asked for too
    assert set(theirs) in ({"b.jpg"}, {"a.png", "copy.png"})
    assert rows["a.png"].answer.alt_text == rows["b.jpg"].answer.alt_text == rows["copy.png"].answer.alt_text
    assert rows["digit.png"].answer.alt_text != rows["a.png"].answer.alt_text
    one = rows[theirs[0]].to_dict()
    assert one["provenance"]["text_of"] == one["text_of"] in rows
    assert rows["a.png"].sha256 != rows["b.jpg"].sha256
    assert start.outcome.summary.reused == len(theirs)
    again = Seeing()
    assert start(again, reuse=opener) == rows
    assert not again.asked


def test_without_the_wish_each_gets_its_own_text_again(start, opener):
    start(Seeing(), reuse=opener)
    house = Seeing()
    rows = start(house)
    assert not any(row.text_of for row in rows.values())
    assert len(house.asked) == 1


def test_reuse_and_writing_into_the_files_go_together(start, opener):
    rows = start(Seeing(), reuse=opener, way=Way("image"))
    again = Seeing()
    assert start(again, reuse=opener, way=Way("image")) == rows
    assert not again.asked
    assert {row.metadata.outcome for row in rows.values() if row.described} == {"written"}
