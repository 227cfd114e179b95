"""Results and errors to responses: one compiled function for each operation and protocol. Knows no single service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from clary.wire.http import Response
from clary.wire.serialize import cbor, json, xml
from clary.wire.serialize.errors import render_error, request_headers
from clary.wire.serialize.events import compile_events
from clary.wire.serialize.rest import Headers, Render, Result, compile_rest

if TYPE_CHECKING:
    from clary.wire.model import Operation

__all__ = ["compile_renderer", "render_error", "request_headers"]


def compile_renderer(operation: Operation, protocol: str) -> Render:
    """Return a function of a result and a request id that gives the response. What the output shape lacks is
    dropped."""
    if operation.event_stream_out:
        return compile_events(operation, protocol)
    if protocol in ("rest-json", "rest-xml"):
        return compile_rest(operation, protocol[5:], request_headers(operation.service, protocol))
    if protocol == "query":
        return _query(operation)
    if protocol == "ec2":
        return _ec2(operation)
    return _json(operation) if protocol == "json" else _cbor(operation)


def _json(operation: Operation) -> Render:
    version = operation.service.metadata.get("jsonVersion", "1.0")
    content_type = ("content-type", f"application/x-amz-json-{version}")
    if operation.output is None:
        # AWS answers without a body; its type is told all the same.
        return lambda result, request_id: Response(200, [("x-amzn-requestid", request_id), content_type], b"")
    write = json.Writer(operation.service).document(operation.output)
    dumps = orjson.dumps

    def render(result: Result, request_id: str) -> Response:
        return Response(200, [("x-amzn-requestid", request_id), content_type], dumps(write(result)))

    return render


def _cbor(operation: Operation) -> Render:
    headers = request_headers(operation.service, "smithy-rpc-v2-cbor")
    if operation.output is None:
        return lambda result, request_id: Response(200, headers(request_id), b"")
    write = cbor.CborWriter(operation.service).document(operation.output)

    def render(result: Result, request_id: str) -> Response:
        said = [*headers(request_id), ("content-type", "application/cbor")]
        return Response(200, said, cbor.dumps(write(result)))

    return render


def _query(operation: Operation) -> Render:
    service, output = operation.service, operation.output
    namespace = f' xmlns="{service.xml_namespace}"' if service.xml_namespace else ""
    opening, closing = f"<{operation.name}Response{namespace}>", f"</{operation.name}Response>"
    wrapper = output.serialization.get("resultWrapper", f"{operation.name}Result") if output else ""
    content = xml.Writer(service).content(operation.output_members)

    def render(result: Result, request_id: str) -> Response:
        parts = [opening]
        if wrapper:
            parts.append(f"<{wrapper}>")
            content(result, parts.append)
            parts.append(f"</{wrapper}>")
        parts.append(f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>{closing}")
        return Response(200, _xml_headers(request_id), "".join(parts).encode())

    return render


def _ec2(operation: Operation) -> Render:
    namespace = f' xmlns="{operation.service.xml_namespace}"' if operation.service.xml_namespace else ""
    opening, closing = f"{xml.PROLOGUE}<{operation.name}Response{namespace}>", f"</{operation.name}Response>"
    content = xml.Writer(operation.service, ec2=True).content(operation.output_members)

    def render(result: Result, request_id: str) -> Response:
        parts = [opening, f"<requestId>{request_id}</requestId>"]
        content(result, parts.append)
        parts.append(closing)
        return Response(200, _xml_headers(request_id), "".join(parts).encode())

    return render


def _xml_headers(request_id: str) -> Headers:
    return [("x-amzn-requestid", request_id), ("content-type", "text/xml")]
