"""One settings object: where a value comes from, and which are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from alttext_local.errors import BadSettings
from alttext_local.settings import load_settings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ALTTEXT_DATA_DIR", str(tmp_path))
    for name in ("ALTTEXT_TOKENS", "ALTTEXT_PORT", "ALTTEXT_CONFIG", "ALTTEXT_SECRETS_DIR"):
        monkeypatch.delenv(name, raising=False)


def test_an_argument_beats_the_environment_beats_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "alttext.toml").write_text('port = 1111\nhost = "0.0.0.0"\nbatch = 4\n')
    monkeypatch.setenv("ALTTEXT_PORT", "2222")
    settings = load_settings(host="127.0.0.9")
    assert (settings.host, settings.port, settings.batch) == ("127.0.0.9", 2222, 4)


def test_secrets_come_from_files_after_the_environment_and_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "secrets"
    (folder / "..data").mkdir(parents=True)  # as Kubernetes lays them down: names that are links within the folder
    (folder / "..data/alttext_tokens").write_text("one,two\n")
    (folder / "alttext_tokens").symlink_to("..data/alttext_tokens")
    (folder / "alttext_metrics_token").write_text("from-the-folder\n")
    (folder / "alttext_port").write_text("3333")
    (tmp_path / "alttext.toml").write_text('metrics_token = "from-the-file"\n')
    monkeypatch.setenv("ALTTEXT_SECRETS_DIR", str(folder))
    monkeypatch.setenv("ALTTEXT_PORT", "2222")
    settings = load_settings()
    assert (settings.tokens, settings.port) == (("one", "two"), 2222)
    assert settings.metrics_token.get_secret_value() == "from-the-folder"
    monkeypatch.setenv("ALTTEXT_SECRETS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(BadSettings, match="secrets_dir"):
        load_settings()


def test_tokens_are_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALTTEXT_TOKENS", " one, two ,")
    assert load_settings().tokens == ("one", "two")


def test_folders_are_absolute() -> None:
    settings = load_settings(models_dir="models")
    assert settings.models_dir.is_absolute()
    assert settings.catalogue_file == settings.models_dir / "catalogue.toml"
    assert settings.database_file.parent == settings.data_dir


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"port": 70_000}, "port"),
        ({"decode_memory": 1_000_000}, "decode_memory"),
        ({"decode_cpu_seconds": 30}, "decode_cpu_seconds"),
        ({"max_pixels": 100}, "max_pixels"),
        ({"max_zip_images": 600, "max_zip_entries": 600}, "max_zip_entries"),
        ({"max_entry": 2**31 + 1}, "max_entry"),
        ({"max_unpacked": 2**28}, "max_zip"),
        ({"max_json": 2**31 + 1}, "max_json"),
        ({"max_json_depth": 2}, "max_json_depth"),
        ({"colour": "red"}, "colour"),
        ({"smtp_user": "u"}, "smtp_security"),
        ({"smtp_security": "ssl"}, "smtp_security"),
        ({"callback_seconds": 0}, "callback_seconds"),
        ({"public_url": "alt.example.org"}, "public_url"),
        ({"public_url": "https://alt.example.org/?x=1"}, "public_url"),
    ],
)
def test_wrong_or_contradicting_settings_are_refused_by_name(given: dict[str, object], named: str) -> None:
    with pytest.raises(BadSettings, match=named):
        load_settings(**given)


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "alttext.toml").write_text("port = = 1")
    with pytest.raises(BadSettings, match=r"alttext\.toml"):
        load_settings()


def test_links_begin_with_the_public_url_else_with_host_and_port() -> None:
    assert load_settings(public_url="https://alt.example.org/api/").base_url == "https://alt.example.org/api"
    assert load_settings(port=8123).base_url == "http://127.0.0.1:8123"
    assert load_settings(host="::1").base_url == "http://[::1]:8000"
    assert load_settings(host="0.0.0.0").base_url == "http://localhost:8000"


def test_secrets_are_not_printed() -> None:
    settings = load_settings(callback_secret="whsec_word", smtp_password="word")
    assert "word'" not in repr(settings)
    assert "whsec_word" not in str(list(settings))
    assert settings.callback_secret.get_secret_value() == "whsec_word"


def test_callback_hosts_are_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALTTEXT_CALLBACK_HOSTS", "hooks.example.org, 10.20.0.0/16")
    assert load_settings().callback_hosts == ("hooks.example.org", "10.20.0.0/16")
    monkeypatch.delenv("ALTTEXT_CALLBACK_HOSTS")
    assert load_settings().callback_hosts == ()
