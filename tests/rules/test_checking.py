import pytest

from alttext_local.rules.checking import RULES, check
from alttext_local.rules.setting import Setting

PLAIN = Setting()
FILE = Setting(file_name="holiday-2019.jpg")
SHORT = Setting(max_length=20)
CAPTION = Setting(context="The mayor opens the new library in Bremen\nCity news")
GERMAN = Setting(language="de")
DECORATIVE = Setting(decorative=True)
LATE = "the old wooden bridge that leads over the wide brown river near the town"
BAD = {
    "A01": [("", PLAIN), ("  ", PLAIN), ("...", PLAIN), ("A leaf.", DECORATIVE)],
    "A02": [("image", PLAIN), ("Untitled", PLAIN), ("Logo.", PLAIN), ("a photo", PLAIN)],
    "A03": [("IMG_1234.jpg", PLAIN), ("scan0001.tif", PLAIN), ("DSC 0042", PLAIN), ("Holiday-2019", FILE)],
    "A04": [("Image of a dog.", PLAIN), ("The picture shows a dog.", PLAIN), ("This is a photo of a dog.", PLAIN)],
    "A05": [("A dog in a very large park.", SHORT), ("A dog. " * 18, PLAIN), ("犬" * 21, SHORT)],
    "A06": [("a dog runs.", PLAIN), ("A dog runs", PLAIN), ("A dog  runs.", PLAIN), ("A dog\nruns.", PLAIN)],
    "A07": [
        ("A **big** dog.", PLAIN),
        ("A <b>big</b> dog.", PLAIN),
        ("A dog \U0001f436.", PLAIN),
        ("A dog at https://example.org.", PLAIN),
        ("A dog\u200b runs.", PLAIN),
    ],
    "A08": [(f"Under {LATE}, a dog runs.", PLAIN), (f"Beside {LATE}, boats.", PLAIN), (f"While {LATE}, cats.", PLAIN)],
    "A09": [
        ("The mayor opens the new library in Bremen.", CAPTION),
        ("Mayor opens new library in Bremen.", CAPTION),
        ("City news.", CAPTION),
    ],
    "A10": [("A lake. Photo by Jane Doe.", PLAIN), ("A lake © Jane Doe.", PLAIN), ("A lake (Getty Images).", PLAIN)],
    "A11": [
        ("A lake. I hope this helps.", PLAIN),
        ("As an AI, I see a lake.", PLAIN),
        ("It appears to possibly be a lake.", PLAIN),
    ],
    "A12": [("A beautiful woman.", PLAIN), ("An elderly man.", PLAIN), ("A Muslim woman.", PLAIN)],
    "A13": [
        ("The dog is on the grass with a ball.", GERMAN),
        ("Ein Hund liegt auf der Wiese mit dem Ball und einer Katze.", PLAIN),
        ("Собака лежит на траве.", PLAIN),
    ],
    "A14": [
        ("A boat. A boat.", PLAIN),
        ("A dog and a dog and a dog and a dog.", PLAIN),
        ("The the cat sleeps.", PLAIN),
    ],
    "A15": [("A dog, see left.", PLAIN), ("The red one is open.", PLAIN), ("A door, as you can see.", PLAIN)],
}
GOOD = {
    "A01": [("A leaf.", PLAIN), ("", DECORATIVE), ("7.", PLAIN)],
    "A02": [("The logo of Acme.", PLAIN), ("A map of Rome.", PLAIN), ("An untitled book.", PLAIN)],
    "A03": [("A scan of a letter.", PLAIN), ("Photo 51 of DNA on a wall.", PLAIN), ("A holiday in 2019.", FILE)],
    "A04": [("A painting of a dog.", PLAIN), ("X-ray of a hand.", PLAIN), ("A man takes a picture of a dog.", PLAIN)],
    "A05": [("A dog in a park now.", SHORT), ("A dog. " * 17, PLAIN), ("犬" * 20, SHORT)],
    "A06": [("A dog runs.", PLAIN), ("Does a dog run?", PLAIN), ("iPhone on a desk.", PLAIN), ("犬が走る。", PLAIN)],
    "A07": [("A dog, 5 % of it white.", PLAIN), ("Tom & Ann.", PLAIN), ("A sign reads “No”.", PLAIN)],
    "A08": [("In a park, a dog runs.", PLAIN), (f"A dog runs under {LATE}.", PLAIN), ("Under a tree.", PLAIN)],
    "A09": [
        ("A woman cuts a ribbon before a building.", CAPTION),
        ("The mayor and two children hold books.", CAPTION),
        ("The mayor opens the new library in Bremen.", PLAIN),
    ],
    "A10": [("A photo by the bed.", PLAIN), ("A credit card.", PLAIN), ("A sign reads “Photo by Smith”.", PLAIN)],
    "A11": [("A person thinks.", PLAIN), ("A sign reads “I cannot”.", PLAIN), ("It may be a lake.", PLAIN)],
    "A12": [
        ("A woman smiles.", PLAIN),
        ("An elderly man.", Setting(context="An elderly man")),
        ("A man with a white cane.", PLAIN),
    ],
    "A13": [
        ("Ein Hund liegt auf der Wiese mit dem Ball.", GERMAN),
        ("The dog is on the grass with a ball.", PLAIN),
        ("A sign reads “Собака лежит”.", PLAIN),
    ],
    "A14": [
        ("A boat. A car.", PLAIN),
        ("New York, New York.", PLAIN),
        ("A man and a woman and a child.", PLAIN),
        ("Bora Bora.", PLAIN),
    ],
    "A15": [("A dog on the left of a cat.", PLAIN), ("The red car.", PLAIN), ("A red door and a blue one.", PLAIN)],
}


def rules_broken(text: str, setting: Setting) -> set[str]:
    return {finding.rule for finding in check(text, setting)}


@pytest.mark.parametrize(("rule", "text", "setting"), [(rule, *case) for rule in BAD for case in BAD[rule]])
def test_bad_text_is_found(rule, text, setting):
    assert rule in rules_broken(text, setting)


@pytest.mark.parametrize(("rule", "text", "setting"), [(rule, *case) for rule in GOOD for case in GOOD[rule]])
def test_good_text_passes(rule, text, setting):
    assert rule not in rules_broken(text, setting)


def test_every_rule_has_its_table():
    assert set(BAD) == set(GOOD) == set(RULES)
