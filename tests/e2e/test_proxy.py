"""nginx with the configuration that we give (`deploy/proxy`), in front of a real server."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPSConnection
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-of-the-tests"
V2, V3 = "/cl/alttext/api/v2/", "/cl/alttext/api/v3/"
MIB = 1024 * 1024


def nginx() -> str:
    """The program: the machine's own, or what `scripts/setup.sh` put into the environment."""
    own = [shutil.which("nginx"), shutil.which("nginx", path="/usr/sbin"), Path(sys.executable).parent / "nginx"]
    found = next((str(one) for one in own if one and Path(one).is_file()), None)
    assert found, "nginx is missing: apt-get install nginx, or scripts/setup.sh"
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Proxy:
    """A folder with the example's files, changed only where they name ports and folders."""

    def __init__(self, folder: Path, upstream: int) -> None:
        self.folder, self.port = folder, free_port()
        (folder / "tls").mkdir(parents=True)
        (folder / "log").mkdir()
        given = (ROOT / "deploy/proxy/alttext-local.conf").read_text()
        for old, new in {
            "listen 8443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            "/etc/nginx/alttext-local": str(folder),
            "/var/log/nginx": str(folder / "log"),
        }.items():
            assert old in given
            given = given.replace(old, new)
        (folder / "alttext-local.conf").write_text(given)
        place = (ROOT / "deploy/proxy/upstream.conf").read_text()
        (folder / "upstream.conf").write_text(place.replace("127.0.0.1:8000", f"127.0.0.1:{upstream}"))
        temporary = "".join(
            f"  {kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        root = "user root;\n" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(
            f"{root}daemon off;\nworker_processes 1;\npid {folder}/pid;\nevents {{}}\n"
            f"http {{\n{temporary}  include {folder}/alttext-local.conf;\n}}\n"
        )
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
             "-keyout", folder / "tls/key.pem", "-out", folder / "tls/certificate.pem"],
            check=True, capture_output=True,
        )  # fmt: skip
        self.certificate = str(folder / "tls/certificate.pem")

    def command(self, *more: str) -> list[str]:
        conf = str(self.folder / "nginx.conf")
        return [nginx(), "-p", str(self.folder), "-c", conf, "-e", str(self.folder / "log/start.log"), *more]

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def log(self) -> str:
        return "".join(path.read_text() for path in (self.folder / "log").iterdir())

    @contextmanager
    def running(self) -> Iterator[Proxy]:
        process = subprocess.Popen(self.command())
        try:
            end = time.monotonic() + 20
            while time.monotonic() < end:
                assert process.poll() is None, self.log()
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                        break
                time.sleep(0.05)
            yield self
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def proxy(server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with Proxy(tmp_path_factory.mktemp("nginx") / "etc", server.port).running() as running:
        yield running


def test_nginx_reads_it(tmp_path: Path) -> None:
    said = subprocess.run(Proxy(tmp_path / "etc", 8000).command("-t"), capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert "warn" not in said.stderr


def test_an_image_is_described_through_it(proxy: Proxy, pictures: Path) -> None:
    with (pictures / "chart.png").open("rb") as image:
        answer = requests.post(
            f"{proxy.url}{V2}?secret=nougat", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=120,
            data={"selected_model": "gpt-4o"}, files={"file": image}, verify=proxy.certificate,
        )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert "Visitors" in answer.json()["alt_text"]
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Request-ID"]
    assert not set("/.") & set(answer.headers.get("Server", ""))
    assert f"POST {V2} 200" in proxy.log()
    for word in ("nougat", TOKEN, "Visitors"):
        assert word not in proxy.log()


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/health/ready", "/health/live"])
def test_figures_and_health_are_not_for_those_outside(proxy: Proxy, path: str) -> None:
    answer = requests.get(
        proxy.url + path, headers={"X-Forwarded-For": "127.0.0.1"}, verify=proxy.certificate, timeout=10
    )
    assert answer.status_code == 404
    assert requests.get(f"{proxy.url}/docs", verify=proxy.certificate, timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [(V2, 21 * MIB, 401), (V2, 21 * MIB + 1, 413), (V3, 501 * MIB, 401), (V3, 501 * MIB + 1, 413)],
)
def test_the_door_decides_before_the_body_comes(proxy: Proxy, path: str, size: int, status: int) -> None:
    """Only headers are sent: an answer comes all the same, so nothing waits for an upload that nobody wants."""
    connection = HTTPSConnection(
        "localhost", proxy.port, timeout=20, context=ssl.create_default_context(cafile=proxy.certificate)
    )
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", str(size))
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == status
    assert json.loads(answer.read())["status_code"] == status
    connection.close()


def test_a_server_that_is_away_is_a_503(tmp_path: Path) -> None:
    with Proxy(tmp_path / "etc", free_port()).running() as proxy:
        answer = requests.get(f"{proxy.url}/docs", verify=proxy.certificate, timeout=10)
    assert (answer.status_code, answer.json()["status_code"]) == (503, 503)
