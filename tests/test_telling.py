"""From a sure verdict to what was read off the picture, in sentences."""

from alttext_local.phrases.told import Told
from alttext_local.telling import tell
from alttext_local.types import Kind, Verdict
from tests.structure.sheets import flow, page, table


def _verdict(kind: Kind, sure: bool = True) -> Verdict:
    return Verdict(kind, "text or table", 0.9, 0.9, sure, sure)


def test_a_table_is_told_with_headings_size_and_rows() -> None:
    sheet = table(title="Sales by region")
    told = tell(_verdict("table"), sheet.image, sheet.reading(without=["298"]))
    assert told.title == "Sales by region"
    assert told.findings == ("Columns: Region, 2019, 2020.", "It has 5 rows and 3 columns.") or told.findings == (
        "It has 5 rows and 3 columns.",
    )
    assert any(row.startswith("South: ") and row.endswith("not readable.") for row in told.rows)


def test_a_page_is_told_by_its_heading_and_its_beginning() -> None:
    sheet = page()
    told = tell(_verdict("text"), sheet.image, sheet.reading())
    assert told.title == "A History of the Harbour"
    assert told.findings == ("It begins “The harbour was built in three years.”",)
    assert told.details == ("The text stands in 2 columns.", "It has a heading.")


def test_a_diagram_is_told_by_its_boxes() -> None:
    sheet = flow()
    told = tell(_verdict("diagram"), sheet.image, sheet.reading())
    assert told.findings == ("It has 3 boxes.", "The boxes read: Start; Check input; Done.")


def test_nothing_is_told_of_a_kind_that_is_not_sure() -> None:
    sheet = table()
    assert tell(_verdict("table", sure=False), sheet.image, sheet.reading()) == Told()
