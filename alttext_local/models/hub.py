"""The one program of the house that goes out: fetches the files of a model from a hub or its mirror.

It runs as a process of its own (`python -m alttext_local.models.hub`), for which alone the switch that keeps the hub's
library offline is lifted; telemetry stays off. It is not guarded (`outbound`) as every other process is: a hub or its
mirror sends on to hosts that nobody can name beforehand. What comes is held against the hub's digests.

A task comes as a line of JSON, and lines of JSON go back: what is announced, how far it is, or why it failed. Bytes
that have come are kept: the next run goes on behind them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alttext_local.errors import AltTextError, HubFailed
from alttext_local.models.contents import check_names, takes
from alttext_local.models.hashing import git_name_of, sha256_of
from alttext_local.offline import let_hub_ask

COMMIT = re.compile(r"[0-9a-f]{40}")
SHA256 = re.compile(r"[0-9a-f]{64}")
TRIES = 5
"""Failures in a row without a byte, until it is given up."""
LONGEST_PAUSE = 20.0
NOT_OURS = (401, 403)
TRY_AGAIN = (408, 416, 429, 500, 502, 503, 504)
Say = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class Remote:
    """One file as the hub announces it. `digest` is a SHA-256, or (40 digits) git's name for it."""

    name: str
    url: str
    size: int
    digest: str


class Passing(Exception):
    """A failure that may have passed at the next try."""


def fetch(repo: str, revision: str, folder: Path, say: Say) -> None:
    """Fetch what belongs to a model into `folder/<commit>`. `HubFailed` or `UnsafeModel` say why not."""
    commit, remotes, about = announced(repo, revision)
    target = folder / commit
    for other in folder.iterdir() if folder.is_dir() else ():
        if other != target:
            shutil.rmtree(other)
    here = sum(_bytes_here(target / remote.name) for remote in remotes)
    size = sum(remote.size for remote in remotes)
    say({"commit": commit, "size": size, "here": here, **about})
    clock = _Clock(say, here)
    for remote in remotes:
        path = target / remote.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file():
            _fetch_one(remote, path, clock)
    clock.tell("")
    say({"done": True})


def announced(repo: str, revision: str) -> tuple[str, list[Remote], dict[str, Any]]:
    """The commit behind a revision, the files that belong to the model, and what else is said of it."""
    import httpx2
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        info = HfApi(token=_token()).model_info(repo, revision=revision, files_metadata=True, timeout=30)
        commit = str(info.sha)
        if not COMMIT.fullmatch(commit) or (COMMIT.fullmatch(revision) and commit != revision):
            raise HubFailed(f"The hub answers with another commit of {repo} than it was asked for.")
        siblings = [sibling for sibling in info.siblings or [] if takes(sibling.rfilename)]
        check_names(sibling.rfilename for sibling in siblings)
        remotes = [_remote(repo, commit, sibling) for sibling in siblings]
    except HFValidationError as error:
        raise HubFailed(f"{repo} is no name of a model on a hub.") from error
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        raise HubFailed(_refusal(repo, revision, status)) from error
    except (httpx2.HTTPError, OSError) as error:
        raise HubFailed(f"The hub cannot be reached ({type(error).__name__}).") from error
    if not any(remote.name.endswith(".safetensors") for remote in remotes):
        raise HubFailed(f"{repo} has no weights in safetensors format at this commit; pickles are never fetched.")
    passed = sorted(s.rfilename for s in info.siblings or [] if not takes(s.rfilename))
    licence = getattr(info.card_data, "license", None) or ""
    return commit, remotes, {"passed": passed, "licence": str(licence)}


