"""A process with models, as the adapter's protocol shows it: the same answers, the same errors, no orphan."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from alttext_local.adapters.adapter import Flying, Ways, load_adapter
from alttext_local.engine import wire
from alttext_local.engine.hands import ProcessDied
from alttext_local.engine.model_process import ModelProcess, named
from alttext_local.engine.serving import loader
from alttext_local.errors import EmptyAnswer, OutOfMemory
from alttext_local.types import Answer, Ask, Facts, Picture, Shot, Token
from tests.doubles import far
from tests.doubles.far import SOON, gone, that, until
from tests.doubles.honest import look
from tests.doubles.house import CAPTION, KIND, a_shot, catalogue_of

ROOT = Path(__file__).resolve().parents[2]
PARENT = """
import sys
from pathlib import Path
from alttext_local.engine.model_process import ModelProcess
from tests.doubles import far
from tests.doubles.house import catalogue_of

adapter = ModelProcess("cpu", far.load).load(catalogue_of(Path(sys.argv[1]), "one").card("one"))
adapter.answer([far.that("lasts")])
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def process():
    process = ModelProcess("cpu", far.load)
    yield process
    process.end()


@pytest.fixture(scope="module")
def adapter(process, home):
    return process.load(catalogue_of(home, "one").card("one"))


def test_it_answers_as_the_model_itself_and_counts_with_it(adapter):
    shots = [a_shot(number) for number in range(5)]
    before = adapter.counters
    assert adapter.answer(shots) == [look(shot) for shot in shots]
    assert adapter.counters.since(before).pictures == 5
    assert (adapter.card.name, adapter.device, adapter.abilities) == ("one", "cpu", far.Far.abilities)
    assert adapter.flight() is None


@pytest.mark.parametrize(
    ("how", "kind", "said"),
    [
        ("is empty", EmptyAnswer, "Nothing was said."),
        ("has no memory", OutOfMemory, ""),
        ("crashes", wire.ModelFailed, "a secret"),
    ],
)
def test_errors_keep_their_kind_and_the_next_is_answered(adapter, how, kind, said):
    with pytest.raises(kind) as caught:
        adapter.answer([that(how)])
    assert type(caught.value) is kind
    assert said in str(caught.value)
    assert adapter.answer([a_shot(3)]) == [look(a_shot(3))]


def test_what_cannot_be_loaded_says_so_and_others_stay(process, adapter, home):
    with pytest.raises(EmptyAnswer, match="cannot be loaded"):
        process.load(catalogue_of(home, "broken").card("broken"))
    second = process.load(catalogue_of(home, "two").card("two"))
    second.close()
    assert adapter.answer([a_shot()]) == [look(a_shot())]


def test_after_its_death_everything_says_so_and_closing_is_quiet(home):
    process = ModelProcess("cpu", far.load)
    adapter = process.load(catalogue_of(home, "one").card("one"))
    assert process.alive()
    with pytest.raises(ProcessDied):
        adapter.answer([that("dies")])
    assert not process.alive()
    with pytest.raises(ProcessDied):
        adapter.answer([a_shot()])
    adapter.close()
    process.end()
    with pytest.raises(ProcessDied):
        process.load(adapter.card)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_it_goes_with_its_parent_in_the_midst_of_a_batch(tmp_path, how):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], cwd=ROOT, env=environment)
    try:
        until(lambda: list(tmp_path.glob("one/begun-*")))
        child = int(next(tmp_path.glob("one/begun-*")).name.removeprefix("begun-"))
        assert not gone(child)
        parent.send_signal(how)
        parent.wait(SOON)
        until(lambda: gone(child))
    finally:
        parent.kill()
        parent.wait(SOON)


def test_a_signal_to_the_whole_group_leaves_the_ending_to_the_parent(process, adapter):
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(process.pid, number)
    assert adapter.answer([a_shot(1)]) == [look(a_shot(1))]


def test_loaders_are_found_by_their_name_with_their_ways(home):
    ways = Ways(tree=False, flying=Flying())
    said = named(partial(load_adapter, ways=ways))
    assert said["load"] == "alttext_local.adapters.adapter:load_adapter"
    assert Ways(**said["ways"]) == Ways(tree=False)
    assert "ways" not in named(load_adapter)
    card = catalogue_of(home, "one").card("one")
    assert type(loader({**named(far.load), "device": "cpu"})(card)) is far.Far
    for nameless in (lambda card, device: None, far.Far.last, partial(far.load, home)):
        with pytest.raises(ValueError, match="imported"):
            named(nameless)


def test_shots_and_answers_are_the_same_after_the_way():
    facts = Facts(3, 2, 0.1, 0.2, 1 / 3, 4, 0.5, 0.6, 1e-9, (("red", 0.25), ("blue", 0.125)))
    picture = Picture(Image.frombytes("RGB", (3, 2), bytes(range(18))), facts, "ab", "TIFF", 4)
    other = Picture(Image.new("RGB", (2, 1), (1, 2, 3)), facts, "cd", "PNG")
    shots = [Shot(picture, (Ask("kind", "Kind?", 1, ("a", "b")),)), Shot(other, (CAPTION, KIND))]
    pixels = b"".join(shot.picture.image.tobytes() for shot in shots)
    back = wire.unpack_shots(wire.json.loads(wire.json.dumps(wire.pack_shots(shots))), pixels)
    for one, two in zip(shots, back, strict=True):
        assert (one.asks, one.picture.facts) == (two.asks, two.picture.facts)
        assert (one.picture.sha256, one.picture.format, one.picture.pages) == (
            two.picture.sha256,
            two.picture.format,
            two.picture.pages,
        )
        assert one.picture.image.tobytes() == two.picture.image.tobytes()
    answers = [(Answer("A b", (Token("A", -1 / 3), Token(" b", -1e-17))), Answer(scores={"x": 0.1 + 0.2, "y": 0.7}))]
    assert wire.unpack_answers(wire.json.loads(wire.json.dumps(wire.pack_answers(answers)))) == answers
