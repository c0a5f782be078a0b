"""The proof in its short form: the whole product at work in a namespace with loopback alone, every call traced."""

import subprocess
import sys

import pytest

from scripts.prove_offline.__main__ import CannotProve, prove, traced
from scripts.prove_offline.report import write_report


@pytest.fixture(scope="module")
def proof(tmp_path_factory):
    try:
        return prove(tmp_path_factory.mktemp("offline"), images=6, bulk=3)
    except CannotProve as error:
        pytest.fail(f"That nothing goes out cannot be proved on this machine. {error}")


def test_nothing_goes_out(proof):
    assert proof.did["single images, each with OCR and a description"] == 6
    assert proof.did["of them with text that OCR read"] == 6
    assert proof.did["images of a bulk job"] == 3
    assert proof.tour.loopback > 20
    assert (proof.tour.beyond, proof.tour.lookups, proof.tour.rings) == ([], [], 0)


def test_what_is_planted_is_caught(proof):
    assert proof.planted["connect"].beyond == ["connect [192.0.2.1]:443"]
    assert proof.planted["look-up"].lookups
    assert proof.holds


def test_the_report_says_what_was_counted(proof):
    report = write_report(proof)
    assert "**The result: nothing went out.**" in report
    assert "| a connect | yes: connect [192.0.2.1]:443 |" in report


def test_the_guard_stops_a_connection_before_the_system_is_asked(tmp_path):
    program = """
import socket
from alttext_local.outbound import OUTBOUND
OUTBOUND.guard()
for attempt in (lambda: socket.create_connection(("192.0.2.1", 443)), lambda: socket.getaddrinfo("planted.invalid", 1),
                lambda: socket.socket().connect(("planted.invalid", 443))):
    try:
        attempt()
    except PermissionError:
        print("refused")
"""
    assert traced([sys.executable, "-c", program], tmp_path / "guarded").clean
    unguarded = program.replace("OUTBOUND.guard()", "").replace("except PermissionError", "except OSError")
    found = traced([sys.executable, "-c", unguarded], tmp_path / "unguarded")
    assert found.beyond
    assert found.lookups


def test_a_command_that_fails_proves_nothing(tmp_path):
    with pytest.raises(subprocess.CalledProcessError):
        traced([sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "trace")
