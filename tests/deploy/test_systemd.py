"""The units: what systemd itself says of them, and that they fit the product and what the installer lays down."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from alttext_local.cli import app
from alttext_local.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SYSTEMD = ROOT / "deploy/systemd"
UNITS = ("alttext-local.service", "alttext-local-worker.service")
DROP_INS = {
    "nvidia.conf": UNITS,
    "listen.conf": UNITS[:1],
    "reach.conf": UNITS[1:],
}
SETTABLE = {f"ALTTEXT_{name.upper()}" for name in Settings.model_fields}


def analyse(*words, root):
    command = ["systemd-analyze", "--no-pager", f"--root={root}", *words]
    assert shutil.which(command[0]), "systemd-analyze is missing: apt-get install systemd"
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "SYSTEMD_COLORS": "0"}, check=False
    )


@pytest.fixture
def machine(tmp_path):
    """A root with the units, systemd's own, and a program where the installer puts ours."""
    program = tmp_path / "opt/alttext-local/bin/alttext-local"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    units = tmp_path / "etc/systemd/system"
    units.mkdir(parents=True)
    for unit in UNITS:
        shutil.copy(SYSTEMD / unit, units / unit)
    own = next(folder for folder in map(Path, ("/usr/lib/systemd/system", "/lib/systemd/system")) if folder.is_dir())
    shutil.copytree(own, tmp_path / "usr/lib/systemd/system", symlinks=True)
    (tmp_path / "lib").symlink_to("usr/lib")
    return tmp_path


def lines(path):
    """What a unit says, as pairs, in order."""
    rows = [row for row in path.read_text().splitlines() if row and row[0] not in "#["]
    return [tuple(row.split("=", 1)) for row in rows]


def environment(path):
    return dict(value.split("=", 1) for name, value in lines(path) if name == "Environment")


@pytest.mark.parametrize("drop_in", [None, *DROP_INS])
def test_the_units_are_ones(machine, drop_in):
    for unit in DROP_INS.get(drop_in, ()):
        folder = machine / f"etc/systemd/system/{unit}.d"
        folder.mkdir()
        shutil.copy(SYSTEMD / "drop-ins" / drop_in, folder / drop_in)
    said = analyse("verify", "--man=no", *UNITS, root=machine)
    assert (said.returncode, said.stderr) == (0, "")


def test_a_unit_that_is_none_is_found(machine):
    unit = machine / "etc/systemd/system" / UNITS[0]
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSystem=very"))
    assert "protect system" in analyse("verify", "--man=no", *UNITS, root=machine).stderr.lower()


def exposure(said):
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said.stdout)
    assert found, said.stdout + said.stderr
    return float(found[1])


@pytest.mark.parametrize(("unit", "most"), [(UNITS[0], 1.5), (UNITS[1], 1.0)])
def test_little_is_exposed(machine, unit, most):
    assert exposure(analyse("security", "--offline=true", unit, root=machine)) <= most
    (machine / f"etc/systemd/system/{unit}.d").mkdir()
    for drop_in, units in DROP_INS.items():
        if unit in units:
            shutil.copy(SYSTEMD / "drop-ins" / drop_in, machine / f"etc/systemd/system/{unit}.d" / drop_in)
    assert exposure(analyse("security", "--offline=true", unit, root=machine)) <= 2.0


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_starts_a_command_with_settings_that_there_are(unit):
    path = SYSTEMD / unit
    (start,) = (value for name, value in lines(path) if name == "ExecStart")
    program, *words = start.split()
    assert program == "/opt/alttext-local/bin/alttext-local"
    command = get_command(app).commands[words[0]]
    command.make_context(words[0], words[1:])
    assert environment(path).keys() <= SETTABLE
    assert environment(path)["ALTTEXT_MODELS_DIR"] == "/opt/alttext-local/current/models"


def test_the_api_leaves_jobs_to_the_worker_and_time_to_those_in_hand():
    settings = {name: field.default for name, field in Settings.model_fields.items()}
    said = dict(lines(SYSTEMD / UNITS[0]))
    assert environment(SYSTEMD / UNITS[0])["ALTTEXT_WORKER"] == "none"
    assert float(said["TimeoutStopSec"]) > settings["drain_seconds"]
    for unit in UNITS:
        assert dict(lines(SYSTEMD / unit))["KillMode"] == "mixed"


def test_nothing_goes_out_by_itself():
    api, worker = (lines(SYSTEMD / unit) for unit in UNITS)
    assert [value for name, value in api if name == "IPAddressAllow"] == ["localhost"]
    assert ("IPAddressDeny", "any") in api and ("IPAddressDeny", "any") in worker
    assert ("PrivateNetwork", "yes") in worker
    assert not [value for name, value in worker if name == "IPAddressAllow"]


def test_the_example_of_settings_can_be_read(monkeypatch):
    monkeypatch.setenv("ALTTEXT_CONFIG", str(SYSTEMD / "alttext.toml"))
    assert Settings().public_url == "https://alttext.example.org"


def test_the_operators_program_says_how_it_is_used_and_has_the_units_settings():
    script = SYSTEMD / "alttext-local-ctl"
    said = subprocess.run(["sh", script], capture_output=True, text=True, check=False)
    assert said.returncode == 2 and "usage: " in said.stderr
    given = dict(re.findall(r"--setenv=(ALTTEXT_\w+)=(\S+)", script.read_text()))
    own = environment(SYSTEMD / UNITS[1])
    assert given == {name: own[name] for name in given} and len(given) == 3
