"""A bundle on a bare Debian without a network: `make bundle-proof`, as root, with debootstrap.

Installed, asked by the sample program of the documentation, damaged, interrupted, upgraded and rolled back, for real.
The machine is a fresh `debootstrap --variant=minbase`, the network a namespace that has nothing but loopback.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from scripts.bundle.making import Order, make_bundle
from scripts.bundle.running import run
from scripts.bundle.wheels import Variant

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "bundle"
USER, HOME, PREFIX, PORT = 1000, "/home/reader", "/home/reader/.local/share/alttext-local", 8123
READY_SECONDS = 600
NEW_STEP = '''"""A step that only the proof has."""

import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table("proof_of_upgrade", sa.Column("id", sa.Integer, primary_key=True))
'''


def raised(source: Path, head: str) -> Path:
    """The sources with the version raised, and a step of the schema more."""
    copy = WORK / "proof" / "source"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for name in ("alttext_local", "docs"):
        shutil.copytree(source / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "requirements.lock"):
        shutil.copyfile(source / name, copy / name)
    about = copy / "alttext_local" / "__init__.py"
    about.write_text(re.sub(r'(__version__ = "\d+\.\d+\.)\d+"', r'\g<1>999"', about.read_text("utf-8")), "utf-8")
    steps = copy / "alttext_local" / "store" / "migrations" / "versions"
    (steps / "v9001_proof.py").write_text(NEW_STEP.format(head=head), "utf-8")
    return copy


def order(source: Path) -> Order:
    """What the proof's bundles hold."""
    models = ("alttext-mini-llava", "alttext-mini-blip2")
    return Order(source, ROOT / "models", models, ("eng", "deu"), Variant("cpu"), Path(sys.base_prefix))


