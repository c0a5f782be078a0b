"""`python writes_for_ever.py IMAGE [in-place]`: writes ever new texts into one file until it is killed.

With `in-place` the finished file is copied over the old one instead of taking its place: the variant that the test
must catch.
"""

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from alttext_local.metadata import writer as writing
from alttext_local.metadata.writer import Writer
from tests.metadata.conftest import SAID


def copied(part, path, before, keep_times):
    shutil.copyfile(part, path)


path = Path(sys.argv[1])
if sys.argv[2:] == ["in-place"]:
    writing.replace = copied
with Writer() as writer:
    for number in range(10**9):
        writer.write(path, replace(SAID, alt_text=f"Text {os.getpid()}-{number}"), overwrite=True)
        if number == 0:
            print("begun", flush=True)
