"""The command line of the installer and of `alttext-local-version`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from .disk import Refused, say
from .installing import install
from .versions import Place, alone, remove, roll_back, tell, use


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="alttext-local-version", description="Versions of alttext-local on this machine."
    )
    parser.add_argument("--prefix", type=Path, required=True, help=argparse.SUPPRESS)
    tasks = parser.add_subparsers(dest="task", required=True, metavar="list | use | rollback | remove")
    tasks.add_parser("list", help="What is installed.")
    for task, told in (("use", "Put a version in use."), ("rollback", "Put the one before in use again.")):
        some = tasks.add_parser(task, help=told)
        if task == "use":
            some.add_argument("name")
        some.add_argument(
            "--restore-data", action="store_true", help="Put back a backup where the version cannot read the data."
        )
    tasks.add_parser("remove", help="Remove a version that is not in use.").add_argument("name")
    bundle = tasks.add_parser("install")
    bundle.add_argument("--bundle", type=Path, required=True)
    bundle.add_argument("--unpacked", type=Path, required=True)
    bundle.add_argument("--no-switch", action="store_true")
    bundle.add_argument("--restore-data", action="store_true")
    return parser.parse_args()


def do(place: Place, given: argparse.Namespace) -> None:
    """What was asked for."""
    if given.task == "install":
        name = install(place, given.bundle, given.unpacked)
        if not given.no_switch:
            use(place, name, given.restore_data)
    elif given.task == "use":
        use(place, given.name, given.restore_data)
    elif given.task == "rollback":
        roll_back(place, given.restore_data)
    elif given.task == "remove":
        remove(place, given.name)
    else:
        tell(place)


def main() -> None:
    """Do it alone, or say in a sentence why not."""
    given = arguments()
    prefix = given.prefix.resolve()
    place = Place(prefix, Path(os.environ.get("ALTTEXT_DATA_DIR") or prefix / "data").resolve())
    try:
        with alone(place):
            do(place, given)
    except Refused as refused:
        say(f"Refused: {refused}")
        sys.exit(refused.code)


if __name__ == "__main__":
    main()
