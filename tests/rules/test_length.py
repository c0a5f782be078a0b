import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alttext_local.rules.endings import find_bad_ending
from alttext_local.rules.length import shorten
from alttext_local.rules.mending import mend
from alttext_local.rules.setting import Setting

CUTS = [
    (40, "A dog runs over the grass. A cat sleeps on a chair.", "A dog runs over the grass."),
    (
        60,
        "A dog runs over the wide grass, while a cat sleeps on a chair by the wall.",
        "A dog runs over the wide grass.",
    ),
    (50, "A man in a blue coat stands beside a tall red van in the rain.", "A man in a blue coat stands."),
    (30, "Wooden boats rest on the calm water near the old stone bridge.", "Wooden boats rest."),
    (24, "Dr. Smith met Mr. Jones in St. Gallen near the bridge.", "Dr. Smith met Mr. Jones."),
    (28, "A bottle of 1.5 litres stands. It holds water from a spring.", "A bottle of 1.5 litres."),
    (20, "Donaudampfschifffahrtsgesellschaft.", "Donaudampfschifffah."),
    (12, "犬が公園を走っている。猫が椅子で寝ている。", "犬が公園を走っている。"),
    (9, "犬が公園を走っていて、猫が椅子で寝ている。", "犬が公園を走って。"),
    (30, "كلب يركض في الحديقة. قطة تنام على الكرسي.", "كلب يركض في الحديقة."),
    (24, "כלב רץ בפארק. חתול ישן על כיסא ליד הקיר.", "כלב רץ בפארק."),
    (34, "Ein Hund läuft über die Wiese. Eine Katze schläft auf dem Stuhl.", "Ein Hund läuft über die Wiese."),
    (35, 'A sign with the words "Please keep the gate closed" stands here.', 'A sign with the words "Please…"'),
]
SUBJECTS = ("A man in a blue coat", "Two dogs", "Dr. Lee", "The U.S. flag", "A woman with an umbrella", "A 1.5 m vase")
VERBS = ("stands", "is seen", "waits", "rests", "can be found")
PLACES = ("beside a red van", "in front of St. Paul's", "on the grass", "under the bridge, near the river", "at 5 p.m.")
ENDS = (".", "", ", while a bird flies over the houses.", "; the sky is grey.", " and the", "...", "!")


def language_of(text: str) -> str:
    return "de" if "Hund" in text else "ja" if "犬" in text else "en"


@pytest.mark.parametrize(("limit", "text", "wanted"), CUTS)
def test_cuts_where_least_is_lost(limit, text, wanted):
    setting = Setting(max_length=limit, language=language_of(text))
    assert mend(text, setting).text == wanted
    assert len(wanted) <= limit


def test_what_is_cut_is_handed_on():
    kept, lost = shorten("A dog runs. A cat sleeps on a chair.", Setting(max_length=20))
    assert (kept, lost) == ("A dog runs.", "A cat sleeps on a chair.")
    assert shorten("A dog.", Setting(max_length=6)) == ("A dog.", "")
    assert shorten("A dog.", Setting(max_length=0)) == ("", "A dog.")


def test_no_grapheme_is_split():
    text = "नमस्ते" * 10
    assert mend(text, Setting(max_length=20, language="hi")).text.rstrip("।") == "नमस्ते" * 3 + "न"


captions = st.builds(
    lambda sentences: " ".join(" ".join(parts[:3]) + parts[3] for parts in sentences),
    st.lists(
        st.tuples(*map(st.sampled_from, (SUBJECTS, VERBS, PLACES, ENDS))),
        min_size=1,
        max_size=4,
    ),
)


@settings(max_examples=150, deadline=None)
@given(captions, st.integers(20, 250))
def test_any_caption_is_whole_and_mended_for_good(raw, limit):
    setting = Setting(max_length=limit)
    mended = mend(raw, setting)
    assert 0 < len(mended.text) <= limit
    assert mend(mended.text, setting).text == mended.text
    assert find_bad_ending(mended.text, setting) is None
    words = {word.strip(".,;!").casefold() for word in raw.split()}
    assert {word.strip(".,;!").casefold() for word in mended.text.split()} <= words
