import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alttext_local.rules.checking import check
from alttext_local.rules.grounding import ground
from alttext_local.rules.mending import mend
from alttext_local.rules.setting import Setting

WORDS = ("dog", "tree", "house", "with", "the", "and,", "river.", "bridge;", "near")
RAW = {
    "a close up picture of a cat on a table": "A cat on a table.",
    "The image shows a bar chart with two bars.": "A bar chart with two bars.",
    "Sure! Here is the alt text: **A dog** runs.": "A dog runs.",
    "In this image, we can see a man riding a wave": "A man riding a wave.",
    "This is a painting of a horse": "A painting of a horse.",
    "the cat the cat the cat the cat": "The cat.",
    "A boat. A boat. A boat.": "A boat.",
    "A dog.\U0001f436 See https://example.org/x": "A dog.",
    '"A red kite over a field"': "A red kite over a field.",
    "Photograph in blue and grey tones.": "Photograph in blue and grey tones.",
    "iPhone on a desk": "iPhone on a desk.",
    "A lake at dusk. Photo by Jane Doe.": "A lake at dusk.",
    "I cannot see the image.": "",
    "IMG_1234.jpg": "",
    "image": "",
    "": "",
}


@pytest.mark.parametrize(("raw", "wanted"), RAW.items())
def test_mends_raw_captions(raw, wanted):
    assert mend(raw, Setting()).text == wanted


@pytest.mark.parametrize(
    ("language", "raw", "wanted"),
    [
        ("de", "Das Bild zeigt einen großen Hund auf einer Wiese.", "Ein großer Hund auf einer Wiese."),
        ("fr", "Une photo d'un chien sur la plage.", "Un chien sur la plage."),
        ("es", "La imagen muestra un perro en la playa.", "Un perro en la playa."),
        ("it", "Una foto del cane sulla spiaggia.", "Il cane sulla spiaggia."),
        ("pt", "A imagem mostra um cão na praia.", "Um cão na praia."),
        ("nl", "De foto toont een hond op het strand.", "Een hond op het strand."),
    ],
)
def test_cuts_openers_by_language(language, raw, wanted):
    assert mend(raw, Setting(language=language)).text == wanted


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.integers(1, 150))
def test_any_text_is_mended_once_and_for_all(raw, limit):
    setting = Setting(max_length=limit)
    text = mend(raw, setting).text
    assert len(text) <= limit
    assert mend(text, setting).text == text
    assert all(unicodedata.category(char) not in ("Cc", "Cs", "Cn", "Co") for char in text)
    check(raw, setting)
    ground(raw, setting)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=60))
def test_no_word_is_cut(words):
    text = mend(" ".join(words), Setting(max_length=60)).text
    known = {word.strip(".,;").casefold() for word in words}
    assert {word.strip(".,;").casefold() for word in text.split()} <= known
