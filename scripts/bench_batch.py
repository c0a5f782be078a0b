"""What a batch run bears and costs, on drawn pictures of all formats with 2 % of them broken.

1. A run that nobody disturbs: its start-up time, and its memory over time.
2. The same, killed with `kill -9` at random and started again: the same rows, each image once.
3. Four shards of the same, merged: the same rows.
4. Its pace against the engine's own on the same files, in one process and in turns.

`python scripts/bench_batch.py --json docs/batch.json --markdown docs/BATCH.md`; `--pictures 200 --kills 3` is short.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402

from alttext_local.answer import ImageAnswer  # noqa: E402
from alttext_local.assemble_batch import one_engine, rhythm_of  # noqa: E402
from alttext_local.batch.house import House  # noqa: E402
from alttext_local.batch.run import Plan, carry_out  # noqa: E402
from alttext_local.batch.sources import PathList  # noqa: E402
from alttext_local.batch.tally import Tally  # noqa: E402
from alttext_local.errors import AltTextError  # noqa: E402
from alttext_local.settings import Settings, load_settings  # noqa: E402
from alttext_local.types import Request  # noqa: E402
from scripts.bench.drawn import ARCHIVE_FORMATS, files  # noqa: E402

BROKEN, REQUEST = 0.02, Request("gpt-4o")
MIB = 1024 * 1024
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
PROGRAM = [sys.executable, "-c", "from alttext_local.cli import main; main()"]


class Run:
    """One start of `alttext-local batch` as a process of its own."""

    def __init__(self, source: Path, out: Path, home: Path, *more: str) -> None:
        words = [*PROGRAM, "batch", str(source), "-o", str(out), "--progress", "json", "--every", "0.2", *more]
        own = {"ALTTEXT_DATA_DIR": str(home), "ALTTEXT_MODELS_DIR": str(ROOT / "models"), "PYTHONPATH": str(ROOT)}
        self.began = time.monotonic()
        self._process = subprocess.Popen(words, env={**os.environ, **own}, stdout=subprocess.PIPE, text=True)

    def events(self) -> Iterator[dict[str, Any]]:
        """What it says, as it says it."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield json.loads(line)

    def memory(self) -> int:
        """Resident bytes of the process itself; its decoders are replaced when they are large."""
        with suppress(psutil.Error):
            return int(psutil.Process(self._process.pid).memory_info().rss)
        return 0

    def kill(self) -> None:
        """`kill -9`."""
        self._process.kill()
        self.wait()

    def wait(self) -> int:
        """Its exit code."""
        if self._process.stdout is not None:
            self._process.stdout.read()
            self._process.stdout.close()
        return self._process.wait()


