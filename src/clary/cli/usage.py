"""`clary usage`: print how many calls were made, by operation and caller."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from typing import Any

from clary.cli.home import home_at
from clary.cli.local_api import ask
from clary.cli.screen import Screen

_HEAD = ("account", "operation", "caller", "calls", "4xx", "5xx", "throttled", "mean")
_SUMS = ("calls", "client_errors", "server_errors", "throttled", "seconds")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    usage = commands.add_parser("usage", help="show how many calls were made, and how many failed")
    usage.add_argument("--home", help="the platform's folder (default: CLARY_HOME, else ~/.clary)")
    usage.add_argument("--minutes", type=int, default=60, help="how many minutes back (60)")
    usage.add_argument("--json", action="store_true", help="as JSON, one entry per minute")
    usage.set_defaults(command=usage_)


def usage_(args: argparse.Namespace) -> int:
    """Print a table of calls, the most frequent first."""
    home = home_at(args.home)
    endpoint = home.running()
    rows = ask(endpoint, home.identity(), "GET", f"/_clary/usage?minutes={args.minutes}")["usage"]
    if args.json:
        print(json.dumps(rows, indent=2))
    else:
        Screen().table([_HEAD, *table(rows)])
    return 0


def table(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Return the sums over all minutes. Calls that handlers and controllers made are marked."""
    found: dict[tuple[str, ...], dict[str, float]] = {}
    for row in rows:
        caller = f"{row['caller']}, inside" if row["inside"] else row["caller"]
        key = (row["account"] or "-", f"{row['service']}:{row['operation']}", caller)
        sums = found.setdefault(key, dict.fromkeys(_SUMS, 0))
        for name in _SUMS:
            sums[name] += row[name]
    most = sorted(found.items(), key=lambda entry: -entry[1]["calls"])
    return [(*key, *_figures(sums)) for key, sums in most]


def _figures(sums: Mapping[str, float]) -> tuple[str, ...]:
    counts = [str(int(sums[name])) for name in _SUMS[:-1]]
    return (*counts, f"{sums['seconds'] / sums['calls'] * 1000:.1f} ms")
