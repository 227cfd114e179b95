"""Inputs of S3's operations: right ones of which a member is changed, taken away or added, as botocore's shapes have them."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from botocore.model import Shape
from hypothesis import strategies as st

from tests.conftest import ACCOUNT

_TEXTS = (
    *("secret", "", " ", "a/b", "ä", "\x00", "\x7f", "\n", "%", "*", "..", "/", "a" * 200, "a" * 1025, "\U0001f600", "\ufffe", "]]>", "&lt;"),
    *("0", "-1", "1", "99999999999999999999", "true", "null", "NaN", "2026-01-01", "2026-01-01T00:00:00Z", "9999-12-31T23:59:59+00:00"),
    *("arn:aws:s3:::bucket-2", "arn:aws:s3:::", "arn:", f"arn:aws:iam::{ACCOUNT}:role/r", "arn:aws:kms:us-east-1:1:key/x", "bucket-2"),
    *("bucket-2/secret", "bucket-2/secret?versionId=null", "/%ff/%00", "bytes=0-1", "bytes=-0", "bytes=9-1", "a=b&a=c", "a=" + "b" * 300),
    *("STANDARD", "GLACIER", "aws:kms", "AES256", "ON", "Enabled", "COMPLIANCE", "AAAAAA==", "d41d8cd98f00b204e9800998ecf8427e", "{}", "[]"),
    *('{"Version":"2012-10-17","Statement":[]}', '{"Statement":{"Effect":"Deny"}}', "id=1", "uri=x,id=y", 'id="1"', "us-east-1", "eu-west-1"),
)  # fmt: skip
_NUMBERS = (-1, 0, 1, 2, 3, 30, 1000, 10001, 2**31, 2**63, 10**30)
_MOMENTS = (
    datetime(2030, 1, 1, tzinfo=UTC),
    datetime(2030, 1, 1, 0, 0, 1, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, tzinfo=UTC),
    "2030-01-01T00:00:00.000Z",
    "never",
    "",
    0,
)
_BLOBS = (b"", b"a", b"\x00" * 10, b"written", b"x" * 9000)


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """Return values of a shape's type, within its constraints or not."""
    found: Any = shape  # botocore has no types for what only some shapes have
    if shape.type_name == "structure":
        optional = {name: values(member) for name, member in found.members.items()}
        required = {name: optional.pop(name) for name in found.required_members}
        return st.fixed_dictionaries(required, optional=optional)
    if shape.type_name == "list":
        return st.lists(values(found.member), max_size=3)
    if shape.type_name == "map":
        return st.dictionaries(st.sampled_from(_TEXTS), st.sampled_from(_TEXTS), max_size=2)
    if shape.type_name == "string":
        return st.sampled_from((*getattr(found, "enum", ()), *_TEXTS))
    return st.sampled_from(_OF_TYPES[shape.type_name])


_OF_TYPES: dict[str, tuple[Any, ...]] = {
    "boolean": (True, False),
    "integer": _NUMBERS,
    "long": _NUMBERS,
    "timestamp": _MOMENTS,
    "blob": _BLOBS,
}


@st.composite
def changed(draw: st.DrawFn, shape: Shape, value: Any) -> Any:
    """Return a value that differs from a right one at one place or two."""
    value = copy.deepcopy(value)
    for _ in range(draw(st.integers(0, 2))):
        value = _change(draw, shape, value)
    return value


def _change(draw: st.DrawFn, shape: Any, value: Any) -> Any:
    if shape.type_name == "structure" and isinstance(value, dict):
        return _of_structure(draw, shape, value)
    if shape.type_name == "list" and isinstance(value, list):
        return _of_list(draw, shape, value)
    return draw(values(shape))


def _of_structure(draw: st.DrawFn, shape: Any, value: dict[str, Any]) -> dict[str, Any]:
    how = draw(st.sampled_from(("into", "into", "into", "add", "add", "drop")))
    if how == "add" or not value:
        name = draw(st.sampled_from(tuple(shape.members) or ("none",)))
        return {**value, name: draw(values(shape.members[name]))} if shape.members else value
    name = draw(st.sampled_from(tuple(value)))
    if how == "drop":
        return {key: one for key, one in value.items() if key != name}
    return {**value, name: _change(draw, shape.members[name], value[name])}


def _of_list(draw: st.DrawFn, shape: Any, value: list[Any]) -> list[Any]:
    how = draw(st.sampled_from(("into", "into", "add", "again", "none")))
    if how == "none":
        return []
    if how == "again":
        return value * draw(st.sampled_from((2, 3, 60)))
    if how == "add" or not value:
        return [*value, draw(values(shape.member))]
    at = draw(st.integers(0, len(value) - 1))
    return [*value[:at], _change(draw, shape.member, value[at]), *value[at + 1 :]]
