"""The words that models are asked with."""

import pytest

from alttext_local.errors import BadSettings
from alttext_local.prompts.style import Style, fill, language_name, load_style
from alttext_local.types import KINDS, Request

STYLES = ("instruct", "question", "mini_llava", "mini_blip2")


@pytest.mark.parametrize("name", STYLES)
def test_every_style_answers_every_ask_with_no_brace_left(name: str) -> None:
    style = load_style(name)
    request = Request("gpt-4o", generate_description=True, alt_prompt="a {b} c", context="{length}")
    asks = (*style.asks(request, instructions=False), style.again(request, instructions=False))
    assert [a.task for a in asks] == ["kind", "caption", "keywords", "description", "caption"]
    assert asks[0].labels == KINDS
    assert all("{" not in a.prompt for a in asks)
    assert all(a.budget > 0 for a in asks[1:])


def test_description_is_asked_only_where_wanted() -> None:
    tasks = [a.task for a in load_style("instruct").asks(Request("gpt-4o"), instructions=True)]
    assert tasks == ["kind", "caption", "keywords"]


def test_guidance_is_quoted_data_and_its_braces_mean_nothing() -> None:
    request = Request("gpt-4o", alt_prompt='say "{length}"\nnow', context="Chapter 3", language="de-AT")
    caption = load_style("instruct").asks(request, instructions=True)[1].prompt
    assert "\"say '{length}' now\"" in caption
    assert '"Chapter 3"' in caption
    assert "German" in caption
    assert "125" in caption


def test_guidance_stays_away_from_models_that_follow_none() -> None:
    request = Request("gpt-4o", alt_prompt="WISH")
    assert all("WISH" not in a.prompt for a in load_style("instruct").asks(request, instructions=False))


def test_longer_texts_get_a_larger_budget() -> None:
    style = load_style("instruct")
    short, long = (style.asks(Request("x", alt_text_length=n), instructions=True)[1].budget for n in (125, 500))
    assert long > short


def test_the_version_changes_with_the_words() -> None:
    assert len({load_style(n).version for n in STYLES}) == len(STYLES)
    assert load_style("instruct").version.startswith("instruct-")


def test_unknown_style_lists_those_there_are() -> None:
    with pytest.raises(BadSettings, match="instruct, mini_blip2, mini_llava, question"):
        load_style("languages")


def test_language_names() -> None:
    assert language_name("pt-BR") == "Portuguese"
    assert language_name("tlh") == "tlh"


def test_fill_leaves_unknown_braces() -> None:
    assert fill("{a} {b} {", a="{b}") == "{b} {b} {"


def test_style_is_plain_data() -> None:
    style = Style("s", "v", {"kind": {"prompt": "which of {kinds}"}})
    assert style.kind_ask().prompt == f"which of {', '.join(KINDS)}"
