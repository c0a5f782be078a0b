import pytest

from alttext_local.rules.keywords import check_keywords, enough_keywords, extract_keywords, tidy_keywords


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (["dog, grass; ball"], ("dog", "grass", "ball")),
        (["- Dog\n- Grass\n- dog"], ("dog", "grass")),
        (["Keywords: dog, grass"], ("dog", "grass")),
        (["1. dog\n2. grass"], ("dog", "grass")),
        (["**dog**", "“grass”", " ball. "], ("dog", "grass", "ball")),
        (["NASA, Dog, iPhone"], ("NASA", "dog", "iPhone")),
        (["The dog is on the grass.", "dog"], ("dog",)),
        (["a long row of very old houses", "houses"], ("houses",)),
        (["image", "IMG_1234.jpg", "", "42", "dog"], ("dog",)),
        ([f"word{chr(97 + at)}" for at in range(20)], tuple(f"word{chr(97 + at)}" for at in range(15))),
    ],
)
def test_tidies(raw, wanted):
    assert tidy_keywords(raw) == wanted


def test_capitals_that_ocr_read_stay():
    assert tidy_keywords(["Bremen, House, UNESCO"], "Welcome to Bremen UNESCO") == ("Bremen", "house", "UNESCO")


def test_extracts_from_text_and_never_small_words():
    words = extract_keywords("A red tram passes the old town hall of Bremen. The tram is full.", "en")
    assert {"tram", "bremen"} <= {part.casefold() for word in words for part in word.split()}
    assert not {"the", "a", "of", "is"} & set(words)
    assert extract_keywords("", "en") == extract_keywords("12 % …", "de") == ()


def test_enough_fills_up_from_texts_then_from_what_is_handed_in():
    filled = enough_keywords(["tram"], ["A red tram passes the town hall of Bremen.", ""], ["photograph"], "en")
    assert filled[0] == "tram" and 3 <= len(filled) <= 15 and "photograph" not in filled
    assert enough_keywords([], [], ["photograph", "grey", "square"], "en") == ("photograph", "grey", "square")
    assert check_keywords(filled) == ()


@pytest.mark.parametrize(
    "bad",
    [
        ["dog", "cat"],
        [f"w{at}" for at in range(16)],
        ["dog", "Dog", "cat"],
        ["dog ", "cat", "cow"],
        ["", "cat", "cow"],
        ["A dog runs.", "cat", "cow"],
        ["a dog runs over the wide grass", "cat", "cow"],
    ],
)
def test_bad_list_is_found(bad):
    assert [finding.rule for finding in check_keywords(bad)] == ["A16"]


def test_good_list_passes():
    assert check_keywords(["dog", "red ball", "NASA"]) == ()
