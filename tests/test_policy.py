from pathlib import Path

import pytest

from alttext_local.errors import BadSettings, PolicyViolation
from alttext_local.policy import Policy, load_policy


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_empty_policy_refuses_nothing():
    assert load_policy(None) == Policy()
    Policy().check("prompt", "anything")


def test_refuses_whole_words_in_any_spelling_and_never_echoes(tmp_path):
    policy = load_policy(write(tmp_path, '[[refuse]]\nid="r1"\nwords=["Straße"]\nwhere=["output"]\n'))
    policy.check("prompt", "straße")
    policy.check("output", "straßen")
    with pytest.raises(PolicyViolation) as caught:
        policy.check("output", "an der ＳＴＲＡＳＳＥ")
    assert "r1" in str(caught.value) and "ＳＴＲ" not in str(caught.value)


@pytest.mark.parametrize(
    "line", ['patterns=["(a+)+"]', 'patterns=["("]', 'words=["x"]\nwhere=["sky"]', 'word=["x"]', ""]
)
def test_bad_entry_is_named(tmp_path, line):
    with pytest.raises(BadSettings, match="r1"):
        load_policy(write(tmp_path, f'[[refuse]]\nid="r1"\n{line}\n'))


def test_example_loads():
    policy = load_policy(Path(__file__).parents[1] / "docs" / "policy-example.toml")
    with pytest.raises(PolicyViolation):
        policy.check("context", "card 1234 5678 1234 5678")


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+", "(a|a)*b", "(a|ab)*c", "((a+)b?)*", "(?:(?:a*)c)+", "(a+){4}", r"(\w|\d\d)*x", "(a?){30}", "(?=(a+)+)b"],
)
def test_pattern_that_may_take_for_ever_is_refused(tmp_path, pattern):
    with pytest.raises(BadSettings, match="r1"):
        load_policy(write(tmp_path, f"[[refuse]]\nid='r1'\npatterns=['{pattern}']\n"))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"\b(?:\d{4}[ -]?){4}\b", "card 1234-5678 1234 5678"),
        (r"project\s+\w+", "project nightfall"),
        ("(?:red|blue){2}", "redblue"),
        (r"\b(?:secret|hidden) (?:plan|map)s?\b", "hidden maps"),
    ],
)
def test_plain_pattern_is_taken_wherever_it_stands(tmp_path, pattern, text):
    policy = load_policy(write(tmp_path, f"[[refuse]]\nid='r1'\npatterns=['{pattern}']\n"))
    policy.check("output", "some other words")
    for before in (0, 3_980, 20_000):
        with pytest.raises(PolicyViolation):
            policy.check("output", "word " * (before // 5) + text + " word" * 2_000)


def test_no_piece_of_a_long_text_makes_a_word_of_a_part(tmp_path):
    policy = load_policy(write(tmp_path, "[[refuse]]\nid='r1'\nwords=['art']\n"))
    policy.check("output", "start party " * 3_000)
