"""Where a platform's sealing key comes from: a variable, a command, or a file of the home that is made on first use.

The file is not part of backups (archive.py), so that a backup alone cannot be read. Knows nothing of what is sealed.
"""

from __future__ import annotations

import binascii
import logging
import secrets
import shlex

from clary.plane.sealing import NoSealingKey, SealingKey
from clary.server.home import Home, write_private
from clary.server.options import Options

log = logging.getLogger("clary.sealing")

_BYTES = 32
_PATIENCE = 60.0  # seconds for the command


def sealing_key(home: Home, options: Options) -> SealingKey:
    """Return the sealing key of the home, which is looked for when it is needed."""

    def find(make: bool) -> bytes | None:
        if options.sealing_key:
            return _parse(options.sealing_key, "CLARY_SEALING_KEY")
        if options.sealing_key_command:
            return _parse(_output_of(options.sealing_key_command), "CLARY_SEALING_KEY_COMMAND")
        return _stored(home, make)

    return SealingKey(find)


def _stored(home: Home, make: bool) -> bytes | None:
    """Return the key in the home's file. A process that makes it at the same moment wins or loses as a whole."""
    path = home.sealing_key
    if not path.exists():
        if not make:
            return None
        write_private(path, f"{secrets.token_hex(_BYTES)}\n", replace=False)
        log.warning("made the sealing key of this platform, %s: keep a copy apart from backups", path)
    return _parse(path.read_text(), str(path))


def _output_of(command: str) -> str:
    """Return what the administrator's command writes. Raise NoSealingKey if it fails or takes too long."""
    import subprocess  # few platforms have such a command

    try:
        done = subprocess.run(
            shlex.split(command), stdout=subprocess.PIPE, timeout=_PATIENCE, check=True, text=True
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        log.error("CLARY_SEALING_KEY_COMMAND has failed: %s", type(error).__name__)
        raise NoSealingKey("CLARY_SEALING_KEY_COMMAND has failed.") from None
    return done.stdout


def _parse(text: str, source: str) -> bytes:
    """Return the key that 64 hexadecimal digits say. Raise NoSealingKey."""
    try:
        key = binascii.unhexlify(text.strip())
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != _BYTES:
        log.error("%s does not hold a sealing key: 64 hexadecimal digits", source)
        raise NoSealingKey(f"{source} does not hold a sealing key.")
    return key
