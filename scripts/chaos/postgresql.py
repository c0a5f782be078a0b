"""A PostgreSQL server of our own for a while: in a folder of its own, on a free port of loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self

import psycopg

ACCOUNT = "postgres"


def programs() -> Path | None:
    """The folder with `initdb`, newest version first; None where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4].split(".")[0]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


class PostgresServer:
    """Started by `with`. It refuses to run as root, and then runs as Debian's own account for it."""

    def __enter__(self) -> Self:
        bin_folder = programs()
        if bin_folder is None:
            raise SystemExit("PostgreSQL is not installed: apt-get install postgresql")
        self._bin = bin_folder
        self._folder = Path(tempfile.mkdtemp(prefix="alttext-postgresql-"))
        self._as: dict[str, Any] = {}
        if os.getuid() == 0:
            account = pwd.getpwnam(ACCOUNT)
            os.chown(self._folder, account.pw_uid, account.pw_gid)
            self._as = {"user": ACCOUNT, "group": account.pw_gid, "extra_groups": [], "cwd": self._folder}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._count = 0
        cluster = self._folder / "cluster"
        self._run("initdb", "-D", str(cluster), "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1"
        self._run("pg_ctl", "-D", str(cluster), "-l", str(self._folder / "log"), "-w", "-o", options, "start")
        return self

    def __exit__(self, *_: object) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "cluster"), "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def new_database(self) -> str:
        """The URL of a database that nobody has used."""
        self._count += 1
        name = f"house{self._count}"
        with psycopg.connect(f"postgresql://tests@127.0.0.1:{self._port}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://tests@127.0.0.1:{self._port}/{name}"

    def _run(self, program: str, *words: str) -> None:
        # Into files: the server keeps what it inherits, and a pipe of ours would never come to its end.
        subprocess.run(
            [self._bin / program, *words], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **self._as
        )
