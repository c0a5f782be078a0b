"""Hostile and odd ZIPs, each with its answer."""

from __future__ import annotations

import io
import stat
import struct
import time
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alttext_local.errors import (
    AltTextError,
    BadArchive,
    BadConfiguration,
    NoImages,
    NoJson,
    NotAZip,
    NotAZipName,
    TooLarge,
    TooManyImages,
    TooManyJsons,
    UnreadableImage,
)
from alttext_local.jobs.archive import ArchiveLimits, Contents, check_zip_name, inspect, read_json
from tests.jobs import zips
from tests.jobs.zips import CONFIG, PNG, File, pack, usual, zip64

MIB = 1024 * 1024
LIMITS = ArchiveLimits(500 * MIB, 2048 * MIB, 20 * MIB, 500, 5000, 5 * MIB, 32)
LINK, FIFO, DEVICE = stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o644, stat.S_IFCHR | 0o644
SIZES = {"size": 900 * MIB}


def looked_at(data: bytes, tmp_path: Path, limits: ArchiveLimits = LIMITS):
    path = tmp_path / "job.zip"
    path.write_bytes(data)
    return inspect(path, limits)


def named(*names: str | bytes) -> bytes:
    return pack(*(File(name) for name in names), CONFIG)


def lied(**fields) -> bytes:
    """One image whose own header says something else than the directory."""
    return pack(File(local=fields), CONFIG)


def both(**fields) -> bytes:
    """One image with this in both of its headers."""
    return pack(File(local=fields, central=fields), CONFIG)


def central(**fields) -> bytes:
    return pack(File(central=fields), CONFIG)


FAKE_END = zips.end(0, 0, 0)
NESTED = usual({"b.png": b"\0" * 1000})

