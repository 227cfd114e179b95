"""`clary`: the commands and how their failures are told. Speaks HTTP to a platform; imports nothing of it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from clary.cli import accounts, backup, clock, coverage, doctor, environment, events, run_command, up, usage
from clary.cli.demo import command as demo
from clary.cli.errors import CliError

_FAMILIES = (up, environment, run_command, doctor, coverage, accounts, backup, clock, events, usage, demo)


def main(argv: Sequence[str] | None = None) -> int:
    """Do one command; returns the exit status."""
    args = parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        status = int(args.command(args))
        sys.stdout.flush()  # here, where a reader that has gone is dealt with
        return status
    except CliError as error:
        print(f"clary: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read this has gone (`clary coverage | head`); Python's own flush at exit must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _interrupt(*_: Any) -> None:
    """TERM is taken as Ctrl-C is: what a command has started, it stops."""
    raise KeyboardInterrupt


class _Version(argparse.Action):
    """Says the version. It is looked up only when it is asked for: that takes longer than all other words."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"clary {version('clary')}")
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """Every command."""
    top = argparse.ArgumentParser(
        prog="clary", description="AWS's machine-learning stack on your own machine."
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print Clary's version and exit")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for family in _FAMILIES:
        family.add_to(commands)
    return top


if __name__ == "__main__":
    raise SystemExit(main())
