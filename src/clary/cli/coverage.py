"""`clary coverage`: every operation of botocore's models, and whether Clary implements it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping

from clary.cli.errors import CliError
from clary.cli.offline_server import query_server
from clary.cli.screen import Screen

Coverage = Mapping[str, Mapping[str, bool]]


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("coverage", help="list which AWS operations are implemented")
    parser.add_argument("service", nargs="?", metavar="SERVICE", help="list the operations of this service")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON: service, operation, whether it answers")
    form.add_argument("--markdown", action="store_true", help="as a page in Markdown")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Print the coverage of all services, or of one."""
    coverage: Coverage = query_server("coverage")
    if args.service:
        if args.service not in coverage:
            raise CliError(f"unknown service {args.service!r}; choose one of:  {', '.join(coverage)}")
        coverage = {args.service: coverage[args.service]}
    if args.json:
        print(json.dumps(coverage, indent=2))
    elif args.markdown:
        sys.stdout.write(page(coverage))
    else:
        _show(coverage, Screen(), one=bool(args.service))
    return 0


def _show(coverage: Coverage, screen: Screen, *, one: bool) -> None:
    screen.table([(name, f"{_answered(ops)} of {len(ops)}", "operations") for name, ops in coverage.items()])
    if one:
        for operations in coverage.values():
            for operation, answers in operations.items():
                mark = screen.paint("✓", "green") if answers else screen.paint("-", "dim")
                screen.line(f"  {mark} {operation}")


def _answered(operations: Mapping[str, bool]) -> int:
    return sum(operations.values())


def page(coverage: Coverage) -> str:
    """Return a page in Markdown that names the operations that answer."""
    head = (
        "# Coverage\n\nWhich operations of botocore's models answer. What is not listed under a service is refused by "
        "name.\nOf how many, `clary coverage` says: AWS adds some every month, and the botocore that is installed counts.\n"
        "Made by `clary coverage --markdown`; do not edit.\n\n| service | operations that answer |\n|---|---|\n"
    )
    rows = "".join(f"| {name} | {_answered(ops)} |\n" for name, ops in coverage.items())
    return head + rows + "".join(_section(name, ops) for name, ops in coverage.items())


def _section(name: str, operations: Mapping[str, bool]) -> str:
    names = ", ".join(f"`{operation}`" for operation, answers in operations.items() if answers)
    return f"\n## {name}\n\n{names or 'None.'}\n"
