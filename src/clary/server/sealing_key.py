"""The sealing key of a home: a variable, a command, or a file of the home that is made at the first start.

The file is not part of backups (archive.py), so that a backup alone cannot be read. Knows nothing of what is sealed.
"""

from __future__ import annotations

import logging
import secrets

from clary.kernel import sealing_source
from clary.kernel.sealing import SealingKey
from clary.server.home import Home, write_private
from clary.server.options import Options

log = logging.getLogger("clary.sealing")


def sealing_key(home: Home, options: Options) -> SealingKey:
    """Return the sealing key of the home, which is looked for when it is needed."""

    def find(make: bool) -> bytes | None:
        return sealing_source.given(options.sealing_key, options.sealing_key_command) or _stored(home, make)

    return SealingKey(find, source_of(home, options))


def source_of(home: Home, options: Options) -> str:
    """Return where the key comes from, as messages say it."""
    if options.sealing_key:
        return sealing_source.VARIABLE
    return sealing_source.COMMAND if options.sealing_key_command else str(home.sealing_key)


def new_key() -> str:
    """Return a new key as its file has it."""
    return f"{secrets.token_hex(sealing_source.KEY_BYTES)}\n"


def _stored(home: Home, make: bool) -> bytes | None:
    """Return the key in the home's file. A process that makes it at the same moment wins or loses as a whole."""
    path = home.sealing_key
    if make and not path.exists():
        write_private(path, new_key(), replace=False)
        log.warning("made the sealing key of this platform, %s: keep a copy apart from backups", path)
    return sealing_source.stored(path)
