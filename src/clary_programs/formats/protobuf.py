"""Protocol Buffers' wire format, as much of it as SageMaker's `Record` needs: varints and length-delimited fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clary_programs.formats.errors import FormatError

_UINT64 = 2**64 - 1
VARINT, FIXED64, DELIMITED, FIXED32 = 0, 1, 2, 5


def fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """Yield (field number, wire type, value) of each field; a value is an int for varints, bytes for the
    rest."""
    at, end = 0, len(data)
    while at < end:
        key, at = varint_at(data, at)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            value, at = varint_at(data, at)
            yield number, wire, value
            continue
        size, at = _size(data, at, wire)
        if at + size > end:
            raise FormatError("Error parsing message: a field is cut short")
        yield number, wire, data[at : at + size]
        at += size


def _size(data: bytes, at: int, wire: int) -> tuple[int, int]:
    if wire == DELIMITED:
        return varint_at(data, at)
    if wire == FIXED32:
        return 4, at
    if wire == FIXED64:
        return 8, at
    raise FormatError(f"Error parsing message: wire type {wire}")


def varint_at(data: bytes, at: int) -> tuple[int, int]:
    """Return the varint at a place and the place after it."""
    value = shift = 0
    end = len(data)
    while at < end and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            # Of the ten bytes' 70 bits a uint64 keeps the lower 64.
            return value & _UINT64, at
        shift += 7
    raise FormatError("Error parsing message: a number is cut short")


def varints(data: bytes) -> list[int]:
    """Packed varints."""
    out, at = [], 0
    while at < len(data):
        value, at = varint_at(data, at)
        out.append(value)
    return out


def signed32(value: int) -> int:
    """Return the int32 a varint stands for (negative ones are written as 64-bit two's complement)."""
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value >= 1 << 31 else value


def varint(value: int) -> bytes:
    """Return a number as a varint; negative ones as 64-bit two's complement."""
    value &= _UINT64
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def packed_varints(values: Iterable[int]) -> bytes:
    """Numbers as one packed field's content."""
    return b"".join(map(varint, values))


def delimited(number: int, content: bytes) -> bytes:
    """Return a length-delimited field."""
    return varint(number << 3 | DELIMITED) + varint(len(content)) + content
