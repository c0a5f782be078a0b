"""`alttext-local models`, called as a shell calls it but in this process; what goes out is tried in `models/`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from alttext_local.catalogue import load_catalogue
from alttext_local.cli import app
from alttext_local.errors import BadSettings, CannotInstall, UnknownModel, UnsafeModel
from tests.models.conftest import make_model

MODELS = Path(__file__).resolve().parents[1] / "models"
Run = Callable[..., Result]


def caller(monkeypatch: pytest.MonkeyPatch, data: Path, models: Path) -> Run:
    monkeypatch.setenv("ALTTEXT_DATA_DIR", str(data))
    monkeypatch.setenv("ALTTEXT_MODELS_DIR", str(models))
    monkeypatch.setenv("COLUMNS", "250")
    return lambda *words: CliRunner().invoke(app, ["models", *words])


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """In the house as it is shipped; nothing is changed there."""
    return caller(monkeypatch, tmp_path, MODELS)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A models folder with the shipped catalogue and one shipped model."""
    folder = tmp_path / "models"
    folder.mkdir()
    shutil.copy(MODELS / "catalogue.toml", folder)
    shutil.copytree(MODELS / "alttext-mini-llava", folder / "alttext-mini-llava")
    return folder


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models: Path) -> Run:
    """In that folder."""
    return caller(monkeypatch, tmp_path, models)


def test_models_list_says_what_stands_behind_each_name(run: Run) -> None:
    known = json.loads(run("list", "--json").stdout)
    assert known["aliases"]["gpt-4o"] == "alttext-mini-llava"
    assert known["aliases"]["gpt-4o-mini"] == "alttext-mini-blip2"
    assert known["models"]["llava-1.5-7b"]["installed"] is False
    assert "alttext-mini-llava" in run("list").stdout


def test_models_check_holds_the_shipped_files_to_their_hashes(run: Run) -> None:
    result = run("check")
    assert result.exit_code == 0, result.output
    assert "no hashes" not in result.output
    assert "alttext-mini-blip2" in result.output


def test_models_check_says_how_near_int8_is(run: Run) -> None:
    result = run("check", "--int8", "alttext-mini-llava")
    assert result.exit_code == 0, result.output
    assert "alttext-mini-llava: int8 may be used: labels apart 0.0" in result.output