REFUSED = {
    # names
    "climbs out": (named("../a.png"), BadArchive, "leads out"),
    "climbs out in the middle": (named("x/../../a.png"), BadArchive, "leads out"),
    "climbs out, an ignored file": (named("a.png", "../../etc/cron.d/x"), BadArchive, "leads out"),
    "absolute": (named("/etc/passwd.png"), BadArchive, "does not lie in"),
    "network path": (named("//host/share/a.png"), BadArchive, "does not lie in"),
    "drive": (named("C:/a.png"), BadArchive, "does not lie in"),
    "drive, relative": (named("c:a.png"), BadArchive, "does not lie in"),
    "backslashes": (named("x\\a.png"), BadArchive, "backslashes"),
    "climbs out with backslashes": (named("..\\..\\a.png"), BadArchive, "backslashes"),
    "NUL in a name": (named(b"a.png\0.txt"), BadArchive, "control characters"),
    "line feed in a name": (named("a\n.png"), BadArchive, "control characters"),
    "escape in a name": (named("\x1b[31ma.png"), BadArchive, "control characters"),
    "C1 control in a name": (named("a\x9b.png"), BadArchive, "control characters"),
    "line separator in a name": (named("a\u2028.png"), BadArchive, "control characters"),
    "no name": (named(b""), BadArchive, "no name"),
    "only dots and slashes": (named("./"), BadArchive, "no name"),
    "a name of 2,000 bytes": (named("x" * 2000 + ".png"), BadArchive, "more than 1024 bytes"),
    "says UTF-8, is not": (pack(File(b"\xff\xfe.png", flags=0x800), CONFIG), BadArchive, "not the UTF-8"),
    "one name twice": (named("a.png", "a.png"), BadArchive, "twice"),
    "one name twice but for case": (named("a.png", "A.PNG"), BadArchive, "twice"),
    "one name twice but for case folding": (named("straße.png", "STRASSE.png"), BadArchive, "twice"),
    "one name twice, composed and not": (named("é.png", "e\u0301.png"), BadArchive, "twice"),
    "one name twice, by way of a dot": (named("a.png", "./a.png"), BadArchive, "twice"),
    "a folder and a file of one name": (named("x.png/", "x.png"), BadArchive, "twice"),
    "one name twice, in two encodings": (named("é.png", b"\x82.png", "├⌐.png"), BadArchive, "twice"),
    # kinds
    "symbolic link": (pack(File("a.png", b"/etc/passwd", 0, mode=LINK), CONFIG), BadArchive, "link"),
    "link under an ignored name": (pack(File(), File("x", b"..", 0, mode=LINK), CONFIG), BadArchive, "link"),
    "named pipe": (pack(File(mode=FIFO), CONFIG), BadArchive, "special file"),
    "device": (pack(File(mode=DEVICE), CONFIG), BadArchive, "special file"),
    "encrypted": (both(flags=0x801), BadArchive, "encrypted"),
    "strongly encrypted": (both(flags=0x841), BadArchive, "encrypted"),
    "AES": (both(flags=0x801, method=99), BadArchive, "encrypted"),
    "encrypted directory": (both(flags=0x2800), BadArchive, "encrypted"),
    "encrypted, in its own header alone": (lied(flags=0x801), BadArchive, "another thing"),
    "patch": (both(flags=0x820), BadArchive, "another way"),
    "bzip2": (usual({"a.png": PNG, "c.json": b"{}"}, zipfile.ZIP_BZIP2), BadArchive, "another way"),
    "lzma": (usual({"a.png": PNG, "c.json": b"{}"}, zipfile.ZIP_LZMA), BadArchive, "another way"),
    "zstandard": (both(method=93), BadArchive, "another way"),
    "deflate64": (both(method=9), BadArchive, "another way"),
    # sizes
    "declares 3 x 900 MiB": (
        pack(*(File(f"{n}", local=SIZES, central=SIZES) for n in range(3)), File(), CONFIG), BadArchive, "Unpacked",
    ),
    "declares an image of 21 MiB": (both(size=21 * MIB), BadArchive, "unpacked, more than 20971520 bytes"),
    "says another size in its own header": (lied(size=5), BadArchive, "another thing"),
    "says another packed size in its own header": (lied(packed=5), BadArchive, "another thing"),
    "says another checksum in its own header": (lied(crc=5), BadArchive, "another thing"),
    "has another name in its own header": (lied(name=b"b.png"), BadArchive, "another thing"),
    "has another method in its own header": (lied(method=0), BadArchive, "another thing"),
    "sizes come later, but other ones are there": (
        pack(File(flags=0x808, local={"size": 5}), CONFIG), BadArchive, "another thing"),
    "stored, with two sizes": (both(method=0, size=5), BadArchive, "two sizes"),
    "data reach into the directory": (both(packed=4000), BadArchive, "before the directory"),
    "lies behind the directory": (central(offset=100_000), BadArchive, "before the directory"),
    "lies where nothing begins": (central(offset=3), BadArchive, "not where"),
    "ZIP64 sizes that are not there": (central(size=0xFFFFFFFF), BadArchive, "lacks its ZIP64"),
    "ZIP64 sizes beyond everything": (
        central(size=0xFFFFFFFF, extra=struct.pack("<HHQ", 1, 8, 2**63)), BadArchive, "Unpacked"),
    "ZIP64 offset beyond everything": (
        central(offset=0xFFFFFFFF, extra=struct.pack("<HHQ", 1, 8, 2**64 - 1)), BadArchive, "before the directory"),
    # overlap
    "overlap bomb": (zips.overlapping(100, 1 * MIB), BadArchive, "overlaps"),
    "two entries of one header": (
        pack(File(), File("b.png", central={"offset": 0}), CONFIG), BadArchive, "another thing|overlaps"),
    # the file as a whole
    "text": (b"not a zip at all", NotAZip, "Only .zip"),
    "nothing": (b"", NotAZip, "Only .zip"),
    "a picture": (PNG, NotAZip, "Only .zip"),
    "RAR": (b"Rar!\x1a\x07\x01\x00" + b"x" * 100, NotAZip, "Only .zip"),
    "a picture before the ZIP": (pack(File(), CONFIG, before=PNG), NotAZip, "Only .zip"),
    "something before the first entry": (
        pack(File(), CONFIG, before=b"PK\3\4" + b"x" * 40), BadArchive, "before the first entry"),
    "first part of several": (b"PK\x07\x08" + pack(File(), CONFIG), BadArchive, "one part of several"),
    "last part of several": (pack(File(), CONFIG, disk=2, first=1), BadArchive, "one part of several"),
    "an entry on another disk": (central(disk=1), BadArchive, "one part of several"),
    "cut off": (pack(File(), CONFIG)[:-10], BadArchive, "cut off"),
    "only its beginning": (b"PK\3\4", BadArchive, "cut off"),
    "bytes behind its end": (pack(File(), CONFIG, after=b"\0" * 10), BadArchive, "cut off, or something"),
    "another end in its comment": (pack(File(), CONFIG, comment=b"x" * 9 + FAKE_END), BadArchive, "two ends"),
    "a ZIP behind the ZIP": (pack(File(), CONFIG) + pack(File(), CONFIG), BadArchive, "not where its end"),
    "says fewer entries": (pack(File(), CONFIG, here=1, count=1), BadArchive, "more entries"),
    "says more entries": (pack(File(), CONFIG, here=9, count=9), BadArchive, "fewer entries"),
    "directory is elsewhere": (pack(File(), CONFIG, start=2), BadArchive, "not where its end"),
    "directory is shorter": (pack(File(), CONFIG, length=10), BadArchive, "not where its end"),
    "ZIP64 ends that differ": (zip64(File(), CONFIG, narrow=True, count=1), BadArchive, "different things"),
    "ZIP64 end that is elsewhere": (zip64(File(), CONFIG, at=-5), BadArchive, "ZIP64 end"),
    "ZIP64 end beyond the file": (zip64(File(), CONFIG, at=2**40), BadArchive, "ZIP64 end"),
    "ZIP64 end of another length": (zip64(File(), CONFIG, rest=2**63), BadArchive, "ZIP64 end"),
    "ZIP64 with 2**60 entries": (zip64(File(), CONFIG, count=2**60), BadArchive, "more than 5000 entries"),
    "ZIP64 part of several": (zip64(File(), CONFIG, disks=3), BadArchive, "one part of several"),
    "5,001 entries": (pack(*(File(f"{n}", b"", 0) for n in range(5001))), BadArchive, "more than 5000 entries"),
    "65,535 entries by the end's word alone": (
        pack(File(), CONFIG, here=65_535, count=65_535), BadArchive, "more than 5000 entries"),
    # what is in it
    "an empty ZIP": (pack(), NoJson, "^No Json File in the ZIP$"),
    "folders only": (named("x/", "x/y/").replace(b"config.json", b"config.jsom"), NoJson, "^No Json File in the ZIP$"),
    "no JSON": (pack(File()), NoJson, "^No Json File in the ZIP$"),
    "JSON in __MACOSX only": (pack(File(), File("__MACOSX/c.json", b"{}")), NoJson, "^No Json File in the ZIP$"),
    "hidden JSON only": (pack(File(), File(".vscode/c.json", b"{}")), NoJson, "^No Json File in the ZIP$"),
    "a folder with the name of a JSON": (pack(File(), File("c.json/", b"")), NoJson, "^No Json File in the ZIP$"),
    "two JSONs": (named("a.png", "deep/B.JSON"), TooManyJsons, r"^Too many Json Files in the ZIP \(at most 1\)$"),
    "no images": (pack(CONFIG), NoImages, "^No image Files in the ZIP$"),
    "other pictures only": (named("a.webp", "a.tiff", "a.svg"), NoImages, "^No image Files in the ZIP$"),
    "hidden images only": (named("__MACOSX/._a.png", ".b.png"), NoImages, "^No image Files in the ZIP$"),
    "a ZIP in the ZIP only": (pack(File("b.zip", NESTED), CONFIG), NoImages, "^No image Files in the ZIP$"),
    "501 images": (
        named(*(f"{n}.png" for n in range(501))), TooManyImages, r"^Too many image Files in the ZIP \(at most 500\)$"),
    "JSON of 6 MiB": (
        pack(File(), File("c.json", local={"size": 6 * MIB}, central={"size": 6 * MIB})), BadConfiguration, "5242880"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str, tmp_path: Path) -> None:
    data, error, said = REFUSED[case]
    with pytest.raises(error, match=said):
        looked_at(data, tmp_path)


def test_there_are_at_least_forty_of_them() -> None:
    assert len(REFUSED) >= 40


TAKEN = {
    "as the interpreter packs": (usual({"a.png": PNG, "c.json": b"{}"}), ["a.png"]),
    "stored": (usual({"a.png": PNG, "c.json": b"{}"}, zipfile.ZIP_STORED), ["a.png"]),
    "every ending, any case": (
        named("1.PNG", "2.jpg", "3.JPeG", "4.bmp", "5.gif", "6.webp", "7.txt"),
        ["1.PNG", "2.jpg", "3.JPeG", "4.bmp", "5.gif"],
    ),
    "in the archive's order": (named("z.png", "x/b.png", "a.png"), ["z.png", "x/b.png", "a.png"]),
    "folders": (named("x/", "x/y/", "x/y/a.png"), ["x/y/a.png"]),
    "what macOS and Windows leave behind": (
        named("a.png", "__MACOSX/._a.png", "x/Thumbs.db", "desktop.ini", ".DS_Store", ".git/b.png"), ["a.png"]),
    "JSONs that do not count": (named("a.png", "__MACOSX/x.json", ".prettierrc.json", "x/._c.json"), ["a.png"]),
    "JSON at depth, upper case": (pack(File(), File("x/y/Z.JSON", b"{}")), ["a.png"]),
    "one name in two folders": (named("x/a.png", "y/a.png"), ["x/a.png", "y/a.png"]),
    "two dots in a name": (named("a..png", "..a/b.png", "c...png"), ["a..png", "c...png"]),
    "sizes after the data": (zips.streamed(File()), ["a.png"]),
    "some of the sizes after the data": (pack(File(flags=0x808, local={"packed": 0, "crc": 0}), CONFIG), ["a.png"]),
    "ZIP64 end": (zip64(File(), CONFIG), ["a.png"]),
    "ZIP64 end beside an old one that says the same": (zip64(File(), CONFIG, narrow=True), ["a.png"]),
    "ZIP64 sizes": (pack(zips.wide_sizes(File()), CONFIG), ["a.png"]),
    "a comment": (pack(File(), CONFIG, comment=b"Summer issue"), ["a.png"]),
    "a comment with a mark of an end": (pack(File(), CONFIG, comment=b"PK\5\6" + b"x" * 30), ["a.png"]),
    "gaps between entries": (pack(File(), CONFIG, between=b"\0" * 100), ["a.png"]),
    "a comment at an entry": (central(comment=b"by hand"), ["a.png"]),
    "other flags of effort": (lied(flags=0x806), ["a.png"]),
    "a nested bomb is no image": (pack(File(), File("b.zip", NESTED, 0), CONFIG), ["a.png"]),
    "a ZIP as the last entry, stored": (pack(File(), CONFIG, File("b.zip", NESTED, 0)), ["a.png"]),
    "a large file that does not count": (
        pack(File("b.psd", local=SIZES, central=SIZES), File(), CONFIG), ["a.png"]),
    "500 images": (named(*(f"{n}.png" for n in range(500))), [f"{n}.png" for n in range(500)]),
    "Unix modes of files": (pack(File(mode=stat.S_IFREG | 0o644), CONFIG), ["a.png"]),
    "UTF-8 names": (named("Übersicht/图.png"), ["Übersicht/图.png"]),
    "UTF-8 names that do not say so": (named("Übersicht/图.png".encode()), ["Übersicht/图.png"]),
    "names in code page 437": (named(b"\x9abersicht.png"), ["Übersicht.png"]),
    "Cyrillic names that seem one in code page 437": (named("Ф.png".encode(), "Х.png".encode()), ["Ф.png", "Х.png"]),
}  # fmt: skip


@pytest.mark.parametrize("case", TAKEN)
def test_what_is_taken(case: str, tmp_path: Path) -> None:
    data, names = TAKEN[case]
    archive = looked_at(data, tmp_path)
    assert [image.shown for image in archive.images] == names
    for image in archive.images:
        assert Contents(archive.path).read(image.name, LIMITS.entry) == PNG
    assert read_json(archive, LIMITS) in (b"{}", PNG)


def test_a_name_is_kept_as_it_is_stored(tmp_path: Path) -> None:
    archive = looked_at(named("é.png".encode()), tmp_path)
    assert archive.images[0].name == "├⌐.png"
    assert archive.images[0].shown == "é.png"


def test_large_uploads_are_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="at most 50 bytes"):
        looked_at(pack(File(), CONFIG), tmp_path, ArchiveLimits(50, 1, 1, 1, 1, 1, 1))


