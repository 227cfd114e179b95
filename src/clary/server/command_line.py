"""The command line of the platform's processes, which the warden and the command line write: users never do.

argparse is not used, because each process would load and keep what it needs for help in colour and columns.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

QUESTIONS = ("coverage", "doctor", "regions", "upkeep")
_WITH_FILE = ("backup", "restore")
TASKS = (*_WITH_FILE, "rotate-sealing-key")
_DUTIES = ("warden", "gateway", "controllers", *QUESTIONS, *TASKS)
_FURTHER_GATEWAY = re.compile(r"gateway-[1-9][0-9]?")


@dataclass(slots=True)
class CommandLine:
    """A command line. `file` is the backup, `listen_fd` the gateway's socket where it is inherited."""

    duty: str
    home: str = ""
    file: str = ""
    host: str = "127.0.0.1"
    port: int = 4566
    allow_reset: bool = False
    gateways: int = 1
    listen_fd: int | None = None


def parse(argv: Sequence[str]) -> CommandLine:
    """Parse a command line. Raise SystemExit with what is wrong, status 2."""
    line = CommandLine(argv[0] if argv else "")
    if line.duty not in _DUTIES and not _FURTHER_GATEWAY.fullmatch(line.duty):
        raise _misused(f"{line.duty!r} is not one of {', '.join(_DUTIES)}")
    given = iter(argv[1:])
    for name in given:
        _take(line, name, given)
    if not line.home and line.duty not in QUESTIONS:
        raise _misused("--home is missing")
    if line.duty in _WITH_FILE and not line.file:
        raise _misused("--file is missing")
    return line


def _take(line: CommandLine, name: str, given: Iterator[str]) -> None:
    match name:
        case "--allow-reset":
            line.allow_reset = True
        case "--home" | "--file" | "--host":
            setattr(line, name[2:], _value(name, given))
        case "--port" | "--listen-fd" | "--gateways":
            setattr(line, name[2:].replace("-", "_"), _number(name, given))
        case _:
            raise _misused(f"{name!r} is not an option")


def _value(name: str, given: Iterator[str]) -> str:
    value = next(given, None)
    if value is None:
        raise _misused(f"{name} needs a value")
    return value


def _number(name: str, given: Iterator[str]) -> int:
    value = _value(name, given)
    if not (value.isascii() and value.isdigit()):
        raise _misused(f"{name} must be a number, not {value!r}")
    return int(value)


def _misused(why: str) -> SystemExit:
    """Print what is wrong. SystemExit would print a text itself, but with status 1, as if the work had failed."""
    print(f"python -m clary.server: {why}", file=sys.stderr)
    return SystemExit(2)


def options_of_workers(line: CommandLine) -> list[str]:
    """Return the options with which each worker of a warden is started."""
    given = ["--host", line.host, "--port", str(line.port)]
    if line.gateways > 1:
        given += ["--gateways", str(line.gateways)]
    return [*given, "--allow-reset"] if line.allow_reset else given
