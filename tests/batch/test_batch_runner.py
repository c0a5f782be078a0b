"""The work of a run, and one start of it from its beginning to its files."""

from __future__ import annotations

import json
import os
import threading
import time

import pytest

from alttext_local.batch.journal import Journal
from alttext_local.batch.outputs import read_output
from alttext_local.batch.run import Plan, carry_out, run_folder
from alttext_local.batch.runner import Rhythm
from alttext_local.batch.shard import Shard
from alttext_local.batch.sources import Entry, FilesOnDisk, Folder, PathList
from alttext_local.batch.tally import Tally
from alttext_local.errors import MissingFile, ModelDown, RunIsHere, RunNotWritten, UnknownModel
from alttext_local.types import Request
from tests.batch.houses import REQUEST, Dead, Echo, Moody, Poisoned


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number:02d}.png").write_text(f"picture {number}")
    return folder


@pytest.fixture
def start(tmp_path, pictures):
    """Start a run on the pictures; what it gave, its rows by path."""

    def begin(house, source=None, stopping=lambda: False, **plan):
        out, tally = tmp_path / "out.jsonl", Tally()
        made = Plan(source or Folder(pictures, REQUEST), [out], **plan)
        begin.outcome = carry_out(made, house, tally, stopping)
        begin.tally = tally
        rows = list(read_output(out))
        assert len({row.path for row in rows}) == len(rows)
        return {row.path: row for row in rows}

    return begin


def ripen(folder):
    """Wait until a change of the files would show in their times."""
    youngest = max(path.stat().st_ctime for path in folder.iterdir())
    time.sleep(max(0, youngest + 2.1 - time.time()))


def test_each_image_is_described_and_what_is_wrong_is_a_row(start, pictures):
    (pictures / "bad.png").write_text("bad")
    rows = start(Echo())
    assert sorted(rows) == sorted(path.name for path in pictures.iterdir())
    assert rows["03.png"].answer.alt_text == "picture 3 in en"
    assert rows["bad.png"].code == "unreadable_image"
    assert (start.tally.described, start.tally.failed, start.tally.known) == (20, 1, 0)
    assert start.outcome.complete and start.outcome.summary.failed == 1


def test_a_second_start_does_nothing_again(start):
    first = start(Echo())
    house = Echo()
    assert start(house) == first
    assert not house.asked
    assert (start.tally.known, start.tally.described) == (20, 0)


def test_files_that_have_not_changed_are_not_read_again(start, pictures):
    ripen(pictures)
    start(Echo())
    reads = []

    class Watched(Folder):
        def read(self, entry, limit):
            reads.append(entry.path)
            return super().read(entry, limit)

    (pictures / "03.png").write_text("another picture")
    rows = start(Echo(), Watched(pictures, REQUEST))
    assert reads == ["03.png"]
    assert rows["03.png"].answer.alt_text == "another picture in en"
    assert start.tally.described == 1


def test_a_file_that_was_moved_is_not_described_again(start, pictures):
    start(Echo())
    (pictures / "03.png").rename(pictures / "moved.png")
    house = Echo()
    rows = start(house)
    assert not house.asked
    assert rows["moved.png"].answer.alt_text == "picture 3 in en"
    assert "03.png" not in rows
    assert (start.outcome.summary.gone, start.outcome.summary.gone_examples) == (1, ["03.png"])


def test_the_same_content_is_described_once_and_has_a_row_for_each_path(start, pictures):
    for number in range(15):
        (pictures / f"same-{number}.png").write_text("picture 3")
    house = Echo()
    rows = start(house)
    assert house.asked[b"picture 3"] == 1
    assert {rows[f"same-{n}.png"].answer.alt_text for n in range(15)} == {"picture 3 in en"}
    assert rows["same-1.png"].answer.file_name == "same-1.png"
    assert start.outcome.summary.same == 15
    assert start.tally.done == 35


def test_other_settings_describe_again_and_the_first_ones_are_still_known(start, pictures):
    start(Echo())
    german = Folder(pictures, Request("gpt-4o", language="de"))
    assert start(Echo(), german)["03.png"].answer.alt_text == "picture 3 in de"
    house = Echo()
    assert start(house)["03.png"].answer.alt_text == "picture 3 in en"
    assert not house.asked


def test_failures_are_tried_again_when_asked_for_alone(start, pictures):
    (pictures / "bad.png").write_text("bad")
    start(Echo())
    house = Echo()
    start(house)
    assert not house.asked
    start(house, retry_failed=True)
    assert dict(house.asked) == {b"bad": 1}


def test_anew_forgets_what_was_done(start):
    start(Echo())
    house = Echo()
    start(house, anew=True)
    assert len(house.asked) == 20


def test_a_stop_finishes_what_is_in_hand_and_the_next_start_does_the_rest(start):
    class Stopping(Echo):
        def answer(self, data, request):
            time.sleep(0.01)
            return super().answer(data, request)

    house = Stopping()
    few = Rhythm(window=4, ahead=4)
    rows = start(house, stopping=lambda: len(house.asked) >= 5, rhythm=few)
    assert not start.outcome.complete
    assert 5 <= len(rows) < 20
    assert len(rows) == len(house.asked)  # nothing that was begun is lost
    again = Echo()
    rows = start(again)
    assert start.outcome.complete
    assert len(rows) == 20
    assert not set(again.asked) & set(house.asked)


