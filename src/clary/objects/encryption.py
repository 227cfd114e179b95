"""AES-256-GCM in authenticated segments, of which a range reads only those that it needs. Knows no files.

    stream   salt 16 | segment | segment | … | last segment
    segment  ciphertext of up to 64 KiB | tag 16 for each layer
    nonce    1 if it is the last segment, else 0 | 0 0 0 | number of the segment, 8

Each stream has a key of its own, derived from the caller's key and the salt (NIST SP 800-108, HMAC-SHA256 in counter mode, one
block), so no pair of key and nonce is used twice. A segment that was changed, moved, left out or taken from elsewhere
is refused, and so is a stream that ends too early. Two keys make two layers, one around the other. Several
streams that were encrypted with the same keys may follow each other, as the parts of an upload do; who reads them
knows their sizes.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from clary.objects.api import Damaged

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SEGMENT = 64 << 10  # bytes in the clear
SALT = 16
TAG = 16
KEY = 32
_LABEL = b"clary/objects/"

Keys = tuple[bytes, ...]  # one for each layer, the inner one first; () for bytes in the clear


class Piece(NamedTuple):
    """A run of segments of one stream that a range needs.

    `start` and `length` say where its ciphertext lies and `salt` where the stream begins, in bytes of all streams. It holds
    the segments from number `first` on, `ends` with the last one of its stream or not, and of the result the bytes from `skip` to
    `end` are wanted.
    """

    salt: int
    start: int
    length: int
    first: int
    ends: bool
    skip: int
    end: int


def encrypted_size(size: int, layers: int) -> int:
    """Return how many bytes a stream of `size` bytes takes; `size` itself where there are no layers."""
    return SALT + size + _segments(size) * TAG * layers if layers else size


def encrypt(keys: Keys, body: bytes) -> bytes:
    """Return a stream of a body that is whole."""
    encryptor = Encryptor(keys)
    return b"".join([*encryptor.update(body), *encryptor.finish()])


def decrypt(keys: Keys, stream: bytes, size: int) -> bytes:
    """Return the `size` bytes that a stream holds. Raise Damaged."""
    if len(stream) != encrypted_size(size, len(keys)):
        raise Damaged("a stream has another length than its row says")
    if len(keys) == 1 and size <= SEGMENT:
        return _opened_alone(keys, stream)
    return b"".join(Decryptor(keys, stream[:SALT]).open(memoryview(stream)[SALT:], 0, ends=True))


def _opened_alone(keys: Keys, stream: bytes) -> bytes:
    """Return what a stream of one segment holds: small objects are read so often that the steps of larger ones show."""
    from cryptography.exceptions import InvalidTag

    (cipher,) = _ciphers(keys, stream[:SALT])
    try:
        return cipher.decrypt(_ONLY, memoryview(stream)[SALT:], None)
    except InvalidTag:
        raise Damaged("a segment is not what was stored") from None


class Encryptor:
    """Makes one stream of what is given in order. Not for two threads at once."""

    def __init__(self, keys: Keys) -> None:
        self._salt = os.urandom(SALT)
        self._ciphers = _ciphers(keys, self._salt)
        self._rest = b""
        self._number = 0
        self._begun = False

    def update(self, data: bytes) -> Iterator[bytes]:
        """Yield the stream as far as it can be told. The last segment is kept until the end is known."""
        yield from self._begin()
        if self._rest:
            data = self._rest + data
        whole = max(0, (len(data) - 1) // SEGMENT) * SEGMENT
        view = memoryview(data)
        for at in range(0, whole, SEGMENT):
            yield self._segment(view[at : at + SEGMENT], last=False)
        self._rest = data[whole:]

    def finish(self) -> Iterator[bytes]:
        """Yield the end of the stream."""
        yield from self._begin()
        yield self._segment(self._rest, last=True)

    def _begin(self) -> Iterator[bytes]:
        if not self._begun:
            self._begun = True
            yield self._salt

    def _segment(self, data: bytes | memoryview, *, last: bool) -> bytes:
        nonce = _nonce(self._number, last)
        self._number += 1
        sealed: bytes | memoryview = data
        for cipher in self._ciphers:
            sealed = cipher.encrypt(nonce, sealed, None)
        return bytes(sealed)


class Decryptor:
    """Opens segments of one stream."""

    def __init__(self, keys: Keys, salt: bytes) -> None:
        self._ciphers = _ciphers(keys, salt)[::-1]
        self._step = SEGMENT + TAG * len(keys)

    def open(self, data: memoryview, first: int, *, ends: bool) -> Iterator[bytes]:
        """Yield what the segments from number `first` on hold; `ends` says whether the last of them is the stream's.
        Raise Damaged."""
        count = max(1, -(-len(data) // self._step))
        for number in range(count):
            segment = data[number * self._step : (number + 1) * self._step]
            yield self._opened(segment, _nonce(first + number, ends and number == count - 1))

    def _opened(self, segment: memoryview, nonce: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag

        opened: bytes | memoryview = segment
        try:
            for cipher in self._ciphers:
                opened = cipher.decrypt(nonce, opened, None)
        except InvalidTag:
            raise Damaged("a segment is not what was stored") from None
        return bytes(opened)


def pieces(sizes: Sequence[int], layers: int, start: int, length: int, most: int) -> Iterator[Piece]:
    """Yield what a range of the bytes in the clear needs of streams of these sizes, at most `most` segments at a time."""
    base, end = (
        0,
        start + length,
    )  # where the stream begins in the ciphertext, where the range ends in the stream
    for size in sizes:
        if start < size and end > start:
            yield from _of_stream(base, size, layers, start, min(end, size), most)
        base += encrypted_size(size, layers)
        start, end = max(0, start - size), max(0, end - size)


def _of_stream(base: int, size: int, layers: int, start: int, end: int, most: int) -> Iterator[Piece]:
    step, last = SEGMENT + TAG * layers, _segments(size) - 1
    first, until = start // SEGMENT, (end - 1) // SEGMENT
    for number in range(first, until + 1, most):
        stop = min(number + most - 1, until)
        at = base + SALT + number * step
        length = (stop - number) * step + min(SEGMENT, size - stop * SEGMENT) + TAG * layers
        offset = number * SEGMENT
        skip, wanted = max(0, start - offset), min(end - offset, (stop - number + 1) * SEGMENT)
        yield Piece(base, at, length, number, stop == last, skip, wanted)


def _segments(size: int) -> int:
    return max(1, -(-size // SEGMENT))


def _nonce(number: int, last: bool) -> bytes:
    return (b"\1\0\0\0" if last else b"\0\0\0\0") + number.to_bytes(8)


_ONLY = _nonce(0, last=True)


def _ciphers(keys: Keys, salt: bytes) -> list[AESGCM]:
    aesgcm = _aesgcm()
    return [
        aesgcm(hmac.digest(key, b"\1" + _LABEL + bytes([layer]) + b"\0" + salt + b"\1\0", "sha256"))
        for layer, key in enumerate(keys)
    ]


@lru_cache(maxsize=1)
def _aesgcm() -> type[AESGCM]:
    """Not before the first encrypted body: it loads OpenSSL."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM
