"""`clary clock`: show a platform's machine time and business time, and move business time forward."""

from __future__ import annotations

import argparse
import re
from datetime import datetime
from typing import Any

from clary.cli.errors import CliError
from clary.cli.home import home_at
from clary.cli.local_api import ask

_PART = r"(?:(\d+){})?"
_DURATION = re.compile(r"\+" + "".join(_PART.format(unit) for unit in "wdhms"), re.ASCII)
_SECONDS = (7 * 86_400, 86_400, 3_600, 60, 1)
_FORMS = "give +2h, +90m, +1d12h (w, d, h, m, s), or: to 2027-01-01T00:00:00Z"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    clock = commands.add_parser(
        "clock",
        help="show machine time and business time; move business time forward",
        description="Schedules, retention and alarms run on business time. Moving it forward makes everything due that "
        "would be due by then; it cannot go back. Signatures, running jobs and timestamps use machine time.",
    )
    clock.add_argument(
        "move",
        nargs="*",
        metavar="MOVE",
        help="+2h, +90m, +1d12h, or: to 2027-01-01T00:00:00Z (default: show)",
    )
    clock.add_argument("--home", help="the platform's folder (default: CLARY_HOME, else ~/.clary)")
    clock.set_defaults(command=clock_)


def clock_(args: argparse.Namespace) -> int:
    """Move business time if asked to, and print both times."""
    wanted = body_of(args.move)
    home = home_at(args.home)
    root, endpoint = home.identity(), home.running()
    shown = ask(endpoint, root, "GET" if wanted is None else "POST", "/_clary/clock", wanted)
    print(f"machine   {shown['machine']}")
    print(f"business  {shown['business']}")
    print(f"ahead     {spoken(shown['ahead_seconds'])}")
    return 0


def body_of(words: list[str]) -> dict[str, Any] | None:
    """Return the request body for a move, or None to show the times. Raise CliError if the words are invalid."""
    match words:
        case []:
            return None
        case ["to", moment]:
            return {"to": _checked(moment)}
        case [duration] if duration.startswith("+"):
            return {"by": _seconds(duration)}
    raise CliError(f"{' '.join(words)!r} is not a valid move; {_FORMS}")


def _seconds(duration: str) -> int:
    found = _DURATION.fullmatch(duration)
    total = sum(int(n or 0) * unit for n, unit in zip(found.groups(), _SECONDS, strict=True)) if found else 0
    if not total:
        raise CliError(f"{duration!r} is not a duration; {_FORMS}")
    return total


def _checked(moment: str) -> str:
    try:
        zoned = datetime.fromisoformat(moment).tzinfo is not None
    except ValueError:
        zoned = False
    if not zoned:
        raise CliError(f"{moment!r} is not a time with a time zone; {_FORMS}")
    return moment


def spoken(seconds: int) -> str:
    """Return a duration as text: `1d 12h`, `1m 30s`, `0s`."""
    parts, left = [], seconds
    for name, unit in zip("dhms", _SECONDS[1:], strict=True):
        count, left = divmod(left, unit)
        if count:
            parts.append(f"{count}{name}")
    return " ".join(parts) or "0s"