class Machine:
    """A bare Debian in a folder, and what was seen on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.seen: list[dict[str, Any]] = []

    def command(self, *words: str, user: int = USER) -> list[str]:
        """A command in it, by a user with nothing in the environment."""
        clean = ["env", "-i", f"HOME={HOME}", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
        return ["chroot", f"--userspec={user}:{user}", str(self.root), *clean, *words]

    def do(self, told: str, *words: str, user: int = USER, code: int = 0, names: str = "") -> str:
        """Run a command; its exit code must be `code`, and its words must have `names` in them."""
        began = time.monotonic()
        done = subprocess.run(self.command(*words, user=user), capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        if done.returncode != code or names not in said:
            raise AssertionError(f"{told}: {done.returncode} instead of {code}, {names!r} wanted in:\n{said[-3000:]}")
        self.saw(told, began, " ".join(words), said.strip().splitlines()[-1:])
        return said

    def saw(self, told: str, began: float, command: str = "", said: Any = None) -> None:
        """Note what was seen and how long it took."""
        self.seen.append(
            {"what": told, "seconds": round(time.monotonic() - began, 1), "command": command, "said": said}
        )
        print(f"{self.seen[-1]['seconds']:>7} s  {told}  {said or ''}", flush=True)

    def current(self) -> str:
        """The version in use."""
        return self.path("current").readlink().name

    def path(self, name: str) -> Path:
        """A file under the prefix."""
        return Path(f"{self.root}{PREFIX}/{name}")

    @contextmanager
    def serving(self, told: str) -> Iterator[Callable[[str], None]]:
        """A server of the version in use; what it gives asks it by the sample program."""
        began = time.monotonic()
        words = self.command(f"{PREFIX}/bin/alttext-local", "serve", "--port", str(PORT))
        with (WORK / "proof" / "server.log").open("ab") as log:
            server = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            while not _answers():
                if server.poll() is not None or time.monotonic() - began > READY_SECONDS:
                    raise AssertionError(f"{told}: the server does not come up; see server.log")
                time.sleep(0.2)
            self.saw(f"{told}: ready", began, "alttext-local serve", self.current())
            yield lambda what: self._ask(f"{told}: {what}")
        finally:
            server.terminate()
            server.wait(120)

    def _ask(self, told: str) -> None:
        began = time.monotonic()
        program = (ROOT / "tests" / "e2e" / "seed_sample.txt").read_text(encoding="utf-8")
        for placeholder, value in (
            ("https://api-genai-dev.learningmate.co", f"http://127.0.0.1:{PORT}"),
            ('image_file_path = "image_file_path"', f"image_file_path = {str(ROOT / 'docs/samples/chart.png')!r}"),
            ("your_token_here", self.path("data/first-token").read_text().strip()),
        ):
            program = program.replace(placeholder, value)
        said = run(sys.executable, "-c", program)
        if not said.startswith("Request successful!") or "Visitors by season" not in said:
            raise AssertionError(f"{told}: {said}")
        self.saw(told, began, "the sample program", re.findall(r"'alt_text': '[^']*'|'cached': \w+", said))


def _answers() -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def nothing_but_loopback(machine: Machine) -> None:
    """What the namespace has: one interface, no way out, no names."""
    began, interfaces = time.monotonic(), [name for _, name in socket.if_nameindex()]
    try:
        socket.create_connection(("192.0.2.1", 80), 3)
    except OSError as error:
        machine.saw("no network", began, "connect 192.0.2.1", [interfaces, os.strerror(error.errno or 0)])
    if interfaces != ["lo"]:
        raise AssertionError(f"There are {interfaces}.")


def first_install(machine: Machine) -> None:
    """The bundle is looked at; packages by root, the product by a user."""
    machine.do("every file looked at", "sh", "/media/a/install", "--check")
    machine.do("Debian packages, by root", "sh", "/media/a/install", "--debian-packages", user=0)
    machine.do("installed, by a user", "sh", "/media/a/install", names="is in use")


def damaged(machine: Machine) -> None:
    """One byte of a wheel is another: refused with its name."""
    wheel = next((machine.root / "media" / "b" / "wheels").glob("pillow-*.whl"))
    with wheel.open("r+b") as stream:
        stream.seek(1000)
        old = stream.read(1)
        stream.seek(1000)
        stream.write(bytes([old[0] ^ 1]))
    machine.do("an altered wheel", "sh", "/media/b/install", code=65, names=f"wheels/{wheel.name}")
    with wheel.open("r+b") as stream:
        stream.seek(1000)
        stream.write(old)


def interrupted(machine: Machine, before: str, ask: Callable[[str], None]) -> None:
    """The installer is killed at several moments, while the server is at work."""
    for marker, wait in (("python", 0.5), ("python/lib/python3*/site-packages/torch", 2), ("models", 0.0)):
        began = time.monotonic()
        installer = subprocess.Popen(
            machine.command("sh", "/media/b/install"), start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while installer.poll() is None and not list(machine.path("versions").glob(f"*.999-*/{marker}")):
            time.sleep(0.02)
        time.sleep(wait)
        os.killpg(installer.pid, 9)
        if installer.wait() != -9 or machine.current() != before:
            raise AssertionError("The installer was not interrupted, or something was switched.")
        machine.saw("installer killed", began, "kill -9", f"when {marker} was there")
        ask("answers after the kill")


def proof(machine: Machine) -> None:
    """All of it, in order."""
    nothing_but_loopback(machine)
    first_install(machine)
    old, tool = machine.current(), f"{PREFIX}/bin/alttext-local-version"
    head = json.loads((machine.root / "media" / "a" / "bundle.json").read_text("utf-8"))["schema"][-1]
    with machine.serving("version A") as ask:
        ask("the sample program")
        damaged(machine)
        interrupted(machine, old, ask)
        machine.do("B beside the running A", "sh", "/media/b/install", code=75, names="It is running")
        ask("answers with B beside it")
    new = next(name for name in machine.do("versions", tool, "list").split() if ".999-" in name)
    machine.do("switched to B", tool, "use", new, names="is in use")
    with machine.serving("version B") as ask:
        ask("the sample program, with A's token")
    expect_schema(machine, "9001")
    machine.do("back to A without its data", tool, "rollback", code=65, names="schema 9001")
    machine.do("back to A", tool, "rollback", "--restore-data", names="is in use")
    if machine.current() != old:
        raise AssertionError(machine.current())
    with machine.serving("version A again") as ask:
        ask("the sample program")
    expect_schema(machine, head)
    machine.do("B is removed", tool, "remove", new)


def expect_schema(machine: Machine, revision: str) -> None:
    """What the database says it is at."""
    with closing(sqlite3.connect(machine.path("data/alttext.sqlite"))) as connection:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    machine.saw("schema", time.monotonic(), said=found)
    if found != revision:
        raise AssertionError(f"The schema is {found}, not {revision}.")


def prepare(base: Path, root: Path, bundles: dict[str, Path]) -> None:
    """A fresh machine with a user, and the bundles as its disks."""
    if not (base / "etc" / "debian_version").is_file():
        run(
            "debootstrap",
            "--variant=minbase",
            (Path("/etc/os-release").read_text().split("VERSION_CODENAME=")[1].split()[0]),
            base,
        )
    shutil.rmtree(root, ignore_errors=True)
    run("cp", "-a", base, root)
    run("chroot", root, "useradd", "--create-home", "--uid", str(USER), "reader")
    for name, bundle in bundles.items():
        run("cp", "-r", bundle, root / "media" / name)


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    inside: Annotated[bool, typer.Option(hidden=True)] = False,
    json_file: Annotated[Path, typer.Option("--json", help="Where what was seen is written.")] = ROOT
    / "docs"
    / "bundle.json",
) -> None:
    """Make two bundles and prove them."""
    machine = Machine(WORK / "proof" / "machine")
    if not inside:
        first = make_bundle(order(ROOT), WORK)
        head = json.loads((first / "bundle.json").read_text("utf-8"))["schema"][-1]
        second = make_bundle(order(raised(ROOT, head)), WORK)
        prepare(WORK / "proof" / "base", machine.root, {"a": first, "b": second})
        again = [sys.executable, "-m", "scripts.bundle.proof", "--inside", "--json", str(json_file)]
        sys.exit(
            subprocess.run(
                ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", *again], cwd=ROOT
            ).returncode
        )
    run("ip", "link", "set", "lo", "up")
    run("mount", "-t", "proc", "proc", machine.root / "proc")
    (machine.root / "dev" / "pts").mkdir(exist_ok=True)
    run("mount", "-t", "devpts", "devpts", machine.root / "dev" / "pts", "-o", "newinstance,ptmxmode=0666")
    run("mount", "-t", "tmpfs", "tmpfs", machine.root / "dev" / "shm")
    proof(machine)
    json_file.write_text(json.dumps(machine.seen, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    app()
