"""A run on Ray gives the rows of a plain one, also when an actor and the driver are killed with `kill -9`.

`make test-ray`, or `python -m scripts.check_ray --pictures 200 --json docs/ray.json`; some minutes. It ends every
process that it started.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from scripts.bench.drawn import files

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = [sys.executable, "-c", "from alttext_local.cli import main; main()"]
ACTOR = "Describing"
SOME_FAILED = 3


class Run:
    """A run as a process of its own, with all that it starts."""

    def __init__(self, home: Path, out: str, *more: str) -> None:
        own = {
            "ALTTEXT_DATA_DIR": str(home / "data"),
            "ALTTEXT_MODELS_DIR": str(ROOT / "models"),
            "PYTHONPATH": str(ROOT),
        }
        words = [*PROGRAM, "batch", "pictures", "-o", out, "-q", *more]
        self.rows = home / f"{out}.run" / "ray" / "rows"
        self._process = subprocess.Popen(words, cwd=home, env={**os.environ, **own, "PYTHONPATH": str(ROOT)})
        self._others: dict[int, psutil.Process] = {}

    def files(self) -> int:
        """Of rows that are there."""
        return len(list(self.rows.glob("*.parquet")))

    def wait_for_files(self, least: int) -> None:
        """Until Ray has written so many files of rows."""
        while self._process.poll() is None and self.files() < least:
            self._look()
            time.sleep(0.1)

    def kill_an_actor(self) -> bool:
        """`kill -9` for one engine; whether one was there."""
        self._look()
        for process in self._others.values():
            with suppress(psutil.Error):
                if ACTOR in " ".join(process.cmdline()):
                    process.kill()
                    return True
        return False

    def kill(self) -> None:
        """`kill -9` for the driver, and then for all that it left."""
        self._look()
        self._process.kill()
        self._process.wait()
        self.end()

    def wait(self) -> int:
        """Its exit code."""
        while self._process.poll() is None:
            self._look()
            time.sleep(0.2)
        self.end()
        return self._process.returncode

    def end(self) -> None:
        """Kill what is left."""
        for process in self._others.values():
            with suppress(psutil.Error):
                process.kill()

    def _look(self) -> None:
        with suppress(psutil.Error):
            for child in psutil.Process(self._process.pid).children(recursive=True):
                self._others.setdefault(child.pid, child)


def rows(path: Path) -> list[dict[str, Any]]:
    """Without what depends on the time."""
    said = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in said:
        (row["provenance"] or {}).pop("seconds", None)
    return said


def check(home: Path, pictures: int) -> dict[str, Any]:
    """Run plainly, with a killed actor, and with a killed driver."""
    files(home / "pictures", pictures, 0.02, 7)
    on_ray = ("--engine", "ray")
    codes = {"plain": Run(home, "plain.jsonl").wait()}
    run = Run(home, "actor.jsonl", *on_ray)
    run.wait_for_files(1)
    killed = run.kill_an_actor()
    codes["actor"] = run.wait()
    run = Run(home, "driver.jsonl", *on_ray)
    run.wait_for_files(2)
    run.kill()
    before = {one.name: one.stat().st_size for one in run.rows.glob("*.parquet")}
    run = Run(home, "driver.jsonl", *on_ray)
    codes["driver"] = run.wait()
    after = {one.name: one.stat().st_size for one in run.rows.glob("*.parquet")}
    plain = rows(home / "plain.jsonl")
    return {
        "pictures": len(plain),
        "exit_codes": codes,
        "actor_killed": killed,
        "files_of_rows_when_the_driver_was_killed": len(before),
        "files_of_rows_at_the_end": len(after),
        "kept_what_was_there": all(after.get(name) == size for name, size in before.items()),
        "actor_rows_equal": rows(home / "actor.jsonl") == plain,
        "driver_rows_equal": rows(home / "driver.jsonl") == plain,
    }


def main() -> None:
    """Check, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        said = check(Path(folder), options.pictures)
    print(json.dumps(said, indent=1))
    if options.json:
        options.json.write_text(json.dumps(said, indent=1) + "\n")
    good = said["actor_killed"] and said["kept_what_was_there"] and said["files_of_rows_when_the_driver_was_killed"]
    if not (good and said["actor_rows_equal"] and said["driver_rows_equal"]):
        sys.exit("A run on Ray is not as a plain one.")


if __name__ == "__main__":
    main()
