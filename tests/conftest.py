"""For every test: no connection beyond this machine."""

import ipaddress
import socket

import pytest


class NetworkForbidden(AssertionError):
    """A test tried to reach another machine, or to ask for a name."""


def _is_local(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is None or host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch):
    """Refuse anything but loopback and Unix sockets; a test that swallowed the refusal fails all the same."""
    attempts: list[str] = []

    def check(what: str, host: object) -> None:
        if not _is_local(host):
            attempts.append(f"{what} {host!r}")
            raise NetworkForbidden(attempts[-1])

    def guarded_method(name: str):
        original = getattr(socket.socket, name)

        def call(self, *args):
            if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(args[-1], tuple):
                check(name, args[-1][0])
            return original(self, *args)

        return call

    def guarded_function(name: str):
        original = getattr(socket, name)

        def call(host, *args, **kwargs):
            check(name, host)
            return original(host, *args, **kwargs)

        return call

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, guarded_method(name))
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        monkeypatch.setattr(socket, name, guarded_function(name))
    yield attempts
    assert attempts == [], f"beyond loopback: {attempts}"
