"""`clary encrypt`: encrypt the objects that lie in the clear, as earlier versions left them."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from clary.cli.errors import CliError
from clary.cli.home import home_at
from clary.cli.local_api import ask

_POLL = 0.5
_PATH = "/_clary/encryption"
_SHOWN = 5


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("encrypt", help="encrypt objects that lie in the clear, beside requests")
    parser.add_argument("--home", help="the platform's folder (default: CLARY_HOME, else ~/.clary)")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Encrypt, and print how far it is until it ends. Ctrl-C ends the command, not the work."""
    home = home_at(args.home)
    root, endpoint = home.identity(), home.running()
    found = ask(endpoint, root, "POST", _PATH)
    while found["going"]:
        _show(found)
        time.sleep(_POLL)
        found = ask(endpoint, root, "GET", _PATH)
    _show(found)
    print()
    if found["failed"]:
        raise CliError(
            f"it was ended by an error, which is in {home.path}/log/gateway.log; run it again for the rest"
        )
    if damaged := found["damaged"]:
        named = ", ".join(damaged[:_SHOWN]) + (" …" if len(damaged) > _SHOWN else "")
        raise CliError(
            f"the bytes of {len(damaged)} versions are missing or damaged, and stay as they are: {named}"
        )
    return 0


def _show(found: dict[str, Any]) -> None:
    """Print one line, over the one before on a terminal."""
    begin = "\r" if sys.stdout.isatty() else ""
    end = "" if begin or not found["going"] else "\n"
    size = found["bytes"] / 1e6
    words = f"{found['seen']} versions looked at, {found['encrypted']} encrypted ({size:.1f} MB)"
    print(f"{begin}{words}", end=end, flush=True)
