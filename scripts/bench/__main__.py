"""`python -m scripts.bench one|many|callers|files --json FILE`, and `report [FILE...] [--out docs/PERFORMANCE.md]`.

Prints a table and writes JSON. A workload ends within `--minutes`, with fewer rounds if it must.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read when the hub library is imported

from transformers.utils import logging as transformers_logging

from scripts.bench import report
from scripts.bench.subjects import BUILDERS

SHIPPED = "alttext-mini-llava"
ROUNDS = {"one": 9, "many": 5, "callers": 5, "files": 8}
"""Without `--rounds`. `files` describes another share of its pictures in each."""


def main() -> None:
    """Measure and print."""
    options = _options()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    if options.workload == "report":
        options.out.write_text(report.page(report.read(options.results)), encoding="utf-8")
        print(f"{options.out} is written.")
        return
    on = report.machine()
    found = _measured(options)
    on["threads"] = report.machine()["threads"]
    pictures = options.callers * options.each if options.workload == "callers" else options.pictures
    result = {"workload": options.workload, "pictures": pictures, "machine": on, **found}
    print(report.table(result))
    if options.json:
        report.write(options.json, result)


def _measured(options: argparse.Namespace) -> dict[str, Any]:
    if options.workload == "callers":
        from scripts.bench.callers import Crowd, call

        return call(Crowd(options.model, options.callers, options.each, options.rounds, options.minutes))
    if options.workload == "files":
        from scripts.bench.files import describe_files

        return describe_files(options.model, options.pictures, options.rounds, options.minutes, options.device)
    from scripts.bench.looking import Wish, look

    names = ("model", "pictures", "rounds", "minutes", "batch", "device", "dtype", "int8", "folder")
    return look(Wish(**{name: getattr(options, name) for name in names}, without=tuple(options.without)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.bench", description=__doc__)
    kinds = parser.add_subparsers(dest="workload", required=True)
    counts = {"one": 1, "many": 16, "files": 256}
    for name in ("one", "many", "callers", "files"):
        own = kinds.add_parser(name)
        own.add_argument("--model", default=SHIPPED, help=f"A card of the catalogue, or: {', '.join(BUILDERS)}.")
        own.add_argument("--rounds", type=int, default=ROUNDS[name])
        own.add_argument("--minutes", type=float, default=7.0)
        own.add_argument("--json", type=Path)
        if name != "callers":  # whose server chooses
            own.add_argument("--device", default="auto")
        if name == "callers":
            own.add_argument("--callers", type=int, default=64)
            own.add_argument("--each", type=int, default=1, help="Pictures of each caller in a round.")
        else:
            own.add_argument("--pictures", type=int, default=counts[name])
        if name in ("one", "many"):
            own.add_argument("--batch", type=int, default=16, help="Pictures in one call.")
            own.add_argument("--dtype", default="auto", help="auto, or a torch dtype.")
            own.add_argument("--int8", action="store_true", help="Our adapter in int8 too, on a CPU.")
            own.add_argument("--folder", type=Path, default=Path("build/bench"), help="Where random weights are kept.")
            own.add_argument("--without", nargs="*", default=[], help="Contenders to leave out, such as 'plain loop'.")
    own = kinds.add_parser("report")
    own.add_argument("results", nargs="*", type=Path, default=sorted(Path("docs/bench").glob("*.json")))
    own.add_argument("--out", type=Path, default=Path("docs/PERFORMANCE.md"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
