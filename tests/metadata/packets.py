"""An independent reader of XMP: raw packets out of the bytes, and ElementTree; no exiftool."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
from pathlib import Path

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
CORE = "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}"
EXT = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
OURS = "{urn:uuid:80929206-c301-4769-9400-e339d640588d#}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def packet(path: Path) -> str:
    """All `rdf:RDF` of a file as one; of a JPEG with its extended part put together by its offsets."""
    data = path.read_bytes()
    found = (
        [data] if path.suffix != ".jpg" else [data.partition(b"http://ns.adobe.com/xmp/extension/")[0], _extended(data)]
    )
    return "\n".join(_between(part) for part in found if b"<rdf:RDF" in part)


def alternatives(path: Path, name: str, namespace: str = CORE) -> dict[str, str]:
    """Language -> text, in the order of the file."""
    entries = [item for tree in _trees(path) for item in tree.findall(f".//{namespace}{name}/{RDF}Alt/{RDF}li")]
    return {item.attrib[LANG]: item.text or "" for item in entries}


def mark(path: Path) -> dict[str, str]:
    """Our own properties."""
    items = [item for tree in _trees(path) for item in tree.iter() if item.tag.startswith(OURS)]
    return {item.tag.removeprefix(OURS): item.text or "" for item in items}


def _trees(path: Path) -> list[ET.Element]:
    return [ET.fromstring(part + "</rdf:RDF>") for part in packet(path).split("</rdf:RDF>") if part.strip()]


def _between(data: bytes) -> str:
    begin, end = data.index(b"<rdf:RDF"), data.rindex(b"</rdf:RDF>")
    return data[begin : end + len(b"</rdf:RDF>")].decode()


def _extended(data: bytes) -> bytes:
    """XMP specification part 3, 1.1.3.1: name, NUL, 32 letters of a digest, full length, offset, then a portion."""
    head, portions, at = b"http://ns.adobe.com/xmp/extension/\0", {}, 2
    while data[at + 1] != 0xDA:
        length = struct.unpack(">H", data[at + 2 : at + 4])[0]
        body = data[at + 4 : at + 2 + length]
        if data[at + 1] == 0xE1 and body.startswith(head):
            offset = struct.unpack(">I", body[len(head) + 36 : len(head) + 40])[0]
            portions[offset] = body[len(head) + 40 :]
        at += 2 + length
    return b"".join(portions[offset] for offset in sorted(portions))
