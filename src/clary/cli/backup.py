"""`clary backup` and `clary restore`: a home as one file, and back. The server's own code does the work."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from clary.cli.errors import CliError
from clary.cli.home import home_at, up_command
from clary.cli.server_question import have_server_do

_SHOWN = 5


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    backup = commands.add_parser(
        "backup", help="write all that a home keeps into one file, while it is in use"
    )
    backup.add_argument("file", metavar="FILE", help="a new file: .tar, .tar.gz or .tar.zst")
    backup.add_argument("--home", help="the platform's folder (CLARY_HOME, else ~/.clary)")
    backup.set_defaults(command=backup_)
    restore = commands.add_parser("restore", help="make a home of such a file")
    restore.add_argument("file", metavar="FILE", help="what `clary backup` wrote")
    restore.add_argument("--home", help="a folder that is empty or not there (CLARY_HOME, else ~/.clary)")
    restore.set_defaults(command=restore_)


def backup_(args: argparse.Namespace) -> int:
    """Back up; status 1 as well where some objects could not be read, and are not in the backup."""
    home = home_at(args.home)
    done = have_server_do("backup", "--home", str(home.path), "--file", str(Path(args.file).absolute()))
    print(f"backed up {home.path} to {args.file}: {_amount(done['size'])}, {done['files']} files of objects")
    if lost := done["lost"]:
        named = ", ".join(lost[:_SHOWN]) + (" …" if len(lost) > _SHOWN else "")
        raise CliError(
            f"the bytes of {len(lost)} objects are missing or damaged in this home, and so in the backup: {named}"
        )
    return 0


def restore_(args: argparse.Namespace) -> int:
    """Restore; the platform is not started."""
    home = home_at(args.home)
    if not Path(args.file).is_file():
        raise CliError(f"there is no file {args.file}")
    if alive := home.processes() if home.path.exists() else {}:
        raise CliError(f"{home.path} is in use ({', '.join(alive)}); restore into another folder")
    done: dict[str, Any] = have_server_do(
        "restore", "--home", str(home.path), "--file", str(Path(args.file).absolute())
    )
    print(f"restored {home.path} as it was at {done['made']}", flush=True)
    print(
        f"jobs that ran then have failed, endpoints start again; start it with: {up_command(home.path)}",
        file=sys.stderr,
    )
    return 0


def _amount(size: int) -> str:
    for unit in ("bytes", "KB", "MB"):
        if size < 1000:
            return f"{size} {unit}"
        size = round(size / 1000)
    return f"{size} GB"
