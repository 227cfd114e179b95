"""What an object's headers carry: system headers, user metadata, storage class, encryption and tags.

Knows names and values, but no row and no body.
"""

from __future__ import annotations

import base64
import re
from binascii import a2b_base64, a2b_qp
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from clary.kernel import AwsError
from clary.services.s3 import errors

SYSTEM = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "WebsiteRedirectLocation",
)
_DEFAULT_TYPE = "binary/octet-stream"
_METADATA_LIMIT = 2048
_ENCODED = (
    4  # encoded text may be this many times as long as its limit; longer text is too large without decoding
)
# RFC 2047, section 2: charset, encoding, text. White space between two words is not part of the text (6.2).
_WORD = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?\s]*)\?=")
_CHARSETS = ("utf-8", "us-ascii", "iso-8859-1")  # Python has others, some of which decode in quadratic time
_BETWEEN_WORDS = re.compile(r"\?=[ \t]{1,8}=\?")
_PRINTABLE = re.compile(r"[\x20-\x7e]*")
_LONGEST_WORD = 75
_Q = [
    "_" if byte == 0x20 else chr(byte) if 0x20 < byte < 0x7F and byte not in b"=_?" else f"={byte:02X}"
    for byte in range(256)
]
_OF_OBJECTS = "Your TagKey cannot be prefixed with aws:"
SYSTEM_TAG = "System tags cannot be added/updated by requester"
RESERVED_TAG = (
    'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove "aws:" from your '
    "tag keys and try again."
)
_TAG = re.compile(r"[\w\s+\-=.:/@]*")


def head_of(params: Mapping[str, Any]) -> str:
    """Return the headers to store for an upload, as JSON. Raise MetadataTooLarge."""
    head = {name: params[name] for name in SYSTEM if params.get(name)}
    encoding = head.pop("ContentEncoding", "")
    # aws-chunked describes the transfer, not the object (SigV4 streaming, S3 API reference).
    kept = ",".join(
        one.strip() for one in encoding.split(",") if one.strip().lower() not in ("aws-chunked", "")
    )
    if kept:
        head["ContentEncoding"] = kept
    head.setdefault("ContentType", _DEFAULT_TYPE)
    given = params.get("Metadata") or {}
    _check_size(given, _METADATA_LIMIT * _ENCODED)
    metadata = {name.lower(): readable(value) for name, value in given.items()}
    if metadata:
        _check_size(metadata, _METADATA_LIMIT)
        head["Metadata"] = metadata
    return orjson.dumps(head).decode()


def members_of(head: str) -> dict[str, Any]:
    """Return the members of an answer for stored headers. Values that no header can carry are encoded by RFC
    2047."""
    members = orjson.loads(head)
    metadata = members.get("Metadata")
    if metadata:
        members["Metadata"] = {name: encoded(value) for name, value in metadata.items()}
    return members


def readable(value: str) -> str:
    """Return a metadata value as text, with its RFC 2047 words decoded.

    Header bytes are read as ISO-8859-1 even if the client sent UTF-8: the User Guide's `ÄMÄZÕÑ S3` comes back
    as an encoded word of its UTF-8 bytes read as ISO-8859-1.
    """
    if "=?" not in value:
        return value
    return _WORD.sub(_decoded, _BETWEEN_WORDS.sub("?==?", value))


def _decoded(word: re.Match[str]) -> str:
    """Return the text of an RFC 2047 word, or the word itself if it cannot be decoded."""
    charset, encoding, text = word.groups()
    try:
        raw = a2b_qp(text, header=True) if encoding in "qQ" else a2b_base64(text)
        return raw.decode(charset, "replace") if charset.lower() in _CHARSETS else word[0]
    except ValueError:
        return word[0]


def encoded(value: str) -> str:
    """Return a metadata value as a header can carry it: unchanged, or in RFC 2047 words of at most 75
    characters.

    The encoding is Q if most of the value is printable ASCII, otherwise B. Recordings and the User Guide's
    example follow this rule.
    """
    if _PRINTABLE.fullmatch(value):
        return value
    plain = sum(" " <= char <= "~" for char in value)
    word = _in_q if plain > len(value) - plain else _in_b
    return " ".join(_words(value, word))


