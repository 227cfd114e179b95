"""A message as the records hold it. Knows no key.

    kind 1 | length of the queue's name 1 | name of the queue that it was sent to | what opens it | text

The text is the JSON of a Content, encrypted unless `kind` is CLEAR. What opens it is nothing, the number of a service key (8
bytes), or a data key that KMS encrypted (2 bytes of length, then the key). The name is outside, since a message that was
moved to a dead-letter queue is opened by what it was sent with.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

CLEAR, SERVICE_KEY, KMS = 0, 1, 2


class Envelope(NamedTuple):
    """`opener` is the number of a service key or an encrypted data key."""

    kind: int
    origin: str
    opener: int | bytes
    text: bytes


@dataclass(frozen=True, slots=True)
class Content:
    """What was sent: `attributes` as in message_attributes.to_json, `system` the system attributes likewise."""

    body: str
    attributes: dict[str, Any] = field(default_factory=dict)
    system: dict[str, Any] = field(default_factory=dict)
    sender: str = ""
    group: str = ""
    deduplication: str = ""

    def dumps(self) -> bytes:
        kept = {
            "b": self.body,
            "a": self.attributes,
            "t": self.system,
            "s": self.sender,
            "g": self.group,
            "d": self.deduplication,
        }
        return orjson.dumps({name: value for name, value in kept.items() if value})

    @classmethod
    def loads(cls, text: bytes) -> Content:
        said = orjson.loads(text)
        return cls(
            said.get("b", ""),
            said.get("a", {}),
            said.get("t", {}),
            said.get("s", ""),
            said.get("g", ""),
            said.get("d", ""),
        )


def pack(envelope: Envelope) -> bytes:
    origin = envelope.origin.encode()
    head = bytes((envelope.kind, len(origin))) + origin
    return head + _packed(envelope.opener, envelope.kind) + envelope.text


def _packed(opener: int | bytes, kind: int) -> bytes:
    if isinstance(opener, bytes):
        return struct.pack(">H", len(opener)) + opener
    return struct.pack(">Q", opener) if kind == SERVICE_KEY else b""


def unpack(data: bytes) -> Envelope:
    kind, length = data[0], data[1]
    origin, rest = data[2 : 2 + length].decode(), data[2 + length :]
    if kind == SERVICE_KEY:
        return Envelope(kind, origin, struct.unpack_from(">Q", rest)[0], rest[8:])
    if kind == KMS:
        size = struct.unpack_from(">H", rest)[0]
        return Envelope(kind, origin, rest[2 : 2 + size], rest[2 + size :])
    return Envelope(kind, origin, 0, rest)
