"""What a model's folder may hold."""

from __future__ import annotations

import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from alttext_local.errors import UnsafeModel
from alttext_local.models.contents import check_contents, check_names, look_through, takes


def see(folder: Path) -> None:
    check_contents(folder, look_through(folder))


def edit(path: Path, **more: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **more}))


@pytest.mark.parametrize("sharded", [False, True])
def test_a_whole_model_passes(model: Callable[..., Path], sharded: bool) -> None:
    folder = model(sharded=sharded)
    (folder / "README.md").write_text("about it")
    (folder / ".gitattributes").write_text("hidden")
    (folder / "qformer_tokenizer").mkdir()
    (folder / "qformer_tokenizer" / "vocab.txt").write_text("the\nof\n")
    (folder / "tiktoken.model").write_bytes(b"IQ== 0\nIg== 1\n")
    see(folder)
    names = look_through(folder)
    assert "README.md" not in names
    assert {"LICENSE", "config.json", "qformer_tokenizer/vocab.txt"} <= set(names)


@pytest.mark.parametrize(
    "name",
    [
        *("modeling_x.py", "pytorch_model.bin", "model.pt", "a.ckpt", "x.PKL", "tf_model.h5", "w.npz", "a.tar.gz"),
        *("onnx/model.onnx", "consolidated.safetensors", "adapter_model.safetensors", "deep/er/config.json", "x.md"),
        *("../config.json", "/etc/config.json", "a/../config.json", "a\\config.json", "./config.json", "", ".json"),
        *("config.json\n", "config.json ", "c\u00f6nfig.json", "C:config.json", "config.json\0", "n" * 99 + ".json"),
        *("qformer_tokenizer/", "qformer_tokenizer//vocab.txt", "LICENSE.py", "qformer_tokenizer/model.safetensors"),
    ],
)
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(UnsafeModel):
        check_names(["config.json", name])


@pytest.mark.parametrize("pair", [("config.json", "config.json"), ("LICENSE", "License"), ("a.json", "A.json")])
def test_a_name_twice_or_but_for_its_case(pair: tuple[str, str]) -> None:
    with pytest.raises(UnsafeModel, match="twice"):
        check_names(pair)


def test_licences_are_taken() -> None:
    assert all(map(takes, ("LICENSE", "LICENCE.txt", "NOTICE", "USE_POLICY.md", "LICENSE-llama.txt")))
    assert not any(map(takes, ("README.md", "training_args.bin", "model.gguf", "evil.sh")))


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.model", "config.json", "chat_template.jinja"])
@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_pickle_under_any_name(model: Callable[..., Path], name: str, protocol: int) -> None:
    folder = model()
    if (name, protocol) == ("chat_template.jinja", 0):
        name = "added_tokens.json"  # a template is any text
    (folder / name).write_bytes(pickle.dumps({"a": print}, protocol=protocol))
    with pytest.raises(UnsafeModel, match=name.replace(".", r"\.")):
        see(folder)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.model", "vocab.txt"])
def test_what_torch_saves_under_any_name(model: Callable[..., Path], name: str) -> None:
    folder = model()
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps([1]))
    with pytest.raises(UnsafeModel, match=name.replace(".", r"\.")):
        see(folder)


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("config.json", {"auto_map": {"AutoModel": "modeling.Model"}}),
        ("config.json", {"text_config": {"inner": [{"auto_map": {"AutoModel": "x.Y"}}]}}),
        ("tokenizer_config.json", {"auto_map": ["tokenization.Tokenizer", None]}),
        ("processor_config.json", {"image_processor": {"auto_map": {"AutoImageProcessor": "x.Y"}}}),
        ("config.json", {"custom_pipelines": {"p": {"impl": "p.P"}}}),
        ("config.json", {"_attn_implementation": "somebody/kernel"}),
        ("config.json", {"vision_config": {"attn_implementation": "somebody/kernel:f"}}),
    ],
)
def test_configurations_that_ask_for_code(model: Callable[..., Path], name: str, where: dict[str, object]) -> None:
    folder = model()
    path = folder / name
    path.write_text(path.read_text() if path.exists() else "{}")
    edit(path, **where)
    with pytest.raises(UnsafeModel, match=f"{name} wants to"):
        see(folder)


def test_links_and_devices(model: Callable[..., Path], tmp_path: Path) -> None:
    outside = tmp_path / "secret.json"
    outside.write_text("{}")
    folder = model()
    (folder / "added.json").symlink_to(outside)
    with pytest.raises(UnsafeModel, match=r"added\.json is no plain file"):
        see(folder)
    (folder / "added.json").unlink()
    (folder / "inner").symlink_to(tmp_path)
    with pytest.raises(UnsafeModel, match="inner is no plain file"):
        see(folder)
    (folder / "inner").unlink()
    os.mkfifo(folder / "vocab.json")
    with pytest.raises(UnsafeModel, match=r"vocab\.json is no plain file"):
        see(folder)


def test_code_deep_in_the_folder(model: Callable[..., Path]) -> None:
    folder = model()
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "model.py").write_text("print()")
    with pytest.raises(UnsafeModel, match=r"a/b/model\.py"):
        see(folder)


def test_weights_that_are_cut_short_or_padded(model: Callable[..., Path]) -> None:
    whole = (model() / "model.safetensors").read_bytes()
    for number, bad in enumerate((whole[:-1], whole + b"x", whole[:20], b"", b"\xff" * 100)):
        folder = model(f"bad-{number}")
        (folder / "model.safetensors").write_bytes(bad)
        with pytest.raises(UnsafeModel, match=r"model\.safetensors"):
            see(folder)


def test_a_missing_shard_and_a_shard_elsewhere(model: Callable[..., Path]) -> None:
    folder = model(sharded=True)
    edit(folder / "model.safetensors.index.json", weight_map={"a": "../../model.safetensors"})
    with pytest.raises(UnsafeModel, match="no plain safetensors"):
        see(folder)
    folder = model("other", sharded=True)
    (folder / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(UnsafeModel, match=r"model-00002-of-00002\.safetensors is missing"):
        see(folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_what_must_be_there(model: Callable[..., Path], name: str) -> None:
    folder = model()
    (folder / name).unlink()
    with pytest.raises(UnsafeModel, match=f"{name} is missing"):
        see(folder)


def test_brackets_without_end(model: Callable[..., Path]) -> None:
    folder = model()
    (folder / "added_tokens.json").write_text("[" * 200_000)
    with pytest.raises(UnsafeModel, match=r"added_tokens\.json is no JSON"):
        see(folder)
