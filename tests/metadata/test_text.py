from dataclasses import replace
from pathlib import Path

from alttext_local.metadata.text import Entries, Found, Mark
from alttext_local.metadata.text import Text as Said
from alttext_local.types import Description, Provenance, Verdict

HERE = Path("a.jpg")
ENTRIES = Entries({"x-default": "A", "en": "A"})


def test_who_wrote_it_follows_from_mark_and_hash():
    ours = Found(HERE, ENTRIES, Mark(text_hash=ENTRIES.hash(), review="unreviewed"))
    assert Found(HERE).whose == "nobody"
    assert Found(HERE, ENTRIES).whose == "person"
    assert ours.whose == "machine"
    assert replace(ours, entries=Entries({"x-default": "B", "en": "A"})).whose == "person"
    assert Found(HERE, ENTRIES, Mark(text_hash=ENTRIES.hash(), review="reviewed")).whose == "person"


def test_the_hash_is_of_what_a_file_gives_back():
    assert Entries({"en-GB": "a\r\nb "}).hash() == Entries({"en-gb": "a\nb"}).hash()
    assert Entries({"en": "a"}).hash() != Entries({}, {"en": "a"}).hash()


def test_a_language_that_is_none_stands_as_the_default_alone(saying):
    assert saying(language="pt_BR").entries().alt.keys() == {"x-default", "pt-BR"}
    assert saying(language="e n\n").entries().alt.keys() == {"x-default"}


def test_the_note_is_both_texts_with_a_blank_line(saying):
    assert saying(description="").entries().shown() == "A red kite over a field.\n"
    assert saying(description="Two.\nLines.").entries().shown() == "A red kite over a field.\n\nTwo.\nLines.\n"


def test_an_answer_becomes_a_text():
    by = Provenance("auto", "mini", "rev", "0.1.0", "p7", False, 1.0)
    verdict = Verdict("photograph", "picture", 1.0, 1.0, True, True)
    said = Description("Alt", (), (), "Long", "", by, verdict)
    text = Said.of(said, "en", "2026-11-23T09:00:00Z")
    assert (text.alt_text, text.description, text.model, text.prompt_version) == ("Alt", "Long", "mini", "p7")
    assert text.review == "unreviewed"
