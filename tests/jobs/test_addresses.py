"""What a callback may reach: spellings that are refused, hosts that are not on the list, addresses behind names."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alttext_local.errors import BadRequest, BadSettings
from alttext_local.jobs.addresses import AllowList, is_public, read_url, special_networks

LIST = AllowList.read(
    (
        "hooks.example.org",
        "*.apps.example.org",
        "ported.example.org:8443",
        "10.20.0.0/16",
        "192.168.7.0/24:9000",
        "203.0.113.9",
        "[2001:db8:5::1]:9000",
        "fd12:3456::/32",
    )
)

PASS = [
    ("https://hooks.example.org", "hooks.example.org", 443, "/"),
    ("http://hooks.example.org/", "hooks.example.org", 80, "/"),
    ("HTTPS://Hooks.Example.ORG:444/Done?job=1&x=%20", "hooks.example.org", 444, "/Done?job=1&x=%20"),
    ("https://hooks.example.org?x=1", "hooks.example.org", 443, "/?x=1"),
    ("https://hooks.example.org/a@b:c;d", "hooks.example.org", 443, "/a@b:c;d"),
    ("https://a.apps.example.org/", "a.apps.example.org", 443, "/"),
    ("https://a.b.apps.example.org/", "a.b.apps.example.org", 443, "/"),
    ("https://ported.example.org:8443/", "ported.example.org", 8443, "/"),
    ("http://10.20.255.1:8080/in", "10.20.255.1", 8080, "/in"),
    ("http://192.168.7.3:9000/", "192.168.7.3", 9000, "/"),
    ("http://203.0.113.9/", "203.0.113.9", 80, "/"),
    ("http://[2001:db8:5::1]:9000/", "2001:db8:5::1", 9000, "/"),
    ("http://[2001:DB8:5:0:0:0:0:1]:9000/", "2001:db8:5::1", 9000, "/"),
    ("http://[fd12:3456::9]/", "fd12:3456::9", 80, "/"),
    ("https://hooks.example.org/" + "a" * (2048 - 26), "hooks.example.org", 443, "/" + "a" * (2048 - 26)),
]

ODDLY_WRITTEN = [
    "",
    "hooks.example.org",
    "//hooks.example.org/",
    "ftp://hooks.example.org/",
    "file:///etc/passwd",
    "gopher://hooks.example.org/",
    "javascript:alert(1)",
    "https:hooks.example.org",
    "https:/hooks.example.org",
    "https:///hooks.example.org",
    "https://",
    "https://?x",
    "https://:443/",
    "https://user@hooks.example.org/",
    "https://user:word@hooks.example.org/",
    "https://@hooks.example.org/",
    "https://hooks.example.org@10.20.0.1/",
    "https://hooks.example.org#@evil.example/",
    "https://hooks.example.org/#part",
    "https://hooks.example.org:0/",
    "https://hooks.example.org:65536/",
    "https://hooks.example.org:99999999/",
    "https://hooks.example.org:/",
    "https://hooks.example.org:443:80/",
    "https://hooks.example.org:http/",
    "https://hooks.example.org:+443/",
    "https://hooks.example.org:４４３/",
    "https://hooks.example.org./",
    "https://.hooks.example.org/",
    "https://hooks..example.org/",
    "https://-hooks.example.org/",
    "https://hooks.example.org\\@evil.example/",
    "https:\\\\hooks.example.org/",
    "https://hooks.example.org\t/",
    "https://hooks.exam\nple.org/",
    "https://hooks.example.org/\r\nX-Header: 1",
    " https://hooks.example.org/",
    "https://hooks.example.org/ ",
    "https://hooks.example.org/\x00",
    "https://hooks%2eexample.org/",
    "https://hooks.example.org%00.evil.example/",
    "https://hoöks.example.org/",
    "https://hooks。example.org/",
    "https://ｈooks.example.org/",
    "https://hooks.example.org/é",
    "https://" + "a." * 127 + "org/",
    "https://" + "a" * 64 + ".example.org/",
    "https://hooks.example.org/" + "a" * (2049 - 26),
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://10.20.1/",
    "http://10.20.0.01/",
    "http://10.20.0.1./",
    "http://10.20.0.256/",
    "http://10.20.0.1.1/",
    "http://１０.20.0.1/",
    "http://①⓪.20.0.1/",
    "http://0x/",
    "http://hooks.example.0x1/",
    "http://[fd12:3456::9/",
    "http://fd12:3456::9/",
    "http://[fd12:3456::9%25eth0]/",
    "http://[fd12:3456::9%eth0]/",
    "http://[::ffff:10.20.0.1]/",
    "http://[::ffff:a14:1]/",
    "http://[::10.20.0.1]/",
    "http://[64:ff9b::10.20.0.1]/",
    "http://[2002:a14:1::]/",
    "http://[v1.x]/",
    "http://[]/",
    "http://[10.20.0.1]/",
]

NOT_ON_THE_LIST = [
    "https://example.org/",
    "https://evil.example/",
    "https://hooks.example.org.evil.example/",
    "https://xhooks.example.org/",
    "https://apps.example.org/",
    "https://xapps.example.org/",
    "https://ported.example.org/",
    "https://localhost/",
    "http://127.0.0.1/",
    "http://10.21.0.1/",
    "http://192.168.7.3/",
    "http://192.168.7.3:9001/",
    "http://93.184.216.34/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]/",
    "http://[::]/",
    "http://0.0.0.0/",
    "http://[2001:db8:5::1]/",
    "http://[fd12:3457::9]/",
    "http://[fe80::1]/",
]

NOT_PUBLIC = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.255.255.254 169.254.0.1
    169.254.169.254 172.16.0.1 172.31.255.254 192.0.0.1 192.0.0.9 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1
    192.88.99.1 192.168.0.1 192.175.48.1 198.18.0.1 198.19.255.254 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255
    240.0.0.1 255.255.255.254 255.255.255.255
    :: ::1 ::2 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1
    64:ff9b::a9fe:a9fe 64:ff9b:1::1 64:ff9b:1::808:808 100::1 100:0:0:1::1 2001::1 2001:0:7f00:1::
    2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:30::1 2001:db8::1 2002:7f00:1::
    2002:a00:1:: 2002:808:808::1 2620:4f:8000::1 3ffe::1 3fff::1 3fff:fff::1 4000::1 5f00::1 fc00::1 fd00:ec2::254
    fe80::1 fe80::1%eth0 febf::1 fec0::1 ff02::1 ff0e::1
"""

