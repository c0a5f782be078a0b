"""A mirror of a hub on a loopback port: what huggingface_hub asks for, as a hub answers it."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from alttext_local.models.hashing import git_name_of, sha256_of


@dataclass
class Repo:
    """A folder under a name. Large files lie in LFS: their hash is a SHA-256."""

    folder: Path
    licence: str = "apache-2.0"

    @property
    def commit(self) -> str:
        parts = [f"{name} {git_name_of(self.folder / name)}" for name in self.names()]
        return hashlib.sha1("\n".join(parts).encode(), usedforsecurity=False).hexdigest()

    def names(self) -> list[str]:
        return sorted(str(p.relative_to(self.folder)) for p in self.folder.rglob("*") if p.is_file())

    def etag(self, name: str) -> str:
        path = self.folder / name
        return sha256_of(path) if name.endswith((".safetensors", ".bin")) else git_name_of(path)

    def sibling(self, name: str, blobs: bool) -> dict:
        path, size = self.folder / name, (self.folder / name).stat().st_size
        said: dict = {"rfilename": name}
        if blobs:
            said |= {"size": size, "blobId": git_name_of(path)}
            if len(self.etag(name)) == 64:
                said["lfs"] = {"sha256": self.etag(name), "size": size, "pointerSize": 134}
        return said


@dataclass
class Mirror:
    """What it has, how it misbehaves, and what it was asked."""

    repos: dict[str, Repo] = field(default_factory=dict)
    url: str = ""
    blobs: bool = True
    """Whether its lists say sizes and hashes; else only the headers of files do."""
    ranges: bool = True
    token: str = ""
    stall: dict[str, int] = field(default_factory=dict)
    """After so many bytes of a file nothing more comes, till it is taken out."""
    breaks: dict[str, int] = field(default_factory=dict)
    """After so many bytes of a file the connection is closed, once."""
    altered: dict[str, bytes] = field(default_factory=dict)
    cdn: str = ""
    """Where large files are sent for, as hubs do."""
    trusted: list[str] = field(default_factory=list)
    """The tokens that came along."""
    dropped: threading.Event = field(default_factory=threading.Event)
    """Set when somebody who was stalled has gone."""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path, and the range that was wished."""
    sent: dict[str, int] = field(default_factory=dict)
    """Bytes of each file."""
    agents: set[str] = field(default_factory=set)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    mirror: Mirror

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.mirror.asked.append((self.command, path, self.headers.get("Range", "")))
        self.mirror.agents.add(self.headers.get("User-Agent", ""))
        self.mirror.trusted.append(self.headers.get("Authorization", ""))
        if self.mirror.token and self.headers.get("Authorization") != f"Bearer {self.mirror.token}":
            return self._say(401, {"error": "Unauthorized"})
        if listing := re.fullmatch(r"/api/models/([^/]+/[^/]+)/revision/(.+)", path):
            return self._list(*listing.groups())
        if file := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            return self._file(*file.groups())
        return self._say(404, {"error": "Not found"})

    def _list(self, name: str, revision: str) -> None:
        repo = self.mirror.repos.get(name)
        if repo is None or revision not in ("main", repo.commit):
            return self._say(404, {"error": "Revision Not Found"})
        blobs = self.mirror.blobs and "blobs=" in self.path
        siblings = [repo.sibling(each, blobs) for each in repo.names()]
        said = {"id": name, "sha": repo.commit, "siblings": siblings, "cardData": {"license": repo.licence}}
        return self._say(200, said)

    def _file(self, name: str, revision: str, file: str) -> None:
        repo = self.mirror.repos.get(name)
        if repo is None or revision != repo.commit or file not in repo.names():
            return self._say(404, {"error": "Entry Not Found"})
        if self.mirror.cdn and len(repo.etag(file)) == 64:
            return self._send_elsewhere(repo, file)
        data = self.mirror.altered.get(file, (repo.folder / file).read_bytes())
        wished = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(wished[1]) if wished and self.mirror.ranges else 0
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{repo.etag(file)}"')
        self.send_header("X-Repo-Commit", repo.commit)
        self.send_header("Accept-Ranges", "bytes")
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if self.command == "GET":
            self._send(file, data, start)
        return None

    def _send_elsewhere(self, repo: Repo, file: str) -> None:
        self.send_response(302)
        self.send_header("Location", self.mirror.cdn + self.path)
        self.send_header("X-Linked-ETag", f'"{repo.etag(file)}"')
        self.send_header("X-Linked-Size", str((repo.folder / file).stat().st_size))
        self.send_header("X-Repo-Commit", repo.commit)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, file: str, data: bytes, start: int) -> None:
        until = self.mirror.stall.get(file) or self.mirror.breaks.pop(file, 0) or len(data)
        part = data[start:until]
        try:
            self.wfile.write(part)
            self.wfile.flush()
            self.mirror.sent[file] = self.mirror.sent.get(file, 0) + len(part)
            if file in self.mirror.stall:
                self.rfile.read(1)  # till the other side is gone
                self.mirror.dropped.set()
        except ConnectionError:
            self.mirror.dropped.set()
        if until < len(data):
            self.close_connection = True

    def _say(self, status: int, content: dict) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@contextmanager
def mirrored(**repos: Path) -> Iterator[Mirror]:
    """A mirror of folders, as `org/<name>`."""
    mirror = Mirror({f"org/{name}": Repo(folder) for name, folder in repos.items()})
    handler = type("Of", (Handler,), {"mirror": mirror})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        mirror.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield mirror
        finally:
            server.shutdown()
            thread.join()
