"""What the installer's shell script refuses, on real files, with the real `sha256sum` and `ssh-keygen`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from scripts.bundle.checksums import files_of, sign, write_checksums

REFUSED = 65
WHEEL = "wheels/one-1.0-py3-none-any.whl"


def check(bundle: Path, *words: str, code: int = 0) -> str:
    done = subprocess.run(
        ["sh", bundle / "install", "--check", *words], capture_output=True, text=True, timeout=60, cwd="/"
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Path]:
    """Two private keys, and a file of signers with the first of them."""
    made = {name: tmp_path / name for name in ("house", "stranger")}
    for name, path in made.items():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path], check=True)
    signers = tmp_path / "signers"
    signers.write_text(f"releases@example.org {made['house'].with_suffix('.pub').read_text()}")
    return {**made, "signers": signers}


def test_a_whole_bundle_passes_and_a_signature_is_not_needed(bundle: Path) -> None:
    assert "4 files are what SHA256SUMS names." in check(bundle)


def test_an_altered_file_is_refused_with_its_name(bundle: Path) -> None:
    for name in (WHEEL, "models/m/model.safetensors"):
        path = bundle / name
        was = path.read_bytes()
        path.write_bytes(was[:100] + bytes([was[100] ^ 1]) + was[101:])
        said = check(bundle, code=REFUSED)
        assert f"altered or damaged: {name}" in said
        path.write_bytes(was)
    check(bundle)


def test_a_missing_and_a_foreign_file_are_refused_with_their_names(bundle: Path) -> None:
    (bundle / WHEEL).rename(bundle / "wheels" / "evil-1.0-py3-none-any.whl")
    assert f"missing: {WHEEL}" in check(bundle, code=REFUSED)
    (bundle / WHEEL).write_bytes((bundle / "wheels" / "evil-1.0-py3-none-any.whl").read_bytes())
    assert "not of this bundle: wheels/evil-1.0-py3-none-any.whl" in check(bundle, code=REFUSED)


def test_a_link_is_refused(bundle: Path) -> None:
    (bundle / "wheels" / "more").symlink_to("/etc")
    assert "./wheels/more" in check(bundle, code=REFUSED)
    with pytest.raises(ValueError, match="wheels/more"):
        files_of(bundle)


def test_checksums_that_are_cut_or_no_checksums_are_refused(bundle: Path) -> None:
    sums = bundle / "SHA256SUMS"
    whole = sums.read_text()
    sums.write_text("\n".join(whole.splitlines()[:-1]) + "\n")
    assert "not of this bundle" in check(bundle, code=REFUSED)
    sums.write_text(whole.replace(whole[:64], "0" * 63 + "x", 1))
    assert "altered or damaged" in check(bundle, code=REFUSED)
    sums.write_text("")
    assert "SHA256SUMS is empty" in check(bundle, code=REFUSED)
    sums.unlink()
    assert "SHA256SUMS is missing" in check(bundle, code=REFUSED)


def test_a_signature_says_who_and_holds_the_checksums(bundle: Path, keys: dict[str, Path]) -> None:
    sign(bundle, keys["house"])
    said = check(bundle, "--signers", str(keys["signers"]))
    assert "Signed by releases@example.org." in said and "4 files" in said
    (bundle / WHEEL).write_bytes(b"malice")
    write_before = (bundle / "SHA256SUMS.sig").read_bytes()
    write_checksums(bundle)  # whoever means harm writes new ones
    (bundle / "SHA256SUMS.sig").write_bytes(write_before)
    check(bundle)
    assert "not what releases@example.org signed" in check(bundle, "--signers", str(keys["signers"]), code=REFUSED)


def test_where_signers_are_named_a_stranger_and_nobody_are_refused(bundle: Path, keys: dict[str, Path]) -> None:
    assert "not signed" in check(bundle, "--signers", str(keys["signers"]), code=REFUSED)
    sign(bundle, keys["stranger"])
    assert "not by anybody" in check(bundle, "--signers", str(keys["signers"]), code=REFUSED)


def test_a_refused_bundle_leaves_the_prefix_untouched(bundle: Path, tmp_path: Path) -> None:
    (bundle / WHEEL).write_bytes(b"other")
    prefix = tmp_path / "prefix"
    done = subprocess.run(["sh", bundle / "install", "--prefix", prefix], capture_output=True, text=True, timeout=60)
    assert done.returncode == REFUSED and WHEEL in done.stderr
    assert not prefix.exists()


def test_a_bundle_for_another_machine_is_refused(bundle: Path, tmp_path: Path) -> None:
    for needs, told in (("Linux vax 2.17", "Linux on vax"), (f"Linux {os.uname().machine} 9.99", "glibc 9.99")):
        (bundle / "needs").write_text(f"{needs}\n")
        write_checksums(bundle)
        words = ["sh", bundle / "install", "--prefix", tmp_path / "prefix"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60)
        assert done.returncode == REFUSED and told in done.stderr


def test_help_and_wrong_use(bundle: Path) -> None:
    assert "--debian-packages" in check(bundle, "--help")
    assert "Unknown: --chekc" in check(bundle, "--chekc", code=2)
