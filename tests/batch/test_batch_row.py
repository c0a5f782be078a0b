"""The row of an image."""

from __future__ import annotations

import json

import pytest

from alttext_local.batch.row import Row, answer_of, failed, kept_of
from alttext_local.errors import UnreadableImage
from alttext_local.types import Request
from tests.batch.houses import REQUEST, an_answer

DESCRIBED = Row("x/a.png", "abc", REQUEST, an_answer().model_copy(update={"file_name": "a.png"}), columns={"id": 7})
FAILED = failed("b.png", UnreadableImage("It is cut off."), sha256="def", request=Request("m", language="ar"))


@pytest.mark.parametrize("row", [DESCRIBED, FAILED, Row("c", code="bad_request", error="No.")])
def test_a_row_goes_through_json_and_back(row):
    said = row.to_dict()
    assert Row.from_dict(json.loads(json.dumps(said))) == row
    assert list(said) == list(DESCRIBED.to_dict())


def test_a_failed_row_says_why():
    assert (FAILED.code, FAILED.described, FAILED.findings, FAILED.provenance) == ("unreadable_image", False, [], None)
    assert FAILED.error.endswith("It is cut off.")


def test_a_row_without_status_is_none():
    with pytest.raises(KeyError):
        Row.from_dict({"path": "a"})


def test_a_kept_answer_is_given_under_the_name_that_was_asked_for():
    kept = kept_of(an_answer())
    said = answer_of(kept, "deep/z.png", "gpt-4o-mini")
    assert (said.file_name, said.provenance.requested_model) == ("z.png", "gpt-4o-mini")
    assert kept["provenance"]["requested_model"] == "gpt-4o"