@pytest.mark.parametrize("name", ["a.zip", "A.ZIP", "x/y.Zip", " a.zip "])
def test_names_of_zips(name: str) -> None:
    check_zip_name(name)


@pytest.mark.parametrize("name", ["", "zip", "a.zip.exe", "a.rar", "a.zip\0.png"])
def test_names_of_other_things(name: str) -> None:
    with pytest.raises(NotAZipName) as refusal:
        check_zip_name(name)
    assert str(refusal.value) == "Unsupported file type. Only .zip files are supported"


TINY = {"size": 5}
DAMAGED = {
    "checksum": (File(local={"crc": 1}, central={"crc": 1}), "checksum"),
    "checksum, stored": (File(method=0, local={"crc": 1}, central={"crc": 1}), "checksum"),
    "no deflate": (File(packed=b"\xff" * 30), "cannot be unpacked"),
    "cut off deflate": (File(packed=File().packed_data()[:-3]), "cut off"),
    "nothing at all": (File(packed=b""), "cut off"),
    "something behind the deflate": (File(packed=File().packed_data() + b"xx"), "cut off, or something"),
    "larger than it says": (File(data=b"\0" * 10 * MIB, local=TINY, central=TINY), "larger than its directory says"),
    "smaller than it says": (File(local={"size": 999}, central={"size": 999}), "cut off"),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_entry_is_the_failure_of_that_image(case: str, tmp_path: Path) -> None:
    bad, said = DAMAGED[case]
    archive = looked_at(pack(bad, File("good.png"), CONFIG), tmp_path)
    with pytest.raises(UnreadableImage, match=said):
        Contents(archive.path).read("a.png", LIMITS.entry)
    assert Contents(archive.path).read("good.png", LIMITS.entry) == PNG


def test_a_damaged_json_is_a_configuration_that_cannot_be_read(tmp_path: Path) -> None:
    bad = File("x/c.json", b"{}", local={"crc": 1}, central={"crc": 1})
    archive = looked_at(pack(File(), bad), tmp_path)
    with pytest.raises(BadConfiguration, match=r'"x/c.json": The file in the ZIP is damaged'):
        read_json(archive, LIMITS)


def test_reading_stops_at_the_limit_and_at_unknown_names(tmp_path: Path) -> None:
    archive = looked_at(named("a.png"), tmp_path)
    assert Contents(archive.path).read("a.png", len(PNG)) == PNG
    with pytest.raises(UnreadableImage, match="at most 10 bytes"):
        Contents(archive.path).read("a.png", 10)
    with pytest.raises(UnreadableImage, match="not in the ZIP"):
        Contents(archive.path).read("b.png", LIMITS.entry)


def test_a_lying_bomb_costs_no_more_than_it_declares(tmp_path: Path) -> None:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = b"".join(deflate.compress(b"\0" * MIB) for _ in range(64)) + deflate.flush()
    archive = looked_at(pack(File(packed=bomb, local=TINY, central=TINY), CONFIG), tmp_path)
    tracemalloc.start()
    with pytest.raises(UnreadableImage):
        Contents(archive.path).read("a.png", LIMITS.entry)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * MIB


def test_what_is_said_holds_no_control_characters_of_a_name(tmp_path: Path) -> None:
    with pytest.raises(BadArchive) as refusal:
        looked_at(named("\x1b]0;owned\x07" + "x" * 500 + ".png"), tmp_path)
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 400


def test_5000_entries_are_quick(tmp_path: Path) -> None:
    data = pack(*(File(f"{n}.txt", b"", 0) for n in range(4998)), File(), CONFIG)
    before = time.process_time()
    archive = looked_at(data, tmp_path)
    Contents(archive.path).read("a.png", LIMITS.entry)
    assert time.process_time() - before < 3


SEEDS = [
    pack(File(), CONFIG, comment=b"x"),
    zip64(zips.wide_sizes(File()), CONFIG),
    zips.streamed(File()),
    usual({"x/a.png": PNG, "c.json": b"{}"}),
]
CHANGE = st.tuples(
    st.integers(0, 2000), st.sampled_from(["set", "cut", "insert"]), st.sampled_from([0, 1, 8, 80, 127, 128, 255])
)


@settings(max_examples=400, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(SEEDS), st.lists(CHANGE, min_size=1, max_size=6))
def test_any_bytes_are_taken_or_refused_in_our_words(tmp_path: Path, seed: bytes, changes: list) -> None:
    data = bytearray(seed)
    for place, what, value in changes:
        at = place % (len(data) + 1)
        if what == "set" and at < len(data):
            data[at] = value
        elif what == "cut":
            del data[at : at + value]
        else:
            data[at:at] = bytes([value]) * value
    try:
        archive = looked_at(bytes(data), tmp_path)
    except AltTextError:
        return
    for image in archive.images:
        try:
            assert len(Contents(archive.path).read(image.name, LIMITS.entry)) == image.size
        except AltTextError:
            continue


@settings(max_examples=60, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,4}(/[a-z]{1,4}){0,2}\.(png|txt)", fullmatch=True), st.binary(max_size=99))
)
def test_what_another_packer_packs_is_read_as_it_was(tmp_path: Path, files: dict[str, bytes]) -> None:
    data = usual({**files, "0.png": b"first", "0.json": b"{}"})
    archive = looked_at(data, tmp_path)
    with zipfile.ZipFile(io.BytesIO(data)) as other:
        assert {image.name for image in archive.images} == {n for n in other.namelist() if n.endswith(".png")}
        for image in archive.images:
            assert Contents(archive.path).read(image.name, LIMITS.entry) == other.read(image.name)
