"""Results that hold a stream of events: each event one frame, an error the last one. Knows framing by eventstream.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any

import orjson

from clary.kernel import AwsError
from clary.wire import eventstream, timestamps
from clary.wire.http import Response
from clary.wire.serialize import cbor, json, xml
from clary.wire.serialize.errors import request_headers
from clary.wire.serialize.rest import compile_headers

if TYPE_CHECKING:
    from clary.wire.model import Operation, ServiceModel
    from clary.wire.shapes import Shape

Event = Mapping[str, Any]  # {"PayloadPart": {"Bytes": b"..."}}
Encode = Callable[[Any], bytes]
CONTENT_TYPE = "application/vnd.amazon.eventstream"
_DOCUMENT_TYPES = {"xml": "text/xml", "cbor": "application/cbor", "json": "application/json"}


def compile_events(operation: Operation, protocol: str) -> Callable[[dict[str, Any], str], Response]:
    """Return a renderer for an operation whose result has a member that is a stream of events.

    The member may be an iterable or an async iterable of `{"EventName": {...}}`. An AwsError raised by it
    becomes the last frame: an exception of the model where the stream has one of that name, an error
    otherwise.
    """
    output: Any = operation.output
    member = next(n for n, shape in output.members.items() if shape.serialization.get("eventstream"))
    stream = _Stream(operation.service, output.members[member], _language(protocol))
    add = compile_headers(output.members)
    headers_of = request_headers(operation.service, protocol)
    first = None if protocol.startswith("rest") else _initial(operation, member, stream)

    def render(result: dict[str, Any], request_id: str) -> Response:
        headers = [*headers_of(request_id), ("content-type", CONTENT_TYPE)]
        add(result, headers)
        said = first(result) if first else b""
        return Response(operation.status, headers, stream.frames(result.get(member) or (), said))

    return render


def _language(protocol: str) -> str:
    return "xml" if protocol in ("rest-xml", "query", "ec2") else "cbor" if "cbor" in protocol else "json"


def _header(shape: Any) -> Callable[[Any], eventstream.Value]:
    """Return what makes a frame's header of a member: its type on the wire follows from Python's."""
    if shape.type_name == "timestamp":
        return lambda moment: float(timestamps.seconds(moment))
    return _bytes if shape.type_name == "blob" else _as_it_is


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _as_it_is(value: Any) -> Any:
    return value


def _initial(operation: Operation, member: str, stream: _Stream) -> Encode:
    """RPC protocols say the members beside the stream in a first frame of its own."""
    write = json.Writer(operation.service).document(operation.output)

    def initial(result: dict[str, Any]) -> bytes:
        rest = {name: value for name, value in result.items() if name != member}
        headers = {
            ":event-type": "initial-response",
            ":message-type": "event",
            ":content-type": "application/json",
        }
        return eventstream.encode(headers, orjson.dumps(write(rest)))

    return initial


class _Stream:
    """The events that a stream may have, each with what makes a frame of it."""

    def __init__(self, service: ServiceModel, shape: Any, language: str) -> None:
        self._service = service
        self._language = language
        self._encoders: dict[str, Encode] = {
            name: self._event(name, event) for name, event in shape.members.items()
        }
        self._exceptions = {
            event.name: (name, event)
            for name, event in shape.members.items()
            if event.metadata.get("exception")
        }

    async def frames(self, events: Any, first: bytes) -> AsyncIterator[bytes]:
        if first:
            yield first
        try:
            if hasattr(events, "__aiter__"):
                async for event in events:
                    yield self._frame(event)
            else:
                for event in events:
                    yield self._frame(event)
        except AwsError as error:
            yield self._error(error)

    def _frame(self, event: Event) -> bytes:
        ((name, value),) = event.items()
        return self._encoders[name](value)

    def _error(self, error: AwsError) -> bytes:
        found = self._exceptions.get(error.code)
        if found is None:
            said = {":message-type": "error", ":error-code": error.code, ":error-message": error.message}
            return eventstream.encode(said)
        name, shape = found
        sentence = next((m for m in shape.members if m.lower() == "message"), "message")
        return self._encoders[name]({sentence: error.message, **error.members})

    def _event(self, name: str, shape: Any) -> Encode:
        exception = bool(shape.metadata.get("exception"))
        kind = ":exception-type" if exception else ":event-type"
        base = {":message-type": "exception" if exception else "event", kind: name}
        headers = {n: _header(m) for n, m in shape.members.items() if m.serialization.get("eventheader")}
        content_type, content = self._content(shape, headers)

        def encode(value: Any) -> bytes:
            said: dict[str, eventstream.Value] = dict(base)
            if content_type:
                said[":content-type"] = content_type
            for header, write in headers.items():
                if value.get(header) is not None:
                    said[header] = write(value[header])
            return eventstream.encode(said, content(value))

        return encode

    def _content(self, shape: Any, headers: Mapping[str, Any]) -> tuple[str, Encode]:
        """Return what the payload of an event is: one member by itself, or all that is no header as a
        document."""
        payload = next((n for n, m in shape.members.items() if m.serialization.get("eventpayload")), None)
        if payload is not None:
            member = shape.members[payload]
            if member.type_name == "blob":
                return "application/octet-stream", lambda value: value.get(payload) or b""
            if member.type_name == "string":
                return "text/plain", lambda value: (value.get(payload) or "").encode()
            document = self._document(member, payload)
            return _DOCUMENT_TYPES[self._language], lambda value: document(value.get(payload) or {})
        if not set(shape.members) - set(headers):
            return "", lambda value: b""
        document = self._document(shape, shape.name)
        return _DOCUMENT_TYPES[self._language], lambda value: document(
            {name: item for name, item in value.items() if name not in headers}
        )

    def _document(self, shape: Shape, root: str) -> Encode:
        if self._language == "xml":
            write = xml.Writer(self._service).element(shape, root)

            def document(value: Any) -> bytes:
                parts: list[str] = []
                write(value, parts.append)
                return "".join(parts).encode()

            return document
        if self._language == "cbor":
            to_cbor = cbor.CborWriter(self._service).of(shape)
            return lambda value: cbor.dumps(to_cbor(value) if to_cbor else value)
        to_json = json.Writer(self._service).of(shape)
        return lambda value: orjson.dumps(to_json(value) if to_json else value)
