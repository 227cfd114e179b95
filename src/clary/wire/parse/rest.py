"""REST requests to parameters: path labels, query string, headers and body (JSON or XML). Knows no routing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from clary.kernel import AwsError
from clary.wire.http import Request
from clary.wire.parse import json, xml
from clary.wire.parse.body import whole
from clary.wire.parse.errors import malformed_xml, serialization
from clary.wire.parse.text import reader

if TYPE_CHECKING:
    from clary.wire.model import Operation
    from clary.wire.shapes import Shape

Labels = Mapping[str, str]
Params = dict[str, Any]
Parse = Callable[[Request, Labels], Params]
Fill = Callable[[Request, Params], None]
_SIGNING = frozenset(
    f"x-amz-{name}"
    for name in ("algorithm", "credential", "date", "expires", "signedheaders", "signature", "security-token")
)


def compile_rest(operation: Operation, language: str) -> Parse:
    """Return a parser for one operation; `language` of its body is `json` or `xml`."""
    members = operation.input_members
    labels = _bindings(members, "uri")
    headers = {wire: (name, read) for name, wire, read in _bindings(members, "header")}
    refuse = _refuser(operation)
    steps = [
        step for step in (_query(operation, refuse), _prefixes(members), _body(operation, language)) if step
    ]

    in_query = operation.service.name == "s3"

    def parse(request: Request, found: Labels) -> Params:
        if in_query and request.query:
            request = with_hoisted_headers(request)
        params: Params = {}
        for name, wire, read in labels:
            text = found[wire]
            params[name] = text if read is None else _read(read, text, wire, refuse)
        for wire, text in request.headers.items():
            known = headers.get(wire)
            if known is not None:
                name, read = known
                params[name] = text if read is None else _read(read, text, wire, refuse)
        for step in steps:
            step(request, params)
        return params

    return parse


def with_hoisted_headers(request: Request) -> Request:
    """Return the request with the headers that a presigned S3 URL has in its query string
    (`x-amz-meta-foo=bar`)."""
    if "x-amz-" not in request.query.lower():
        return request
    pairs = parse_qsl(request.query, keep_blank_values=True)
    hoisted = {n.lower(): v for n, v in pairs if n.lower().startswith("x-amz-") and n.lower() not in _SIGNING}
    if not hoisted:
        return request
    headers = {**hoisted, **request.headers}
    return replace(request, headers=headers)


def _read(read: Callable[[str], Any], text: str, wire: str, refuse: Callable[[str, str], AwsError]) -> Any:
    try:
        return read(text)
    except (ValueError, OverflowError):
        raise refuse(wire, text) from None


def _refuser(operation: Operation) -> Callable[[str, str], AwsError]:
    """Return the error for text that is not of its member's type."""
    if operation.service.name == "s3":
        return _refuse_as_s3
    return lambda wire, text: serialization(f"Unable to parse '{text}' at '{wire}'")


def _refuse_as_s3(wire: str, text: str) -> AwsError:
    sentence = f"Provided {wire} not an integer or within integer range"
    return AwsError("InvalidArgument", sentence, members={"ArgumentName": wire, "ArgumentValue": text})


def _bindings(members: Mapping[str, Shape], place: str) -> list[tuple[str, str, Any]]:
    return [
        (name, wire.lower() if place == "header" else wire, reader(member))
        for name, member in members.items()
        if member.serialization.get("location") == place
        for wire in (member.serialization.get("name", name),)
    ]


