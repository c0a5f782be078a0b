"""One program, run to its end, with what it said where it failed."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path


class Failed(Exception):
    """A program of the build ended badly; the text is what it said last."""


def run(*command: str | Path, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """Its standard output. `Failed` with the end of its words, and its name, where its exit status is not 0."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(words[:6])} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout
