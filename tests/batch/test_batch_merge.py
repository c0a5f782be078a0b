"""Outputs put together."""

from __future__ import annotations

import json

import pytest

from alttext_local.batch.merge import merge
from alttext_local.batch.outputs import read_output, write_outputs
from alttext_local.batch.row import Row, failed
from alttext_local.errors import BadRequest, UnreadableImage
from alttext_local.types import Request
from tests.batch.houses import REQUEST, an_answer


def a_row(path, text="A red square.", request=REQUEST, sha256="abc", **more):
    answer = an_answer(text).model_copy(update={"file_name": path})
    return Row(path, sha256, request, answer, **more)


@pytest.fixture
def part(tmp_path):
    def make(name, *rows):
        list(write_outputs([tmp_path / name], rows, {}))
        return tmp_path / name

    return make


@pytest.fixture
def out(tmp_path):
    return tmp_path / "all.jsonl"


def test_parts_of_both_kinds_are_put_together_by_path(part, out):
    bad = failed("b", UnreadableImage(), sha256="x", request=REQUEST)
    merged = merge([part("one.jsonl", a_row("c"), a_row("a")), part("two.parquet", bad)], [out])
    assert list(read_output(out)) == [a_row("a"), bad, a_row("c")]
    assert merged.whole
    assert (merged.summary.images, merged.summary.failed) == (3, 1)


def test_an_image_in_two_parts_is_there_once_and_a_text_counts_more_than_a_failure(part, out):
    bad = failed("a", UnreadableImage(), sha256="abc", request=REQUEST)
    good = a_row("a")
    for parts in ([bad, good], [good, bad], [good, good]):
        merged = merge([part(f"{n}.jsonl", row) for n, row in enumerate(parts)], [out])
        assert list(read_output(out)) == [good]
        assert (merged.twice, merged.conflicts) == (1, 0)


def test_two_texts_for_one_image_are_said_and_the_first_stands(part, out):
    merged = merge([part("1.jsonl", a_row("a", "One.")), part("2.jsonl", a_row("a", "Two."))], [out])
    assert [row.answer.alt_text for row in read_output(out)] == ["One."]
    assert (merged.conflicts, merged.conflict_examples, merged.whole) == (1, ["a"], False)


def test_when_and_how_quickly_it_was_said_is_no_conflict(part, out):
    slow = Row("a", "abc", REQUEST, an_answer(seconds=9.0, cached=True))
    assert merge([part("1.jsonl", a_row("a")), part("2.jsonl", slow)], [out]).whole


def test_one_path_asked_in_two_ways_is_two_rows(part, out):
    german = a_row("a", "Ein Quadrat.", Request("gpt-4o", language="de"))
    merged = merge([part("1.jsonl", a_row("a"), german), part("2.jsonl", a_row("a", columns={"n": 1}))], [out])
    assert len(list(read_output(out))) == 3
    assert (merged.twice, merged.conflicts) == (0, 0)


def test_a_missing_shard_is_said(part, out):
    merged = merge([part("o.1-of-3.jsonl", a_row("a")), part("o.3-of-3.jsonl", a_row("b"))], [out])
    assert (merged.missing, merged.whole) == (["2 of 3"], False)


def test_shards_of_two_divisions_are_refused(part, out):
    with pytest.raises(BadRequest, match="several divisions"):
        merge([part("o.1-of-3.jsonl"), part("o.1-of-2.jsonl")], [out])
    assert not out.exists()


def test_a_part_whose_run_was_stopped_is_said(part, out, tmp_path):
    one = part("one.jsonl", a_row("a"))
    (tmp_path / "one.jsonl.run").mkdir()
    (tmp_path / "one.jsonl.run" / "summary.json").write_text(json.dumps({"complete": False}))
    merged = merge([one], [out])
    assert (merged.unfinished, merged.whole) == (["one.jsonl"], False)


def test_nothing_else_is_left_behind(part, out, tmp_path):
    merge([part("one.jsonl", a_row("a"))], [out])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["all.jsonl", "one.jsonl"]
