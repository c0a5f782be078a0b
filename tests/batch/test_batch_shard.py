"""Parts of a source."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from alttext_local.batch.shard import Shard
from alttext_local.errors import BadRequest

PATHS = [f"year/{n % 7}/image-{n}.png" for n in range(2000)]


@pytest.mark.parametrize("count", [1, 2, 7])
def test_each_path_is_in_one_shard(count):
    shards = [Shard(number, count) for number in range(1, count + 1)]
    having = Counter(path for shard in shards for path in PATHS if shard.has(path))
    assert set(having.values()) == {1} and len(having) == len(PATHS)
    sizes = [sum(map(shard.has, PATHS)) for shard in shards]
    assert min(sizes) > 0.7 * len(PATHS) / count


def test_a_path_that_is_no_utf8_has_a_shard():
    assert sum(Shard(n, 3).has("caf\udce9.png") for n in (1, 2, 3)) == 1


def test_outputs_of_shards_have_names_of_their_own_that_are_read_again():
    assert Shard().named(Path("a/out.jsonl")) == Path("a/out.jsonl")
    named = Shard(2, 16).named(Path("a/out.v1.jsonl"))
    assert named == Path("a/out.v1.02-of-16.jsonl")
    assert Shard.of_name(named) == Shard(2, 16)
    assert Shard.of_name(Path("a/out.jsonl")) is None


ARRAY = {"SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_MIN": "3"}


@pytest.mark.parametrize(
    ("text", "environment", "shard"),
    [
        ("2/4", {}, Shard(2, 4)),
        ("1/1", {}, Shard()),
        ("slurm", {**ARRAY, "SLURM_ARRAY_TASK_STEP": "2"}, Shard(3, 4)),
        ("slurm", {"SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_COUNT": "4"}, Shard(1, 4)),
        ("slurm/9", {"SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_COUNT": "1"}, Shard(7, 9)),
    ],
)
def test_a_shard_is_said_or_taken_from_slurm(text, environment, shard):
    assert Shard.read(text, environment) == shard


@pytest.mark.parametrize(
    ("text", "environment"),
    [
        ("0/4", {}),
        ("5/4", {}),
        ("4", {}),
        ("a/b", {}),
        ("", {}),
        ("-1/4", {}),
        ("1/²", {}),
        ("slurm", {}),
        ("slurm/4", {}),
        ("slurm", {**ARRAY, "SLURM_ARRAY_TASK_STEP": "3"}),  # 3, 5, 7: not evenly from 3 by 3
        ("slurm", {**ARRAY, "SLURM_ARRAY_TASK_ID": "9"}),
    ],
)
def test_what_is_no_shard_is_refused(text, environment):
    with pytest.raises(BadRequest, match="--shard must be"):
        Shard.read(text, environment)