def _query(operation: Operation, refuse: Callable[[str, str], AwsError]) -> Fill | None:
    members = operation.input_members
    named = {
        wire: (name, reader(shape.member if shape.type_name == "list" else shape), shape.type_name == "list")
        for name, shape in members.items()
        if shape.serialization.get("location") == "querystring" and shape.type_name != "map"
        for wire in (shape.serialization.get("name", name),)
    }
    maps = [
        (name, shape.value.type_name == "list")
        for name, shape in members.items()
        if shape.serialization.get("location") == "querystring" and shape.type_name == "map"
    ]
    if not named and not maps:
        return None
    # S3 takes a number without digits for one that was not given (`max-parts=`).
    optional = {
        wire
        for wire, (name, _, _) in named.items()
        if operation.service.name == "s3" and members[name].type_name == "integer"
    }
    constants = {name for name, _ in parse_qsl(operation.uri.partition("?")[2], keep_blank_values=True)}

    def fill(request: Request, params: Params) -> None:
        if not request.query:
            return
        for wire, text in parse_qsl(request.query, keep_blank_values=True):
            if not text and wire in optional:
                continue
            if wire in named:
                name, read, many = named[wire]
                value = text if read is None else _read(read, text, wire, refuse)
                if many:
                    params.setdefault(name, []).append(value)
                else:
                    params[name] = value
            elif wire not in constants:
                for name, many in maps:
                    _into_map(params.setdefault(name, {}), wire, text, many)

    return fill


def _into_map(target: dict[str, Any], key: str, text: str, many: bool) -> None:
    if many:
        target.setdefault(key, []).append(text)
    else:
        target.setdefault(key, text)


def _prefixes(members: Mapping[str, Shape]) -> Fill | None:
    """Members that gather all headers with a prefix: S3's `x-amz-meta-`."""
    prefixes = [
        (name, (member.serialization.get("name") or "").lower())
        for name, member in members.items()
        if member.serialization.get("location") == "headers"
    ]
    if not prefixes:
        return None

    def fill(request: Request, params: Params) -> None:
        for name, prefix in prefixes:
            found = {
                key[len(prefix) :]: text for key, text in request.headers.items() if key.startswith(prefix)
            }
            if found:
                params[name] = found

    return fill


def _body(operation: Operation, language: str) -> Fill | None:
    """Return what reads the body, if anything travels in it."""
    if operation.input is None:
        return None
    payload = operation.input.serialization.get("payload")
    if payload:
        return _payload(operation, payload, operation.input_members[payload], language)
    members = {name: m for name, m in operation.input_members.items() if "location" not in m.serialization}
    if not members:
        return None
    read = _members_reader(operation, members, language)

    def fill(request: Request, params: Params) -> None:
        body = whole(request)
        if body:
            params.update(read(body))

    return fill


def _members_reader(
    operation: Operation, members: Mapping[str, Shape], language: str
) -> Callable[[bytes], Params]:
    if language == "xml":
        read_element = xml.Reader(operation.service).members(dict(members))
        return lambda body: read_element(xml.parse(body))
    read_value = json.Reader(operation.service).of(operation.input)
    # The reader knows the whole structure: what belongs elsewhere must not come in by the body.
    return lambda body: {n: v for n, v in read_value(json.loads(body)).items() if n in members}


def _payload(operation: Operation, name: str, shape: Shape, language: str) -> Fill:
    """Return the body as one member: handed on when it streams, text, bytes, or a structure of its own."""
    if operation.streams_in or shape.serialization.get("eventstream"):

        def stream(request: Request, params: Params) -> None:
            params[name] = request.body

        return stream
    required = name in operation.input.required_members if operation.input else False
    read = _payload_reader(operation, shape, language)

    def fill(request: Request, params: Params) -> None:
        body = whole(request)
        if body or (required and shape.type_name in ("blob", "string")):
            params[name] = read(body)

    return fill


def _payload_reader(operation: Operation, shape: Shape, language: str) -> Callable[[bytes], Any]:
    if shape.type_name == "blob":
        return bytes
    if shape.type_name == "string":
        return _text
    if language == "xml":
        read_element = xml.Reader(operation.service).of(shape)
        return lambda body: read_element(xml.parse(body))
    read_value = json.Reader(operation.service).of(shape)
    return lambda body: read_value(json.loads(body))


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise (
            malformed_xml() if body.lstrip().startswith(b"<") else serialization("The body is not UTF-8.")
        ) from None
