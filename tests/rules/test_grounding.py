import pytest

from alttext_local.rules.grounding import covers_text, ground
from alttext_local.rules.setting import Setting

NOTHING = Setting()


def read(text: str, language: str = "en") -> Setting:
    return Setting(reading_text=text, language=language)


STAYS = [
    ("A bus with the number 42.", read("42 Main St")),
    ("A house built in 1990.", Setting(context="Built in 1990")),
    ("Revenue is 1,234 dollars.", read("1234")),
    ("Revenue is 1,234 dollars.", read("1.234")),
    ("Revenue is 1 234 dollars.", read("1,234")),
    ("The share is 2.5 percent.", read("2,5 %")),
    ("A pie chart in which 45% is blue.", read("45 %")),
    ("Twenty dollars on a table.", read("20")),
    ("The bill is worth 20 dollars.", read("twenty dollars")),
    ("The sum is 3 million dollars.", read("3,000,000")),
    ("The price is $5.99.", read("$ 5.99")),
    ("A clock that shows 10:15.", read("10:15")),
    ("A 5-year-old boy on a swing.", Setting(context="Tom, 5 years")),
    ("A five-year-old boy on a swing.", Setting(context="Tom is 5")),
    ("Three birds on a wire.", NOTHING),
    ("A 3D model beside an A4 page.", NOTHING),
    ("One of the dogs sleeps.", NOTHING),
    ("A group of 7 people.", Setting(trusted="7")),
    ("It has 4 bars. The tallest bar is blue.", Setting(trusted="It has 4 bars.")),
    ('A sign that reads "No entry".', read("NO ENTRY")),
    ('A sign that reads "No entry".', read("N0 entry")),
    ("A poster with the words “Summer festival”.", read("SUMNER FESTIVAL")),
    ("A poster with the words “Summer festival”.", read("Festival in the summer")),
    ("Ein Schild mit der Aufschrift „Ausgang“.", read("AUSGANG", "de")),
]
GOES = [
    ("A house built in 1990.", NOTHING, "A house."),
    ("The house was built in 1990.", NOTHING, "The house was built."),
    ("In 1969, a man stands on the moon.", NOTHING, "A man stands on the moon."),
    ("A map of Berlin from 1920, with rivers in blue.", NOTHING, "A map of Berlin, with rivers in blue."),
    ("A man, aged 45, smiles.", NOTHING, "A man smiles."),
    ("A 5-year-old boy on a swing.", NOTHING, "A boy on a swing."),
    ("An 8-year-old girl reads.", NOTHING, "A girl reads."),
    ("Sales rose from 20 to 35 in 2019.", read("20 35"), "Sales rose from 20 to 35."),
    ("The bars show 20, 35 and 50 units.", read("20 50"), "The bars show 20 and 50 units."),
    ("The bars show 20, 35 and 50 units.", read("35 50"), "The bars show 35 and 50 units."),
    ("The bars show 20, 35 and 50 units.", read("20 35"), "The bars show 20 and 35 units."),
    ("A pie chart in which 45% is blue.", read("40 %"), "A pie chart."),
    ("A mug. The price is $5.99.", NOTHING, "A mug."),
    ("Revenue is 1,234 dollars.", read("12 34"), ""),
    ("A clock that shows 10:15.", read("10:25"), "A clock."),
    ("A bus with the number 42 on its front.", NOTHING, "A bus."),
    ("A player wearing number 23 jumps.", NOTHING, "A player jumps."),
    ("A Boeing 747 in the sky.", NOTHING, "A Boeing in the sky."),
    ("A tower (built in 1889) by a river.", NOTHING, "A tower by a river."),
    ('A sign that reads "No entry".', NOTHING, "A sign."),
    ('A sign that reads "No entry".', read("Welcome to the park"), "A sign."),
    ('A red door with the word "OPEN" on it.', NOTHING, "A red door."),
    ('A poster titled "Sales 2019".', read("Sales 2018"), "A poster."),
    ("Ein Schild mit der Aufschrift „Ausgang“.", read("Eingang", "de"), "Ein Schild."),
]
COUNTS = [
    ("A street with 12 cars and a red bus.", NOTHING, "A street with several cars and a red bus."),
    ("Five birds on a wire.", NOTHING, "Several birds on a wire."),
    ("A table with 6 wooden chairs.", NOTHING, "A table with several wooden chairs."),
    ("A group of 15 people.", read("12"), "A group of several people."),
    ("Auf der Wiese stehen 7 Kühe.", read("", "de"), "Auf der Wiese stehen mehrere Kühe."),
    ("Se ven 8 casas blancas.", read("", "es"), "Se ven varias casas blancas."),
]


@pytest.mark.parametrize(("text", "setting"), STAYS)
def test_confirmed_text_stays(text, setting):
    grounded = ground(text, setting)
    assert (grounded.text, grounded.findings) == (text, ())


@pytest.mark.parametrize(("text", "setting", "wanted"), GOES)
def test_unconfirmed_claim_goes_with_its_clause(text, setting, wanted):
    grounded = ground(text, setting)
    assert grounded.text == wanted
    assert {finding.rule for finding in grounded.findings} == {"B01"}
    assert ground(wanted, setting).findings == ()


@pytest.mark.parametrize(("text", "setting", "wanted"), COUNTS)
def test_unconfirmed_count_becomes_several(text, setting, wanted):
    grounded = ground(text, setting)
    assert grounded.text == wanted
    assert [finding.rule for finding in grounded.findings] == ["B04"]


def test_finding_tells_whether_anything_is_left():
    assert [finding.mended for finding in ground("A mug. It costs 99 euros.", NOTHING).findings] == [True]
    assert [finding.mended for finding in ground("It costs 99 euros.", NOTHING).findings] == [False]


@pytest.mark.parametrize(
    ("alt_text", "ocr_text", "missing"),
    [
        ("A sign with the text “No entry”.", "", []),
        ("A sign.", "NO ENTRY", []),
        ("A sign.", "", ["No", "entry"]),
        ("A sign that reads “No”.", "", ["entry"]),
    ],
)
def test_large_words_left_out_are_named(alt_text, ocr_text, missing):
    findings = covers_text(alt_text, ocr_text, ["No", "entry", "No", "—"])
    assert [finding.rule for finding in findings] == (["B02"] if missing else [])
    assert all(word in findings[0].message for word in missing)
