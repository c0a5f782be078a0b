"""The manifests, as kustomize renders them: held to Kubernetes' schemas, and to what may go in and out."""

from __future__ import annotations

import copy
import shutil
import subprocess
from pathlib import Path

import jsonpatch
import kubernetes_validate
import pytest
import yaml
from typer.main import get_command

from alttext_local.cli import app
from alttext_local.settings import Settings

KUBERNETES = Path(__file__).resolve().parents[2] / "deploy/kubernetes"
OVERLAYS = ("cpu", "gpu", "postgres-s3")
VERSIONS = ("1.29", "1.33", "1.37")
SETTABLE = {f"ALTTEXT_{name.upper()}" for name in Settings.model_fields}


def rendered(folder):
    """What kustomize makes of a folder, for the part of its language that is used here."""
    plan = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert plan.keys() <= {"apiVersion", "kind", "resources", "patches"}
    found = []
    for name in plan["resources"]:
        path = (folder / name).resolve()
        found += rendered(path) if path.is_dir() else [one for one in yaml.safe_load_all(path.read_text()) if one]
    for patch in plan.get("patches", ()):
        found = list(filter(None, (patched(one, patch) for one in found)))
    return found


def patched(resource, patch):
    target = patch["target"]
    if resource["kind"] != target["kind"] or target.get("name") not in (None, resource["metadata"]["name"]):
        return resource
    change = yaml.safe_load(patch["patch"])
    if isinstance(change, dict):
        assert change["$patch"] == "delete"
        return None
    return jsonpatch.apply_patch(copy.deepcopy(resource), change)


@pytest.fixture(params=OVERLAYS)
def resources(request):
    return rendered(KUBERNETES / "overlays" / request.param)


def kind(resources, name):
    return [one for one in resources if one["kind"] == name]


def pods(resources):
    return [one["spec"]["template"] for one in kind(resources, "Deployment")]


def chosen(selector, labels):
    assert selector.keys() <= {"matchLabels"}
    return selector.get("matchLabels", {}).items() <= labels.items()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_it_is_what_kustomize_makes(overlay):
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not on this machine; the other tests read the same manifests without it")
    words = ["kubectl", "kustomize", str(KUBERNETES / "overlays" / overlay)]
    made = yaml.safe_load_all(subprocess.run(words, capture_output=True, text=True, check=True).stdout)

    def by_name(some):
        return {(one["kind"], one["metadata"]["name"]): one for one in some}

    assert by_name(made) == by_name(rendered(KUBERNETES / "overlays" / overlay))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_schemas_hold(resources, version):
    for resource in resources:
        kubernetes_validate.validate(resource, version, strict=True)


def test_a_misspelt_field_is_found():
    (api, _) = kind(rendered(KUBERNETES / "base"), "Deployment")
    api["spec"]["template"]["spec"]["containers"][0]["readOnlyRootFileSystem"] = True
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(api, VERSIONS[-1], strict=True)


def test_pods_have_no_rights(resources):
    (namespace,) = kind(resources, "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for pod in pods(resources):
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] and spec["securityContext"]["runAsUser"] > 0
        assert spec["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
        assert spec["automountServiceAccountToken"] is False and spec["enableServiceLinks"] is False
        assert not spec.keys() & {"hostNetwork", "hostPID", "hostIPC", "initContainers"}
        for container in spec["containers"]:
            context = container["securityContext"]
            assert context == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert ":" in container["image"] and not container["image"].endswith(":latest")
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
            assert "memory" in container["resources"]["limits"]
        for volume in spec["volumes"]:
            assert volume.keys() - {"name"} <= {"persistentVolumeClaim", "secret", "emptyDir"}
        claims = {one["metadata"]["name"] for one in kind(resources, "PersistentVolumeClaim")}
        assert {
            v["persistentVolumeClaim"]["claimName"] for v in spec["volumes"] if "persistentVolumeClaim" in v
        } <= claims


def test_everything_of_ours_is_in_our_namespace(resources):
    (namespace,) = kind(resources, "Namespace")
    for one in resources:
        assert one is namespace or one["metadata"]["namespace"] == namespace["metadata"]["name"]


def test_every_pod_is_behind_a_policy_that_lets_nothing_through(resources):
    policies = [one["spec"] for one in kind(resources, "NetworkPolicy")]
    walls = [
        p for p in policies if set(p["policyTypes"]) == {"Ingress", "Egress"} and not p.keys() & {"ingress", "egress"}
    ]
    for pod in pods(resources):
        assert any(chosen(wall["podSelector"], pod["metadata"]["labels"]) for wall in walls)


def doors(resources, way, labels):
    """Peers and ports that policies open for a pod."""
    policies = [one["spec"] for one in kind(resources, "NetworkPolicy")]
    return [door for p in policies if chosen(p["podSelector"], labels) for door in p.get(way, ())]


def test_only_the_proxy_comes_in_and_only_to_the_api(resources):
    (service,) = kind(resources, "Service")
    for pod in pods(resources):
        ways = doors(resources, "ingress", pod["metadata"]["labels"])
        if chosen({"matchLabels": service["spec"]["selector"]}, pod["metadata"]["labels"]):
            ((way,), port) = ways, pod["spec"]["containers"][0]["ports"][0]
            assert way["ports"] == [{"protocol": "TCP", "port": port["containerPort"]}]
            assert all("podSelector" in peer and "namespaceSelector" in peer for peer in way["from"])
            assert [one["targetPort"] for one in service["spec"]["ports"]] == [port["name"]]
        else:
            assert ways == []


@pytest.mark.parametrize(("overlay", "ports"), [("cpu", set()), ("gpu", set()), ("postgres-s3", {53, 5432, 9000})])
def test_what_goes_out_is_named(overlay, ports):
    resources = rendered(KUBERNETES / "overlays" / overlay)
    for pod in pods(resources):
        ways = doors(resources, "egress", pod["metadata"]["labels"])
        assert {port["port"] for way in ways for port in way["ports"]} == ports
        assert all("podSelector" in peer and "namespaceSelector" in peer for way in ways for peer in way["to"])


def test_the_api_has_time_for_those_in_hand_and_is_asked_how_it_is(resources):
    (api,) = (pod["spec"] for pod in pods(resources) if pod["spec"]["containers"][0]["name"] == "api")
    (container,) = api["containers"]
    pause = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert api["terminationGracePeriodSeconds"] > pause + Settings.model_fields["drain_seconds"].default
    assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"


def test_settings_and_commands_are_ours(resources):
    (settings,) = kind(resources, "ConfigMap")
    assert settings["data"].keys() <= SETTABLE
    for pod in pods(resources):
        (container,) = pod["spec"]["containers"]
        get_command(app).commands[container["args"][0]].make_context(container["args"][0], container["args"][1:])
        mounts = {one["mountPath"]: one for one in container["volumeMounts"]}
        assert settings["data"]["ALTTEXT_SECRETS_DIR"] in mounts
        assert {one["name"] for one in mounts.values()} == {one["name"] for one in pod["spec"]["volumes"]}
        assert all(one.get("readOnly") for path, one in mounts.items() if path not in ("/data", "/tmp"))


def test_a_budget_is_for_pods_that_there_are(resources):
    (budget,) = kind(resources, "PodDisruptionBudget")
    assert any(chosen(budget["spec"]["selector"], pod["metadata"]["labels"]) for pod in pods(resources))
