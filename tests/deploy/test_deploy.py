"""The scripts and manifests for clusters: run with bash as Slurm and Ray would, or looked at."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from PIL import Image
from typer.main import get_command

from alttext_local.cli import app

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


@pytest.fixture
def home(tmp_path):
    """Pictures, and programs `alttext-local`, `sbatch` and `ray` that stand in for what is installed on a cluster."""
    (tmp_path / "pictures").mkdir()
    for number in range(5):
        Image.new("RGB", (48, 40), (40 * number, 10, 90)).save(tmp_path / "pictures" / f"{number}.png")
    (tmp_path / "pictures" / "broken.png").write_bytes(b"no picture")
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    program = shlex.join([sys.executable, "-c", "from alttext_local.cli import main; main()"])
    for name, body in {
        "alttext-local": f'exec {program} "$@"',
        "sbatch": 'printf "%s\\n" "$SHARDS|$*" >> sbatch.txt; echo "$((40 + $(wc -l < sbatch.txt)));cluster"',
        "ray": 'printf "%s\\n" "$@" > ray.txt',
        "scontrol": 'echo "$@" > scontrol.txt',
    }.items():
        (bin_folder / name).write_text(f"#!/usr/bin/env bash\n{body}\n")
        (bin_folder / name).chmod(0o755)
    return tmp_path


def bash(home, *words, code=0, **variables):
    own = {"ALTTEXT_MODELS_DIR": str(ROOT / "models"), "PYTHONPATH": str(ROOT), "ALTTEXT_OCR_ENGINE": "pytesseract"}
    path = f"{home / 'bin'}:{os.environ['PATH']}"
    environment = {**os.environ, **own, "PATH": path, "ALTTEXT_DEVICE": "cpu", "OMP_NUM_THREADS": "1", **variables}
    done = subprocess.run(
        ["bash", *map(str, words)], cwd=home, env=environment, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == code, done.stderr + done.stdout
    return done


@pytest.mark.parametrize("script", sorted(DEPLOY.rglob("*.sh")), ids=lambda path: path.name)
def test_scripts_can_be_run_and_say_how_they_are_used(script, home):
    assert os.access(script, os.X_OK)
    assert "usage: " in bash(home, script, code=2).stderr


def test_an_arrays_tasks_and_their_merge_have_all_images(home):
    for task in ("1", "2"):
        array = {"SLURM_ARRAY_TASK_ID": task, "SLURM_ARRAY_TASK_COUNT": "2", "SLURM_ARRAY_JOB_ID": "40"}
        bash(home, DEPLOY / "slurm/describe.sh", "pictures", "out.jsonl", "--language", "en", **array)
    bash(home, DEPLOY / "slurm/merge.sh", "out.jsonl", "2")
    rows = [json.loads(line) for line in (home / "out.jsonl").read_text().splitlines()]
    assert [row["path"] for row in rows] == sorted(path.name for path in (home / "pictures").iterdir())
    assert sum(row["status"] == "failed" for row in rows) == 1
    (home / "out.1-of-2.jsonl").unlink()
    bash(home, DEPLOY / "slurm/merge.sh", "out.jsonl", "2", code=3)
    bash(home, DEPLOY / "slurm/merge.sh", "out.jsonl", "3", code=66)


def test_a_task_that_was_stopped_goes_back_into_the_queue_and_one_that_failed_does_not(home):
    array = {"SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_COUNT": "2", "SLURM_ARRAY_JOB_ID": "40"}
    (home / "bin/alttext-local").write_text(
        '#!/usr/bin/env bash\ntrap "exit 130" TERM\nkill -TERM $PPID\nsleep 9 & wait\n'
    )
    bash(home, DEPLOY / "slurm/describe.sh", "pictures", "out.jsonl", code=130, **array)
    assert (home / "scontrol.txt").read_text() == "requeue 40_2\n"
    (home / "scontrol.txt").unlink()
    (home / "bin/alttext-local").write_text("#!/usr/bin/env bash\nexit 78\n")
    bash(home, DEPLOY / "slurm/describe.sh", "pictures", "out.jsonl", code=78, **array)
    assert not (home / "scontrol.txt").exists()


def test_the_merge_waits_for_the_array(home):
    said = bash(home, DEPLOY / "slurm/submit.sh", "pictures", "out.jsonl", "4", "--ocr").stdout
    array, merge = (home / "sbatch.txt").read_text().splitlines()
    assert array.startswith("4|--parsable --export=ALL --array=1-4 ")
    assert array.endswith("/describe.sh pictures out.jsonl --ocr")
    assert merge.split()[1] == "--dependency=afterok:41"
    assert merge.endswith("/merge.sh out.jsonl 4")
    assert said == "describing: 41, merging afterwards: 42\n"


def options_of(words):
    """Parse a command line of ours without running it."""
    command = get_command(app).commands["batch"]
    return command.make_context("batch", list(words)).params


def test_what_is_submitted_to_ray_is_a_command_line_of_ours(home):
    bash(home, DEPLOY / "ray/submit.sh", "http://127.0.0.1:8265", "pictures", "out.jsonl", "3", "--ocr")
    words = (home / "ray.txt").read_text().splitlines()
    assert words[: words.index("--")] == ["job", "submit", "--address", "http://127.0.0.1:8265", "--no-wait"]
    program, command, *rest = words[words.index("--") + 1 :]
    assert (program, command) == ("alttext-local", "batch")
    said = options_of(rest)
    assert (said["engine"], said["address"], said["actors"], said["actor_gpus"]) == ("ray", "auto", 3, 1)


def test_the_manifest_has_what_a_rayjob_needs_and_workers_for_its_actors():
    job = yaml.safe_load((DEPLOY / "ray/rayjob.yaml").read_text())
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    said = options_of(shlex.split(job["spec"]["entrypoint"])[2:])
    cluster = job["spec"]["rayClusterSpec"]
    (workers,) = cluster["workerGroupSpecs"]
    (worker,) = workers["template"]["spec"]["containers"]
    assert said["engine"] == "ray" and said["actors"] == workers["replicas"]
    assert float(worker["resources"]["limits"]["nvidia.com/gpu"]) == said["actor_gpus"]
    assert float(worker["resources"]["limits"]["cpu"]) >= said["actor_cpus"]
    for pod in (cluster["headGroupSpec"], workers):
        spec = pod["template"]["spec"]
        for container in spec["containers"]:
            assert {"name": "RAY_USAGE_STATS_ENABLED", "value": "0"} in container["env"]
            assert {mount["name"] for mount in container["volumeMounts"]} <= {one["name"] for one in spec["volumes"]}


def test_the_manifest_runs_the_version_of_ray_that_is_pinned():
    job = yaml.safe_load((DEPLOY / "ray/rayjob.yaml").read_text())
    version = job["spec"]["rayClusterSpec"]["rayVersion"]
    assert f"ray[data]=={version}" in (ROOT / "pyproject.toml").read_text()
