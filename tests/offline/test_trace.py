from scripts.prove_offline.trace import read_trace

SIX = (
    "{{sa_family=AF_INET6, sin6_port=htons({}), sin6_flowinfo=htonl(0), "
    'inet_pton(AF_INET6, "{}", &sin6_addr), sin6_scope_id=0}}'
)
TRACE = f"""\
100   socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3
100   connect(3, {{sa_family=AF_INET, sin_port=htons(8000), sin_addr=inet_addr("127.0.0.1")}}, 16) = 0
101   connect(4, {{sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}}, 110) = -1 ENOENT (No such file or directory)
101   connect(4, {SIX.format(80, "::1")}, 28) = 0
101   sendto(5, "\\24\\0\\0\\0", 20, 0, {{sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}}, 12) = 20
101   recvfrom(5, "HTTP", 4, 0, NULL, NULL) = 4
101   bind(6, {{sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("0.0.0.0")}}, 16) = 0
101   <... connect resumed>) = 0
101   --- SIGCHLD {{si_signo=SIGCHLD}} ---
101   +++ exited with 0 +++
"""


def test_a_machine_that_talks_to_itself_is_clean():
    found = read_trace(TRACE.splitlines())
    assert found.clean
    assert (found.loopback, found.unix.total(), found.calls["connect"]) == (2, 1, 3)


def beyond(line):
    found = read_trace([line])
    assert not found.clean
    return found.beyond, found.lookups


def test_what_leaves_is_seen_in_every_shape():
    there = 'sa_family=AF_INET, sin_port=htons({}), sin_addr=inet_addr("{}")'
    assert beyond(f"1 connect(3, {{{there.format(443, '192.0.2.1')}}}, 16) = -1 ENETUNREACH") == (
        ["connect [192.0.2.1]:443"], [],
    )  # fmt: skip
    assert beyond(f"[pid  7] connect(3, {{{there.format(443, '192.0.2.1')}}}, 16 <unfinished ...>")[0]
    named = f"{{msg_name={{{there.format(123, '192.0.2.9')}}}, msg_namelen=16}}"
    assert beyond(f"9 sendmsg(3, {named}, 0) = 1")[0] == ["sendmsg [192.0.2.9]:123"]
    six = SIX.format(443, "2001:db8::1")
    assert beyond(f"9 connect(3, {six}, 28) = -1")[0] == ["connect [2001:db8::1]:443"]
    mapped = six.replace("2001:db8::1", "::ffff:192.0.2.1")
    assert beyond(f"9 connect(3, {mapped}, 28) = -1")[0]
    assert beyond("9 connect(3, {sa_family=AF_VSOCK, svm_cid=0x2, svm_port=0x50}, 16) = 0")[0] == ["connect AF_VSOCK"]


def test_a_look_up_is_one_by_loopback_too():
    ask = '{sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.53")}'
    assert beyond(f"9 connect(3, {ask}, 16) = 0") == ([], ["connect [127.0.0.53]:53"])
    many = f"9 sendmmsg(3, [{{msg_hdr={{msg_name={ask}}}}}, {{msg_hdr={{msg_name={ask}}}}}], 2, 0) = 2"
    assert len(beyond(many)[1]) == 2
    path = '{sa_family=AF_UNIX, sun_path="/run/systemd/resolve/io.systemd.Resolve"}'
    assert beyond(f"9 connect(3, {path}, 42) = 0")[1]


def test_a_ring_that_could_connect_unseen_is_no_proof():
    assert not read_trace(["9 io_uring_setup(64, {flags=0}) = 5"]).clean
