"""`python -m scripts.prove_offline`: the tour in a namespace with loopback alone, traced, and the negative control.

Needs strace, and either root or user namespaces. Exit code 1 where anything went out, or where what was planted
was not seen; 69 where this machine does not let a process be traced or a namespace be made.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from scripts.prove_offline import plant
from scripts.prove_offline.report import Proof, write_report
from scripts.prove_offline.trace import CALLS, Findings, read_trace

ROOT = Path(__file__).resolve().parents[2]
CANNOT = 69
LOOPBACK_UP = 'ip link set lo up || exit 70; exec "$@"'


class CannotProve(Exception):
    """What this machine does not have or does not allow."""


def traced(words: list[str], trace: Path, **more: str) -> Findings:
    """Run a command in a namespace of its own, loopback up, under strace; what its system calls tell.

    `CannotProve` where there is no strace, no namespace, or no leave to trace; `CalledProcessError` where the command
    failed.
    """
    if shutil.which("strace") is None or shutil.which("unshare") is None or shutil.which("ip") is None:
        raise CannotProve("strace, unshare (util-linux) and ip (iproute2) are needed: apt-get install strace iproute2")
    namespace = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    probe = subprocess.run(
        [*namespace, "sh", "-c", LOOPBACK_UP, "sh", "strace", "-f", "true"], capture_output=True, check=False
    )
    if probe.returncode:
        raise CannotProve(f"No namespace, or no leave to trace: {probe.stderr.decode(errors='replace').strip()[-300:]}")
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", str(trace)]
    command = [*namespace, "sh", "-c", LOOPBACK_UP, "sh", *strace, *words]
    subprocess.run(command, check=True, cwd=ROOT, env={**environment, "PYTHONPATH": str(ROOT), **more})
    with trace.open(encoding="utf-8", errors="replace") as lines:
        return read_trace(lines)


def prove(folder: Path, images: int, bulk: int) -> Proof:
    """The tour and the control. Raises what `traced` does."""
    begun = datetime.now(UTC)
    tour = traced(
        [sys.executable, "-m", "scripts.prove_offline.tour", str(folder), str(images), str(bulk)], folder / "tour.trace"
    )
    planted = {
        what: traced([sys.executable, plant.__file__, what], folder / f"{what}.trace")
        for what in ("connect", "look-up")
    }
    did = json.loads((folder / "tour.json").read_text())
    return Proof(begun, datetime.now(UTC), did, tour, planted)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--bulk", type=int, default=40)
    parser.add_argument("--markdown", type=Path, help="write the report there, as docs/OFFLINE.md")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="alttext-offline-") as folder:
        try:
            proof = prove(Path(folder), wanted.images, wanted.bulk)
        except CannotProve as error:
            print(error, file=sys.stderr)
            return CANNOT
    text = write_report(proof)
    if wanted.markdown:
        wanted.markdown.write_text(text, encoding="utf-8")
    print(text)
    return 0 if proof.holds else 1


if __name__ == "__main__":
    sys.exit(main())
