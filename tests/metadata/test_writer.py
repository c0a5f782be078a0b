import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from alttext_local.errors import MetadataFailed, MissingProgram
from alttext_local.metadata.exiftool import Exiftool
from alttext_local.metadata.text import TEXT_SOURCE
from alttext_local.metadata.writer import Writer
from tests.metadata import packets

ROOMY = ("a.jpg", "a.png", "a.gif", "a.tif", "a.webp")
ALT, EXTENDED = "AltTextAccessibility", "ExtDescrAccessibility"
RIGHT_TO_LEFT = "‏טקסט חלופי — «نص بديل» 123"
ODD = 'Ünïcode 漢字 🦜 <b>&amp; "quotes" \\n $HOME @x %d \u200f\u202e end'


def person(path: Path, *arguments: str) -> None:
    """What a person does with a program of their own."""
    subprocess.run(["exiftool", "-q", "-overwrite_original", *arguments, str(path)], check=True)


@pytest.mark.parametrize("name", ROOMY)
def test_texts_come_back_by_another_reader_and_pixels_stay(writer, draw, said, name):
    image = draw(name)
    written = writer.write(image.path, said)
    assert (written.outcome, written.where) == ("written", image.path)
    assert packets.alternatives(image.path, ALT) == {"x-default": said.alt_text, "en": said.alt_text}
    assert packets.alternatives(image.path, EXTENDED) == {"x-default": said.description, "en": said.description}
    mark = packets.mark(image.path)
    assert mark["TextSourceType"] == TEXT_SOURCE
    assert (mark["Model"], mark["ModelRevision"], mark["ReviewState"]) == ("mini-llava", "a1b2c3", "unreviewed")
    assert image.is_as_before()
    assert [file.name for file in image.path.parent.iterdir()] == [name]


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.webp"])
def test_pillow_reads_what_was_written(writer, draw, said, name):
    image = draw(name)
    writer.write(image.path, said)
    with Image.open(image.path) as opened:
        opened.load()
        assert said.alt_text.encode() in opened.info["xmp"]


@pytest.mark.parametrize("name", ROOMY)
@pytest.mark.parametrize("text", [RIGHT_TO_LEFT, ODD, "first line\nsecond line", "007", "1e5"])
def test_any_text_comes_back(writer, draw, saying, name, text):
    image = draw(name)
    writer.write(image.path, saying(alt_text=text, description=text))
    assert packets.alternatives(image.path, ALT)["x-default"] == text
    assert packets.alternatives(image.path, EXTENDED)["en"] == text
    assert [found.whose for found in writer.read(image.path)] == ["machine"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=60))
@example("true")
@example("True")
def test_what_was_written_is_known_as_ours_whatever_the_text(writer, draw, saying, text):
    image = draw("any.png")
    writer.write(image.path, saying(alt_text=text, description=text))
    (found,) = writer.read(image.path)
    bare = text.strip()
    recased = bare != bare.lower() and bare.lower() in ("true", "false")  # exiftool's JSON makes `True` a boolean
    assert found.whose == ("person" if recased else "machine")


def test_a_long_text_goes_into_a_jpegs_extended_xmp(writer, draw, saying):
    image, long = draw("a.jpg"), "Many words of a long description. " * 6000
    writer.write(image.path, saying(description=long))
    assert b"http://ns.adobe.com/xmp/extension/" in image.path.read_bytes()
    assert packets.alternatives(image.path, EXTENDED)["en"] == long.strip()
    assert packets.alternatives(image.path, ALT)["en"] == saying().alt_text
    assert image.is_as_before()
    assert writer.read(image.path)[0].whose == "machine"


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("p.png", "P", {}),
        ("g.gif", "P", {"save_all": True, "append_images": [Image.new("P", (60, 40), n) for n in range(3)]}),
        ("l.tif", "L", {"compression": "tiff_lzw"}),
        ("j.tif", "RGB", {"compression": "jpeg"}),
        ("b.tif", "1", {"compression": "group4"}),
        ("c.tif", "CMYK", {}),
        ("m.tif", "RGB", {"save_all": True, "append_images": [Image.new("RGB", (9, 9), "red")]}),
        ("c.jpg", "CMYK", {}),
        ("s.jpg", "RGB", {"progressive": True}),
        ("l.webp", "RGBA", {"lossless": True}),
        ("w.webp", "RGB", {"save_all": True, "append_images": [Image.new("RGB", (60, 40), "red")]}),
        ("x.webp", "RGB", {"exif": Image.Exif(), "xmp": b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"}),
    ],
)
def test_every_kind_of_file_keeps_its_pixels(writer, draw, said, name, mode, options):
    image = draw(name, mode, **options)
    with Image.open(image.path) as opened:
        frames = getattr(opened, "n_frames", 1)
        before = [np.asarray((opened.seek(n), opened.convert("RGBA"))[1]) for n in range(frames)]
    assert writer.write(image.path, said).outcome == "written"
    with Image.open(image.path) as opened:
        assert getattr(opened, "n_frames", 1) == frames
        after = [np.asarray((opened.seek(n), opened.convert("RGBA"))[1]) for n in range(frames)]
    assert all(np.array_equal(*pair) for pair in zip(before, after, strict=True))
    assert packets.alternatives(image.path, ALT)["en"] == said.alt_text


