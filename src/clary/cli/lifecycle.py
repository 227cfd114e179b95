"""Start and stop a platform from outside: the warden as a process, its health over HTTP.

Finds out why a platform did not start; does not know what it consists of.
"""

from __future__ import annotations

import argparse
import errno
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from clary.cli.errors import CliError
from clary.cli.home import Home, Process
from clary.cli.local_api import is_healthy

T = TypeVar("T")

ALREADY_UP = 3
CANNOT_GO_ON = os.EX_CONFIG
"""Exit status of a platform that cannot use its home; the last CRITICAL line of the warden's log says why."""
MOST_GATEWAYS = 64
_POLL = 0.05
_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_DEATHS = 3


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a platform."""

    home: Home
    host: str = "127.0.0.1"
    port: int = 4566
    allow_reset: bool = False
    gateways: int = 1

    def words(self) -> list[str]:
        """Return the warden's command line."""
        words = [sys.executable, "-m", "clary.server", "warden", "--home", str(self.home.path)]
        words += ["--host", self.host, "--port", str(self.port)]
        words += ["--gateways", str(self.gateways)] if self.gateways > 1 else []
        return [*words, "--allow-reset"] if self.allow_reset else words


def port_number(text: str) -> int:
    """Parse a TCP port, or 0. Raise ArgumentTypeError if it is invalid."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: ports are numbers from 0 to 65535")
    return int(text)


def gateway_count(text: str) -> int:
    """Parse how many gateways there are to be. Raise ArgumentTypeError if it is invalid."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_GATEWAYS):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {MOST_GATEWAYS}")
    return int(text)


def check_startable(launch: Launch) -> None:
    """Raise CliError if the platform is running (status 3) or its port is in use."""
    if launch.home.process("warden"):
        where = launch.home.endpoint() or "an unknown address"
        raise CliError(
            f"the platform of {launch.home.path} is already running at {where}; stop it with: clary down",
            ALREADY_UP,
        )
    family = socket.AF_INET6 if ":" in launch.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((launch.host, launch.port))
            probe.listen(1)
        except PermissionError:
            raise CliError(f"port {launch.port} needs root; choose a port above 1023 with --port") from None
        except OSError as error:
            raise _unusable(launch, error) from None


def _unusable(launch: Launch, error: OSError) -> CliError:
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return CliError(
            f"{launch.host} is not an address of this machine ({error.strerror}); choose one with --host"
        )
    return CliError(
        f"{launch.host} port {launch.port} cannot be used ({error.strerror}); choose another with --port, or 0 for any"
    )


def free_port(host: str) -> int:
    """Return a port that is free now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError as error:
            raise CliError(
                f"{host} is not an address of this machine ({error.strerror}); choose one with --host"
            ) from None
        return int(probe.getsockname()[1])


def start(launch: Launch, *, detach: bool) -> subprocess.Popen[bytes]:
    """Start the warden. Detached, it gets its own session, so that Ctrl-C does not reach it."""
    check_startable(launch)
    log = launch.home.path / "log"
    try:
        log.mkdir(mode=0o700, parents=True, exist_ok=True)
        output = os.open(log / "warden.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise CliError(
            f"{launch.home.path} cannot be a home: {error.strerror}; choose another with --home"
        ) from None
    try:
        return subprocess.Popen(
            launch.words(), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=detach
        )
    finally:
        os.close(output)


def wait_until_healthy(launch: Launch, warden: subprocess.Popen[bytes]) -> str:
    """Return the endpoint as soon as it answers. Raise CliError with the reason if it does not."""
    deadline = time.monotonic() + _START_SECONDS
    seen: set[int] = set()
    while time.monotonic() < deadline:
        if warden.poll() is not None:
            raise _not_started(
                launch, "warden", f"the platform ended at once (status {warden.returncode})", warden
            )
        gateway = launch.home.process("gateway")
        seen |= {gateway.pid} if gateway else set()
        if len(seen) > _DEATHS:
            stop(launch.home)
            raise _not_started(launch, "gateway", "the gateway keeps stopping", warden)
        endpoint = launch.home.endpoint()
        if endpoint and is_healthy(endpoint):
            return endpoint
        time.sleep(_POLL)
    stop(launch.home)
    raise _not_started(launch, "gateway", f"the platform was not ready after {_START_SECONDS:.0f} s", warden)


def _not_started(launch: Launch, duty: str, reason: str, warden: subprocess.Popen[bytes]) -> CliError:
    if warden.poll() == ALREADY_UP:
        return CliError(f"another `clary up` has started the platform of {launch.home.path}", ALREADY_UP)
    if warden.poll() == CANNOT_GO_ON:
        return _unsuited(launch.home)
    tail = launch.home.log_tail(duty) or launch.home.log_tail("warden")
    where = launch.home.path / "log" / f"{duty}.log"
    return CliError(f"{reason}; the end of {where}:\n{tail}" if tail else f"{reason}; see {where}")


def _unsuited(home: Home) -> CliError:
    if not home.path.exists():
        return CliError(f"{home.path} was deleted, so the platform has stopped", CANNOT_GO_ON)
    said = [line.partition(" CRITICAL ")[2] for line in home.log_tail("warden").splitlines()]
    why = next((words for words in reversed(said) if words), f"see {home.path / 'log' / 'warden.log'}")
    return CliError(f"{home.path} cannot be used: {why}", CANNOT_GO_ON)


def follow(home: Home, warden: subprocess.Popen[bytes]) -> int:
    """Wait until the platform stops and return the exit status.

    If the warden is killed, follow the one that replaces it. Raise CliError if the platform stopped because
    of its home.
    """
    status = warden.wait()
    if status == CANNOT_GO_ON:
        raise _unsuited(home)
    while status != 0:
        successor = wait_for(lambda: home.process("warden"), 5.0)
        if successor is None:
            return 1
        wait_for_end(successor, None)
        status = 0 if not home.processes() else 1
    return 0


def stop(home: Home, seconds: float = _STOP_SECONDS) -> bool:
    """Stop the platform with TERM to the warden; return whether something was running. Jobs go on."""
    if not home.processes():
        return False
    deadline = time.monotonic() + seconds
    while left := home.processes():
        if time.monotonic() > deadline:
            raise CliError(
                f"still alive after {seconds:.0f} s: {', '.join(f'{n} {p.pid}' for n, p in left.items())}"
            )
        _ask_to_end(left)
    return True


def _ask_to_end(left: dict[str, Process]) -> None:
    """Tell the warden to end and wait for it. If only workers are left, wait for the warden that they are
    about to start."""
    warden = left.get("warden")
    if warden:
        warden.signal(signal.SIGTERM)
        wait_for_end(warden, 2.0)
    else:
        wait_for_end(next(iter(left.values())), 0.5)


def wait_for_end(process: Process, seconds: float | None) -> None:
    """Wait until a process has ended, for at most `seconds`."""
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return
    try:
        if process.alive:
            select.select([handle], [], [], seconds)
    finally:
        os.close(handle)


def wait_for(look: Callable[[], T | None], seconds: float) -> T | None:
    """Call `look` until it returns something, for at most `seconds`; return that or None."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None and time.monotonic() < deadline:
        time.sleep(_POLL)
    return found
