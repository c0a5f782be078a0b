"""From a hub's mirror to the shelf, through the real child process."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alttext_local.catalogue import load_catalogue, load_named
from alttext_local.errors import AltTextError, CannotInstall, HubFailed, NoRoomForModel, UnsafeModel
from alttext_local.models.bundle import Named
from alttext_local.models.pulling import Fetched, pull, wanted
from alttext_local.models.shelf import Shelf
from tests.models.mirror import Mirror, mirrored

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = "model.safetensors"


@pytest.fixture
def source(model: Callable[..., Path]) -> Path:
    """A repository with half a MiB of weights, and things that no model needs."""
    folder = model("repo", size=64 * 1024)
    (folder / "README.md").write_text("about it")
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps([1]))
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.onnx").write_bytes(b"x")
    return folder


@pytest.fixture
def mirror(source: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Mirror]:
    with mirrored(large=source) as mirror:
        monkeypatch.setenv("HF_ENDPOINT", mirror.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield mirror


@pytest.fixture
def catalogue(house: Callable[..., Path]) -> Path:
    path = house()
    path.write_text(path.read_text().replace("somebody/", "org/"))
    return path


def bring(catalogue: Path, name: str = "large", revision: str = "main") -> Fetched:
    cards = load_named(catalogue)

    def card_for(_: Fetched) -> dict[str, object]:
        return {"family": "llava", "prompts": "instruct", "repo": "org/other", "revision": "", "licence": ""}

    named = Named(cards, ("best",))
    asked = wanted(name, revision, cards)
    return pull(asked, Shelf.beside(catalogue), named, card_for, lambda *_: None)


def left(catalogue: Path) -> list[Path]:
    return [p for p in (catalogue.parent / "installed" / ".incoming").rglob("*") if p.is_file()]


@pytest.mark.parametrize("blobs", [True, False])
def test_only_what_a_model_needs_comes(mirror: Mirror, catalogue: Path, blobs: bool) -> None:
    mirror.blobs = blobs
    fetched = bring(catalogue)
    card = load_catalogue(catalogue).card("best")
    card.check()
    assert card.revision == mirror.repos["org/large"].commit == fetched.commit
    assert set(card.files) == {p.name for p in card.folder.iterdir()}
    assert {WEIGHTS, "config.json", "LICENSE"} <= set(card.files)
    assert fetched.passed == ("README.md", "onnx/model.onnx", "pytorch_model.bin")
    paths = {path for _, path, _ in mirror.asked}
    assert not any("bin" in path or "onnx" in path or "README" in path for path in paths)
    assert all(path.startswith(("/api/models/org/large/revision/", "/org/large/resolve/")) for path in paths)
    assert ("HEAD" in {method for method, _, _ in mirror.asked}) is not blobs
    assert left(catalogue) == []


def test_nothing_of_this_machine_is_told(mirror: Mirror, catalogue: Path) -> None:
    bring(catalogue)
    assert not any(word in agent for agent in mirror.agents for word in ("torch", "transformers", "session"))


@pytest.mark.parametrize("whole", [True, False])
def test_a_pull_that_is_killed_goes_on_behind_what_came(
    mirror: Mirror, catalogue: Path, source: Path, whole: bool
) -> None:
    """`whole`: its child with it; else the child must end by itself."""
    mirror.stall[WEIGHTS] = 300_000
    words = [sys.executable, "-c", "from alttext_local.cli import main; main()", "models", "pull", "large"]
    settings = {"ALTTEXT_MODELS_DIR": str(catalogue.parent), "ALTTEXT_DATA_DIR": str(catalogue.parent / "data")}
    process = subprocess.Popen(
        [*words, "--revision", "main"], env={**os.environ, **settings}, start_new_session=True, cwd=ROOT
    )
    end = time.monotonic() + 120
    while not any(p.name == f".{WEIGHTS}.part" and p.stat().st_size == 300_000 for p in left(catalogue)):
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.02)
    (os.killpg if whole else os.kill)(process.pid, signal.SIGKILL)
    process.wait()
    assert mirror.dropped.wait(20)
    assert not load_catalogue(catalogue).cards["large"].installed
    mirror.stall.clear()
    before = dict(mirror.sent)
    mirror.asked.clear()
    bring(catalogue)
    load_catalogue(catalogue).card("large").check()
    asked = {path.rpartition("/")[2]: wished for method, path, wished in mirror.asked if method == "GET"}
    assert asked[WEIGHTS] == "bytes=300000-"
    assert mirror.sent[WEIGHTS] == (source / WEIGHTS).stat().st_size
    finished = {name for name in before if name != WEIGHTS}
    assert {"LICENSE", "config.json"} <= finished
    assert finished.isdisjoint(asked)


def test_a_connection_that_breaks_is_gone_on_with(mirror: Mirror, catalogue: Path, source: Path) -> None:
    mirror.breaks[WEIGHTS] = 100_000
    bring(catalogue)
    wishes = [wished for _, path, wished in mirror.asked if path.endswith(WEIGHTS)]
    assert wishes == ["", "bytes=100000-"]
    assert mirror.sent[WEIGHTS] == (source / WEIGHTS).stat().st_size


def test_a_mirror_without_ranges_sends_all_again(mirror: Mirror, catalogue: Path) -> None:
    mirror.breaks[WEIGHTS] = 100_000
    mirror.ranges = False
    bring(catalogue)
    load_catalogue(catalogue).card("large").check()


@pytest.mark.parametrize("name", [WEIGHTS, "config.json"])
def test_another_file_than_was_announced(mirror: Mirror, catalogue: Path, source: Path, name: str) -> None:
    data = bytearray((source / name).read_bytes())
    data[len(data) // 2] ^= 1
    mirror.altered[name] = bytes(data)
    with pytest.raises(HubFailed, match=name.replace(".", r"\.")):
        bring(catalogue)
    assert not load_catalogue(catalogue).cards["large"].installed
    mirror.altered.clear()
    bring(catalogue)


def test_code_of_the_model_is_refused(mirror: Mirror, catalogue: Path, source: Path) -> None:
    (source / "config.json").write_text('{"model_type": "llava", "auto_map": {"AutoModel": "m.M"}}')
    with pytest.raises(UnsafeModel, match=r"config\.json wants to run code"):
        bring(catalogue)
    assert left(catalogue) == []


def test_a_repository_of_pickles_alone(mirror: Mirror, catalogue: Path, source: Path) -> None:
    (source / WEIGHTS).unlink()
    with pytest.raises(HubFailed, match="pickles are never fetched"):
        bring(catalogue)


def test_a_pinned_commit_is_the_one_that_comes(mirror: Mirror, catalogue: Path) -> None:
    text = catalogue.read_text()
    commit = mirror.repos["org/large"].commit
    catalogue.write_text(text.replace('revision = ""', f'revision = "{commit}"', 1))
    assert bring(catalogue, revision="").commit == commit
    catalogue.write_text(text.replace('revision = ""', f'revision = "{"0" * 40}"', 1))
    with pytest.raises(HubFailed, match="no org/large with the revision 0000"):
        bring(catalogue, revision="")
    assert bring(catalogue, revision=commit).commit == commit, "given by hand"


def test_a_token_is_sent_only_where_it_is_given(
    mirror: Mirror, catalogue: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mirror.token = "hf_secret"
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "token").write_text("hf_secret")
    with pytest.raises(HubFailed, match="HF_TOKEN"):
        bring(catalogue)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    bring(catalogue)


@pytest.mark.parametrize("blobs", [True, False])
def test_a_token_does_not_follow_to_where_large_files_lie(
    mirror: Mirror, catalogue: Path, source: Path, monkeypatch: pytest.MonkeyPatch, blobs: bool
) -> None:
    mirror.token, mirror.blobs = "hf_secret", blobs
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with mirrored(large=source) as elsewhere:
        mirror.cdn = elsewhere.url
        elsewhere.breaks[WEIGHTS] = 100_000
        bring(catalogue)
    assert [(path.rpartition("/")[2], wished) for _, path, wished in elsewhere.asked] == [
        (WEIGHTS, ""),
        (WEIGHTS, "bytes=100000-"),
    ]
    assert set(elsewhere.trusted) == {""}
    load_catalogue(catalogue).card("large").check()


def test_a_hub_that_is_not_there(mirror: Mirror, catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(HubFailed, match="cannot be reached"):
        bring(catalogue)


def test_a_repository_that_no_catalogue_names(mirror: Mirror, catalogue: Path, source: Path) -> None:
    mirror.repos["org/My_Model"] = replace(mirror.repos["org/large"])
    bring(catalogue, "org/My_Model")
    assert load_catalogue(catalogue).card("my-model").family == "llava"


def test_no_room(mirror: Mirror, catalogue: Path, source: Path) -> None:
    with (source / WEIGHTS).open("ab") as stream:
        stream.truncate(0)
    repo = mirror.repos["org/large"]
    huge = type(
        "Huge",
        (type(repo),),
        {
            "sibling": lambda self, name, blobs: {
                **super(type(self), self).sibling(name, blobs),
                "size": 2**60,
                "lfs": None,
            }
        },
    )
    mirror.repos["org/large"] = huge(repo.folder)
    with pytest.raises(NoRoomForModel):
        bring(catalogue)


@pytest.mark.parametrize(
    ("name", "revision", "said"),
    [
        ("large", "", "--revision"),
        ("nobody", "main", "no card"),
        ("../x/y", "main", "no card"),
        ("a/b/c", "", "no card"),
    ],
)
def test_what_cannot_be_pulled(catalogue: Path, name: str, revision: str, said: str) -> None:
    with pytest.raises(CannotInstall, match=said):
        wanted(name, revision, load_named(catalogue))


def test_every_error_of_the_child_has_a_code_that_is_known() -> None:
    from alttext_local.models.pulling import CODES

    assert {"hub_failed", "unsafe_model", "cannot_install"} <= set(CODES)
    assert all(issubclass(kind, AltTextError) for kind in CODES.values())
