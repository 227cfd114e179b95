"""`clary`: the commands, and how their failures are shown. Speaks HTTP to a platform and imports nothing of
it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from clary.cli import (
    accounts,
    backup,
    clock,
    coverage,
    doctor,
    encrypt,
    environment,
    events,
    rotate_sealing_key,
    run_command,
    up,
    usage,
)
from clary.cli.demo import command as demo
from clary.cli.errors import CliError
from clary.cli.pipelines import command as pipelines
from clary.cli.report import command as report
from clary.cli.reproduce import command as reproduce

_FAMILIES = (
    *(up, environment, run_command, doctor, coverage, accounts, backup, clock, events, usage, pipelines),
    rotate_sealing_key,
    encrypt,
    reproduce,
    report,
    demo,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    args = parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        status = int(args.command(args))
        sys.stdout.flush()  # flush here, where a closed pipe is handled
        return status
    except CliError as error:
        print(f"clary: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has gone (`clary coverage | head`). Python's own flush at exit must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _interrupt(*_: Any) -> None:
    """Handle TERM like Ctrl-C, so that a command stops what it has started."""
    raise KeyboardInterrupt


class _Version(argparse.Action):
    """Print the version, which is looked up only on request because that takes longer than everything else."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"clary {version('clary')}")
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="clary", description="Run AWS's machine-learning services on your own machine."
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print Clary's version and exit")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for family in _FAMILIES:
        family.add_to(commands)
    return top


if __name__ == "__main__":
    raise SystemExit(main())