def _remote(repo: str, commit: str, sibling: Any) -> Remote:
    """A file with its size and digest: as the list says, or where a mirror's list does not, as its headers say."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    url = hf_hub_url(repo, sibling.rfilename, revision=commit)
    size = sibling.lfs.size if sibling.lfs else sibling.size
    digest = sibling.lfs.sha256 if sibling.lfs else sibling.blob_id
    if size is None or not digest:
        head = get_hf_file_metadata(url, token=_token())
        size, digest = head.size, head.etag
    if size is None or not (SHA256.fullmatch(str(digest)) or COMMIT.fullmatch(str(digest))):
        raise HubFailed(f"The hub says of {sibling.rfilename} neither size nor hash, so that it cannot be checked.")
    return Remote(sibling.rfilename, url, int(size), str(digest))


def _fetch_one(remote: Remote, path: Path, clock: _Clock) -> None:
    part = _part_of(path)
    failures = 0
    while (have := _bytes_here(path)) != remote.size or not part.is_file():
        if have > remote.size:
            clock.done -= have
            part.unlink()
            continue
        try:
            _go_on(remote, part, have, clock)
        except Passing as error:
            failures = failures + 1 if _bytes_here(path) <= have else 1
            if failures >= TRIES:
                raise HubFailed(f"{remote.name}: {error}") from error
            time.sleep(min(0.5 * 2**failures, LONGEST_PAUSE))
    digest = sha256_of(part) if len(remote.digest) == 64 else git_name_of(part)
    if digest != remote.digest:
        part.unlink()
        raise HubFailed(f"{remote.name} is not what the hub announced: its hash is another one.")
    part.replace(path)


def _go_on(remote: Remote, part: Path, have: int, clock: _Clock) -> None:
    """Ask for the bytes that lack, and append them as they come. `Passing` where they stop coming."""
    import httpx2
    from huggingface_hub import get_session

    headers = {"Accept-Encoding": "identity"}
    if token := _token():
        headers["Authorization"] = f"Bearer {token}"
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        with get_session().stream("GET", remote.url, headers=headers, follow_redirects=True, timeout=30) as answer:
            _check_answer(remote, answer.status_code)
            goes_on = answer.status_code == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
            if have and not goes_on:
                clock.done -= have
                have = 0
            with part.open("ab" if have else "wb", buffering=0) as stream:
                for chunk in answer.iter_raw():
                    have += len(chunk)
                    if have > remote.size:
                        raise HubFailed(f"{remote.name} is longer than the hub announced.")
                    stream.write(chunk)
                    clock.add(remote.name, len(chunk))
    except httpx2.TransportError as error:
        raise Passing(f"the connection broke ({type(error).__name__}).") from error
    if have < remote.size:
        raise Passing("the answer ended early.")


def _check_answer(remote: Remote, status: int) -> None:
    if status in TRY_AGAIN:
        raise Passing(f"the hub answers {status}.")
    if status not in (200, 206):
        raise HubFailed(f"{remote.name}: the hub answers {status}.")


def _refusal(repo: str, revision: str, status: int) -> str:
    if status in NOT_OURS:
        return f"{repo} may not be read: its terms may have to be accepted, and HF_TOKEN be set to a token that may."
    if status == 404:
        return f"There is no {repo} with the revision {revision} there, or it may not be read without HF_TOKEN."
    return f"The hub answers {status or 'nothing'}."


def _token() -> str | bool:
    """Only what was given for this: no token that lies on the disk."""
    return os.environ.get("HF_TOKEN") or False


def _part_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _bytes_here(path: Path) -> int:
    for candidate in (path, _part_of(path)):
        if candidate.is_file():
            return candidate.stat().st_size
    return 0


class _Clock:
    """Says how far it is, a few times a second."""

    def __init__(self, say: Say, done: int) -> None:
        self._say = say
        self._told = 0.0
        self.done = done

    def add(self, name: str, size: int) -> None:
        self.done += size
        if time.monotonic() - self._told > 0.2:
            self.tell(name)

    def tell(self, name: str) -> None:
        self._told = time.monotonic()
        self._say({"file": name, "here": self.done})


def main() -> None:
    """Do the task that stands in the first line of standard input."""
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    let_hub_ask()
    task = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def say(line: Mapping[str, Any]) -> None:
        print(json.dumps(line), flush=True)

    try:
        fetch(task["repo"], task["revision"], Path(task["folder"]), say)
    except AltTextError as error:
        say({"failed": error.code, "detail": error.detail})
    except BrokenPipeError:
        os._exit(1)  # whom it told of its progress is gone
    except OSError as error:
        say({"failed": "cannot_install", "detail": f"A file cannot be written ({error.strerror})."})


def _end_with_parent() -> None:
    """Standard input stays open as long as who asked lives: two programs must not write one file."""
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    main()
