"""`clary encrypt`: encrypt the objects that lie in the clear, as earlier versions left them."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from clary.cli.errors import CliError
from clary.cli.home import home_at
from clary.cli.local_api import ask

_PATIENCE = 3600.0  # seconds for one stretch: its last object may have terabytes
_PATH = "/_clary/encryption"
_SHOWN = 5


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("encrypt", help="encrypt objects that lie in the clear, beside requests")
    parser.add_argument("--home", help="the platform's folder (default: CLARY_HOME, else ~/.clary)")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Encrypt stretch by stretch, and print how far it is."""
    home = home_at(args.home)
    root, endpoint = home.identity(), home.running()
    done: dict[str, Any] = {"seen": 0, "encrypted": 0, "bytes": 0, "damaged": []}
    after: Any = None
    while True:
        body = {} if after is None else {"after": after}
        found = ask(endpoint, root, "POST", _PATH, body, seconds=_PATIENCE)
        done = {name: value + found[name] for name, value in done.items()}
        after = found["after"]
        _show(done, over=after is None)
        if after is None:
            return _verdict(done["damaged"])


def _verdict(damaged: list[str]) -> int:
    if damaged:
        named = ", ".join(damaged[:_SHOWN]) + (" …" if len(damaged) > _SHOWN else "")
        raise CliError(
            f"the bytes of {len(damaged)} versions are missing or damaged, and stay as they are: {named}"
        )
    return 0


def _show(done: dict[str, Any], *, over: bool) -> None:
    """Print one line, on a terminal over the one before."""
    on_terminal = sys.stdout.isatty()
    words = f"{done['seen']} versions looked at, {done['encrypted']} encrypted ({done['bytes'] / 1e6:.1f} MB)"
    if on_terminal or over:
        print(("\r" if on_terminal else "") + words, end="\n" if over else "", flush=True)
