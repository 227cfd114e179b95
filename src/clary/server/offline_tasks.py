"""Backup, restore and the rotation of the sealing key as a process: results as JSON on standard output, failures as a sentence on standard
error."""

from __future__ import annotations

import errno
import json
import signal
import sys
from pathlib import Path
from typing import Any

from clary.server.archive import Refused
from clary.server.assemble import schemas_of
from clary.server.backup import backup
from clary.server.home import Home
from clary.server.options import Options
from clary.server.restore import restore
from clary.server.rotate_sealing_key import rotate
from clary.services import registry
from clary.store.api import Busy, NoSpace

_FULL = (errno.ENOSPC, errno.EDQUOT)


def carry_out(name: str, home: str, file: str, options: Options) -> int:
    """Do a task; return the exit status. TERM and Ctrl-C leave nothing behind."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        print(json.dumps(_done(name, Path(home).expanduser().absolute(), Path(file).absolute(), options)))
        return 0
    except KeyboardInterrupt:
        return 130
    except (Refused, Busy) as reason:
        return _complain(str(reason))
    except NoSpace:
        return _complain("the disk is full; nothing was left on it")
    except OSError as error:
        return _complain(_words(error))


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def _done(name: str, home: Path, file: Path, options: Options) -> dict[str, Any]:
    if name == "backup":
        return backup(home, file, options.store)
    if name == "rotate-sealing-key":
        return rotate(_existing(home), options)
    return restore(home, file, schemas_of(registry()))


def _existing(home: Path) -> Home:
    if not Home(home).identity.exists():
        raise Refused(f"there is no platform in {home}")
    return Home.found(home)


def _words(error: OSError) -> str:
    if error.errno in _FULL:
        return "the disk is full; nothing was left on it"
    about = f"{error.filename}: " if error.filename else ""
    return f"{about}{error.strerror or error}; nothing was left behind"


def _complain(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1
