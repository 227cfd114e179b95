"""The gateway's socket, bound or inherited; and that nobody is refused while the warden replaces a gateway."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clary.server.home import read_json
from clary.server.http.sockets import inherited, listen
from clary.server.processes import Process
from tests.support.live import Live, free_port, short_folder
from tests.support.waiting import until

PING = b"GET /_clary/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture
def idle() -> Iterator[Live]:
    """A home where nothing runs yet."""
    live = Live(short_folder() / "home")
    yield live
    live.clear()
    live.home.path.parent.rmdir()


def kill(live: Live, duty: str) -> Process:
    victim = live.process(duty)
    assert victim is not None
    os.kill(victim.pid, signal.SIGKILL)
    until(lambda: not victim.alive())
    return victim


def serving(live: Live) -> int:
    """The gateway that wrote down last that it listens."""
    return int(read_json(live.home.address)["pid"])


def knock_until_replaced(live: Live, old: Process) -> int:
    """Connect and ask until the dead gateway's successor serves; how many connected before it did. All are answered."""
    early = 0
    while serving(live) == old.pid:
        assert live.send(PING).startswith(b"HTTP/1.1 200")
        early += 1
    return early


def test_whoever_connects_between_two_gateways_waits_for_the_next(live: Live) -> None:
    assert knock_until_replaced(live, kill(live, "gateway")) > 0


def test_the_socket_is_the_wardens_own_again_after_a_gateway_that_was_adopted(live: Live) -> None:
    """The warden that replaces a killed one inherits no socket: it binds its own when the adopted gateway has died."""
    first = kill(live, "warden")
    until(lambda: (p := live.process("warden")) and p != first)
    adopted = kill(live, "gateway")
    until(lambda: (p := live.process("gateway")) and p != adopted and live.healthy())
    assert knock_until_replaced(live, kill(live, "gateway")) > 0


def test_stopping_refuses_at_once(live: Live) -> None:
    live.down()
    with pytest.raises(ConnectionRefusedError):
        live.send(PING)


def test_jobs_and_workers_beside_it_do_not_hold_the_socket(live: Live) -> None:
    holders = {pid for pid in live.pids() if _port_is_held(live.port, pid)}
    assert holders == {p.pid for d in ("warden", "gateway") if (p := live.process(d))}


def _port_is_held(port: int, pid: int) -> bool:
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"}
    assert inodes
    links = set()
    with contextlib.suppress(FileNotFoundError):  # it has ended meanwhile, and holds nothing
        for fd in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                links.add(os.readlink(fd))
    return bool(inodes & links)


def test_a_port_that_is_anothers_is_told_and_taken_once_it_is_free(idle: Live) -> None:
    log = idle.home.path / "log" / "gateway.log"
    words = [sys.executable, "-m", "clary.server", "warden", "--home", str(idle.home.path)]
    with socket.socket() as other:
        other.bind(("127.0.0.1", idle.port))
        other.listen()
        warden = subprocess.Popen(
            [*words, "--port", str(idle.port)],
            env=idle.env,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until(lambda: log.exists() and "Address already in use" in log.read_text())
    until(idle.healthy)
    warden.terminate()
    assert warden.wait(30) == 0


def test_a_gateway_that_is_started_by_hand_binds_itself(idle: Live) -> None:
    words = [sys.executable, "-m", "clary.server", "gateway", "--home", str(idle.home.path)]
    gateway = subprocess.Popen(
        [*words, "--port", str(idle.port)], env=idle.env, stderr=subprocess.DEVNULL, start_new_session=True
    )
    until(idle.healthy)
    gateway.terminate()
    assert gateway.wait(30) == 0


def test_an_inherited_socket_is_not_passed_on() -> None:
    ours = listen("127.0.0.1", free_port())
    os.set_inheritable(ours.fileno(), True)
    theirs = inherited(os.dup(ours.fileno()))
    assert not theirs.get_inheritable()
    assert theirs.getsockname() == ours.getsockname()
    for one in (ours, theirs):
        one.close()


def test_what_is_no_listening_socket_is_refused() -> None:
    with socket.socket() as idle, pytest.raises(OSError, match="not a listening socket"):
        inherited(idle.fileno())
    with open(os.devnull) as file, pytest.raises(OSError, match=r"(?i)socket"):
        inherited(file.fileno())


def test_a_taken_address_is_refused() -> None:
    with listen("127.0.0.1", free_port()) as first, pytest.raises(OSError, match="in use"):
        listen("127.0.0.1", first.getsockname()[1])
