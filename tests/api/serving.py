"""Serves the small house in a process of its own: FOLDER [SETTING=VALUE...].

With `hold=yes` it writes the file `held` when it has a picture in hand, and answers when there is a file `go`.
"""

import importlib.util
import sys
import time
from pathlib import Path

from alttext_local.api.server import serve
from alttext_local.log import configure_logging

spec = importlib.util.spec_from_file_location("api_test_house", Path(__file__).with_name("house.py"))
parts = importlib.util.module_from_spec(spec)
sys.modules["api_test_house"] = parts
spec.loader.exec_module(parts)


class FileGate:
    """Like an event, but opened by a file."""

    def __init__(self, folder):
        self.folder = folder

    def wait(self, _):
        (self.folder / "held").touch()
        while not (self.folder / "go").exists():
            time.sleep(0.02)


if __name__ == "__main__":
    given = dict(pair.split("=") for pair in sys.argv[2:])
    hold = given.pop("hold", "no") == "yes"
    configure_logging("info")
    folder = Path(sys.argv[1])
    house = parts.build(folder, **given)
    if hold:
        house.describer.gate = FileGate(folder)
    serve(house, "127.0.0.1", 0)
    print("closed", house.closed)
