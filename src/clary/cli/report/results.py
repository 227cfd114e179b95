"""The documents of model quality in S3: a file, or the JSON files under a prefix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from clary.cli.aws import code_of, message_of
from clary.cli.report.clients import Clients
from clary.cli.report.quality import Group, groups

_MOST_FILES = 20
_MOST_LISTED = 5000
_MOST_BYTES = 8 * 2**20
_MISSING = ("NoSuchKey", "404")


class Result(NamedTuple):
    """What a document in S3 says."""

    uri: str
    groups: list[Group]


class Listed(NamedTuple):
    """An object in S3."""

    key: str
    size: int


def all_results(clients: Clients, uris: Iterable[str]) -> tuple[list[Result], list[str]]:
    """Return the documents at several URIs, and a sentence for each URI that could not be read."""
    found, unread = list[Result](), list[str]()
    for uri in uris:
        try:
            found += results(clients, uri)
        except clients.error as error:
            unread.append(f"{uri}: {message_of(error)}")
    return found, unread


def results(clients: Clients, uri: str) -> list[Result]:
    """Return the documents at a URI that have metrics of model quality."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if key.endswith(".json"):
        return _read(clients, bucket, [Listed(key, 0)])
    found = [one for one in listed(clients, uri) if one.key.endswith(".json") and one.size <= _MOST_BYTES]
    return _read(clients, bucket, found[:_MOST_FILES])


def listed(clients: Clients, uri: str) -> list[Listed]:
    """Return the objects under a prefix, which ends with a slash or gets one."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    prefix = f"{key.rstrip('/')}/" if key.strip("/") else ""
    pages = clients.s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix, PaginationConfig={"MaxItems": _MOST_LISTED}
    )
    return [Listed(one["Key"], one["Size"]) for page in pages for one in page.get("Contents", [])]


def _read(clients: Clients, bucket: str, files: list[Listed]) -> list[Result]:
    found = [
        Result(f"s3://{bucket}/{one.key}", groups(text))
        for one in files
        for text in _text(clients, bucket, one)
    ]
    return [one for one in found if one.groups]


def _text(clients: Clients, bucket: str, one: Listed) -> Iterator[bytes]:
    try:
        body = clients.s3.get_object(Bucket=bucket, Key=one.key)["Body"]
    except clients.error as error:
        if code_of(error) in _MISSING:
            return
        raise
    yield body.read(_MOST_BYTES)