@pytest.mark.parametrize(
    "command", ["list", "pull", "pack", "import", "add", "remove", "alias", "verify", "check", "test"]
)
def test_every_command_has_help(run: Run, command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_list_tells_sizes_aliases_and_what_fits(run: Run) -> None:
    known = json.loads(run("list", "--json").stdout)["models"]
    mini, large = known["alttext-mini-llava"], known["llava-1.5-13b"]
    assert mini["size"] > 15e6
    assert large["size"] == 0
    assert mini["aliases"] == ["gpt-4o", "gemini-1.5-flash"]
    assert mini["fits"]
    assert large["memory"] > 26e9
    assert all(word in run("list").stdout for word in large["licence"].split())  # a narrow table breaks lines


def test_a_shipped_model_is_packed_and_imported(own: Run, models: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.tar"
    packed = own("pack", "gpt-4o", "-o", str(bundle))
    assert packed.exit_code == 0, packed.output
    shutil.rmtree(models / "alttext-mini-llava")
    said = own("import", str(bundle), "--sha256", packed.stdout.split()[-1])
    assert said.exit_code == 0, said.output
    assert "serves gpt-4o, gemini-1.5-flash" in said.stdout
    card = load_catalogue(models / "catalogue.toml").card("gpt-4o")
    assert card.shipped
    assert card.folder.parent == models / "installed"
    assert own("verify").exit_code == 0


def test_a_model_that_is_not_here_is_not_packed(own: Run, tmp_path: Path) -> None:
    assert isinstance(own("pack", "llava-1.5-7b", "-o", str(tmp_path / "x.tar")).exception, UnknownModel)
    assert isinstance(own("pack", "../x", "-o", str(tmp_path / "x.tar")).exception, UnknownModel)
    assert not (tmp_path / "x.tar").exists()


def test_an_output_that_cannot_be_written(own: Run, tmp_path: Path) -> None:
    result = own("pack", "gpt-4o", "-o", str(tmp_path / "no" / "x.tar"))
    assert isinstance(result.exception, CannotInstall)
    assert "cannot be written" in str(result.exception)


def test_a_pull_without_a_reviewed_commit_says_what_to_do(own: Run) -> None:
    error = own("pull", "llava-1.5-13b").exception
    assert isinstance(error, CannotInstall)
    assert "--revision" in str(error)
    assert "comes with the product" in str(own("pull", "alttext-mini-llava").exception)


def test_a_folder_is_added_put_behind_a_name_and_removed(own: Run, models: Path, tmp_path: Path) -> None:
    source = make_model(tmp_path / "sources" / "Ours")
    (source / "README.md").write_text("---\nlicense: mit\n---\n")
    added = own("add", str(source))
    assert added.exit_code == 0, added.output
    assert "alias gpt-4o=ours" in added.stdout
    assert "already" in str(own("add", str(source), "--name", "smolvlm").exception)
    assert own("alias", "gpt-4o=ours,alttext-mini-llava", "mine=ours").exit_code == 0
    catalogue = load_catalogue(models / "catalogue.toml")
    assert catalogue.card("gpt-4o").name == catalogue.card("mine").name == "ours"
    assert catalogue.card("ours").licence == "mit"
    assert "stands behind gpt-4o, mine" in str(own("remove", "ours").exception)
    assert own("alias", "gpt-4o=", "mine=").exit_code == 0
    assert own("remove", "ours").exit_code == 0
    assert [p.name for p in (models / "installed").iterdir() if not p.name.startswith(".")] == []
    assert load_catalogue(models / "catalogue.toml").card("gpt-4o").name == "alttext-mini-llava"
    assert isinstance(own("remove", "ours").exception, CannotInstall)


def test_an_upgrade_of_the_catalogue_keeps_what_is_installed_and_the_site_says(
    own: Run, models: Path, tmp_path: Path
) -> None:
    own("add", str(make_model(tmp_path / "ours")))
    own("alias", "gpt-4o=ours")
    catalogue = models / "catalogue.toml"
    catalogue.write_text(catalogue.read_text().replace("instructions = false", "instructions = true"))
    loaded = load_catalogue(catalogue)
    assert loaded.card("gpt-4o").name == "ours"
    assert loaded.cards["alttext-mini-llava"].instructions is True


@pytest.mark.parametrize("wish", ["gpt-4o", "gpt-4o=nobody", "smolvlm=alttext-mini-llava", "a b=smolvlm", "other="])
def test_aliases_that_cannot_be(own: Run, models: Path, wish: str) -> None:
    assert isinstance(own("alias", wish).exception, CannotInstall)
    assert not (models / "site.toml").exists()


def test_code_is_refused_at_the_door(own: Run, models: Path, tmp_path: Path) -> None:
    source = make_model(tmp_path / "evil")
    (source / "modeling_evil.py").write_text("print()")
    error = own("add", str(source)).exception
    assert isinstance(error, UnsafeModel)
    assert "modeling_evil.py" in str(error)


def test_verify_names_each_model_that_is_not_right(own: Run, models: Path) -> None:
    assert own("verify").exit_code == 0
    (models / "alttext-mini-llava" / "extra.py").write_text("print()")
    result = own("verify")
    assert result.exit_code == 3
    assert "alttext-mini-llava: extra.py" in result.stdout
    (models / "alttext-mini-llava" / "extra.py").unlink()
    (models / "alttext-mini-llava" / "config.json").write_text("{}")
    assert "config.json is not the file" in own("verify", "gpt-4o").stdout


def test_a_models_folder_that_cannot_be_written(own: Run, models: Path, tmp_path: Path) -> None:
    (models / "installed").write_text("a file is in the way")
    error = own("add", str(make_model(tmp_path / "ours"))).exception
    assert isinstance(error, BadSettings)
    assert "models_dir" in str(error)
