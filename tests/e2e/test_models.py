"""A model's whole way: pulled from a mirror, packed, carried, imported, verified, served, with three families."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.adapters import tiny_models
from tests.e2e.conftest import ROOT, TOKEN, Server, command, environment
from tests.models.mirror import Mirror, mirrored

FAMILIES = {
    "tiny-llava": (tiny_models.llava_onevision, "llava", "instruct"),
    "tiny-blip2": (tiny_models.blip2, "blip2", "question"),
    "tiny-chat": (tiny_models.idefics3, "chat_vlm", "instruct"),
}


def catalogue_in(folder: Path, commits: dict[str, str]) -> Path:
    """A catalogue with pinned commits, as a site that has reviewed them writes it."""
    folder.mkdir()
    text = '[aliases]\n"gpt-4o" = ["tiny-llava"]\n'
    for name, (_, family, prompts) in FAMILIES.items():
        text += f'[models."{name}"]\nfamily = "{family}"\nprompts = "{prompts}"\nrepo = "org/{name}"\n'
        text += f'revision = "{commits[name]}"\nlicence = "Apache-2.0"\nparameters = 0.0001\ntiles = 1\n'
    (folder / "catalogue.toml").write_text(text)
    return folder


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mirror]:
    home = tmp_path_factory.mktemp("hub")
    folders = {name: build(home / name) for name, (build, _, _) in FAMILIES.items()}
    with mirrored(**folders) as mirror:
        yield mirror


@pytest.fixture(scope="module")
def outside(mirror: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models folder of the machine with a network."""
    commits = {name: mirror.repos[f"org/{name}"].commit for name in FAMILIES}
    return catalogue_in(tmp_path_factory.mktemp("outside") / "models", commits)


@pytest.fixture(scope="module")
def inside(outside: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models folder of the machine without one."""
    folder = tmp_path_factory.mktemp("inside") / "models"
    folder.mkdir()
    shutil.copy(outside / "catalogue.toml", folder)
    return folder


def call(models: Path, *words: str, code: int = 0, **more: str) -> str:
    """A command of its own process; what it printed."""
    settings = environment(models.parent / "data", ALTTEXT_MODELS_DIR=str(models), COLUMNS="200", **more)
    done = subprocess.run(command(*words), env=settings, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def ask(server: Server, model: str, image: Path) -> dict:
    answer = requests.post(
        f"{server.url}/cl/alttext/api/v2/",
        headers={"Authorization": f"Bearer {TOKEN}"},
        data={"selected_model": model},
        files={"file": (image.name, image.read_bytes())},
        timeout=120,
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["X-AltText-Model"] == model
    return answer.json()


def test_pulled_packed_carried_imported_verified_and_served(
    mirror: Mirror, outside: Path, inside: Path, pictures: Path
) -> None:
    for name in FAMILIES:
        assert f"{name} is installed" in call(outside, "models", "pull", name, HF_ENDPOINT=mirror.url)
    asked = len(mirror.asked)
    assert "every file is what it was" in call(outside, "models", "pull", "tiny-chat", HF_ENDPOINT=mirror.url)
    assert len(mirror.asked) == asked, "what is here is not asked for again"

    bundle = outside.parent / "bundle.tar"
    said = call(outside, "models", "pack", *FAMILIES, "-o", str(bundle))
    digest = hashlib.sha256(bundle.read_bytes()).hexdigest()
    assert digest in said

    carried = Path(shutil.copy(bundle, inside.parent / "carried.tar"))
    nowhere = {"HF_ENDPOINT": "http://127.0.0.1:9"}
    call(inside, "models", "import", str(carried), "--sha256", digest, **nowhere)
    verified = call(inside, "models", "verify", **nowhere)
    assert all(f"{name}: " in verified for name in FAMILIES)
    call(inside, "models", "alias", "gpt-4o-mini=tiny-blip2", **nowhere)
    listed = json.loads(call(inside, "models", "list", "--json", **nowhere))
    assert listed["aliases"] == {"gpt-4o": "tiny-llava", "gpt-4o-mini": "tiny-blip2"}
    assert all(row["installed"] and row["fits"] and row["size"] for row in listed["models"].values())

    data = inside.parent / "data"
    data.mkdir(exist_ok=True)
    server = Server(data, {"ALTTEXT_MODELS_DIR": str(inside), "ALTTEXT_TOKENS": TOKEN, **nowhere})
    server.start()
    try:
        for name in FAMILIES:
            assert ask(server, name, pictures / "chart.png")["alt_text"]
    finally:
        server.stop()
    assert len(mirror.asked) == asked, "the machine without a network asked nobody"


def test_a_bit_that_flips_is_named_and_a_pull_mends_what_is_gone(mirror: Mirror, outside: Path) -> None:
    call(outside, "models", "pull", "tiny-blip2", HF_ENDPOINT=mirror.url)
    folder = next(p for p in (outside / "installed").iterdir() if p.name.startswith("tiny-blip2-"))
    weights = folder / "model.safetensors"  # each file in turn: tests/models/test_flipped_bits.py
    before = weights.read_bytes()
    weights.write_bytes(before[:-1] + bytes([before[-1] ^ 4]))
    assert f"{weights.name} is not the file" in call(outside, "models", "verify", "tiny-blip2", code=3)
    weights.write_bytes(before)
    (folder / "config.json").unlink()
    said = call(outside, "models", "pull", "tiny-blip2", HF_ENDPOINT=mirror.url)
    assert "tiny-blip2 is installed" in said


def test_a_folder_is_added_tried_packed_and_carried(mirror: Mirror, outside: Path, inside: Path) -> None:
    source = mirror.repos["org/tiny-chat"].folder
    assert "family chat_vlm" in call(outside, "models", "add", str(source), "--name", "ours", "--licence", "Ours")
    tried = json.loads(call(outside, "models", "test", "ours", "--json").splitlines()[-1])
    assert tried["model"] == "ours"
    assert tried["tokens_per_second"] > 0
    assert tried["peak_memory"] > 2**26
    assert len(tried["texts"]) == 6
    bundle = outside.parent / "ours.tar"
    call(outside, "models", "pack", "ours", "-o", str(bundle))
    call(inside, "models", "import", str(bundle))
    assert "ours: " in call(inside, "models", "verify", "ours")
    assert json.loads(call(inside, "models", "list", "--json"))["models"]["ours"]["licence"] == "Ours"
