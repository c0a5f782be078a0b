"""The negative control: what the trace must see. It is a program of its own that the guard does not watch.

It goes to addresses of documentation (RFC 5737) and a name that cannot be (RFC 6761), and uses the C library, as a
client written in C would.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import sys

ADDRESS, PORT = "192.0.2.1", 443
NAME = "planted.invalid"


def connect() -> None:
    """One connection by the C library's own call."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    where = struct.pack("=HH4s8x", socket.AF_INET, socket.htons(PORT), socket.inet_aton(ADDRESS))
    libc.connect(handle, where, len(where))
    libc.close(handle)


def look_up() -> None:
    """One name asked of the machine's resolver, whichever that is."""
    ctypes.CDLL(None).gethostbyname(NAME.encode())


if __name__ == "__main__":
    {"connect": connect, "look-up": look_up}[sys.argv[1]]()
