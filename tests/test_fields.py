import pytest
from hypothesis import given
from hypothesis import strategies as st

from alttext_local.errors import BadRequest
from alttext_local.fields import FieldLimits, base_name, check_fields, quoted
from alttext_local.types import Request

LIMITS = FieldLimits(max_prompt=20, max_context=50)


def check(**texts):
    return check_fields({"selected_model": "gpt-4o", **texts}, LIMITS)


def test_what_is_not_given_has_the_defaults_of_the_contract():
    assert check() == Request("gpt-4o", 125, "", "", False, False, False, "en")


@pytest.mark.parametrize(("text", "value"), [("125", 125), ("500", 500), (" 200 ", 200), ("+300", 300), ("", 125)])
def test_lengths(text, value):
    assert check(alt_text_length=text).alt_text_length == value


@pytest.mark.parametrize("text", ["124", "501", "0", "-200", "125.0", "1e2", "many", "9" * 5000, "²²²", "٢٠٠", "0x80"])
def test_lengths_that_cannot_be_used(text):
    with pytest.raises(BadRequest, match="alt_text_length must be a whole number from 125 to 500"):
        check(alt_text_length=text)


@pytest.mark.parametrize("name", ["generate_description", "generate_ocr", "regenerate"])
@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("True", True), ("1", True), ("YES", True), ("false", False), ("0", False), ("nO", False)],
)
def test_booleans_in_any_case(name, text, value):
    assert getattr(check(**{name: text}), name) is value


@pytest.mark.parametrize("text", ["2", "on", "truth", "y", "None", "[]"])
def test_booleans_that_cannot_be_read(text):
    with pytest.raises(BadRequest, match="generate_ocr must be one of: true, 1, yes, false, 0, no"):
        check(generate_ocr=text)


GOOD = ["en", "DE", "pt-BR", "zh-Hant-TW", "sr-Latn", "es-419", "sl-rozaj", "de-CH-1996", "zh-cmn", "en-x-own", "haw"]
GOOD += ["en-u-ca-gregory", "de-DE-u-co-phonebk"]


@pytest.mark.parametrize("tag", GOOD)
def test_languages(tag):
    assert check(language=tag).language == tag


@pytest.mark.parametrize(
    "tag", ["e", "english-", "en_US", "en-", "-en", "123", "en-toolongsubtag", "en us", "е́н", "de\nen"]
)
def test_languages_that_cannot_be_read(tag):
    with pytest.raises(BadRequest, match="language must be a BCP 47"):
        check(language=tag)


@pytest.mark.parametrize(("name", "limit"), [("context", 50), ("alt_prompt", 20)])
def test_texts_up_to_their_limit_in_code_points(name, limit):
    assert getattr(check(**{name: "🦊" * limit}), name) == "🦊" * limit
    with pytest.raises(BadRequest, match=f"{name} must have at most {limit} characters"):
        check(**{name: "🦊" * (limit + 1)})


@pytest.mark.parametrize("texts", [{}, {"selected_model": ""}, {"selected_model": " \t"}])
def test_the_model_is_needed(texts):
    with pytest.raises(BadRequest, match="selected_model is missing"):
        check_fields(texts, LIMITS)


@pytest.mark.parametrize("value", ["secret text", "x" * 99])
def test_what_was_sent_is_never_echoed(value):
    for name in ("alt_text_length", "generate_ocr", "language", "context", "alt_prompt"):
        try:
            check(**{name: value})
        except BadRequest as error:
            assert value not in str(error)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("a.png", "a.png"),
        ("a/b\\c.png", "c.png"),
        ("a\x00b\r\n.png", "ab.png"),
        ("‮gnp.exe", "gnp.exe"),
        ("", "image"),
        ("..", "image"),
        ("/", "image"),
        (" . ", "image"),
        ("x" * 300 + ".png", "x" * 251 + ".png"),
    ],
)
def test_base_names(sent, said):
    assert base_name(sent) == said


@given(st.text())
def test_a_base_name_is_always_one(sent):
    name = base_name(sent)
    assert 0 < len(name) <= 255
    assert not set(name) & set("/\\\0\r\n")


@given(st.dictionaries(st.sampled_from(["alt_text_length", "language", "generate_ocr", "context"]), st.text()))
def test_any_text_is_taken_or_refused(texts):
    try:
        asked = check(**texts)
    except BadRequest:
        return
    assert 125 <= asked.alt_text_length <= 500
    assert asked.language.isascii()


@pytest.mark.parametrize(
    ("value", "length"), [(125, 125), (500, 500), ("200", 200), (None, 125), ("", 125), (" ", 125)]
)
def test_lengths_of_a_json(value, length):
    assert check(alt_text_length=value).alt_text_length == length


@pytest.mark.parametrize("value", [124, 501, -1, 10**4000, True, False, 125.0, [125], {"n": 125}, []])
def test_lengths_of_a_json_that_cannot_be_used(value):
    with pytest.raises(BadRequest, match="alt_text_length must be a whole number from 125 to 500"):
        check(alt_text_length=value)


@pytest.mark.parametrize(
    ("value", "read"), [(True, True), (False, False), (1, True), (0, False), (None, False), ("yes", True), ("", False)]
)
def test_booleans_of_a_json(value, read):
    assert check(generate_ocr=value).generate_ocr is read


@pytest.mark.parametrize("value", [2, -1, 1.0, [], [True], {}])
def test_booleans_of_a_json_that_cannot_be_read(value):
    with pytest.raises(BadRequest, match="generate_ocr must be one of"):
        check(generate_ocr=value)


@pytest.mark.parametrize("name", ["selected_model", "alt_prompt", "context", "language"])
@pytest.mark.parametrize("value", [1, 0, True, 1.5, [], {}, ["en"]])
def test_texts_are_texts(name, value):
    with pytest.raises(BadRequest, match=f"{name} must be a text"):
        check(**{name: value})


@pytest.mark.parametrize("name", ["alt_prompt", "context"])
def test_null_is_not_given(name):
    assert getattr(check(**{name: None}), name) == ""


def test_a_quotation_is_short_and_visible():
    assert quoted('a\x00"b\u202e\n') == '"a\\"b"'
    assert quoted("x" * 200) == '"' + "x" * 80 + '…"'
