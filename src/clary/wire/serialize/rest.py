"""Results to REST responses: status, headers and body (JSON or XML). Knows no errors and no streams of events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import orjson

from clary.wire.http import Response
from clary.wire.serialize import json, xml
from clary.wire.serialize.text import header, writer

if TYPE_CHECKING:
    from clary.wire.model import Operation, ServiceModel
    from clary.wire.shapes import Shape

Result = dict[str, Any]
Headers = list[tuple[str, str]]
_PARTIAL_CONTENT = 206

Render = Callable[[Result, str], Response]
Body = Callable[[Result], "tuple[Any, str]"]  # the body and its content type, empty for none
AddHeaders = Callable[[Result, Headers], None]


def compile_rest(operation: Operation, language: str, request_headers: Callable[[str], Headers]) -> Render:
    """Return a renderer for one operation; `language` of its body is `json` or `xml`."""
    members = operation.output_members
    add = compile_headers(members)
    body = _body(operation, language)
    status = operation.status
    status_member = next(
        (n for n, m in members.items() if m.serialization.get("location") == "statusCode"), None
    )
    # A part of what was asked for is answered with 206 (RFC 9110, 15.3.7), which no model says.
    ranged = members.get("ContentRange") is not None
    type_member = next((n for n, m in members.items() if _is_type(m)), None)
    # A HEAD has no body, so no type of one but what the handler says; S3 names the type of the errors it might have.
    silent = operation.method == "HEAD"
    if silent and type_member is None and operation.service.name == "s3":
        request_headers = _with_type(request_headers)

    def render(result: Result, request_id: str) -> Response:
        headers = request_headers(request_id)
        add(result, headers)
        content, content_type = body(result)
        if content_type and not silent and (type_member is None or result.get(type_member) is None):
            headers.append(("content-type", content_type))
        given = result.get(status_member) if status_member else None
        if ranged and result.get("ContentRange"):
            given = _PARTIAL_CONTENT
        return Response(given or status, headers, content)

    return render


def _with_type(request_headers: Callable[[str], Headers]) -> Callable[[str], Headers]:
    return lambda request_id: [*request_headers(request_id), ("content-type", "application/xml")]


def _is_type(member: Shape) -> bool:
    """Return whether a member is the content-type header."""
    said = member.serialization
    return said.get("location") == "header" and said.get("name", "").lower() == "content-type"


def compile_headers(members: Mapping[str, Shape]) -> AddHeaders:
    """Return what adds the members that travel as headers."""
    single = {
        name: (member.serialization.get("name", name).lower(), writer(member))
        for name, member in members.items()
        if member.serialization.get("location") == "header"
    }
    prefixed = [
        (name, member.serialization.get("name") or "")
        for name, member in members.items()
        if member.serialization.get("location") == "headers"
    ]

    def add(result: Result, headers: Headers) -> None:
        for name, value in result.items():
            known = single.get(name)
            if known is not None and value is not None:
                headers.append((known[0], known[1](value)))
        for name, prefix in prefixed:
            for key, value in (result.get(name) or {}).items():
                headers.append((header(prefix + key).lower(), header(value)))

    return add


def _body(operation: Operation, language: str) -> Body:
    output = operation.output
    if output is None:
        return lambda result: (b"", "")
    payload = output.serialization.get("payload")
    if payload:
        return _payload(operation.service, payload, operation.output_members[payload], language)
    # A place that only requests have (`querystring`) means nothing in a response: such members go into the body.
    places = ("header", "headers", "statusCode")
    members = {
        n: m for n, m in operation.output_members.items() if m.serialization.get("location") not in places
    }
    if language == "json":
        return _json_members(operation, members)
    if not members:
        return lambda result: (b"", "")
    return _xml_members(operation, members)


def _json_members(operation: Operation, members: Mapping[str, Shape]) -> Body:
    write = json.Writer(operation.service).document(operation.output)
    elsewhere = frozenset(operation.output_members) - frozenset(members)
    if not elsewhere:
        return lambda result: (orjson.dumps(write(result)), "application/json")

    def body(result: Result) -> tuple[bytes, str]:
        kept = {name: value for name, value in result.items() if name not in elsewhere}
        return orjson.dumps(write(kept)), "application/json"

    return body


def _xml_members(operation: Operation, members: Mapping[str, Shape]) -> Body:
    output: Any = operation.output
    root = output.serialization.get("name") or output.name
    only = next(iter(members.values())) if len(members) == 1 else None
    writes = xml.Writer(operation.service)
    namespace = f' xmlns="{operation.service.xml_namespace}"' if operation.service.xml_namespace else ""
    if only is not None and root == next(iter(members)) and only.type_name == "string":
        return _text_root(root, next(iter(members)), namespace, writes.text(only))
    content, attributes = writes.content(members), writes.attributes(members)
    opening, closing = f"{xml.PROLOGUE}<{root}{namespace}", f"</{root}>"

    def body(result: Result) -> tuple[bytes, str]:
        parts = [opening]
        attributes(result, parts.append)
        parts.append(">")
        content(result, parts.append)
        parts.append(closing)
        return "".join(parts).encode(), "application/xml"

    return body


def _text_root(root: str, member: str, namespace: str, text: Callable[[Any], str]) -> Body:
    """GetBucketLocation: the answer is the text of the root itself, empty for us-east-1."""

    def body(result: Result) -> tuple[bytes, str]:
        value = result.get(member)
        inside = text(value) if value is not None else ""
        return f"{xml.PROLOGUE}<{root}{namespace}>{inside}</{root}>".encode(), "application/xml"

    return body


def _payload(service: ServiceModel, name: str, shape: Shape, language: str) -> Body:
    """Return the body as one member: as it comes when it is a blob or text, else a document of its own."""
    if shape.type_name == "blob":
        return lambda result: (_given(result.get(name)), "application/octet-stream")
    if shape.type_name == "string":
        return lambda result: ((result.get(name) or "").encode(), "text/plain")
    return _json_payload(service, name, shape) if language == "json" else _xml_payload(service, name, shape)


def _given(value: Any) -> Any:
    """Bytes, a file or an iterator go out as they are; nothing is an empty body."""
    if value is None:
        return b""
    return value.encode() if isinstance(value, str) else value


def _json_payload(service: ServiceModel, name: str, shape: Shape) -> Body:
    write = json.Writer(service).of(shape)

    def body(result: Result) -> tuple[bytes, str]:
        value = result.get(name)
        if value is None and shape.type_name == "structure":
            value = {}
        return orjson.dumps(value if write is None or value is None else write(value)), "application/json"

    return body


def _xml_payload(service: ServiceModel, name: str, shape: Shape) -> Body:
    write = xml.Writer(service).element(
        shape, shape.serialization.get("name", name), _namespace(service, shape)
    )

    def body(result: Result) -> tuple[bytes, str]:
        if result.get(name) is None:
            return b"", ""
        parts = [xml.PROLOGUE]
        write(result[name], parts.append)
        return "".join(parts).encode(), "application/xml"

    return body


def _namespace(service: ServiceModel, shape: Any) -> str | None:
    said = shape.serialization.get("xmlNamespace") or {}
    own = said if isinstance(said, str) else said.get("uri") if not said.get("prefix") else None
    return own or service.xml_namespace
