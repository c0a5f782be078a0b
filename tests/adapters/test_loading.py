from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from alttext_local.adapters.adapter import FAMILIES, load_adapter
from alttext_local.adapters.devices import choose_device, choose_dtype, weight_bytes
from alttext_local.adapters.loading import memory_guard
from alttext_local.errors import BadSettings, BrokenModel, OutOfMemory
from alttext_local.types import Ask, Shot


def beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"loading_{name}", Path(__file__).parent / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tiny = beside("tiny_models")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A good LLaVA, to be broken."""
    yield tiny.llava(tmp_path / "llava")


def change(path: Path, **values: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def no_weights(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def no_tokenizer(folder: Path) -> None:
    for path in folder.glob("tokenizer*"):
        path.unlink()


def no_image_processor(folder: Path) -> None:
    (folder / "preprocessor_config.json").unlink()


def torn_config(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def torn_weights(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:5000])


def missing_weights(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    tensors = load_file(path)
    tensors.pop(next(name for name in tensors if "projector" in name))
    save_file(tensors, path, metadata={"format": "pt"})


def remote_code(folder: Path) -> None:
    change(folder / "config.json", auto_map={"AutoModel": "modeling.Mine"})


def other_model(folder: Path) -> None:
    change(folder / "config.json", model_type="bert")


def other_size(folder: Path) -> None:
    change(folder / "preprocessor_config.json", crop_size={"height": 84, "width": 84})


def other_count(folder: Path) -> None:
    said = {"patch_size": 28, "vision_feature_select_strategy": "default", "num_additional_image_tokens": 1}
    (folder / "processor_config.json").write_text(json.dumps({**said, "processor_class": "LlavaProcessor"}))


def two_pictures(folder: Path) -> None:
    (folder / "chat_template.jinja").write_text("<image> <image> {{ messages[0]['content'][1]['text'] }}")


BREAKS = {
    no_weights: "no weights",
    no_config: "config.json is missing",
    no_tokenizer: "tokenizer",
    no_image_processor: "image processor",
    torn_config: "config.json cannot be read",
    torn_weights: "weights cannot be loaded",
    missing_weights: "the weights lack",
    remote_code: "code",
    other_model: "bert is no LLaVA",
    other_size: "does not fit its vision tower",
    other_count: "counts 4 tokens for a picture, its model gives 16",
    two_pictures: "exactly once",
}


@pytest.mark.parametrize("spoil", BREAKS, ids=lambda spoil: spoil.__name__)
def test_a_bad_folder_is_named(folder: Path, card: Any, spoil: Callable[[Path], None]) -> None:
    spoil(folder)
    with pytest.raises(BrokenModel, match=BREAKS[spoil]) as caught:
        load_adapter(card(folder, "llava"), "cpu")
    assert str(folder) not in str(caught.value)


def test_a_relative_folder_is_refused(card: Any) -> None:
    with pytest.raises(BrokenModel, match="absolute"):
        load_adapter(card(Path("somewhere"), "llava"), "cpu")


def test_a_folder_of_another_family_is_refused(folder: Path, card: Any) -> None:
    with pytest.raises(BrokenModel, match="llava is no BLIP-2"):
        load_adapter(card(folder, "blip2"), "cpu")


def test_an_unknown_family_lists_those_there_are(folder: Path, card: Any) -> None:
    assert FAMILIES == ("blip2", "chat_vlm", "llava")
    with pytest.raises(BadSettings, match="blip2, chat_vlm, llava"):
        load_adapter(card(folder, "gpt"), "cpu")


def test_a_device_or_dtype_that_is_not_there(folder: Path, card: Any) -> None:
    with pytest.raises(BadSettings, match="no device"):
        load_adapter(card(folder, "llava"), "cuda:77")
    with pytest.raises(BadSettings, match="no dtype"):
        load_adapter(card(folder, "llava", dtype="float17"), "cpu")
    assert choose_device("cpu") == "cpu"
    assert choose_dtype("auto", "cpu") is torch.float32
    assert choose_dtype("auto", "cuda") is torch.bfloat16
    assert choose_dtype("float16", "cpu") is torch.float16


def test_half_weights_are_computed_in_full_on_a_cpu(folder: Path, card: Any) -> None:
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    save_file({name: tensor.half() for name, tensor in load_file(path).items()}, path, metadata={"format": "pt"})
    adapter: Any = load_adapter(card(folder, "llava"), "cpu")
    assert adapter.model.dtype is torch.float32
    assert weight_bytes(folder, torch.float32) == sum(p.numel() for p in adapter.model.parameters()) * 4


def test_a_folder_without_a_template_speaks_as_llava_was_taught(tmp_path: Path, card: Any, picture: Any) -> None:
    shot = Shot(picture(90, 60), (Ask("caption", "describe the picture", 6),))
    plain = load_adapter(card(tiny.llava(tmp_path / "plain", template=""), "llava"), "cpu")
    taught = load_adapter(card(tiny.llava(tmp_path / "taught"), "llava"), "cpu")
    assert plain.answer([shot]) == taught.answer([shot])


def test_words_before_the_picture_share_no_prefix_but_answer(tmp_path: Path, card: Any, picture: Any) -> None:
    template = "USER: {{ messages[0]['content'][1]['text'] }} <image> ASSISTANT:"
    adapter = load_adapter(card(tiny.llava(tmp_path / "before", template=template), "llava"), "cpu")
    asks = (
        Ask("caption", "describe the picture", 6),
        Ask("keywords", "keywords:", 4),
        Ask("kind", "kind:", 1, ("map", "text")),
    )
    together = adapter.answer([Shot(picture(90, 60), asks)])[0]
    alone = [adapter.answer([Shot(picture(90, 60), (ask,))])[0][0] for ask in asks]
    assert not adapter.abilities.shares_prefix
    assert [answer.text for answer in together] == [answer.text for answer in alone]
    assert together[2].scores == pytest.approx(alone[2].scores, abs=1e-4)


@pytest.mark.parametrize(("tiles", "tokens"), [(1, 17), (2, 17), (3, 16 + 2 * 16 + 4), (0, 16 + 4 * 16 + 8)])
def test_tiles_are_limited(tmp_path: Path, card: Any, tiles: int, tokens: int) -> None:
    """A square picture: its base view has 16 tokens, each tile 16, each line an end, and a lone base view one."""
    from PIL import Image

    adapter: Any = load_adapter(card(tiny.llava_next(tmp_path / "next"), "llava", tiles=tiles), "cpu")
    size = (112, 56) if tiles == 3 else (112, 112)
    with torch.inference_mode():
        assert len(adapter.encode([Image.new("RGB", size, "red")])[0]) == tokens


@pytest.mark.parametrize(
    "error", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("[x] can't allocate memory")]
)
def test_each_way_of_running_out_of_memory(error: Exception) -> None:
    with pytest.raises(OutOfMemory), memory_guard("cpu"):
        raise error
    with pytest.raises(RuntimeError, match="shapes"), memory_guard("cpu"):
        raise RuntimeError("shapes differ")


def test_files_are_held_to_the_catalogues_hashes(folder: Path, card: Any) -> None:
    weights = folder / "model.safetensors"
    files = {weights.name: hashlib.sha256(weights.read_bytes()).hexdigest()}
    load_adapter(card(folder, "llava", files=files), "cpu").close()
    weights.write_bytes(weights.read_bytes() + b" ")
    with pytest.raises(BrokenModel, match="not the file"):
        load_adapter(card(folder, "llava", files=files), "cpu")


def test_a_question_about_the_machine_does_not_wait_for_transformers() -> None:
    asked = "from alttext_local.adapters.adapter import best_device, memory_there; memory_there(best_device())"
    program = f"import sys; {asked}; raise SystemExit('transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, cwd=Path(__file__).parents[2]).returncode == 0