@pytest.mark.parametrize("name", ROOMY[:4])
def test_what_else_the_file_says_stays(writer, draw, said, name):
    image = draw(name)
    person(image.path, "-XMP-dc:Creator=Ada", "-XMP-dc:Description=A caption of the archive")
    writer.write(image.path, said)
    told = packets.packet(image.path)
    assert "Ada" in told
    assert "A caption of the archive" in told


@pytest.mark.parametrize(
    "argument",
    ["-XMP-iptcCore:AltTextAccessibility=Mine", "-XMP-iptcCore:ExtDescrAccessibility-fr=Le mien"],
)
@pytest.mark.parametrize("name", ROOMY[:4])
def test_a_persons_text_stays_unless_it_may_go(writer, draw, said, name, argument):
    image = draw(name)
    person(image.path, argument)
    before = image.path.read_bytes()
    written = writer.write(image.path, said)
    assert (written.outcome, written.where) == ("kept", image.path)
    assert image.path.read_bytes() == before
    assert writer.write(image.path, said, overwrite=True).outcome == "written"
    assert packets.alternatives(image.path, ALT) == {"x-default": said.alt_text, "en": said.alt_text}
    assert "ien" not in packets.alternatives(image.path, EXTENDED).get("fr", "")


def test_a_persons_text_in_the_other_namespace_is_seen_and_replaced_on_demand(writer, draw, said, tmp_path):
    image = draw("a.jpg")
    foreign = tmp_path / "foreign.xmp"
    foreign.write_text(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        "<rdf:Description xmlns:Iptc4xmpExt='http://iptc.org/std/Iptc4xmpExt/2008-02-29/'>"
        "<Iptc4xmpExt:AltTextAccessibility><rdf:Alt><rdf:li xml:lang='x-default'>Theirs</rdf:li></rdf:Alt>"
        "</Iptc4xmpExt:AltTextAccessibility></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    person(image.path, f"-XMP<={foreign}")
    foreign.unlink()
    assert packets.alternatives(image.path, ALT, packets.EXT) == {"x-default": "Theirs"}
    assert writer.write(image.path, said).outcome == "kept"
    assert writer.write(image.path, said, overwrite=True).outcome == "written"
    assert packets.alternatives(image.path, ALT, packets.EXT) == {}


@pytest.mark.parametrize(
    "edit",
    [
        ["-XMP-iptcCore:AltTextAccessibility=Better words"],
        ["-XMP-iptcCore:AltTextAccessibility-fr=Traduit"],
        ["-XMP-iptcCore:ExtDescrAccessibility="],
    ],
)
def test_a_text_of_ours_that_a_person_edited_is_theirs(writer, draw, said, saying, edit):
    image = draw("a.jpg")
    writer.write(image.path, said)
    person(image.path, *edit)
    assert writer.read(image.path)[0].whose == "person"
    assert writer.write(image.path, saying(alt_text="New")).outcome == "kept"


def test_a_reviewed_text_is_a_persons(writer, draw, saying):
    image = draw("a.png")
    writer.write(image.path, saying(review="reviewed"))
    assert writer.write(image.path, saying(alt_text="New")).outcome == "kept"


def test_our_own_text_gives_way_to_a_newer_one_in_another_language(writer, draw, said, saying):
    image = draw("a.png")
    writer.write(image.path, said)
    assert writer.write(image.path, saying(alt_text="Ein Drachen", description="", language="de")).outcome == "written"
    assert packets.alternatives(image.path, ALT) == {"x-default": "Ein Drachen", "de": "Ein Drachen"}
    assert packets.alternatives(image.path, EXTENDED) == {}


def test_the_same_text_is_not_written_twice(writer, draw, said):
    image = draw("a.tif")
    writer.write(image.path, said)
    before = image.path.stat()
    assert writer.write(image.path, said).outcome == "unchanged"
    assert image.path.stat().st_ino == before.st_ino


def test_a_decorative_picture_gets_the_mark_alone(writer, draw, saying):
    image = draw("a.jpg")
    writer.write(image.path, saying(alt_text="", description=""))
    assert packets.alternatives(image.path, ALT) == {}
    assert packets.mark(image.path)["Decorative"] == "True"
    assert writer.read(image.path)[0].whose == "machine"


def test_a_bmp_gets_a_sidecar(writer, draw, said):
    image = draw("a.bmp")
    before = image.path.read_bytes()
    written = writer.write(image.path, said)
    assert (written.outcome, written.where.name) == ("sidecar", "a.bmp.xmp")
    assert image.path.read_bytes() == before
    assert packets.alternatives(written.where, ALT)["en"] == said.alt_text
    assert writer.write(image.path, said).outcome == "unchanged"


def test_a_persons_sidecar_is_kept_and_one_without_a_text_is_added_to(writer, draw, said):
    image = draw("a.bmp")
    sidecar = image.path.with_name("a.bmp.xmp")
    subprocess.run(["exiftool", "-q", "-XMP-dc:Creator=Ada", str(sidecar)], check=True)
    assert writer.write(image.path, said).outcome == "sidecar"
    assert "Ada" in packets.packet(sidecar)
    person(sidecar, "-XMP-iptcCore:AltTextAccessibility=Mine")
    assert writer.write(image.path, said).outcome == "kept"


@pytest.mark.parametrize("name", ["a.jpg.xmp", "a.xmp"])
def test_a_persons_text_beside_keeps_the_image_as_it_is(writer, draw, said, name):
    image = draw("a.jpg")
    sidecar = image.path.with_name(name)
    subprocess.run(["exiftool", "-q", "-XMP-iptcCore:AltTextAccessibility=Mine", str(sidecar)], check=True)
    assert writer.write(image.path, said) == writer.write(image.path, said)
    assert writer.write(image.path, said).where == sidecar
    assert b"rdf:RDF" not in image.path.read_bytes()


def test_a_broken_sidecar_is_left_and_told(writer, draw, said):
    image = draw("a.bmp")
    sidecar = image.path.with_name("a.bmp.xmp")
    sidecar.write_text("<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF")
    with pytest.raises(MetadataFailed, match="exiftool cannot write"):
        writer.write(image.path, said)
    assert sidecar.read_text() == "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF"
    assert sorted(file.name for file in image.path.parent.iterdir()) == ["a.bmp", "a.bmp.xmp"]


def test_sidecars_on_demand_leave_the_image(draw, said, saying):
    image = draw("a.jpg")
    before, note = image.path.read_bytes(), image.path.with_name("a.jpg.txt")
    with Writer(sidecar=True) as writer:
        assert writer.write(image.path, said).outcome == "sidecar"
        assert note.read_text() == f"{said.alt_text}\n\n{said.description}\n"
        assert writer.write(image.path, saying(alt_text="New")).outcome == "sidecar"
        assert note.read_text().startswith("New\n")
        note.write_text("What a person wrote.\n")
        assert writer.write(image.path, said).where == note
        assert note.read_text() == "What a person wrote.\n"
    assert image.path.read_bytes() == before


def test_a_run_killed_between_note_and_sidecar_goes_on(draw, said):
    image = draw("a.jpg")
    with Writer(sidecar=True) as writer:
        writer.write(image.path, said)
        image.path.with_name("a.jpg.xmp").unlink()
        assert writer.write(image.path, said).outcome == "sidecar"


def test_a_big_tiff_and_a_broken_file_get_sidecars(writer, draw, said, tmp_path):
    assert writer.write(draw("big.tif", big_tiff=True).path, said).outcome in ("sidecar", "written")
    cut = draw("cut.jpg").path
    cut.write_bytes(cut.read_bytes()[:-500])
    before = cut.read_bytes()
    assert writer.write(cut, said).outcome == "sidecar"
    assert cut.read_bytes() == before


def test_a_signed_file_is_not_touched(writer, draw, said):
    image = draw("a.png")
    data = image.path.read_bytes()
    manifest = (4).to_bytes(4, "big") + b"caBX" + b"jumb" + bytes(4)
    image.path.write_bytes(data[:33] + manifest + data[33:])
    written = writer.write(image.path, said)
    assert written.outcome == "sidecar"
    assert "C2PA" in written.why


@pytest.mark.parametrize(
    "name",
    [
        b"-overwrite_original.jpg",
        b"two\nlines.jpg",
        b"caf\xe9 latin.jpg",
        b" blanks .jpg",
        b"pipe |",
        b"%f$HOME@.jpg",
        b"wrong.png",
        "📷 漢.jpg".encode(),
        b"x" * 251 + b".jpg",
    ],
)
def test_any_file_name(writer, draw, said, name):
    image = draw("a.jpg")
    path = Path(os.fsdecode(os.fsencode(image.path.parent) + b"/" + name))
    image.path.rename(path)
    assert writer.write(path, said).outcome == "written"
    path.rename(image.path)
    assert packets.alternatives(image.path, ALT)["en"] == said.alt_text
    assert len(list(image.path.parent.iterdir())) == 1


def test_a_folder_of_any_name(writer, draw, said):
    image = draw("a.tif")
    folder = Path(os.fsdecode(os.fsencode(image.path.parent) + b"/-a\n\xff |"))
    folder.mkdir()
    image.path.rename(folder / "a.tif")
    assert writer.write(folder / "a.tif", said).outcome == "written"


def test_a_link_stays_a_link(writer, draw, said):
    image = draw("a.jpg")
    link = image.path.with_name("link.jpg")
    link.symlink_to("a.jpg")
    assert writer.write(link, said).where == image.path
    assert link.is_symlink()
    assert packets.alternatives(image.path, ALT)["en"] == said.alt_text


def test_mode_stays_and_times_on_demand(draw, said):
    image = draw("a.jpg")
    image.path.chmod(0o640)
    os.utime(image.path, (1_000_000_000, 1_000_000_000))
    with Writer(keep_times=True) as writer:
        writer.write(image.path, said)
    assert stat.S_IMODE(image.path.stat().st_mode) == 0o640
    assert image.path.stat().st_mtime == 1_000_000_000
    with Writer() as writer:
        writer.write(image.path, said, overwrite=True)
        assert image.path.stat().st_mtime == 1_000_000_000  # the same text: not touched


def test_a_read_only_file_gets_a_sidecar(writer, draw, said):
    image = draw("a.jpg")
    image.path.chmod(0o444)
    assert writer.write(image.path, said).outcome == "sidecar"
    assert image.is_as_before()


def test_what_is_no_file_or_too_large_is_told(draw, said, tmp_path):
    image = draw("a.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    with Writer(max_bytes=100) as writer:
        for path, words in (
            (image.path, "limit of 100 bytes"),
            (tmp_path, "regular"),
            (tmp_path / "pipe.jpg", "regular"),
            (tmp_path / "not-there.jpg", "No such file"),
        ):
            with pytest.raises(MetadataFailed, match=words) as caught:
                writer.write(path, said)
            assert str(tmp_path) not in str(caught.value)
    assert image.is_as_before()


def test_two_writers_of_one_file_do_not_mix(draw, said, saying):
    image = draw("a.jpg", size=(600, 400))
    ended = []

    def go(text):
        with Writer() as writer:
            try:
                ended.append(writer.write(image.path, text).outcome)
            except MetadataFailed as error:
                ended.append(error.code)

    threads = [threading.Thread(target=go, args=(saying(alt_text=f"Text {n}"),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 4
    assert "written" in ended
    assert image.is_as_before()
    with Writer() as writer:
        assert writer.read(image.path)[0].whose == "machine"


def test_exiftool_missing_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingProgram, match="apt-get install libimage-exiftool-perl"):
        Exiftool(5)


FAKE = """#!{python}
import shutil, sys
arguments = []
for line in sys.stdin:
    arguments.append(line.rstrip("\\n"))
    if arguments[-1].startswith("-execute"):
        if "-o" in arguments:
            data = open({other!r}, "rb").read()
            open(arguments[arguments.index("-o") + 1], "wb").write(data[: {length}])
        print("{{ready" + arguments[-1].removeprefix("-execute") + "}}", flush=True)
        arguments = []
"""


@pytest.mark.parametrize(("length", "why"), [(10**6, "changed the pixels"), (700, "cannot write")])
def test_an_exiftool_that_harms_the_pixels_is_not_believed(draw, said, tmp_path, length, why):
    image, other = draw("a.jpg"), draw("other.jpg", size=(61, 40))
    fake = tmp_path / "exiftool"
    fake.write_text(FAKE.format(python=sys.executable, other=str(other.path), length=length))
    fake.chmod(0o755)
    before = image.path.read_bytes()
    with Writer(program=fake) as writer:
        assert why in writer.write(image.path, said).why
    assert image.path.read_bytes() == before
