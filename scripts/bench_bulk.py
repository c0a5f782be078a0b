"""What a bulk job costs beyond describing: the same pictures by the describer alone, and as a job through the worker.

Both go through the same models, OCR and decoder in one process, in turns (A B, B A, A B), each round on pictures of
its own; the share is the median of the rounds' shares, so that a machine that is busy for a while weighs on both. The
job has its archive, ledger, queue and results on the disk. No answer comes from the cache (`regenerate`).
`python scripts/bench_bulk.py --json out.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
import zipfile
from collections import deque
from concurrent.futures import Future
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from alttext_local.assemble import Parts, assembled, open_store  # noqa: E402
from alttext_local.assemble_jobs import job_parts, patient, worker_name  # noqa: E402
from alttext_local.jobs.desk import Desk, Wishes  # noqa: E402
from alttext_local.jobs.on_dbos import DbosQueue  # noqa: E402
from alttext_local.jobs.worker import Worker  # noqa: E402
from alttext_local.settings import load_settings  # noqa: E402
from alttext_local.types import Description, Request  # noqa: E402
from scripts.bench.drawn import bars, encoded  # noqa: E402

WINDOW = 64


def pictures(count: int, seed: int) -> list[bytes]:
    """Small pictures, each another one, with a few bars and no text."""
    dice = random.Random(seed)
    return [encoded(bars(dice)) for _ in range(count)]


def alone(parts: Parts, images: list[bytes]) -> float:
    """Seconds for all pictures by the describer alone, some in hand all the time."""
    began, hand = time.perf_counter(), deque[Future[Description]]()
    for data in images:
        if len(hand) >= WINDOW:
            hand.popleft().result()
        hand.append(parts.describer.submit(data, Request("gpt-4o", regenerate=True), "bench"))
    for future in hand:
        future.result()
    return time.perf_counter() - began


def as_job(desk: Desk, images: list[bytes]) -> float:
    """Seconds from the hand-in of the archive to the end of the job, its output written."""
    part = desk.new_part()
    with zipfile.ZipFile(part, "w") as archive:
        archive.writestr("settings.json", '{"regenerate": true}')
        for number, data in enumerate(images):
            archive.writestr(f"{number:05d}.png", data)
    began = time.perf_counter()
    job = desk.take(part, Wishes("bench.zip", "bench"))
    while not desk.job(job.id).over:
        time.sleep(0.5)  # as a client asks, not more
    took = time.perf_counter() - began
    failed = desk.job(job.id).progress.failed
    if failed:
        raise SystemExit(f"{failed} pictures failed")
    return took


def measure(count: int, rounds: int, folder: Path) -> dict[str, list[float]]:
    """Pictures a second of both, a figure for each round."""
    settings = load_settings(
        data_dir=folder, models_dir=ROOT / "models", max_zip_images=count, max_zip_entries=count + 10
    )
    rates: dict[str, list[float]] = {"alone": [], "as a job": []}
    stop = threading.Event()
    with assembled(patient(settings)) as parts, worker_name(settings) as name:
        parts.engine.start(["gpt-4o"])
        made = job_parts(settings, open_store(settings), parts.catalogue.names(), stop.is_set)
        queue = DbosQueue(settings.queue_url, name, shards=settings.shards_at_once)
        shards = made.shards(lambda _: parts.describer, stop.is_set)
        worker = Worker(name, made.ledger, queue, shards, made.errands, made.desk)
        thread = threading.Thread(target=worker.run, args=(stop.is_set,))
        thread.start()
        try:
            alone(parts, pictures(WINDOW, 1))
            for number in range(rounds):
                images = pictures(count, 100 + number)
                ways = {"alone": lambda own: alone(parts, own), "as a job": lambda own: as_job(made.desk, own)}
                for way in sorted(ways, reverse=number % 2 == 1):
                    rates[way].append(count / ways[way](images))
                    print(f"round {number + 1}, {way}: {rates[way][-1]:.2f} pictures/s", flush=True)
        finally:
            stop.set()
            thread.join()
            queue.close(1)
    return rates


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rates = measure(options.pictures, options.rounds, Path(folder))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    for name, median in medians.items():
        print(f"{name:10} {median:7.2f} pictures/s   ({', '.join(f'{rate:.2f}' for rate in rates[name])})")
    share = statistics.median(job / own for job, own in zip(rates["as a job"], rates["alone"], strict=True))
    print(f"a job runs at {100 * share:.0f} % of the describer alone ({os.cpu_count()} cores)")
    if options.json:
        options.json.write_text(json.dumps({"pictures": options.pictures, "rates": rates, "share": share}, indent=1))


if __name__ == "__main__":
    main()
