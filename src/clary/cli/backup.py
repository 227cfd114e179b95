"""`clary backup` and `clary restore`: a home as one file, and back. The server's code does the work."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from clary.cli import sealing_key
from clary.cli.errors import CliError
from clary.cli.home import home_at, up_command
from clary.cli.offline_server import run_server_task
from clary.cli.screen import amount

_SHOWN = 5


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    backup = commands.add_parser("backup", help="copy a home into one file; the platform may be running")
    backup.add_argument("file", metavar="FILE", help="a new file: .tar, .tar.gz or .tar.zst")
    backup.add_argument("--home", help="the platform's folder (default: CLARY_HOME, else ~/.clary)")
    backup.set_defaults(command=backup_)
    restore = commands.add_parser("restore", help="create a home from a backup file")
    restore.add_argument("file", metavar="FILE", help="a file that `clary backup` wrote")
    restore.add_argument("--home", help="an empty or new folder (default: CLARY_HOME, else ~/.clary)")
    restore.add_argument(
        "--sealing-key", metavar="FILE", help="the sealing key (default: FILE.key beside the backup)"
    )
    restore.set_defaults(command=restore_)


def backup_(args: argparse.Namespace) -> int:
    """Back up a home. The status is also 1 if some objects could not be read, and so are not in the backup."""
    home = home_at(args.home)
    done = run_server_task("backup", "--home", str(home.path), "--file", str(Path(args.file).absolute()))
    print(f"backed up {home.path} to {args.file}: {amount(done['size'])}, {done['files']} files of objects")
    if key := sealing_key.save(home.path, args.file):
        print(
            f"{key} is the sealing key, without which objects and secrets in the backup cannot be read: keep it apart",
            file=sys.stderr,
        )
    if lost := done["lost"]:
        named = ", ".join(lost[:_SHOWN]) + (" …" if len(lost) > _SHOWN else "")
        raise CliError(
            f"the bytes of {len(lost)} objects are missing or damaged in this home, so they are not in the backup: {named}"
        )
    return 0


def restore_(args: argparse.Namespace) -> int:
    """Restore a home without starting the platform."""
    home = home_at(args.home)
    if not Path(args.file).is_file():
        raise CliError(f"file {args.file} does not exist")
    if alive := home.processes() if home.path.exists() else {}:
        raise CliError(
            f"{home.path} is in use ({', '.join(alive)}); stop the platform or restore into another folder"
        )
    done: dict[str, Any] = run_server_task(
        "restore", "--home", str(home.path), "--file", str(Path(args.file).absolute())
    )
    brought = sealing_key.bring(args.file, args.sealing_key, home.path)
    print(f"restored {home.path} as it was at {done['made']}", flush=True)
    if done["sealed"] and not brought:
        print(
            f"objects and secrets in it are encrypted: copy the sealing key of the platform to {home.path}/sealing-key, or "
            "set CLARY_SEALING_KEY, before you start it",
            file=sys.stderr,
        )
    print(
        f"jobs that ran then have failed, endpoints start again; start it with: {up_command(home.path)}",
        file=sys.stderr,
    )
    return 0