def undisturbed(source: Path, out: Path, home: Path) -> dict[str, Any]:
    """Run to the end and look on."""
    run, memory, first, summary = Run(source, out, home), [], 0.0, {}
    for event in run.events():
        if event["event"] == "summary":
            summary = event
        elif event["described"]:
            first = first or time.monotonic() - run.began
            memory.append([event["seconds"], event["done"], round(run.memory() / MIB, 1)])
    code = run.wait()
    took = time.monotonic() - run.began
    told = {name: summary.get(name) for name in ("images", "described", "failed", "same", "need_an_eye")}
    rest = memory[len(memory) // 5 :] or [[0, 0, 0.0]]
    half = len(rest) // 2
    return {
        "exit_code": code,
        **told,
        "start_up_seconds": round(first, 1),
        "seconds": round(took, 1),
        "memory_mib": {
            "peak": max(one[2] for one in rest),
            "first_half": _median(rest[:half]),
            "second_half": _median(rest[half:]),
        },
        "memory_over_time": memory[:: max(1, len(memory) // 60)],
    }


def killed(source: Path, out: Path, home: Path, kills: int, pictures: int, seed: int) -> dict[str, Any]:
    """Kill it so often at random moments, also while it starts; then let it end."""
    dice, done, moments = random.Random(seed), 0, []
    for number in range(kills):
        run = Run(source, out, home)
        if number % 5 == 4:
            time.sleep(dice.uniform(0.1, 4))
            moments.append("starting")
        else:
            wanted = dice.randint(1, max(2, 2 * (pictures - done) // (kills - number + 1)))
            described = 0
            for event in run.events():
                described = event.get("described", described)
                if described >= wanted:
                    break
            time.sleep(dice.uniform(0, 0.6))
            done += described
            moments.append(f"{described} described")
        run.kill()
    run = Run(source, out, home)
    last = {}
    for event in run.events():
        last = event
    return {
        "kills": kills,
        "moments": moments,
        "exit_code": run.wait(),
        "described_by_the_last": last.get("described_now"),
    }


def sharded(source: Path, whole_run: Path, out: Path, home: Path, shards: int) -> dict[str, Any]:
    """Each shard by a run of its own, then merged and compared."""
    counts, codes = [], []
    for number in range(1, shards + 1):
        run, last = Run(source, out, home, "--shard", f"{number}/{shards}"), dict[str, Any]()
        for event in run.events():
            last = event
        codes.append(run.wait())
        counts.append(last.get("images", 0))
    parts = sorted(map(str, out.parent.glob(f"{out.stem}.*-of-{shards}{out.suffix}")))
    merged = subprocess.run(
        [*PROGRAM, "merge", *parts, "-o", str(out), "--json"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        check=False,
    )
    return {"shards": shards, "images": counts, "exit_codes": [*codes, merged.returncode], **compare(whole_run, out)}


def compare(one: Path, other: Path) -> dict[str, Any]:
    """Two outputs, but for order and timing."""
    rows, others = _rows(one), _rows(other)
    return {
        "rows": len(rows),
        "paths_twice": len(others) - len({row["path"] for row in others}),
        "lost": len({row["path"] for row in rows} - {row["path"] for row in others}),
        "equal": sorted(map(json.dumps, rows)) == sorted(map(json.dumps, others)),
    }


def pace(settings: Settings, paths: Sequence[Path], rounds: int, home: Path) -> dict[str, Any]:
    """Pictures a second by the engine alone and by a whole run, in turns on the same files."""
    rates: dict[str, list[float]] = {"engine": [], "batch": []}
    share = max(1, len(paths) // rounds)
    with one_engine(settings, [REQUEST.selected_model]) as house:
        alone(house, paths[:32], settings)
        for number in range(rounds):
            own = paths[number * share : (number + 1) * share]
            turns = {
                "engine": partial(alone, house, own, settings),
                "batch": partial(whole, house, own, settings, home / f"{number}.jsonl"),
            }
            for name in sorted(turns, reverse=bool(number % 2)):  # the first in a round may find colder caches
                rates[name].append(len(own) / turns[name]())
    medians = {name: statistics.median(values) for name, values in rates.items()}
    return {
        "rates": {name: [round(one, 2) for one in values] for name, values in rates.items()},
        "share": round(medians["batch"] / medians["engine"], 3),
    }


def alone(house: House, paths: Sequence[Path], settings: Settings) -> float:
    """Seconds for the files by the engine, with as many in hand as a run has; nothing is written."""
    window, hand = rhythm_of(settings, 1).window, deque[Future[ImageAnswer]]()
    began = time.perf_counter()
    for path in paths:
        if len(hand) >= window:
            _settle(hand.popleft())
        hand.append(house.submit(path.read_bytes(), REQUEST))
    for future in hand:
        _settle(future)
    return time.perf_counter() - began


def whole(house: House, paths: Sequence[Path], settings: Settings, out: Path) -> float:
    """Seconds for the same by a run, from its first look at the list to the finished file."""
    began = time.perf_counter()
    source = PathList((str(path) for path in paths), REQUEST)
    carry_out(Plan(source, [out], rhythm=rhythm_of(settings, 1)), house, Tally(), lambda: False)
    return time.perf_counter() - began


def _settle(future: Future[ImageAnswer]) -> None:
    with suppress(AltTextError):
        future.result()


def _rows(path: Path) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        (row["provenance"] or {}).pop("seconds", None)
    return rows


def _median(rows: list[list[float]]) -> float:
    return statistics.median(row[2] for row in rows) if rows else 0.0


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=6, help="Of the pace, each on another share of the pictures.")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--markdown", type=Path, help="The section of this page between its two marks is written anew.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        paths = files(home / "pictures", options.pictures, BROKEN, options.seed, ARCHIVE_FORMATS)
        settings = load_settings(data_dir=home / "data", models_dir=ROOT / "models")
        said: dict[str, Any] = {"pictures": len(paths), "cores": os.cpu_count()}
        for name in ("one", "two", "three"):
            (home / name).mkdir()
        first, second, third = (home / name / "out.jsonl" for name in ("one", "two", "three"))
        said["undisturbed"] = undisturbed(home / "pictures", first, home / "data")
        _print("undisturbed", {k: v for k, v in said["undisturbed"].items() if k != "memory_over_time"})
        said["killed"] = killed(home / "pictures", second, home / "data", options.kills, len(paths), options.seed)
        said["killed"] |= compare(first, second)
        _print("killed", said["killed"])
        said["sharded"] = sharded(home / "pictures", first, third, home / "data", options.shards)
        _print("sharded", said["sharded"])
        said["pace"] = pace(settings, paths, options.rounds, home)
        _print("pace", said["pace"])
    if options.json:
        options.json.write_text(json.dumps(said, indent=1) + "\n")
    if options.markdown:
        write_section(options.markdown, page(said))
    if not (said["killed"]["equal"] and said["sharded"]["equal"]):
        sys.exit("The killed run, or the shards, differ from the undisturbed run.")


def page(said: dict[str, Any]) -> str:
    """What was measured, as Markdown."""
    calm, killed, parts, speed = (said[name] for name in ("undisturbed", "killed", "sharded", "pace"))
    memory = calm["memory_mib"]
    engine, batch = (statistics.median(speed["rates"][name]) for name in ("engine", "batch"))
    lines = [
        f"Measured on {said['pictures']:,} drawn pictures (PNG, JPEG, GIF, BMP, TIFF, WEBP; 2 % broken), "
        f"{said['cores']} cores, no GPU, by `scripts/bench_batch.py`.",
        "",
        "| what | found |",
        "|---|---|",
        f"| undisturbed run | {calm['described']:,} described, {calm['failed']:,} failed, {calm['seconds']} s |",
        f"| from the command to the first text | {calm['start_up_seconds']} s |",
        f"| memory of the run, median of its first and second half; peak | {memory['first_half']:.0f} MiB, "
        f"{memory['second_half']:.0f} MiB; {memory['peak']:.0f} MiB |",
        f"| {killed['kills']} times `kill -9`, then to its end | rows equal: {_yes(killed['equal'])}; "
        f"lost {killed['lost']}, twice {killed['paths_twice']} |",
        f"| {parts['shards']} shards, merged | rows equal: {_yes(parts['equal'])}; "
        f"images: {', '.join(map(str, parts['images']))} |",
        f"| pictures a second, the engine alone | {engine:.2f} |",
        f"| pictures a second, a whole run on the same files | {batch:.2f} ({speed['share']:.1%}) |",
    ]
    return "\n".join(lines)


def write_section(path: Path, text: str) -> None:
    """Write a page's section between the marks anew, and leave the rest as it is."""
    before, after = path.read_text(encoding="utf-8").split(BEGIN)[0], path.read_text(encoding="utf-8").split(END)[1]
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def _yes(good: bool) -> str:
    return "yes" if good else "NO"


def _print(name: str, said: dict[str, Any]) -> None:
    print(name, json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
