"""`clary rotate-sealing-key`: replace the key under which a platform's secrets are stored. The server's code does the work."""

from __future__ import annotations

import argparse
import sys

from clary.cli.home import home_at
from clary.cli.offline_server import run_server_task


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "rotate-sealing-key", help="seal all secrets under a new sealing key; the platform must be stopped"
    )
    parser.add_argument("--home", help="the platform's folder (default: CLARY_HOME, else ~/.clary)")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Replace the key, and say where the new one is."""
    home = home_at(args.home)
    done = run_server_task("rotate-sealing-key", "--home", str(home.path))
    print(f"all secrets of {home.path} are sealed under a new key, which is in {done['key']}")
    print(
        "clary: earlier backups need the earlier key; keep it as long as you keep them, apart from them",
        file=sys.stderr,
    )
    return 0
