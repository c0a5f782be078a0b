"""Licences, bill of materials, lists of wheels and packages: from real wheels and real packages made here."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from alttext_local.errors import BrokenModel
from scripts.bundle.debian import stanza_fields, wanted_packages
from scripts.bundle.licences import Part, deb_part, wheel_part, write_licences
from scripts.bundle.making import _revision
from scripts.bundle.models import copy_models
from scripts.bundle.sbom import bill_of_materials
from scripts.bundle.wheels import Variant, write_requirements

ROOT = Path(__file__).resolve().parents[2]


def wheel(folder: Path, name: str, version: str, *lines: str, **files: str) -> Path:
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(f"{info}/METADATA", "\n".join([f"Name: {name}", f"Version: {version}", *lines, "", "Text"]))
        for file, text in files.items():
            made.writestr(f"{info}/{file}", text)
    return path


def test_a_wheel_tells_its_licence_in_three_ways(tmp_path: Path) -> None:
    said = {
        "spdx": ["License-Expression: MIT", "License: other"],
        "short": ["License: BSD"],
        "classified": ["License: " + "long " * 40, "Classifier: License :: OSI Approved :: Apache Software License"],
        "silent": [],
    }
    found = {name: wheel_part(wheel(tmp_path, name, "1.0", *lines)).licence for name, lines in said.items()}
    assert found == {"spdx": "MIT", "short": "BSD", "classified": "Apache Software License", "silent": ""}


def test_licence_files_are_found_and_copied(tmp_path: Path) -> None:
    files = {"licenses/LICENSE": "the words", "NOTICE": "more", "RECORD": "", "licenses/vendored/COPYING": "theirs"}
    part = wheel_part(wheel(tmp_path, "one", "1.0", **files))
    (tmp_path / "OWN").write_text("ours")
    write_licences([part], tmp_path / "OWN", tmp_path / "out")
    there = {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    below = {"LICENSE", "NOTICE", "vendored/COPYING"}
    assert there == {"LICENSE", "LICENCES.tsv", *(f"wheel/one/{name}" for name in below)}
    assert (tmp_path / "out" / "wheel" / "one" / "LICENSE").read_text() == "the words"


def test_a_package_of_debian_tells_by_its_copyright_file(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN" / "control").write_text(
        "Package: some-data\nVersion: 1:2-3\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: x\n"
    )
    (tree / "usr/share/doc/some-data").mkdir(parents=True)
    (tree / "usr/share/doc/some-data/copyright").write_text("Files: *\nLicense: Apache-2.0\n\nLicense: GPL-2+\n text\n")
    subprocess.run(["dpkg-deb", "--build", tree, tmp_path / "x.deb"], check=True, capture_output=True)
    part = deb_part(tmp_path / "x.deb")
    assert (part.name, part.version, part.licence) == ("some-data", "1:2-3", "Apache-2.0, GPL-2+")
    assert part.texts[0][1].startswith(b"Files: *")


def test_the_bill_of_materials_has_every_part_and_passes_its_schema() -> None:
    parts = [
        Part("wheel", "Some_Thing", "1.0", "MIT", "ab" * 32, "https://example.org"),
        Part("wheel", "odd", "2", "See the file, please"),
        Part("deb", "libc6", "2.36-9", "", "cd" * 32),
        Part("model", "llava", "r1", "Llama 2 Community Licence", "", "llava-hf/llava"),
        Part("interpreter", "cpython", "3.11.7", "PSF-2.0"),
    ]
    told = json.loads(bill_of_materials("alttext-local", "1.2.3", parts))
    assert (told["bomFormat"], told["metadata"]["component"]["version"]) == ("CycloneDX", "1.2.3")
    rows = {row["name"]: row for row in told["components"]}
    assert sorted(rows) == ["Some_Thing", "cpython", "libc6", "llava", "odd"]
    assert rows["Some_Thing"]["purl"] == "pkg:pypi/some-thing@1.0"
    assert rows["Some_Thing"]["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert rows["Some_Thing"]["licenses"] == [{"license": {"id": "MIT"}}]
    assert rows["odd"]["licenses"] == [{"license": {"name": "See the file, please"}}]
    assert rows["llava"]["type"] == "machine-learning-model"


def test_the_installer_is_given_every_wheel_by_its_hash_and_pip_is_not_installed(tmp_path: Path) -> None:
    wheel(tmp_path, "one_thing", "1.0+cpu")
    wheel(tmp_path, "pip", "26.0")
    write_requirements(tmp_path, tmp_path / "requirements.txt")
    (line,) = (tmp_path / "requirements.txt").read_text().splitlines()
    assert line.startswith("one-thing==1.0+cpu --hash=sha256:") and len(line.rpartition(":")[2]) == 64


def test_the_lock_has_a_hash_for_each_line_and_what_the_tests_passed_with() -> None:
    lock = ROOT / "scripts" / "bundle" / "locks" / "cpu-cp311-linux_x86_64.txt"
    rows = [line for line in lock.read_text().splitlines() if not line.startswith("#")]
    assert all(" --hash=sha256:" in row for row in rows)
    locked = dict(row.split(" ")[0].split("==") for row in rows)
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    tested = dict(line.lower().replace("_", "-").split("==") for line in lines if "==" in line)
    assert locked.pop("torch") == f"{tested['torch']}+cpu"
    assert {"transformers", "fastapi", "tesserocr", "obstore", "pyarrow", "psycopg", "pip"} <= set(locked)
    assert {name: version for name, version in locked.items() if name in tested and tested[name] != version} == {}


def test_a_variant_has_a_lock_of_its_own() -> None:
    assert Variant("cu128").name.startswith("cu128-cp3")
    assert Variant("cu128").lock != Variant("cpu").lock


def test_languages_become_names_of_packages() -> None:
    assert wanted_packages(["eng", "chi_sim"])[2:] == ["tesseract-ocr-eng", "tesseract-ocr-chi-sim"]
    assert stanza_fields("Package: a\nDescription: b\n c: d\n") == {"Package": "a", "Description": "b"}


def test_the_revision_of_a_step_is_read_without_running_it() -> None:
    assert _revision("import nothing_there\nrevision = '0003'\n") == "0003"


def test_only_whole_models_of_the_catalogue_are_taken(tmp_path: Path) -> None:
    cards = copy_models(["alttext-mini-llava"], ROOT / "models", tmp_path / "models")
    assert [card.name for card in cards] == ["alttext-mini-llava"]
    assert sorted(p.name for p in (tmp_path / "models").iterdir()) == ["alttext-mini-llava", "catalogue.toml"]
    with pytest.raises(ValueError, match=r"llava-1\.5-7b is not in"):
        copy_models(["llava-1.5-7b"], ROOT / "models", tmp_path / "other")
    (tmp_path / "models" / "alttext-mini-llava" / "config.json").write_text("{}")
    with pytest.raises(BrokenModel, match=r"config\.json"):
        copy_models(["alttext-mini-llava"], tmp_path / "models", tmp_path / "third")
