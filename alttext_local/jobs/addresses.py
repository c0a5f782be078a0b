"""Which addresses a callback may reach: what the operator named, and nothing else.

A URL is judged when it is given, by its spelling and its host. The addresses that the host's name leads to are judged
again each time before anything is sent, since a name can change what it leads to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from alttext_local.errors import BadRequest, BadSettings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_URL = 2_048
_WIDEST = {4: 8, 6: 7}
"""The shortest prefix that an entry may have: wider, and it holds loopback or the whole internet by accident."""
_PORTS = {"http": 80, "https": 443}
_LABEL = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A last label that makes resolvers read the whole host as an IPv4 address (WHATWG URL, "ends in a number")."""
_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?]*)(?P<path>/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?"
    r"(?P<query>\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?"
)
_AUTHORITY = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<host>[a-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?")
_IPV6_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_COMPATIBLE = IPv6Network("::/96")

HOW_TO_ALLOW = (
    "The operator of this server allows hosts with the setting callback_hosts, "
    "for example ALTTEXT_CALLBACK_HOSTS=hooks.example.org."
)


@dataclass(frozen=True)
class Target:
    """A URL taken apart, each part in its one spelling."""

    scheme: str
    host: str
    """Lower case; an IPv6 address without its brackets."""
    port: int
    path: str
    """Path and query, as given; at least `/`."""
    address: Address | None
    """Where the host is an address and no name."""

    @property
    def url(self) -> str:
        """The whole URL, its port always said."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


@dataclass(frozen=True)
class Entry:
    """One entry of the operator's list: a name, every name under a domain, or a network; on one port or on each."""

    port: int | None
    name: str = ""
    domain: str = ""
    """With its leading dot: any name that ends so, the domain itself not."""
    network: Network | None = None

    def holds_name(self, host: str, port: int) -> bool:
        """Whether a URL may name this host."""
        if self.port not in (None, port):
            return False
        return host == self.name or bool(self.domain and host.endswith(self.domain))

    def holds_address(self, address: Address, port: int) -> bool:
        """Whether this address was named outright."""
        if self.port not in (None, port) or self.network is None:
            return False
        return address.version == self.network.version and address in self.network


@dataclass(frozen=True)
class AllowList:
    """What the operator allows. An empty list allows nothing."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def read(cls, entries: Iterable[str]) -> AllowList:
        """From `hooks.example.org`, `*.example.org`, `10.20.0.0/16`, `192.0.2.7`, `::1`; a port may follow, as in
        `host:8443`, `10.20.0.0/16:8443`, `[::1]:9000`. Without one every port is meant. Raises `BadSettings`.
        """
        return cls(tuple(_read_entry(entry) for entry in entries))

    def check_url(self, url: str) -> Target:
        """Take `url` apart and see that its host is allowed; raises `BadRequest`, which never repeats the URL."""
        target = read_url(url)
        if target.address is None:
            allowed = any(entry.holds_name(target.host, target.port) for entry in self.entries)
        else:
            allowed = self._names(target.address, target.port)
        if not allowed:
            raise BadRequest(f"callback_url: its host is not allowed here. {HOW_TO_ALLOW}")
        return target

    def permits(self, address: Address, port: int) -> bool:
        """Whether an allowed name may lead to this address: it is public, or the operator named it or its network.

        IPv6 addresses that carry an IPv4 address are judged by that one too.
        """
        return all(is_public(form) or self._names(form, port) for form in _forms(address))

    def _names(self, address: Address, port: int) -> bool:
        return any(entry.holds_address(address, port) for entry in self.entries)


def read_url(url: str) -> Target:
    """The parts of an `http` or `https` URL that can be read in one way only; raises `BadRequest`."""
    if len(url) > MAX_URL:
        raise _refusal(f"it is longer than {MAX_URL:,} characters.")
    if not url.isascii():
        raise _refusal("it must be ASCII: write the host in its xn-- form and the rest percent-encoded.")
    if "#" in url:
        raise _refusal("it must not have a fragment.")
    found = _URL.fullmatch(url[:8].lower() + url[8:])
    if found is None or found["scheme"] not in _PORTS:
        raise _refusal("it must begin with https:// or http://, and have all but plain characters percent-encoded.")
    if "@" in found["authority"]:
        raise _refusal("it must not have a user name or password.")
    host, port = _read_authority(found["authority"].lower(), _PORTS[found["scheme"]])
    path = (found["path"] or "/") + (found["query"] or "")
    return Target(found["scheme"], host, port, path, _literal(host))


def is_public(address: Address) -> bool:
    """Whether an address is globally routable unicast, by IANA's registries (`special_networks.txt`)."""
    if isinstance(address, IPv6Address) and address not in _IPV6_UNICAST:
        return False
    return not any(address.version == network.version and address in network for network in special_networks())


@cache
def special_networks() -> tuple[Network, ...]:
    """The networks of `special_networks.txt`."""
    text = (resources.files(__package__) / "special_networks.txt").read_text(encoding="utf-8")
    return tuple(ip_network(line.split()[0]) for line in text.splitlines() if line and not line.startswith("#"))


def _forms(address: Address) -> tuple[Address, ...]:
    """Every address that must be fine for this one to be: what it carries, and itself unless it is only a spelling."""
    if not isinstance(address, IPv6Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    last = IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _NAT64:
        return (last,)  # where a network has no IPv4, its resolver answers so for every public receiver
    if address in _NAT64_LOCAL or (address in _COMPATIBLE and int(address) > 1):
        return address, last
    if address.sixtofour is not None:
        return address, address.sixtofour
    return address, *(address.teredo or ())


def _read_authority(authority: str, default: int) -> tuple[str, int]:
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        raise _refusal("its host or its port cannot be read.")
    port = int(found["port"]) if found["port"] else default
    if not 1 <= port <= 65_535:
        raise _refusal("its port must be between 1 and 65535.")
    host = _read_v6(found["v6"]) if found["v6"] else found["host"]
    if not found["v6"] and not _is_plain_host(host):
        raise _refusal("its host must be a plain name, or an address in its usual spelling.")
    return host, port


def _read_v6(text: str) -> str:
    try:
        address = IPv6Address(text)
    except ValueError:
        raise _refusal("its IPv6 address cannot be read.") from None
    if len(_forms(address)) > 1 or _forms(address)[0] != address:
        raise _refusal("its address carries another one: write that one.")
    return str(address)


def _is_plain_host(host: str) -> bool:
    if len(host) > 253 or not _NAME.fullmatch(host):
        return False
    return not _NUMBER.fullmatch(host.rpartition(".")[2]) or _literal(host) is not None


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _read_entry(entry: str) -> Entry:
    text = entry.strip().lower()
    host, port = _split_port(text)
    if port is not None and not 1 <= port <= 65_535:
        raise _bad_entry(entry, "has no such port")
    network = _read_network(host)
    if network is not None:
        if network.prefixlen < _WIDEST[network.version]:
            raise _bad_entry(entry, f"is wider than /{_WIDEST[network.version]}")
        return Entry(port, network=network)
    name = host.removeprefix("*.")
    if not host.isascii() or not _is_plain_host(name) or _literal(name) is not None:
        raise _bad_entry(entry, "is no host name (non-ASCII names in their xn-- form), *.domain, address or network")
    return Entry(port, domain=f".{name}") if host != name else Entry(port, name=name)


def _split_port(text: str) -> tuple[str, int | None]:
    bracketed = re.fullmatch(r"\[([^\]]*)\](?::([0-9]{1,5}))?", text)
    if bracketed:
        return bracketed[1], int(bracketed[2]) if bracketed[2] else None
    if text.count(":") == 1 and re.fullmatch(r"[^:]*:[0-9]{1,5}", text):
        host, _, port = text.partition(":")
        return host, int(port)
    return text, None


def _read_network(text: str) -> Network | None:
    if "%" in text:  # the interpreter reads zones, which name an interface and no network
        return None
    try:
        return ip_network(text)
    except ValueError:
        return None


def _refusal(why: str) -> BadRequest:
    return BadRequest(f"callback_url: {why}")


def _bad_entry(entry: str, why: str) -> BadSettings:
    return BadSettings(f"callback_hosts: {entry!r} {why}")
