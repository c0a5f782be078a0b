"""The image and the compositions: looked at, since no container engine is there in a test."""

from __future__ import annotations

import json
import re
import shlex
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import yaml
from typer.main import get_command

from alttext_local.cli import app
from alttext_local.offline import SWITCHES
from alttext_local.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "deploy/docker"
COMPOSE = sorted(DOCKER.glob("compose*.yaml"))
SETTABLE = {f"ALTTEXT_{name.upper()}" for name in Settings.model_fields}


class Reader(yaml.SafeLoader):
    """YAML with the tag by which a later file takes something of an earlier one away."""


RESET = object()
Reader.add_constructor("!reset", lambda loader, node: RESET)


def read(path):
    """A composition; of what is reset nothing is left."""

    def kept(value):
        if isinstance(value, dict):
            return {name: kept(one) for name, one in value.items() if one is not RESET}
        return value

    return kept(yaml.load(path.read_text(), Reader))


@pytest.fixture(scope="module")
def stages():
    """The stages of the Dockerfile, each a list of instructions."""
    text = "\n".join(line for line in (DOCKER / "Dockerfile").read_text().splitlines() if not line.startswith("#"))
    found = []
    for line in filter(str.strip, text.replace("\\\n", " ").splitlines()):
        word, rest = line.split(None, 1)
        if word == "FROM" or not found:
            found.append([])
        found[-1].append((word, rest.strip()))
    return found[1:]


def said(stage, word):
    return [rest for name, rest in stage if name == word]


def variables(stage):
    return dict(pair.split("=", 1) for rest in said(stage, "ENV") for pair in shlex.split(rest))


def test_the_base_has_a_version(stages):
    for stage in stages:
        base = said(stage, "FROM")[0].split()[0]
        assert base == "python:${PYTHON}-slim-${DEBIAN}"
    text = (DOCKER / "Dockerfile").read_text()
    assert re.search(r"^ARG PYTHON=3\.11\.\d+$", text, re.MULTILINE)
    assert (ROOT / "scripts/bundle/locks/cpu-cp311-linux_x86_64.txt").is_file()


def test_what_is_copied_is_there_and_nothing_is_fetched_by_add(stages):
    known = set()
    for stage in stages:
        assert not said(stage, "ADD")
        for rest in said(stage, "COPY"):
            *sources, _ = rest.split()
            if sources[0].startswith("--from="):
                assert sources[0].removeprefix("--from=") in known
                continue
            for source in sources:
                assert (ROOT / source).exists(), source
                assert sent(source.rstrip("/")), f".dockerignore leaves {source} out"
        known.update(said(stage, "FROM")[0].split(" AS ")[1:])


def sent(path):
    """Whether `.dockerignore` lets a path through: the last line that fits it, or a folder it is in, counts."""
    folders = [Path(*Path(path).parts[: end + 1]) for end in range(len(Path(path).parts))]
    verdict = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = Path(line.lstrip("!"))
        depth = len(pattern.parts)
        if line and line[0] != "#" and any(f.match(str(pattern)) and len(f.parts) == depth for f in folders):
            verdict = line.startswith("!")
    return verdict


def test_nothing_private_is_sent_to_the_builder():
    for path in (
        "data/alttext.sqlite",
        "models/installed/a.toml",
        "models/site.toml",
        "deploy/docker/secrets/x",
        ".git",
    ):
        assert not sent(path), path


def test_wheels_are_locked(stages):
    installs = [
        part for stage in stages for run in said(stage, "RUN") for part in run.split("&&") if "pip install" in part
    ]
    assert len(installs) == 2
    assert all("--require-hashes" in part or "--no-index" in part for part in installs)
    assert all("--no-deps" in part for part in installs)


def test_the_image_is_nobodys_root_and_looks_at_its_own_health(stages):
    last = stages[-1]
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", said(last, "USER")[-1])
    order = [word for word, _ in last]
    assert not {"RUN", "COPY"} & set(order[order.index("USER") :])
    assert "/health/ready" in said(last, "HEALTHCHECK")[0]
    assert json.loads(said(last, "ENTRYPOINT")[0]) == ["tini", "--", "alttext-local"]
    for words in (json.loads(said(last, "CMD")[0]), ["worker"]):
        get_command(app).commands[words[0]].make_context(words[0], words[1:])


def test_the_images_settings_are_ours(stages):
    given = variables(stages[-1])
    assert {name for name in given if name.startswith("ALTTEXT_")} <= SETTABLE
    assert {name: given[name] for name in SWITCHES if name in given}.items() <= SWITCHES.items()
    assert given["HF_HUB_OFFLINE"] == "1"
    assert given["ALTTEXT_FIRST_TOKEN"] == "file"


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_a_composition_is_one(path):
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    jsonschema.validate(read(path), schema)
    for service in read(path)["services"].values():
        assert {name for name in service.get("environment", {}) if name.startswith("ALTTEXT_")} <= SETTABLE
        for secret in service.get("secrets", ()):
            assert secret.upper() in SETTABLE


def test_services_have_no_rights_and_write_nowhere_but_their_data():
    for service in read(DOCKER / "compose.yaml")["services"].values():
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not service["user"].startswith("0") and "privileged" not in service
        assert all(":ro" in one for one in service["volumes"] if not one.startswith("data:"))


def test_only_the_proxy_has_a_way_out():
    whole = read(DOCKER / "compose.yaml")
    services, networks = whole["services"], whole["networks"]
    assert networks["inside"]["internal"] is True
    assert services["api"]["networks"] == ["inside"] and "ports" not in services["api"]
    assert services["worker"]["network_mode"] == "none"
    assert set(services["proxy"]["networks"]) == {"inside", "outside"}
    over = read(DOCKER / "compose.postgres-s3.yaml")
    assert {name for one in over["services"].values() for name in one["networks"]} == {"stores"}


def test_the_api_has_time_for_those_in_hand():
    services = read(DOCKER / "compose.yaml")["services"]
    assert int(services["api"]["stop_grace_period"].removesuffix("s")) > Settings.model_fields["drain_seconds"].default
    assert services["api"]["environment"]["ALTTEXT_WORKER"] == "none"


def test_mounted_files_of_the_repository_are_there():
    for service in read(DOCKER / "compose.yaml")["services"].values():
        for one in service["volumes"]:
            source = one.split(":")[0]
            if source.endswith(".conf"):
                assert (DOCKER / source).is_file()