def _words(text: str, word: Callable[[bytes], str]) -> Iterator[str]:
    """Split a text into halves until each fits into a word; yield the words."""
    found = word(text.encode())
    if len(found) <= _LONGEST_WORD or len(text) == 1:
        yield found
        return
    middle = len(text) // 2
    yield from _words(text[:middle], word)
    yield from _words(text[middle:], word)


def _in_q(raw: bytes) -> str:
    return f"=?UTF-8?Q?{''.join(map(_Q.__getitem__, raw))}?="


def _in_b(raw: bytes) -> str:
    return f"=?UTF-8?B?{base64.b64encode(raw).decode()}?="


def _check_size(metadata: Mapping[str, str], limit: int) -> None:
    size = sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
    if size > limit:
        raise AwsError(
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
            400,
            {"Size": str(size), "MaxSizeAllowed": str(_METADATA_LIMIT)},
        )


def check_options(params: Mapping[str, Any]) -> None:
    """Raise for options of an upload that Clary does not have: appending."""
    if params.get("WriteOffsetBytes"):
        raise errors.not_implemented("s3 appending to objects")


def storage_of(params: Mapping[str, Any]) -> str:
    """Return the storage class of an upload. Raise InvalidStorageClass for those of other kinds of buckets."""
    storage = params.get("StorageClass") or "STANDARD"
    if storage in ("OUTPOSTS", "SNOW", "EXPRESS_ONEZONE", "FSX_OPENZFS", "FSX_ONTAP"):
        message = "The storage class you specified is not valid"
        raise AwsError("InvalidStorageClass", message, 400, {"StorageClassRequested": storage})
    return storage


def tags_of_header(tagging: str | None) -> str:
    """Return the tags of an x-amz-tagging header (a query string) as stored: JSON, or '' if there are none."""
    if not tagging:
        return ""
    pairs = parse_qsl(tagging, keep_blank_values=True)
    if len(dict(pairs)) < len(pairs) or not all(_TAG.fullmatch(text) for pair in pairs for text in pair):
        name = "x-amz-tagging"
        message = (
            f"The header '{name}' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name "
            "duplicates."
        )
        raise errors.invalid_argument(message, name, tagging)
    return tags_of([{"Key": key, "Value": value} for key, value in pairs])


def tags_of(tag_set: list[dict[str, str]], limit: int = 10, reserved: str = _OF_OBJECTS) -> str:
    """Return the tags of a TagSet as stored. `reserved` is S3's message for a key that starts with `aws:`.

    Raise BadRequest or InvalidTag if S3 does not accept the tags.
    """
    if len(tag_set) > limit:
        kind = "Object" if limit == 10 else "Bucket"
        raise AwsError("BadRequest", f"{kind} tags cannot be greater than {limit}")
    found: dict[str, str] = {}
    for tag in tag_set:
        _check_tag(tag["Key"], tag["Value"], reserved)
        if tag["Key"] in found:
            raise _invalid_tag("Cannot provide multiple Tags with the same key", tag["Key"])
        found[tag["Key"]] = tag["Value"]
    return orjson.dumps(found).decode() if found else ""


def _check_tag(key: str, value: str, reserved: str) -> None:
    if key.startswith("aws:"):
        raise _invalid_tag(reserved, key)
    if not key or len(key) > 128 or not _TAG.fullmatch(key):
        raise _invalid_tag("The TagKey you have provided is invalid", key)
    if len(value) > 256 or not _TAG.fullmatch(value):
        raise AwsError(
            "InvalidTag", "The TagValue you have provided is invalid", 400, {"TagKey": key, "TagValue": value}
        )


def _invalid_tag(message: str, key: str) -> AwsError:
    return AwsError("InvalidTag", message, 400, {"TagKey": key})


def tag_set(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
