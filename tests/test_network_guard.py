import socket

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80)])
def test_another_machine_cannot_be_reached(address, only_loopback):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as stream, pytest.raises(AssertionError, match="connect"):
        stream.connect(address)
    with socket.socket(family, socket.SOCK_DGRAM) as datagram, pytest.raises(AssertionError, match="sendto"):
        datagram.sendto(b"x", address)
    only_loopback.clear()


def test_no_name_is_asked_for(only_loopback):
    with pytest.raises(AssertionError, match=r"example\.org"):
        socket.create_connection(("example.org", 80))
    with pytest.raises(AssertionError, match=r"example\.org"):
        socket.gethostbyname("example.org")
    assert len(only_loopback) == 2
    only_loopback.clear()


def test_loopback_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
