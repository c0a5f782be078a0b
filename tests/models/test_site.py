"""The operator's own file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from alttext_local.errors import CannotInstall
from alttext_local.models.site import set_alias

TEXT = """# ours
[models.large]
tiles = 4  # as reviewed

[aliases]
# the press office asks for this one
"gpt-4o" = ["large"]  # for now
mini = ["small"]

[other]
x = 1
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(TEXT)
    return path


def test_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    set_alias(path, "gpt-4o", ["large", "small"])
    set_alias(path, "a/b:c", ["small"])
    assert tomllib.loads(path.read_text()) == {"aliases": {"gpt-4o": ["large", "small"], "a/b:c": ["small"]}}
    assert path.read_text().startswith("# Your site's own")
    assert [p.name for p in tmp_path.iterdir()] == ["site.toml"]


def test_everything_else_stays(site: Path) -> None:
    set_alias(site, "gpt-4o", ["small"])
    set_alias(site, "new", ["large"])
    set_alias(site, "mini", [])
    expected = TEXT.replace('"gpt-4o" = ["large"]  # for now', '"gpt-4o" = ["small"]').replace('mini = ["small"]\n', "")
    assert site.read_text() == expected.replace("[aliases]\n", '[aliases]\n"new" = ["large"]\n')


@pytest.mark.parametrize(
    "text",
    [
        '[aliases]\n"gpt-4o" = [\n  "large",\n]\n',
        'aliases = { "gpt-4o" = ["large"] }\n',
        'aliases."gpt-4o" = ["large"]\n',
    ],
)
def test_what_is_written_otherwise_is_left_to_its_writer(site: Path, text: str) -> None:
    site.write_text(text)
    with pytest.raises(CannotInstall, match="by hand"):
        set_alias(site, "gpt-4o", ["small"])
    assert site.read_text() == text


@pytest.mark.parametrize("alias", ["", '"', "a b", "a\nb", "x" * 100, ".a", "a=b"])
def test_names_that_no_alias_has(site: Path, alias: str) -> None:
    with pytest.raises(CannotInstall, match="cannot be an alias"):
        set_alias(site, alias, ["large"])


def test_only_its_own_aliases_can_be_taken_away(site: Path) -> None:
    with pytest.raises(CannotInstall, match="no alias of"):
        set_alias(site, "another", [])
    assert site.read_text() == TEXT
