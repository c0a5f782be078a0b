"""The guard of this process: a connection or a look-up of a name that the operator has not allowed is refused.

It is an audit hook (PEP 578), since no code can take one away again, and since it sees the interpreter's own
`_socket` module, below `socket`, asyncio, and every client in Python. What it does not see are sockets that C or Rust
code opens by itself: the clients of PostgreSQL (libpq) and S3. Their hosts come from the settings alone and are held
to the same list by `require` before the client is made; that they go nowhere else is what the trace of system
calls shows (`scripts/prove_offline`) and what units and network policies enforce (`deploy/`).

Loopback and Unix sockets are always allowed. A host that is allowed by name may be looked up; the addresses that the
resolver answers with, and no others, may then be connected to.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from types import FrameType
from typing import Any, Literal

from alttext_local.offline import let_hub_ask

log = logging.getLogger(__name__)

Verdict = Literal["allowed", "refused"]
UNKNOWN = "not allowed"
"""The purpose under which refusals are counted."""
MOST_LEARNED = 10_000
SHOWN_LABELS = 2
"""Of a refused name only so much is logged: what stands before it may carry contents."""


class OutboundRefused(PermissionError):
    """A connection or look-up that the operator has not allowed. An `OSError`, as libraries expect where a network
    does not let them through."""


@dataclass(frozen=True)
class Rule:
    """One host that may be reached, and what for.

    `host` is a name, `.example.org` for every name under a domain, an address or a network.
    """

    purpose: str
    host: str
    port: int | None = None
    """None: every port."""

    def names(self, host: str) -> bool:
        """Whether this name may be looked up."""
        own = self.host.lower()
        return host == own or (own.startswith(".") and host.endswith(own))

    def holds(self, address: str, port: int | None) -> bool:
        """Whether this address was named outright."""
        network = _network(self.host)
        return network is not None and self.port in (None, port) and ip_address(address) in network


class Outbound:
    """What is allowed, what was counted. Thread-safe; one for a process, since its audit hook stays for ever."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: tuple[Rule, ...] = ()
        self._learned: dict[tuple[str, int | None], str] = {}
        self._counts: Counter[tuple[str, str, Verdict]] = Counter()
        self._telling = threading.local()
        self._guarding = False

    @property
    def guarding(self) -> bool:
        """Whether the hook is in place."""
        return self._guarding

    def guard(self) -> None:
        """Refuse from now on what no rule allows. There is no way back."""
        with self._lock:
            if self._guarding:
                return
            self._guarding = True
        import socket

        socket.getaddrinfo = self._learning(socket.getaddrinfo)
        for method in ("connect", "connect_ex", "sendto", "sendmsg"):
            setattr(socket.socket, method, self._judging(getattr(socket.socket, method)))
        sys.addaudithook(self._hear)

    def allow(self, rules: Iterable[Rule]) -> None:
        """Allow these hosts besides."""
        with self._lock:
            self._rules = tuple(dict.fromkeys((*self._rules, *rules)))

    def require(self, purpose: str, host: str, port: int | None) -> None:
        """For a client that the hook cannot see: `OutboundRefused` unless a rule of this purpose allows its host."""
        if not self._guarding or not host or _is_loopback(host) or host.startswith("/"):  # a Unix socket's folder
            return
        mine = [rule for rule in self._rules if rule.purpose == purpose and rule.port in (None, port)]
        if any(rule.names(host.lower()) or (_is_address(host) and rule.holds(host, port)) for rule in mine):
            self._count("connection", purpose, "allowed")
            return
        self._refuse("connection", host, port)

    def counts(self) -> Mapping[tuple[str, str, Verdict], int]:
        """(`connection` or `look-up`, purpose, verdict) to how often. Loopback is not counted."""
        with self._lock:
            return dict(self._counts)

    # what is heard

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if not event.startswith("socket."):
            return
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            self._judge_address(args[0], args[1])
        elif event == "socket.getaddrinfo":
            self._judge_name(args[0], args[1])
        elif event == "socket.gethostbyname":
            self._judge_name(args[0], None)
        elif event == "socket.gethostbyaddr":
            self._judge_reverse(args[0])
        elif event == "socket.getnameinfo":
            self._judge_reverse(args[0][0])

    def _judge_address(self, stream: Any, address: Any) -> None:
        import socket

        if address is None or stream.family in (socket.AF_UNIX, getattr(socket, "AF_NETLINK", None)):
            return  # a socket that was connected before, or this machine's own kernel
        if stream.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
            self._refuse("connection", f"address family {int(stream.family)}", None)
        host, port = _text(address[0]), address[1]
        if host in ("", "localhost"):
            return
        if not _is_address(host):  # the interpreter would look it up by itself, and connect to what nobody has seen
            self._refuse("connection", host, port)
        if _is_loopback(host):
            return
        purpose = self._purpose_of(host, port)
        if purpose is None:
            self._refuse("connection", host, port)
        else:
            self._count("connection", purpose, "allowed")

    def _judge_name(self, name: Any, port: Any) -> None:
        host = _text(name).lower()
        if host in ("", "localhost") or _is_address(host):
            return
        rule = self._rule_for(host, port)
        if rule is None:
            self._refuse("look-up", host, port if isinstance(port, int) else None)
        else:
            self._count("look-up", rule.purpose, "allowed")

    def _judge_reverse(self, address: Any) -> None:
        """The name of an address is asked of the network too."""
        host = _text(address)
        if not _is_address(host):
            self._judge_name(host, None)
        elif not _is_loopback(host):
            purpose = self._purpose_of(host, None)
            if purpose is None:
                self._refuse("look-up", host, None)
            else:
                self._count("look-up", purpose, "allowed")

    def _rule_for(self, host: str, port: Any) -> Rule | None:
        return next(
            (r for r in self._rules if r.names(host) and (port is None or r.port is None or str(r.port) == str(port))),
            None,
        )

    def _purpose_of(self, address: str, port: int | None) -> str | None:
        plain = _plain(address)
        with self._lock:
            learned = self._learned.get((plain, port)) or self._learned.get((plain, None))
        return learned or next((rule.purpose for rule in self._rules if rule.holds(plain, port)), None)

    def _learning(self, ask: Callable[..., Any]) -> Callable[..., Any]:
        """The resolver, whose answers about allowed names are remembered. Who goes round it is refused later."""

        @wraps(ask)
        def getaddrinfo(host: Any, port: Any, *args: Any, **more: Any) -> Any:
            answers = ask(host, port, *args, **more)
            name = _text(host).lower()
            rule = None if _is_address(name) else self._rule_for(name, port)
            if rule is not None:
                with self._lock:
                    if len(self._learned) > MOST_LEARNED:
                        self._learned.clear()
                    for answer in answers:
                        self._learned[_plain(str(answer[4][0])), rule.port] = rule.purpose
            return answers

        return getaddrinfo

    def _judging(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """A method of sockets, which itself resolves a name in its address before any hook hears of it."""

        @wraps(method)
        def call(stream: Any, *args: Any) -> Any:
            if args and isinstance(args[-1], tuple) and args[-1]:
                host = _text(args[-1][0])
                if host not in ("", "localhost", "<broadcast>") and not _is_address(host):
                    self._refuse("look-up", host, None)
            return method(stream, *args)

        return call

    # what is told

    def _count(self, what: str, purpose: str, verdict: Verdict) -> None:
        with self._lock:
            self._counts[what, purpose, verdict] += 1

    def _refuse(self, what: str, host: str, port: int | None) -> None:
        self._count(what, UNKNOWN, "refused")
        if not getattr(self._telling, "busy", False):
            self._telling.busy = True  # a log that is sent over a network would be heard again
            try:
                fields = {"what": what, "to": _shown(host), "port": port, "at": _place()}
                log.warning("an outbound connection is refused", extra=fields)
            finally:
                self._telling.busy = False
        raise OutboundRefused(f"The operator of this machine has not allowed this {what}.")


OUTBOUND = Outbound()
"""The one of this process: an audit hook belongs to the interpreter, so its guard does too."""


def allow_pulling(hosts: Iterable[str]) -> None:
    """Let `models pull` reach these hosts (`.example.org`: all under a domain), and the hub's library ask them.

    Call it before `huggingface_hub` is imported, or after; nothing else in the house may call it.
    """
    OUTBOUND.allow(Rule("models", host) for host in hosts)
    let_hub_ask()


def forbid_sockets() -> None:
    """For a child that has no business with any network: no socket can be made in it by Python code, for ever."""

    def hear(event: str, _: tuple[Any, ...]) -> None:
        if event.startswith("socket."):
            raise OutboundRefused("This process has no network.")

    sys.addaudithook(hear)


def _text(host: Any) -> str:
    if isinstance(host, (bytes, bytearray)):
        host = host.decode("ascii", "replace")
    return "" if host is None else str(host).rstrip(".")


def _is_address(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    if not _is_address(host):
        return False
    return ip_address(_plain(host)).is_loopback


def _plain(address: str) -> str:
    """An address in its one spelling: no zone, and IPv4 where IPv6 only carries it."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(found)


def _network(host: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(host)
    except ValueError:
        return None


def _shown(host: str) -> str:
    if _is_address(host):
        return host
    labels = host.rsplit(".", SHOWN_LABELS)[-SHOWN_LABELS:]
    return ".".join(label[:32] for label in labels)


def _place() -> str:
    """Who asked: the innermost frames outside this file and the socket modules."""
    frame: FrameType | None = sys._getframe(2)
    places: list[str] = []
    while frame is not None and len(places) < 3:
        name = frame.f_globals.get("__name__", "")
        if name not in (__name__, "socket"):
            places.append(f"{name}:{frame.f_lineno}")
        frame = frame.f_back
    return " < ".join(places)
