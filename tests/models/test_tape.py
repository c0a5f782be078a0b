"""The strict tar."""

from __future__ import annotations

import io
import tarfile

import pytest

from alttext_local.errors import BadBundle
from alttext_local.models.tape import END, Tape, header_of, padding_of


def tape_of(*files: tuple[str, bytes], end: bytes = END) -> bytes:
    return b"".join(header_of(n, len(c)) + c + padding_of(len(c)) for n, c in files) + end


def read(data: bytes, count: int) -> list[tuple[str, bytes]]:
    tape = Tape(io.BytesIO(data))
    files = []
    for _ in range(count):
        name, _ = tape.next_file()
        files.append((name, b"".join(tape.chunks())))
    tape.end()
    return files


FILES = [("a/one", b"1" * 700), ("b", b""), ("c", b"x" * 512)]


def test_what_was_written_is_read_and_tar_reads_it_too() -> None:
    data = tape_of(*FILES)
    assert read(data, 3) == FILES
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert [(m.name, m.size, m.mtime, m.uid) for m in archive] == [(n, len(c), 0, 0) for n, c in FILES]


def test_sizes_beyond_eight_gib_fit_in_a_header() -> None:
    size = 40 * 2**30
    header = header_of("big", size)
    assert len(header) == 512
    assert Tape(io.BytesIO(header)).next_file() == ("big", size)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_devices_and_pipes(kind: bytes) -> None:
    info = tarfile.TarInfo("evil")
    info.type, info.linkname = kind, "/etc/passwd"
    with pytest.raises(BadBundle, match=r"evil is a (link|device|pipe)"):
        Tape(io.BytesIO(info.tobuf() + END)).next_file()


@pytest.mark.parametrize("kind", [b"5", b"7", b"L", b"K", b"S", b"x", b"g", b"V", b"\0", b"Z"])
def test_every_other_kind_of_entry(kind: bytes) -> None:
    info = tarfile.TarInfo("odd")
    info.type = kind
    with pytest.raises(BadBundle, match="no plain file"):
        Tape(io.BytesIO(info.tobuf() + bytes(512) + END)).next_file()


def test_a_sparse_bomb_and_long_names_of_pax() -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("x" * 200)
        info.pax_headers = {"GNU.sparse.realsize": str(2**60)}
        archive.addfile(info, io.BytesIO())
    with pytest.raises(BadBundle, match="no plain file"):
        Tape(io.BytesIO(stream.getvalue())).next_file()


def test_each_bit_of_headers_padding_and_end_counts() -> None:
    data = tape_of(*FILES)
    contents = {*range(512, 512 + 700), *range(2560, 2560 + 512)}
    for place in range(len(data)):
        if place in contents:
            continue
        bad = bytearray(data)
        bad[place] ^= 1 << place % 8
        with pytest.raises(BadBundle):
            read(bytes(bad), 3)


def test_every_cut_and_every_rest() -> None:
    data = tape_of(*FILES)
    for size in range(0, len(data), 97):
        with pytest.raises(BadBundle, match=r"cut short|ends before"):
            read(data[:size], 3)
    with pytest.raises(BadBundle, match="goes on"):
        read(data + b"\0", 3)
    with pytest.raises(BadBundle, match="ends before"):
        read(data, 4)
    with pytest.raises(BadBundle, match="goes on"):
        read(data, 2)
