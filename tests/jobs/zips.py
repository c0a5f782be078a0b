"""ZIPs as no good packer writes them: every field of every header can be set."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from dataclasses import dataclass, field

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c63f80f00010101001bb6ee560000000049454e44ae426082"
)


@dataclass
class File:
    """One entry; `local` and `central` overwrite fields of the two headers by name."""

    name: str | bytes = "a.png"
    data: bytes = PNG
    method: int = 8
    flags: int | None = None
    mode: int = 0
    packed: bytes | None = None
    local: dict = field(default_factory=dict)
    central: dict = field(default_factory=dict)

    def raw(self) -> bytes:
        return self.name.encode() if isinstance(self.name, str) else self.name

    def packed_data(self) -> bytes:
        if self.packed is not None:
            return self.packed
        if self.method == 8:
            deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
            return deflate.compress(self.data) + deflate.flush()
        return self.data

    def fields(self) -> dict:
        flags = self.flags if self.flags is not None else (0 if isinstance(self.name, bytes) else 0x800)
        return {
            "name": self.raw(), "flags": flags, "method": self.method, "crc": zlib.crc32(self.data),
            "packed": len(self.packed_data()), "size": len(self.data), "extra": b"", "disk": 0, "comment": b"",
            "attributes": self.mode << 16,
        }  # fmt: skip

    def local_header(self) -> bytes:
        f = self.fields() | self.local
        head = struct.pack(
            "<4s5H3L2H", b"PK\3\4", 20, f["flags"], f["method"], 0, 33, f["crc"], f["packed"], f["size"],
            len(f["name"]), len(f["extra"]),
        )  # fmt: skip
        return head + f["name"] + f["extra"]

    def central_header(self, offset: int) -> bytes:
        f = self.fields() | {"offset": offset} | self.central
        head = struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 0x314, 20, f["flags"], f["method"], 0, 33, f["crc"], f["packed"], f["size"],
            len(f["name"]), len(f["extra"]), len(f["comment"]), f["disk"], 0, f["attributes"], f["offset"],
        )  # fmt: skip
        return head + f["name"] + f["extra"] + f["comment"]


CONFIG = File("config.json", b"{}")


def end(count: int, length: int, start: int, /, **changed) -> bytes:
    f = {"disk": 0, "first": 0, "here": count, "count": count, "length": length, "start": start, "comment": b""}
    f |= changed
    return struct.pack(
        "<4s4H2LH", b"PK\5\6", f["disk"], f["first"], f["here"], f["count"], f["length"], f["start"], len(f["comment"])
    ) + f["comment"]  # fmt: skip


def pack(*files: File, before: bytes = b"", after: bytes = b"", between: bytes = b"", **ending) -> bytes:
    """The files as one ZIP; `ending` overwrites fields of its end."""
    body, central = bytearray(before), b""
    for one in files:
        central += one.central_header(len(body))
        body += one.local_header() + one.packed_data() + between
    return bytes(body) + central + end(len(files), len(central), len(body), **ending) + after


def zip64(*files: File, narrow: bool = False, **changed) -> bytes:
    """A ZIP whose end is a wide one; with `narrow` the old end says the same, else it only points there."""
    body, central = b"", b""
    for one in files:
        central += one.central_header(len(body))
        body += one.local_header() + one.packed_data()
    f = {"count": len(files), "length": len(central), "start": len(body), "disks": 1, "disk": 0, "at": 0, "rest": 44}
    f |= changed
    wide = struct.pack(
        "<4sQ2H2L4Q", b"PK\6\6", f["rest"], 45, 45, f["disk"], f["disk"],
        f["count"], f["count"], f["length"], f["start"],
    )  # fmt: skip
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(body) + len(central) + f["at"], f["disks"])
    old = end(len(files), len(central), len(body)) if narrow else end(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    return body + central + wide + locator + old


def wide_sizes(one: File) -> File:
    """The same entry with its sizes in ZIP64 fields."""
    sizes = struct.pack("<HHQQ", 1, 16, len(one.data), len(one.packed_data()))
    here = {"packed": 0xFFFFFFFF, "size": 0xFFFFFFFF, "extra": struct.pack("<HHH", 0x7777, 2, 1) + sizes}
    return File(one.name, one.data, one.method, local=here, central=here)


def streamed(one: File) -> bytes:
    """What a packer writes that cannot go back: sizes after the data."""
    one = File(one.name, one.data, 8, flags=0x808, local={"crc": 0, "packed": 0, "size": 0})
    f = one.fields()
    after = struct.pack("<4sLLL", b"PK\7\10", f["crc"], f["packed"], f["size"])
    return pack(one, CONFIG, between=after)


def overlapping(count: int, size: int) -> bytes:
    """Entries that all share one kernel of data, each entry's headers quoted by the one before (as D. Fifield's)."""
    kernel = File("", b"\0" * size)
    packed, crc = kernel.packed_data(), zlib.crc32(kernel.data)
    files = [File(f"{n:04}.png", packed=packed) for n in range(count)]
    head = len(files[0].local_header())
    starts = [n * head for n in range(count)]
    for n, one in enumerate(files):  # from its own header to the kernel's end: the headers between are its data
        one.local = one.central = {"crc": crc, "size": size, "packed": len(packed) + (count - 1 - n) * head}
    body = b"".join(one.local_header() for one in files) + packed
    config_at = len(body)
    body += CONFIG.local_header() + CONFIG.packed_data()
    central = b"".join(one.central_header(at) for one, at in zip(files, starts, strict=True))
    central += CONFIG.central_header(config_at)
    return body + central + end(count + 1, len(central), len(body))


def usual(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """As the interpreter packs them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return stream.getvalue()


def with_json(value: object, *names: str) -> bytes:
    """Images of these names, and a configuration."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return pack(*(File(name) for name in names or ("a.png",)), File("config.json", data))
