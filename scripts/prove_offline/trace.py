"""Reads what strace wrote and tells what would have left the machine.

A look-up of a name is whatever is sent to a port where names are asked for, loopback's too: a resolver there would
pass the question on. So is a connection to the socket of systemd's resolver.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address

CALLS = "%network,io_uring_setup"
"""What strace is to trace. io_uring could connect unseen: that nobody sets one up is counted too."""
NAME_PORTS = frozenset({53, 853, 5353, 5355, 137})
RESOLVER_SOCKETS = ("/run/systemd/resolve", "/var/run/avahi", "/run/avahi")
SENDING = frozenset({"connect", "sendto", "sendmsg", "sendmmsg"})
_LINE = re.compile(r"^(?:\[pid\s+)?(?P<pid>\d+)\]?\s+(?:[\d.:]+\s+)?(?P<rest>.*)$")
_CALL = re.compile(r"^(?P<name>[a-z_0-9]+)\((?P<args>.*)$")
_INET = re.compile(r'sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]+)"\)')
_INET6 = re.compile(r'sin6_port=htons\((\d+)\).*?inet_pton\(AF_INET6, "([^"]+)"')
_UNIX = re.compile(r'sa_family=AF_UNIX, sun_path=(@?)"([^"]*)"')
_FAMILY = re.compile(r"sa_family=([A-Z0-9_]+|0x[0-9a-f]+)")
QUIET = frozenset({"AF_UNIX", "AF_NETLINK", "AF_UNSPEC", "AF_INET", "AF_INET6"})


@dataclass
class Findings:
    """What was counted."""

    calls: Counter[str] = field(default_factory=Counter)
    """Every call of the network, by its name."""
    loopback: int = 0
    unix: Counter[str] = field(default_factory=Counter)
    """Unix sockets that were connected or sent to, by their path."""
    beyond: list[str] = field(default_factory=list)
    """Connections and datagrams beyond this machine: `call address:port`."""
    lookups: list[str] = field(default_factory=list)
    rings: int = 0

    @property
    def clean(self) -> bool:
        """Whether nothing went out, or tried to."""
        return not (self.beyond or self.lookups or self.rings)


def read_trace(lines: Iterable[str]) -> Findings:
    """All that `strace -f` wrote with `-e trace=` of `CALLS`."""
    found = Findings()
    for line in lines:
        outer = _LINE.match(line)
        call = _CALL.match(outer["rest"]) if outer else None
        if call is None:  # the second half of a call, a signal, an exit
            continue
        name, args = call["name"], call["args"]
        found.calls[name] += 1
        if name == "io_uring_setup":
            found.rings += 1
        elif name in SENDING:
            _judge(name, args, found)
    return found


def _judge(name: str, args: str, found: Findings) -> None:
    for port, address in [*_INET.findall(args), *_INET6.findall(args)]:
        where = f"{name} [{address}]:{port}"
        local = _is_local(address)
        if int(port) in NAME_PORTS:
            found.lookups.append(where)
        if not local:
            found.beyond.append(where)
        found.loopback += local
    for abstract, path in _UNIX.findall(args):
        found.unix[abstract + path] += 1
        if path.startswith(RESOLVER_SOCKETS):
            found.lookups.append(f"{name} {path}")
    for family in set(_FAMILY.findall(args)) - QUIET:
        found.beyond.append(f"{name} {family}")


def _is_local(address: str) -> bool:
    found = ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback or found.is_unspecified
