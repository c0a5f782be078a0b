import pytest

from alttext_local.ocr.languages import tesseract_language

ALL = frozenset({"eng", "deu", "fra", "por", "chi_sim", "chi_tra", "srp", "srp_latn", "nor", "osd", "equ"})


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "eng"),
        ("en-GB", "eng"),
        ("de", "deu+eng"),
        ("DE_at", "deu+eng"),
        ("fr", "fra+eng"),
        ("pt-BR", "por+eng"),
        ("zh", "chi_sim+eng"),
        ("zh-Hant", "chi_tra+eng"),
        ("zh-Hant-HK", "chi_tra+eng"),
        ("zh-TW", "chi_tra+eng"),
        ("sr", "srp+eng"),
        ("sr-Latn", "srp_latn+eng"),
        ("sr-Latn-RS", "srp_latn+eng"),
        ("nb", "nor+eng"),
        ("tlh", "eng"),
        ("", "eng"),
    ],
)
def test_a_tag_becomes_a_language_of_tesseract(tag: str, language: str) -> None:
    assert tesseract_language(tag, ALL) == language


def test_what_is_not_installed_falls_back() -> None:
    assert tesseract_language("fr", frozenset({"eng", "deu"})) == "eng"
    assert tesseract_language("sr-Latn", frozenset({"eng", "srp"})) == "srp+eng"
    assert tesseract_language("de", frozenset({"deu"})) == "deu"
    assert tesseract_language("fr", frozenset({"deu", "osd"})) == "deu"
    assert tesseract_language("en", frozenset({"osd"})) == ""
