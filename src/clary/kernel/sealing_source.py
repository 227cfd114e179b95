"""Where a sealing key comes from: a variable or a command, else a file of the home. Makes none.

The server and the command line both need it: the secrets in a home's files are sealed.
"""

from __future__ import annotations

import binascii
import logging
import shlex
from pathlib import Path

from clary.kernel.sealing import NoSealingKey

log = logging.getLogger("clary.sealing")

VARIABLE, COMMAND = "CLARY_SEALING_KEY", "CLARY_SEALING_KEY_COMMAND"
KEY_BYTES = 32
_PATIENCE = 60.0  # seconds for the command


def given(variable: str, command: str, prefix: str = "CLARY_") -> bytes | None:
    """Return the key in a variable, else the key that a command prints; None where both are ''. Raise NoSealingKey."""
    if variable:
        return parse(variable, f"{prefix}SEALING_KEY")
    if command:
        return parse(_output_of(command, f"{prefix}SEALING_KEY_COMMAND"), f"{prefix}SEALING_KEY_COMMAND")
    return None


def stored(path: Path) -> bytes | None:
    """Return the key in a file, or None if there is no file. Raise NoSealingKey."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        text = ""
    return parse(text, str(path))


def parse(text: str, source: str) -> bytes:
    """Return the key that 64 hexadecimal digits say. Raise NoSealingKey."""
    try:
        key = binascii.unhexlify(text.strip())
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise NoSealingKey(f"{source} does not hold a sealing key, which has 64 hexadecimal digits.")
    return key


def _output_of(command: str, source: str) -> str:
    """Return what the administrator's command writes. Raise NoSealingKey if it fails or takes too long."""
    import subprocess  # few platforms have such a command

    try:
        done = subprocess.run(
            shlex.split(command), stdout=subprocess.PIPE, timeout=_PATIENCE, check=True, text=True
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise NoSealingKey(f"{source} has failed ({type(error).__name__}).") from None
    return done.stdout