def test_so_many_are_in_hand_and_no_more(start):
    house = Echo()
    start(house, rhythm=Rhythm(window=3, ahead=5))
    assert house.most_at_once <= 3


def test_a_slow_house_has_little_in_hand(start):
    class Slow(Echo):
        def answer(self, data, request):
            time.sleep(0.02)
            return super().answer(data, request)

    house = Slow()
    start(house, rhythm=Rhythm(window=64, first=2, hold=0.02))
    assert house.most_at_once <= 3
    house = Slow()
    start(house, rhythm=Rhythm(window=64, first=2, hold=150), anew=True)
    assert house.most_at_once > 3


def test_an_output_that_cannot_be_written_is_said_and_what_is_done_is_kept(start, tmp_path):
    (tmp_path / "out.jsonl").mkdir()
    with pytest.raises(RunNotWritten, match="directory"):
        start(Echo())
    (tmp_path / "out.jsonl").rmdir()
    house = Echo()
    assert len(start(house)) == 20
    assert not house.asked


def test_few_bytes_are_in_hand(start):
    house = Echo()
    start(house, rhythm=Rhythm(window_bytes=10, readers=1))
    assert len(house.asked) == 20
    assert house.most_at_once <= 3


def test_a_house_that_refuses_is_asked_again(start):
    house = Moody()
    rows = start(house)
    assert all(row.described for row in rows.values())
    assert set(house.asked.values()) == {2}


def test_a_poison_image_is_given_up_and_takes_no_other_with_it(start, pictures):
    (pictures / "poison.png").write_text("poison")
    rows = start(Poisoned(), rhythm=Rhythm(patience=20))
    assert [path for path, row in rows.items() if not row.described] == ["poison.png"]
    assert rows["poison.png"].code == "model_down"


def test_a_house_that_answers_nobody_ends_the_run_and_nothing_is_held_against_the_images(start):
    with pytest.raises(ModelDown):
        start(Dead(), rhythm=Rhythm(patience=0.5))
    assert all(row.described for row in start(Echo()).values())


def test_a_path_that_is_not_there_is_a_row(start, pictures):
    rows = start(Echo(), PathList(iter([f"{pictures}/03.png", "none.png"]), REQUEST))
    assert rows["none.png"].code == "missing_file"
    assert rows[f"{pictures}/03.png"].described


def test_a_source_without_its_images_does_not_empty_the_output(start, pictures, tmp_path):
    before = start(Echo())
    pictures.rename(tmp_path / "elsewhere")
    pictures.mkdir()
    with pytest.raises(MissingFile, match="left as it is"):
        start(Echo())
    assert {row.path: row for row in read_output(tmp_path / "out.jsonl")} == before


def test_many_entries_without_a_request_are_rows(start):
    class Wrong(FilesOnDisk):
        def entries(self):
            for number in range(300):
                yield Entry(f"list:{number}", "", number, failure=UnknownModel("No."))

    assert len(start(Echo(), Wrong())) == 300
    assert start.tally.failed == 300


def test_two_runs_at_once_are_refused(start, tmp_path):
    with Journal(run_folder(tmp_path / "out.jsonl")), pytest.raises(RunIsHere):
        start(Echo())


def test_shards_have_all_images_once_together(pictures, tmp_path):
    seen = []
    for number in (1, 2, 3):
        shard = Shard(number, 3)
        out = shard.named(tmp_path / "out.jsonl")
        outcome = carry_out(Plan(Folder(pictures, REQUEST), [out], shard), Echo(), Tally(), lambda: False)
        assert outcome.complete
        seen += [row.path for row in read_output(out)]
    assert sorted(seen) == sorted(path.name for path in pictures.iterdir())


def test_a_run_leaves_a_note_of_how_it_ended(start, tmp_path):
    start(Echo())
    said = json.loads((tmp_path / "out.jsonl.run" / "summary.json").read_text())
    assert (said["complete"], said["shard"], said["images"]) == (True, "1/1", 20)


def test_a_source_is_counted_beside_the_work(start):
    counted = threading.Event()

    class Slow(Echo):
        def answer(self, data, request):
            counted.wait(0.1)
            return super().answer(data, request)

    start(Slow())
    assert start.tally.total == 20
    assert start.tally.left == 0


def test_links_and_names_of_bytes_go_through_a_whole_run(start, pictures):
    (pictures / "link.png").symlink_to(pictures / "03.png")
    with open(os.fsencode(pictures) + b"/caf\xe9.png", "wb") as stream:  # noqa: PTH123 (a name of bytes)
        stream.write(b"coffee")
    rows = start(Echo())
    assert rows["link.png"].answer.alt_text == "picture 3 in en"
    assert rows["caf\\xe9.png"].described
