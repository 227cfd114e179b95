"""Hashes of passwords: scrypt (RFC 7914), with its parameters and salt in the text. Knows no user.

The passwords of one user share a salt, so a single scrypt tells whether a password is any of those that came before.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable

_N, _R, _P = 2**14, 8, 5  # 16 MiB; as strong as OWASP's first choice (Password Storage Cheat Sheet)
_MEMORY = 64 << 20
_SALT = 16


def hashed(password: str, like: str = "") -> str:
    """Return `scrypt$N$r$p$salt$hash`. With `like` it has the parameters and the salt of an earlier one."""
    prefix = like.rpartition("$")[0] or f"scrypt${_N}${_R}${_P}${_text(os.urandom(_SALT))}"
    _, n, r, p, salt = prefix.split("$")
    made = hashlib.scrypt(
        password.encode(), salt=base64.b64decode(salt), n=int(n), r=int(r), p=int(p), maxmem=_MEMORY
    )
    return f"{prefix}${_text(made)}"


def is_same(new: str, stored: str) -> bool:
    """Tell whether two hashes with one salt are those of one password."""
    return hmac.compare_digest(new.encode(), stored.encode())


def is_any(new: str, stored: Iterable[str]) -> bool:
    """Tell whether a hash is one of several."""
    return any(is_same(new, one) for one in stored)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
