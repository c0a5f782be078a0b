"""The guard, each time in a process of its own: its hook cannot be taken away again."""

import os
import subprocess
import sys
import textwrap

import pytest

from alttext_local.outbound import Outbound, OutboundRefused, Rule

HEAD = """
import socket, sys, json, asyncio, logging
from alttext_local.outbound import OUTBOUND, Rule, OutboundRefused, forbid_sockets

def tried(what):
    try:
        what()
    except OutboundRefused:
        return "refused"
    except OSError as error:
        return "let through"
    return "let through"

def connect(address, family=socket.AF_INET, kind=socket.SOCK_STREAM):
    with socket.socket(family, kind) as stream:
        stream.settimeout(0.2)
        stream.connect(address)

def send(address, family=socket.AF_INET):
    with socket.socket(family, socket.SOCK_DGRAM) as stream:
        stream.sendto(b"x", address)
"""


def run(program):
    done = subprocess.run(
        [sys.executable, "-c", HEAD + textwrap.dedent(program)],
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines(), done.stderr


@pytest.mark.parametrize(
    "attempt",
    [
        "connect(('192.0.2.1', 443))",
        "connect(('2001:db8::1', 443), socket.AF_INET6)",
        "connect(('::ffff:192.0.2.1', 443), socket.AF_INET6)",
        "connect(('fe80::1%lo', 443, 0, 1), socket.AF_INET6)",
        "connect(('example.invalid', 443))",
        "socket.socket().connect_ex(('192.0.2.1', 443))",
        "send(('192.0.2.1', 53))",
        "socket.socket(type=socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('192.0.2.1', 53))",
        "socket.create_connection(('192.0.2.1', 443), 0.2)",
        "socket.getaddrinfo('example.invalid', 443)",
        "socket.getaddrinfo(b'example.invalid', 443)",
        "socket.gethostbyname('example.invalid')",
        "socket.gethostbyname_ex('example.invalid')",
        "socket.gethostbyaddr('192.0.2.1')",
        "socket.getnameinfo(('192.0.2.1', 80), 0)",
        "__import__('_socket').getaddrinfo('example.invalid', 443)",
        "__import__('_socket').socket().connect(('192.0.2.1', 443))",
        "asyncio.run(asyncio.open_connection('192.0.2.1', 443))",
        "asyncio.run(asyncio.open_connection('example.invalid', 443))",
        "__import__('urllib.request').request.urlopen('http://192.0.2.1/', timeout=0.2)",
    ],
)
def test_what_nobody_allowed_is_refused(attempt):
    program = f"""
    OUTBOUND.guard()
    try:
        {attempt}
    except OutboundRefused:
        print("refused")
    except OSError as error:  # urllib's and asyncio's own errors carry it
        print("refused" if "has not allowed" in str(error) else "let through")
    print(sum(n for (_, _, verdict), n in OUTBOUND.counts().items() if verdict == "refused") > 0)
    """
    (said, counted), log = run(program)
    assert (said, counted) == ("refused", "True")
    assert "refused" in log


def test_loopback_and_unix_sockets_are_let_through_and_not_counted(tmp_path):
    program = f"""
    OUTBOUND.guard()
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "localhost"), (socket.AF_INET6, "::1")):
        with socket.create_server((host, 0), family=family) as server:
            socket.create_connection(server.getsockname()[:2]).close()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind({str(tmp_path / "s")!r}); server.listen()
        connect({str(tmp_path / "s")!r}, socket.AF_UNIX)
    one, two = socket.socketpair(); one.sendmsg([b"x"])
    socket.getaddrinfo(None, 80); socket.getnameinfo(("127.0.0.1", 80), 0)
    print(dict(OUTBOUND.counts()))
    """
    assert run(program)[0] == ["{}"]


def test_an_allowed_address_may_be_reached_on_its_port_alone():
    program = """
    OUTBOUND.guard()
    OUTBOUND.allow([Rule("mail", "192.0.2.7", 25), Rule("callbacks", "198.51.100.0/24")])
    for address in (("192.0.2.7", 25), ("192.0.2.7", 26), ("198.51.100.9", 1), ("198.51.101.9", 1)):
        print(tried(lambda: send(address)))
    print(OUTBOUND.counts()["connection", "mail", "allowed"], OUTBOUND.counts()["connection", "callbacks", "allowed"])
    """
    assert run(program)[0] == ["let through", "refused", "let through", "refused", "1 1"]


def test_an_allowed_name_leads_to_the_addresses_of_its_answer_alone():
    """The resolver is the machine's; here it is one that answers as the test wishes, below what the guard wraps."""
    program = """
    def answers(host, port, *args, **more):
        sys.audit("socket.getaddrinfo", host, port, 0, 0, 0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", port))]
    socket.getaddrinfo = answers
    OUTBOUND.guard()
    OUTBOUND.allow([Rule("callbacks", ".example.org", 443), Rule("mail", "Relay.Example.Net", 25)])
    print(tried(lambda: send(("192.0.2.7", 443))))
    print(tried(lambda: socket.getaddrinfo("hooks.example.org", 443)))
    print(tried(lambda: send(("192.0.2.7", 443))), tried(lambda: send(("192.0.2.7", 444))))
    print(tried(lambda: socket.getaddrinfo("relay.example.net.", 25)), tried(lambda: send(("192.0.2.7", 25))))
    for name in ("example.org", "hooks.example.org.evil.invalid", "evilexample.org"):
        print(tried(lambda: socket.getaddrinfo(name, 443)))
    print(tried(lambda: socket.getaddrinfo("hooks.example.org", 80)))
    """
    said, _ = run(program)
    assert said == ["refused", "let through", "let through refused", "let through let through", *["refused"] * 4]


def test_the_log_tells_of_a_refusal_and_not_what_a_name_carries():
    program = """
    from alttext_local.log import configure_logging
    configure_logging("info")
    OUTBOUND.guard()
    tried(lambda: socket.getaddrinfo("patient-4711.secret.example.invalid", 443))
    """
    _, log = run(program)
    assert '"to": "example.invalid"' in log
    assert '"what": "look-up"' in log
    assert "__main__" in log
    assert "4711" not in log
    assert "secret" not in log


def test_the_guard_is_there_once_and_cannot_be_argued_with():
    program = """
    import socket as given
    before = given.getaddrinfo
    OUTBOUND.guard(); OUTBOUND.guard()
    given.getaddrinfo = before
    print(tried(lambda: given.getaddrinfo("example.invalid", 1)), OUTBOUND.guarding)
    """
    assert run(program)[0] == ["refused True"]


def test_a_process_without_a_network_makes_no_socket_at_all():
    program = """
    forbid_sockets()
    print(tried(lambda: socket.socket(socket.AF_UNIX)), tried(lambda: socket.getaddrinfo("localhost", 80)))
    """
    assert run(program)[0] == ["refused refused"]


def test_clients_that_the_hook_cannot_see_are_held_to_the_same_list():
    program = """
    OUTBOUND.require("files", "anywhere.example", 443)
    OUTBOUND.guard()
    OUTBOUND.allow([Rule("database", "db.example", 5432), Rule("files", "192.0.2.0/28", 9000)])
    for place in (("database", "db.example", 5432), ("files", "192.0.2.3", 9000), ("files", "127.0.0.1", 1),
                  ("database", "/run/postgresql", None), ("files", "db.example", 5432), ("database", "db.example", 1)):
        print(tried(lambda: OUTBOUND.require(*place)))
    """
    assert run(program)[0] == ["let through"] * 4 + ["refused"] * 2


def test_before_it_guards_nothing_is_refused():
    outbound = Outbound()
    outbound.allow([Rule("mail", "relay.example", 25)])
    outbound.require("files", "anywhere.example", 443)
    assert not outbound.guarding
    assert outbound.counts() == {}
    assert issubclass(OutboundRefused, OSError)
