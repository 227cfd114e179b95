"""The format of ciphertexts of symmetric keys. Knows no operation.

    version 1 | account 5 | length of key id 1 | key id | material id 32 | sealed message (plane/sealing.py)

So Decrypt finds the key without being told. All of it is authenticated, with the encryption context: where a bit of it
differs, the message cannot be opened. No Region is in it, since the replicas of a multi-Region key read it as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from clary.plane import Context
from clary.plane.sealing import OVERHEAD, Damaged, seal, unseal
from clary.services.kms import errors
from clary.services.kms.key_ids import Named
from clary.services.kms.keys.noun import account_of
from clary.services.kms.materials import rows
from clary.store.api import Record

_VERSION = b"\x01"
_ACCOUNT = 5  # bytes: 12 decimal digits
_MATERIAL = 32
LONGEST_CONTEXT = 8192  # bytes: "Encryption context …: 8192" characters in JSON (API reference, Encrypt)


class Header(NamedTuple):
    """What a ciphertext says of itself. `text` is the header's bytes."""

    account: str
    key_id: str
    material: str
    text: bytes

    def named(self, ctx: Context) -> Named:
        """Return the key, which is the one of this Region."""
        return Named(self.account, ctx.region, self.key_id)


def encrypt(ctx: Context, key: Record, message: bytes, context: Mapping[str, str]) -> bytes:
    """Return the ciphertext of a message under the key's current material."""
    material = key.private["material"]
    header = _header(account_of(key), key.id, material)
    return header + seal(rows.secret_of(ctx, key, material), message, header + encoded(context))


def decrypt(ctx: Context, key: Record, blob: bytes, context: Mapping[str, str]) -> tuple[bytes, str]:
    """Return the message and the id of the material that it was encrypted under. Raise InvalidCiphertextException."""
    header = read_header(blob)
    secret = rows.secret_of(ctx, key, header.material)
    try:
        message = unseal(secret, blob[len(header.text) :], header.text + encoded(context))
    except Damaged:
        raise errors.invalid_ciphertext() from None
    return message, header.material


def read_header(blob: bytes) -> Header:
    """Return the header of a ciphertext. Raise InvalidCiphertextException for other bytes."""
    start = len(_VERSION) + _ACCOUNT + 1
    end = start + (blob[start - 1] if len(blob) >= start else 0)
    whole = end + _MATERIAL
    if blob[:1] != _VERSION or len(blob) < whole + OVERHEAD:
        raise errors.invalid_ciphertext()
    try:
        key_id = blob[start:end].decode("ascii")
    except ValueError:
        raise errors.invalid_ciphertext() from None
    account = f"{int.from_bytes(blob[1 : 1 + _ACCOUNT]):012d}"
    if len(account) != 12:
        raise errors.invalid_ciphertext()
    return Header(account, key_id, blob[end:whole].hex(), blob[:whole])


def encoded(context: Mapping[str, str]) -> bytes:
    """Return an encryption context as bytes that no other context has: pairs by their keys, each text with its length."""
    parts = [text.encode(errors="surrogatepass") for pair in sorted(context.items()) for text in pair]
    return b"".join(len(part).to_bytes(4) + part for part in parts)


def _header(account: str, key_id: str, material: str) -> bytes:
    id = key_id.encode()
    return _VERSION + int(account).to_bytes(_ACCOUNT) + len(id).to_bytes(1) + id + bytes.fromhex(material)