PUBLIC = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 93.184.216.34 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1
    172.32.0.1 192.0.1.1 198.20.0.1 223.255.255.255 2001:200::1 2001:4860:4860::8888 2606:4700::1111 2a00:1450::1
    ::ffff:8.8.8.8 64:ff9b::808:808
"""


@pytest.mark.parametrize(("url", "host", "port", "path"), PASS)
def test_what_the_operator_named_can_be_given(url, host, port, path):
    target = LIST.check_url(url)
    assert (target.host, target.port, target.path) == (host, port, path)


@pytest.mark.parametrize("url", ODDLY_WRITTEN)
def test_an_odd_spelling_is_refused_even_of_an_allowed_host(url):
    with pytest.raises(BadRequest, match="callback_url: it"):
        read_url(url)
    with pytest.raises(BadRequest):
        LIST.check_url(url)


@pytest.mark.parametrize("url", NOT_ON_THE_LIST)
def test_a_host_off_the_list_is_refused_with_a_word_on_how_to_allow_one(url):
    with pytest.raises(BadRequest, match="ALTTEXT_CALLBACK_HOSTS") as refused:
        LIST.check_url(url)
    assert url not in str(refused.value)


@pytest.mark.parametrize("url", [case[0] for case in PASS])
def test_by_default_nothing_is_allowed(url):
    with pytest.raises(BadRequest, match="callback_hosts"):
        AllowList().check_url(url)


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_a_name_must_not_lead_to_an_address_that_is_not_public(address):
    assert not LIST_WITHOUT_NETWORKS.permits(ip_address(address), 443)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_a_name_may_lead_to_a_public_address(address):
    assert LIST_WITHOUT_NETWORKS.permits(ip_address(address), 443)


LIST_WITHOUT_NETWORKS = AllowList.read(("hooks.example.org",))


@pytest.mark.parametrize(
    ("address", "port", "permitted"),
    [
        ("10.20.3.4", 443, True),
        ("10.21.3.4", 443, False),
        ("::ffff:10.20.3.4", 443, True),
        ("64:ff9b::10.20.3.4", 443, True),
        ("2002:a14:304::", 443, False),
        ("::10.20.3.4", 443, False),
        ("192.168.7.1", 9000, True),
        ("192.168.7.1", 443, False),
        ("fd12:3456::1", 1, True),
        ("fd12:3457::1", 1, False),
    ],
)
def test_a_network_that_the_operator_named_may_be_led_to(address, port, permitted):
    assert LIST.permits(ip_address(address), port) is permitted


def test_a_tunnel_needs_both_its_own_network_and_what_it_carries():
    tunnels = AllowList.read(("2002::/16", "64:ff9b:1::/48"))
    assert not tunnels.permits(ip_address("2002:7f00:1::"), 443)
    assert not tunnels.permits(ip_address("64:ff9b:1::7f00:1"), 443)
    assert tunnels.permits(ip_address("2002:808:808::1"), 443)


@given(st.ip_addresses())
@settings(max_examples=300, deadline=None)
def test_nothing_that_the_interpreter_calls_special_is_public(address):
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert not is_public(address)


@pytest.mark.parametrize("network", special_networks(), ids=str)
def test_both_ends_of_each_special_network_are_inside_and_the_list_is_well_formed(network):
    assert not is_public(network[0])
    assert not is_public(network[-1])
    assert ip_network(str(network)) == network


NO_ENTRY = """
    * *. *.* a.*.org http://hooks.example.org hooks.example.org/path user@host host: host:0 host:65536 host:port
    0.0.0.0/0 10.0.0.0/7 ::/0 2000::/3 10.20.0.1/16 10.20.0.0/33 127.1 2130706433 hooks..org -a.org höoks.org [::1
    [::1]x [hooks.org]:1x *.10.0.0.1 fe80::1%eth0
"""


@pytest.mark.parametrize("entry", NO_ENTRY.split())
def test_an_entry_that_cannot_be_meant_is_refused_at_start(entry):
    with pytest.raises(BadSettings, match="callback_hosts"):
        AllowList.read((entry,))
