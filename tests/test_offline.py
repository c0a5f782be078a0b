import os
import subprocess
import sys

from alttext_local.offline import DETOURS, SWITCHES


def run(program, **environment):
    kept = {name: value for name, value in os.environ.items() if name not in SWITCHES and name != "CI"}
    done = subprocess.run(
        [sys.executable, "-c", program], env={**kept, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_every_switch_is_set_before_anything_else_can_be_imported():
    program = "import alttext_local, os, json; print(json.dumps(dict(os.environ)))"
    import json

    there = json.loads(run(program, HF_HUB_OFFLINE="0", RAY_USAGE_STATS_ENABLED="1"))
    assert {name: there[name] for name in SWITCHES} == dict(SWITCHES)


def test_the_hub_library_reads_what_was_set():
    program = "import alttext_local; from huggingface_hub import constants as c; print(c.HF_HUB_OFFLINE, "
    program += "c.HF_HUB_DISABLE_TELEMETRY, c.HF_HUB_DISABLE_XET, c.HF_HUB_DISABLE_UPDATE_CHECK)"
    assert run(program) == "True True True True"


def test_a_module_that_only_reports_cannot_be_imported():
    program = """
import alttext_local
try:
    import openvino_telemetry
except ImportError:
    print("stub")
"""
    assert run(program) == "stub"


def test_detours_are_closed_for_children_too():
    program = """
import os, subprocess, sys
from alttext_local.offline import close_detours
print(sorted(close_detours()))
print(subprocess.run(["env"], capture_output=True, text=True).stdout.count("elsewhere"))
"""
    closed, left = run(program, HTTPS_PROXY="http://elsewhere", PGHOST="elsewhere").splitlines()
    assert (closed, left) == ("['HTTPS_PROXY', 'PGHOST']", "0")
    assert {"HTTPS_PROXY", "PGHOST"} <= set(DETOURS)


def test_only_pulling_lets_the_hub_ask():
    for first in ("", "import huggingface_hub.constants;"):
        program = f"import alttext_local; {first} from alttext_local.outbound import OUTBOUND, allow_pulling;"
        program += "allow_pulling(['hub.example', '.cdn.example']);"
        program += "from huggingface_hub import constants as c; print(c.HF_HUB_OFFLINE)"
        assert run(program) == "False"
