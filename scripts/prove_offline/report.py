"""What was counted, as a page of the documentation."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from alttext_local import __version__
from alttext_local.offline import NEVER_IMPORTED, SWITCHES
from scripts.prove_offline import plant
from scripts.prove_offline.trace import Findings

PAGE = """# Nothing goes out

Written by `python -m scripts.prove_offline --markdown docs/OFFLINE.md`; run it on your own machine and compare.

## What was done

{begun:%Y-%m-%d}, {seconds:.0f} seconds, alttext-local {version}, Python {python}, Linux {kernel}, `CI` unset; in a network
namespace with loopback alone (`unshare --net`), every process traced from its first instruction
(`strace -f -e trace=%network`).

| step | how often |
|---|---|
{did}

## What was counted

| | |
|---|---|
| system calls of the network, all | {calls:,} |
| connections and datagrams to loopback | {loopback:,} |
| connections and datagrams to Unix sockets | {unix:,} |
| **connections and datagrams beyond this machine** | **{beyond}** |
| **look-ups of names** (port 53, 853, 5353, 5355, 137 of any address, loopback's too; systemd's resolver) | **{lookups}** |
| **rings of io_uring**, through which calls could pass unseen | **{rings}** |

Unix sockets that were asked: {paths}.

**The result: {result}.**

## The negative control

A program that calls the C library, which no hook of Python sees, is run under the same trace.

| planted | seen |
|---|---|
{planted}

## What keeps it so

1. **Switches**, set when the package is imported, whatever the environment said (`alttext_local/offline.py`): {switches}.
   Not to be imported at all: {never}.
2. **The guard** (`alttext_local/outbound.py`): an audit hook, which cannot be taken away again, in the server, the worker and every command. It refuses connections,
   datagrams and look-ups that no setting allows, counts them in `/metrics` and logs that there was one. The settings that allow a host:
   `callback_hosts`, `smtp_host`, `s3_endpoint` with `s3_bucket`, `database_url`. None is set by default. The process that decodes pictures can make no socket at all.
3. **What the guard does not see**: sockets that C or Rust code opens by itself. In this product those are libpq (PostgreSQL) and obstore (S3): their hosts come from the
   settings alone, are held to the same list before the client is made, and variables that would send them elsewhere (proxies, `PGHOST`, `AWS_ENDPOINT_URL`...) are
   taken out of the environment. A process that was taken over could go round any guard inside it: this is what the next line is for.
4. **The machine's own walls**, which are the operator's to set: `IPAddressDeny=any` in a systemd unit, an internal network of containers, a NetworkPolicy in
   Kubernetes, a firewall. They hold against C code and against a process that was taken over.
"""


@dataclass(frozen=True)
class Proof:
    """A tour and its control."""

    begun: datetime
    ended: datetime
    did: Mapping[str, int]
    tour: Findings
    planted: Mapping[str, Findings]

    @property
    def holds(self) -> bool:
        """Nothing went out, and what was planted was seen."""
        return self.tour.clean and bool(self.planted["connect"].beyond) and bool(self.planted["look-up"].lookups)


def write_report(proof: Proof) -> str:
    """The page."""
    tour = proof.tour
    seen = {"connect": proof.planted["connect"].beyond, "look-up": proof.planted["look-up"].lookups}
    problems = [*tour.beyond, *tour.lookups]
    return PAGE.format(
        begun=proof.begun,
        seconds=(proof.ended - proof.begun).total_seconds(),
        version=__version__,
        python=platform.python_version(),
        kernel=".".join(platform.release().split(".")[:2]),
        did="\n".join(f"| {what} | {count} |" for what, count in proof.did.items()),
        calls=tour.calls.total(),
        loopback=tour.loopback,
        unix=tour.unix.total(),
        beyond=len(tour.beyond),
        lookups=len(tour.lookups),
        rings=tour.rings,
        paths=", ".join(f"`{path}` ({count})" for path, count in sorted(tour.unix.items())) or "none by name",
        result="nothing went out" if tour.clean else "NOT PROVED: " + "; ".join(sorted(set(problems))[:20]),
        planted="\n".join(f"| a {what} | {_seen(places)} |" for what, places in seen.items()),
        switches=", ".join(f"`{name}={value}`" for name, value in SWITCHES.items()),
        never=", ".join(f"`{name}`" for name in NEVER_IMPORTED),
    )


def _seen(places: list[str]) -> str:
    """What was seen of what was planted; of a name server no address, which is the machine's own matter."""
    if not places:
        return "NO"
    call, _, port = places[0].rpartition(":")
    return f"yes: {places[0]}" if plant.ADDRESS in call else f"yes: {call.split()[0]} to port {port} of the name server"
