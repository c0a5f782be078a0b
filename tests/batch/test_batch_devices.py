"""Several devices: their processes are told apart, fed, and outlived."""

from __future__ import annotations

import io
import os
import signal
import time
from pathlib import Path

import pytest

from alttext_local.assemble_batch import crew
from alttext_local.batch.devices import environments, error_of, receive, said_of, send
from alttext_local.errors import AltTextError, BadRequest, ModelDown, UnknownModel, UnreadableImage
from alttext_local.settings import load_settings
from alttext_local.types import Request

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "docs" / "samples"


def test_all_is_each_gpu_and_else_the_cpu():
    gpus = environments("all", 2, {})
    assert gpus == [{"ALTTEXT_DEVICE": "cuda", "CUDA_VISIBLE_DEVICES": str(n)} for n in (0, 1)]
    assert environments("all", 0, {}) == [{"ALTTEXT_DEVICE": "cpu"}]


def test_gpus_are_numbered_as_they_are_seen():
    seen = {"CUDA_VISIBLE_DEVICES": "5,GPU-abc"}
    assert [one["CUDA_VISIBLE_DEVICES"] for one in environments("cuda:1,cuda:0", 2, seen)] == ["GPU-abc", "5"]


def test_processes_on_one_cpu_share_its_cores():
    one, two = environments("cpu, cpu", 0, {})
    assert one == two
    assert int(one["ALTTEXT_MODEL_THREADS"]) == max(1, len(os.sched_getaffinity(0)) // 2)
    assert environments("cpu,cpu", 0, {"OMP_NUM_THREADS": "1"})[0] == {"ALTTEXT_DEVICE": "cpu"}


@pytest.mark.parametrize("text", ["cuda:1", "gpu", "cpu,", "cuda", "cuda:-1"])
def test_a_device_that_is_not_there_is_refused(text):
    with pytest.raises(BadRequest, match="There are 1 GPUs"):
        environments(text, 1, {})


def test_messages_go_through_a_pipe_whole_or_not_at_all():
    pipe = io.BytesIO()
    message = (7, {"alt_prompt": "“é”"}, b"\x00data")
    send(pipe, message)
    whole = pipe.getvalue()
    assert receive(io.BytesIO(whole)) == message
    for end in (0, 5, 30, len(whole) - 1):
        assert receive(io.BytesIO(whole[:end])) is None


@pytest.mark.parametrize("error", [UnreadableImage("It is cut off."), ModelDown(), UnknownModel("x")])
def test_errors_cross_with_their_kind_and_detail(error):
    back = error_of(said_of(error))
    assert (type(back), str(back)) == (type(error), str(error))


def test_a_foreign_error_crosses_as_ours_without_its_words():
    back = error_of(said_of(ValueError("at 0x7f00")))
    assert type(back) is AltTextError and "0x7f" not in str(back)
    assert type(error_of({"type": "annotations", "detail": ""})) is AltTextError


@pytest.fixture
def settings(tmp_path, monkeypatch):
    for name, value in {"DATA_DIR": tmp_path, "MODELS_DIR": ROOT / "models", "OCR_ENGINE": "pytesseract"}.items():
        monkeypatch.setenv(f"ALTTEXT_{name}", str(value))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return load_settings()


def test_two_processes_answer_and_a_killed_one_is_started_again(settings):
    data, request = (SAMPLES / "chart.png").read_bytes(), Request("gpt-4o")
    with crew(settings, environments("cpu,cpu", 0), ["gpt-4o"]) as house:
        futures = [house.submit(data, request) for _ in range(4)]
        assert [member.in_hand for member in house.members] == [2, 2]
        assert len({future.result(120).alt_text for future in futures}) == 1
        with pytest.raises(UnreadableImage):
            house.submit(data[:500], request).result(60)
        killed = house.members[0]
        os.kill(killed.pid, signal.SIGKILL)
        with pytest.raises(ModelDown):
            while True:  # the news may need a moment
                killed.submit(data, request).result(60)
        assert "Visitors" in house.submit(data, request).result(60).alt_text
        end = time.monotonic() + 120
        while not killed.ready and time.monotonic() < end:
            time.sleep(0.1)
        assert "Visitors" in killed.submit(data, request).result(60).alt_text
        assert house.key("abc", request) != house.key("abd", request)


def test_a_process_that_cannot_start_says_why(settings):
    with pytest.raises(UnknownModel), crew(settings, environments("cpu,cpu", 0), ["no-such-model"]):
        pass
