"""Cards from configurations, for every family that an adapter knows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from alttext_local.catalogue import load_catalogue, load_named
from alttext_local.errors import BadSettings, CannotInstall, UnsafeModel
from alttext_local.models.adding import add, card_from, stated_licence
from alttext_local.models.bundle import Named
from alttext_local.models.shelf import Shelf


@pytest.mark.parametrize(
    ("model_type", "family", "prompts", "instructions"),
    [
        ("llava", "llava", "instruct", True),
        ("llava_next", "llava", "instruct", True),
        ("llava_onevision", "llava", "instruct", True),
        ("blip-2", "blip2", "question", False),
        ("instructblip", "blip2", "question", False),
        ("qwen2_5_vl", "chat_vlm", "instruct", True),
        ("idefics3", "chat_vlm", "instruct", True),
        ("smolvlm", "chat_vlm", "instruct", True),
        ("gemma3", "chat_vlm", "instruct", True),
    ],
)
def test_every_family_gets_its_card(
    model: Callable[..., Path], model_type: str, family: str, prompts: str, instructions: bool
) -> None:
    folder = model(size=500_000)
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
    card = card_from(folder, repo="us/x", revision="1")
    assert (card["family"], card["prompts"], card["instructions"]) == (family, prompts, instructions)
    assert card["parameters"] == 0.001
    assert card["licence"] == "not stated"


@pytest.mark.parametrize("model_type", ["bert", "", "../x", None])
def test_a_kind_that_no_adapter_knows(model: Callable[..., Path], model_type: str | None) -> None:
    folder = model()
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
    with pytest.raises(CannotInstall, match=r"known are: .*llava"):
        card_from(folder, repo="", revision="")


def test_a_chat_model_needs_a_template(model: Callable[..., Path]) -> None:
    folder = model()
    (folder / "config.json").write_text(json.dumps({"model_type": "idefics3"}))
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(CannotInstall, match="chat template"):
        card_from(folder, repo="", revision="")
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": "{{ messages }}"}))
    card_from(folder, repo="", revision="")


def test_prompts_that_are_not_there(model: Callable[..., Path]) -> None:
    with pytest.raises(BadSettings, match="No prompts"):
        card_from(model(), repo="", revision="", prompts="sonnets")


@pytest.mark.parametrize(
    ("page", "licence"),
    [
        ("---\nlicense: apache-2.0\ntags: []\n---\ntext", "apache-2.0"),
        ('---\nlicense: "other"\n---\n', "other"),
        ("license: mit\n", ""),
        ("---\ntitle: x\n---\nlicense: mit\n", ""),
        ("", ""),
    ],
)
def test_the_licence_that_a_page_states(tmp_path: Path, page: str, licence: str) -> None:
    (tmp_path / "README.md").write_text(page)
    assert stated_licence(tmp_path) == licence


def test_a_folder_is_copied_and_stays(model: Callable[..., Path], house: Callable[..., Path]) -> None:
    catalogue, folder = house(), model()
    (folder / "README.md").write_text("about it")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    named = Named(load_named(catalogue), ("best",))
    files = add(folder, "ours", card_from(folder, repo="added", revision=""), Shelf.beside(catalogue), named)
    card = load_catalogue(catalogue).card("ours")
    card.check()
    assert set(files) == set(card.files) == set(before) - {"README.md"}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_with_a_pickle_is_not_added(model: Callable[..., Path], house: Callable[..., Path]) -> None:
    catalogue, folder = house(), model()
    card = card_from(folder, repo="added", revision="")
    (folder / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(UnsafeModel, match=r"pytorch_model\.bin"):
        add(folder, "ours", card, Shelf.beside(catalogue), Named({}, ()))
    assert "ours" not in load_catalogue(catalogue).cards
