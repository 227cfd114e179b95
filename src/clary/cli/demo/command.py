"""`clary demo` on the command line. What it does is in run.py, which only this command waits for."""

from __future__ import annotations

import argparse
from pathlib import Path

from clary.cli import lifecycle

FOLDER = "clary-demo"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("demo", help="from a CSV to a monitored endpoint, with a report")
    parser.add_argument(
        "--data", type=Path, metavar="FILE.csv", help="your own data (default: the diabetes set)"
    )
    parser.add_argument("--target", metavar="COLUMN", help="the column to predict, with --data")
    parser.add_argument(
        "--home", help=f"the platform's folder; kept (default: one of its own below ./{FOLDER})"
    )
    parser.add_argument("--port", type=lifecycle.port_number, default=0, help="the port (any that is free)")
    parser.add_argument("--keep", action="store_true", help="leave the platform and the endpoint running")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Run the demo; the status is 0 only if every step succeeded."""
    from clary.cli.demo.run import run

    return run(args)
