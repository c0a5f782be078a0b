"""`python -m scripts.chaos.run`: kill a house until enough were killed, then count; exit code 1 where it is not well.

python -m scripts.chaos.run --kills 500 --json docs/reliability.json --markdown docs/RELIABILITY.md
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from alttext_local.settings import Settings, load_settings
from scripts.chaos.checks import Findings, examine, examine_files, wait_for_the_end
from scripts.chaos.client import Client, Receiver
from scripts.chaos.entry import VARIABLE as BROKEN
from scripts.chaos.house import House, complain
from scripts.chaos.postgresql import PostgresServer
from scripts.chaos.report import write_markdown

QUIET_SECONDS = 60.0
"""A house in which nothing has moved for so long, with every process alive, stands."""


def run(
    folder: Path,
    *,
    kills: int,
    seconds: float,
    seed: int = 1,
    broken: str = "",
    database: str = "",
    quiet: float = QUIET_SECONDS,
    points: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """One run in `folder`; what was counted."""
    more = {BROKEN: broken} if broken else {}
    names = [""]
    if database:
        names = ["one", "two"]
        more |= {"ALTTEXT_DATABASE_URL": database, "ALTTEXT_WORKER_SILENCE": "3"}
    began = time.monotonic()
    with ExitStack() as closing:
        house = House(folder, seed, more, names)
        closing.callback(house.close)
        receiver = Receiver()
        receiver.start()
        closing.callback(receiver.stop)
        client = Client(lambda: house.url, receiver, open_jobs=8, seed=seed)
        client.start()
        enough = partial(_enough, house, client, kills)
        house.torment(enough, seconds, points)
        client.stop()
        tormented = time.monotonic() - began
        settings = _settings(house)
        found = _settle(house, settings, client, receiver, quiet)
        return _document(house, client, found, tormented, broken, bool(database))


def _enough(house: House, client: Client, kills: int) -> bool:
    """Whether so many were killed, and killed at work."""
    return house.counts.total >= kills and len(client.seen.acknowledged) > kills / 10


def _settle(house: House, settings: Settings, client: Client, receiver: Receiver, quiet: float) -> Findings:
    """Let the house come to rest with nobody killed any more, and look at everything."""
    children = [house.start("server"), *(house.start("worker", name) for name in house.workers)]
    try:
        house.ready()
        wait_for_the_end(settings, client.seen, quiet)
        found = examine(settings, house.url, client.seen, receiver)
    finally:
        for child in children:
            child.signal(signal.SIGTERM)
        for child in children:
            if not child.wait(30):
                complain(f"did not end at SIGTERM: {child.log}")
                child.signal(signal.SIGKILL)
                child.wait(10)
    examine_files(settings, found)
    return found


def _settings(house: House) -> Settings:
    """The house's own settings, for looking into it from outside."""
    own = {
        name.removeprefix("ALTTEXT_").lower(): value
        for name, value in house.environment.items()
        if name.startswith("ALTTEXT_")
    }
    return load_settings(**own)


def _document(
    house: House, client: Client, found: Findings, seconds: float, broken: str, postgresql: bool
) -> dict[str, Any]:
    return {
        "database": "PostgreSQL, two workers" if postgresql else "SQLite, one worker",
        "broken": broken,
        "kills": house.counts.total,
        "kills_by_place": dict(sorted(house.counts.kills.items())),
        "cold_starts": house.counts.cold,
        "ended_by_themselves": len(house.counts.by_themselves),
        "seconds": round(seconds),
        "uploads_unanswered": client.seen.unanswered,
        "uploads_refused": {str(status): count for status, count in client.seen.refused.items()},
        "clean": found.clean,
        **found.document(),
        "ends_of_logs": house.counts.by_themselves[:5],
    }


def main() -> None:
    """Run as told, and write down what came of it."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--kills", type=int, default=500)
    words.add_argument("--seconds", type=float, default=3600, help="of killing at most, for each run")
    words.add_argument("--seed", type=int, default=int(time.time()))
    words.add_argument("--only", choices=("sqlite", "postgresql", "broken"), default="")
    words.add_argument("--json", type=Path)
    words.add_argument("--markdown", type=Path)
    given = words.parse_args()
    runs: list[dict[str, Any]] = []
    plan = _plan(given.only, given.kills)
    for name, kills, broken, postgresql in plan:
        complain(f"{name}: {kills} kills")
        with ExitStack() as closing:
            folder = Path(tempfile.mkdtemp(prefix="alttext-chaos-"))
            database = closing.enter_context(PostgresServer()).new_database() if postgresql else ""
            came = run(folder, kills=kills, seconds=given.seconds, seed=given.seed, broken=broken, database=database,
                       quiet=30 if broken else QUIET_SECONDS)  # fmt: skip
        runs.append(came)
        good = came["clean"] is not bool(broken)
        complain(
            json.dumps({key: came[key] for key in ("kills", "acknowledged", "images", "lost", "standing", "clean")})
        )
        if not good:
            complain(f"NOT AS IT SHOULD BE, see {folder}: {json.dumps(came['wrong'][:20], indent=1)}")
        else:
            shutil.rmtree(folder)
        came["as_it_should_be"] = good
        if given.json:
            given.json.write_text(json.dumps({"seed": given.seed, "runs": runs}, indent=2) + "\n")
    if given.markdown:
        write_markdown(given.markdown, runs, given.kills)
    raise SystemExit(0 if all(came["as_it_should_be"] for came in runs) else 1)


def _plan(only: str, kills: int) -> list[tuple[str, int, str, bool]]:
    """(name, kills, what is broken, on PostgreSQL) of each run."""
    few = max(20, kills // 10)
    plan = []
    if only in ("", "sqlite"):
        plan.append(("SQLite", kills, "", False))
    if only in ("", "postgresql"):
        plan.append(("PostgreSQL", kills if only else max(30, kills // 5), "", True))
    if only in ("", "broken"):
        plan += [
            (f"broken on purpose: {name}", few, name, False) for name in ("acknowledge-before-commit", "no-reclaim")
        ]
    return plan


if __name__ == "__main__":
    main()
