"""Files whose secrets are sealed: what is written in them, and back. Opens no file.

    {"sealed": {FINGERPRINT: TEXT}}                                          a file that is one secret
    {"account": …, "access_key_id": …, "sealed": {FINGERPRINT: TEXT}}        root keys; the secret key is sealed

TEXT is the sealed secret in Base64, FINGERPRINT that of its sealing key. There are two of them while the sealing key is
replaced. A secret is bound to its file or its access key, so that it cannot be read from another one. Files of earlier
versions hold their secrets in the clear.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from clary.kernel.sealing import Damaged, NoSealingKey, SealingKey

Envelopes = dict[str, str]

_SECRET = "secret_access_key"
_BEGINNING = b'{"sealed": '


def enclosed(sealer: SealingKey, secret: bytes, bound: bytes) -> Envelopes:
    """Return a secret sealed under a key. Raise NoSealingKey."""
    return {sealer.fingerprint(): b64encode(sealer.seal(secret, bound)).decode()}


def opened(sealer: SealingKey, envelopes: Mapping[str, str], bound: bytes) -> bytes:
    """Return the secret. Raise NoSealingKey if it is sealed under other keys, Damaged if it was changed."""
    text = envelopes.get(sealer.fingerprint())
    if text is None:
        raise NoSealingKey(f"{sealer.source or 'The sealing key'} is not the key under which it was sealed.")
    try:
        return sealer.unseal(b64decode(text, validate=True), bound)
    except ValueError:
        raise Damaged from None


# a file that is one secret ------------------------------------------------------------------------------------------


def is_sealed(content: bytes) -> bool:
    """Return whether a file's content is sealed: those of earlier versions are not."""
    return content.startswith(_BEGINNING)


def envelopes_in(content: bytes) -> Envelopes:
    """Return the envelopes of a sealed file."""
    return json.loads(content)["sealed"]


def text_of(envelopes: Mapping[str, str]) -> str:
    """Return the content of a sealed file."""
    return json.dumps({"sealed": envelopes}) + "\n"


def secret_in(sealer: SealingKey, content: bytes, name: str) -> bytes:
    """Return the secret in a file with this name. Raise NoSealingKey or Damaged."""
    return opened(sealer, envelopes_in(content), bound_to(name)) if is_sealed(content) else content


def bound_to(name: str) -> bytes:
    """Return what the secret of a file is bound to; `name` is its path in the home."""
    return f"file/{name}".encode()


# root keys ----------------------------------------------------------------------------------------------------------


def identity_of(sealer: SealingKey, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return root keys with their secret in the clear. Raise NoSealingKey or Damaged."""
    out = {name: value for name, value in found.items() if name != "sealed"}
    if "sealed" in found:
        out[_SECRET] = opened(sealer, found["sealed"], bound_to_key(found)).decode()
    return out


def sealed_identity(sealer: SealingKey, identity: Mapping[str, Any]) -> dict[str, Any]:
    """Return root keys with their secret sealed. Raise NoSealingKey."""
    out = {name: value for name, value in identity.items() if name != _SECRET}
    sealed = enclosed(sealer, str(identity[_SECRET]).encode(), bound_to_key(identity))
    return {**out, "sealed": sealed}


def bound_to_key(identity: Mapping[str, Any]) -> bytes:
    """Return what the secret of an access key is bound to."""
    return f"root/{identity['account']}/{identity['access_key_id']}".encode()
