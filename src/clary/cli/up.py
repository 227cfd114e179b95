"""`clary up`, `clary down` and `clary status`."""

from __future__ import annotations

import argparse
import ipaddress
import os
import signal
import subprocess
import sys

from clary.cli import lifecycle, upkeep
from clary.cli.errors import CliError
from clary.cli.home import Home, home_at, typed, up_command
from clary.cli.lifecycle import Launch
from clary.cli.local_api import ask, is_healthy
from clary.cli.offline_server import query_server
from clary.cli.screen import Screen

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    up = commands.add_parser("up", help="start the platform")
    up.add_argument("--home", help="the platform's folder (default: CLARY_HOME, else ~/.clary)")
    up.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    up.add_argument(
        "--port", type=lifecycle.port_number, default=4566, help="the port (4566); 0 for any free port"
    )
    up.add_argument(
        "--detach", action="store_true", help="return when the platform is ready and leave it running"
    )
    up.add_argument(
        "--allow-reset", action="store_true", help="allow a signed POST /_clary/reset to delete everything"
    )
    up.add_argument(
        "--gateways",
        type=lifecycle.gateway_count,
        default=1,
        metavar="N",
        help="how many processes answer requests (1); each takes about 40 MB and at most one core",
    )
    up.set_defaults(command=up_)
    down = commands.add_parser("down", help="stop the platform; running jobs go on")
    down.add_argument("--home", help="the platform's folder (default: CLARY_HOME, else ~/.clary)")
    down.set_defaults(command=down_)
    status = commands.add_parser("status", help="show whether the platform is running, and what it contains")
    status.add_argument("--home", help="the platform's folder (default: CLARY_HOME, else ~/.clary)")
    status.set_defaults(command=status_)


def up_(args: argparse.Namespace) -> int:
    """Start the platform, wait until it answers, print what to type next, then wait for its end unless
    detached."""
    home = home_at(args.home)
    number = args.port or lifecycle.free_port(args.host)
    launch = Launch(home, args.host, number, args.allow_reset, args.gateways)
    _check_root_account()
    _check_location(home)
    _check_outbound_networks()
    warden = lifecycle.start(launch, detach=args.detach)
    try:
        return _stay(home, launch, warden, args.detach)
    except KeyboardInterrupt:
        # Ctrl-C also reached the warden, which is in the same process group. A second TERM, from stop(), is
        # harmless.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        lifecycle.stop(home)
        print("stopped; running jobs go on", file=sys.stderr)
        return 0


def _check_root_account() -> None:
    """Raise CliError for an invalid CLARY_ROOT_ACCOUNT, which would otherwise fail late."""
    account = os.environ.get("CLARY_ROOT_ACCOUNT", "")
    if account and not (account.isascii() and account.isdigit() and len(account) == 12):
        raise CliError(f"CLARY_ROOT_ACCOUNT must have 12 digits, not {account!r}")


def _check_outbound_networks() -> None:
    """Raise CliError for a CLARY_OUTBOUND_ALLOW that is not a list of networks."""
    for word in os.environ.get("CLARY_OUTBOUND_ALLOW", "").replace(",", " ").split():
        try:
            if word != "loopback":
                ipaddress.ip_network(word)
        except ValueError as error:
            raise CliError(
                f"CLARY_OUTBOUND_ALLOW: {error}; name networks such as 10.0.0.0/8, or loopback"
            ) from None


def _check_location(home: Home) -> None:
    """Raise CliError for an invalid CLARY_PARTITION or CLARY_REGIONS, which the server would only report in
    its log."""
    partition = os.environ.get("CLARY_PARTITION", "")
    regions = os.environ.get("CLARY_REGIONS", "").replace(",", " ").split()
    if not (partition or regions):
        return
    known = query_server("regions")
    own = home.location().partition
    if partition and partition not in known:
        raise CliError(f"CLARY_PARTITION must be one of {', '.join(known)}, not {partition!r}")
    if home.exists and partition not in ("", own):
        raise CliError(
            f"{home.path} belongs to the partition {own}, which cannot change; choose another --home for CLARY_PARTITION {partition!r}"
        )
    strange = [region for region in regions if region not in known[partition or own]]
    if strange:
        raise CliError(
            f"CLARY_REGIONS names {strange[0]!r}, which is not a region of the partition {partition or own}"
        )


def _stay(home: Home, launch: Launch, warden: subprocess.Popen[bytes], detach: bool) -> int:
    from clary.cli.default_role import ensure_role

    endpoint = lifecycle.wait_until_healthy(launch, warden)
    ensure_role(home.identity(), endpoint, home.location())
    if launch.host not in _LOOPBACK:
        print(
            f"clary: {launch.host} can be reached from other machines; all requests must be signed",
            file=sys.stderr,
        )
    print(f"Clary is up at {endpoint}; next: {next_step(home)}", flush=True)
    return 0 if detach else lifecycle.follow(home, warden)


def next_step(home: Home) -> str:
    """Return what to type next, in the syntax of the user's shell."""
    if os.path.basename(os.environ.get("SHELL", "")) == "fish":
        return f"{typed('env --shell fish', home.path)} | source"
    return f'eval "$({typed("env", home.path)})"'


def down_(args: argparse.Namespace) -> int:
    """Stop the platform. Do nothing if none is running."""
    home = home_at(args.home)
    if not home.path.exists():
        print(f"there is no home at {home.path}; a platform stops by itself when its home is deleted")
    elif lifecycle.stop(home):
        print("stopped; running jobs go on")
    else:
        print(f"the platform of {home.path} is not running")
    return 0


def status_(args: argparse.Namespace) -> int:
    """Print what is running; the status is 1 if the platform does not answer."""
    home, screen = home_at(args.home), Screen()
    endpoint = home.endpoint()
    if endpoint is None or not is_healthy(endpoint):
        alive = ", ".join(f"{name} {process.pid}" for name, process in home.processes().items())
        screen.line(f"not running: {home.path}" + (f" (processes left: {alive})" if alive else ""))
        screen.line(f"start it with: {up_command(home.path)}")
        return 1
    facts = ask(endpoint, home.identity(), "GET", "/_clary/status")
    rows = [("endpoint", endpoint), ("home", str(home.path)), ("account", home.identity().account)]
    rows += [(name, f"pid {process.pid}") for name, process in home.processes().items()]
    rows += [("runs", str(facts["runs"])), ("controllers", _backlog(facts["late_seconds"]))]
    rows += upkeep.rows(facts)
    rows += [(kind, str(count)) for kind, count in facts["resources"].items() if count]
    screen.table(rows)
    return 0


def _backlog(seconds: float) -> str:
    return "up to date" if seconds < 1 else f"the oldest record has been due for {seconds:.1f} s"
