"""What the documents name is there."""

import re
from pathlib import Path

from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def test_every_test_that_a_document_names_exists():
    texts = {path: path.read_text(encoding="utf-8") for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))}
    named = {(path.name, test) for path, text in texts.items() for test in re.findall(r"`(tests/[\w/.]+)`", text)}
    assert len(named) > 15
    assert [(page, test) for page, test in sorted(named) if not (ROOT / test).exists()] == []


def pinned(lock):
    """Name -> version, without what a build adds to it."""
    pairs = re.findall(r"^([\w.-]+)==([^\s+]+)", lock.read_text(encoding="utf-8"), re.M)
    return {canonicalize_name(name): version for name, version in pairs}


def test_the_lock_of_the_bundle_has_all_that_the_product_needs():
    """At the versions that were tested; extras are the bundle's own matter."""
    needed = re.search(r"^dependencies = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.M | re.S)[1]
    tested = pinned(ROOT / "requirements.lock")
    for lock in (ROOT / "scripts" / "bundle" / "locks").glob("*.txt"):
        locked = pinned(lock)
        for name in map(canonicalize_name, re.findall(r'"([A-Za-z0-9_-]+)', needed)):
            assert locked.get(name) == tested[name], (lock.name, name)
