"""Requests to parameters: one compiled function for each operation and protocol. Knows no single service."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from clary.kernel import AwsError
from clary.wire import limits
from clary.wire.http import Request
from clary.wire.parse import cbor, json, query
from clary.wire.parse.body import unpack, whole
from clary.wire.parse.rest import Labels, Params, Parse, compile_rest

if TYPE_CHECKING:
    from clary.wire.model import Operation


def compile_parser(operation: Operation, protocol: str) -> Parse:
    """Return a function of a request and its path labels that gives the parameters by AWS's names. Raise
    AwsError.

    It unpacks a document in place, which is at most as large as AWS takes it for this operation.
    """
    parse = _compile(operation, protocol)
    unpacks, largest = _unpacks(operation, protocol), limits.of(operation, protocol).unpacked

    def guarded(request: Request, labels: Labels) -> Params:
        try:
            if unpacks and "content-encoding" in request.headers:
                unpack(request, protocol, largest)
            return parse(request, labels)
        except RecursionError:
            raise AwsError("SerializationException", "The input is nested too deeply.") from None

    return guarded


def _unpacks(operation: Operation, protocol: str) -> bool:
    """Return whether gzip is undone: in documents, and not in S3, where Content-Encoding is a property of an
    object."""
    blob = operation.payload_in is not None and operation.payload_in.type_name == "blob"
    return protocol != "rest-xml" and not (protocol == "rest-json" and blob)


def _compile(operation: Operation, protocol: str) -> Parse:
    if protocol in ("rest-json", "rest-xml"):
        return compile_rest(operation, protocol[5:])
    if protocol in ("query", "ec2"):
        return _compile_query(operation, ec2=protocol == "ec2")
    if operation.input is None:
        return lambda request, labels: {}
    if protocol == "json":
        return _body_parser(json.loads, json.Reader(operation.service).of(operation.input))
    return _body_parser(cbor.loads, cbor.Reader(operation.service).of(operation.input))


def _body_parser(loads: Callable[[bytes], object], read: Callable[[object], Params]) -> Parse:
    return lambda request, labels: read(loads(whole(request)))


def _compile_query(operation: Operation, ec2: bool) -> Parse:
    if operation.input is None:
        return lambda request, labels: {}
    read = query.Reader(operation.service, ec2).of(operation.input)
    return lambda request, labels: read(query.fields(form(request)))


def form(request: Request, largest: int = 0) -> str:
    """Return the fields of a Query request, from its query string and its body, of which at most `largest`
    bytes are unpacked where that was not done before. Raise AwsError."""
    if largest and "content-encoding" in request.headers:
        unpack(request, "query", largest)
    try:
        body = whole(request).decode() if request.body else ""
    except UnicodeDecodeError:
        raise AwsError("MalformedInput", "The request body is not UTF-8.") from None
    return f"{request.query}&{body}" if request.query and body else request.query or body
