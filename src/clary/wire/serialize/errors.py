"""Errors as each protocol says them. Knows no operation but its HTTP method."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

from clary.kernel import AwsError
from clary.wire.http import Response
from clary.wire.serialize import cbor, json, xml
from clary.wire.serialize.rest import compile_headers

if TYPE_CHECKING:
    from clary.wire.model import ErrorShape, ServiceModel

Headers = list[tuple[str, str]]


def render_error(
    service: ServiceModel | None, protocol: str, error: AwsError, request_id: str, bodiless: bool = False
) -> Response:
    """Return the response for an error. `service` may be unknown; `bodiless` answers (to HEAD) have a status
    only."""
    shape = service.errors.get(error.code) if service else None
    status = shape.status if shape and shape.status and error.status == 400 else error.status
    headers = [*request_headers(service, protocol)(request_id), *error.headers.items()]
    if bodiless and protocol == "rest-json":
        headers.append(("x-amzn-errortype", shape.name if shape else error.code))
    if bodiless or status == 304:
        return Response(status, headers, b"")
    body = _BODIES[protocol](service, shape, error, status, request_id, headers)
    return Response(status, headers, body)


def request_headers(service: ServiceModel | None, protocol: str) -> Callable[[str], Headers]:
    """Return what makes the headers that say the request's id: S3 has names of its own."""
    if service is None or service.signing_name != "s3":
        if protocol == "smithy-rpc-v2-cbor":
            return lambda request_id: [("x-amzn-requestid", request_id), ("smithy-protocol", "rpc-v2-cbor")]
        return lambda request_id: [("x-amzn-requestid", request_id)]
    return lambda request_id: [
        ("x-amz-request-id", request_id),
        ("x-amz-id-2", host_id(request_id)),
        ("server", "AmazonS3"),
    ]


def host_id(request_id: str) -> str:
    """S3's second id of a request: 56 bytes in base64, the same for the same request."""
    return b64encode(hashlib.sha512(request_id.encode()).digest()[:56]).decode()


def _json(service: Any, shape: Any, error: AwsError, status: int, request_id: str, headers: Headers) -> bytes:
    version = service.metadata.get("jsonVersion", "1.0") if service else "1.1"
    headers.append(("content-type", f"application/x-amz-json-{version}"))
    _query_error(service, shape, error, status, headers)
    return orjson.dumps(
        {"__type": _type(service, shape, error), **_members(service, shape, error, json.Writer)}
    )


def _cbor(service: Any, shape: Any, error: AwsError, status: int, request_id: str, headers: Headers) -> bytes:
    headers.append(("content-type", "application/cbor"))
    _query_error(service, shape, error, status, headers)
    return cbor.dumps(
        {"__type": _type(service, shape, error), **_members(service, shape, error, cbor.CborWriter)}
    )


def _type(service: Any, shape: ErrorShape | None, error: AwsError) -> str:
    """Return the error's name; services that give it with its namespace (CloudWatch) have a word of Coral's
    for broken rules."""
    name = shape.name if shape else error.code
    namespace = service.metadata.get("errorNamespace") if service else None
    if namespace and error.code == service.validation_code:
        return f"com.amazon.coral.validate#{name}"
    return f"{namespace}#{name}" if namespace and shape else name


def _rest_json(
    service: Any, shape: Any, error: AwsError, status: int, request_id: str, headers: Headers
) -> bytes:
    headers.append(("content-type", "application/json"))
    headers.append(("x-amzn-errortype", shape.name if shape else error.code))
    _headers(shape, error, headers)
    return orjson.dumps(_members(service, shape, error, json.Writer))


def _members(
    service: Any, shape: ErrorShape | None, error: AwsError, writer: type[json.Writer]
) -> dict[str, Any]:
    """Return the error's members by their wire names, the sentence among them."""
    if shape is None:
        said: dict[str, Any] = {"message": error.message} if error.message else {}
        return said | dict(error.members)
    members = {n: v for n, v in error.members.items() if "location" not in _serialization(shape, n)}
    if error.message:
        members.setdefault(shape.message_member, error.message)
    write = writer(service).of(shape.shape)
    known = write(members) if write else members
    if error.message and shape.message_member not in shape.members:
        known[shape.message_member] = error.message
    return known


def _headers(shape: ErrorShape | None, error: AwsError, headers: Headers) -> None:
    """Add the members that travel as headers (REST)."""
    if shape is not None and error.members:
        compile_headers(shape.shape.members)(dict(error.members), headers)


def _serialization(shape: ErrorShape, member: str) -> dict[str, Any]:
    found = shape.shape.members.get(member)
    return found.serialization if found is not None else {}


def _query_error(service: Any, shape: Any, error: AwsError, status: int, headers: Headers) -> None:
    """Services that once spoke Query tell that protocol's code in a header (awsQueryCompatible)."""
    if service is not None and service.query_compatible:
        code = shape.code if shape else error.code
        headers.append(("x-amzn-query-error", f"{code};{_fault(shape, status)}"))


def _fault(shape: ErrorShape | None, status: int) -> str:
    senders = shape.senders_fault if shape else status < 500
    return "Sender" if senders else "Receiver"


def _query(
    service: Any, shape: Any, error: AwsError, status: int, request_id: str, headers: Headers
) -> bytes:
    headers.append(("content-type", "text/xml"))
    namespace = service.xml_namespace if service else None
    opening = f'<ErrorResponse xmlns="{namespace}">' if namespace else "<ErrorResponse>"
    said = f"<Type>{_fault(shape, status)}</Type>{_code_and_message(shape, error)}"
    inside = f"<Error>{said}{_xml_members(service, shape, error)}</Error>"
    return f"{opening}{inside}<RequestId>{request_id}</RequestId></ErrorResponse>".encode()


def _rest_xml(
    service: Any, shape: Any, error: AwsError, status: int, request_id: str, headers: Headers
) -> bytes:
    _headers(shape, error, headers)
    if service is not None and not service.metadata.get("noErrorWrapping"):
        body = _query(service, shape, error, status, request_id, headers)
        headers[headers.index(("content-type", "text/xml"))] = ("content-type", "application/xml")
        return xml.PROLOGUE.encode() + body
    headers.append(("content-type", "application/xml"))
    said = _code_and_message(shape, error, always=True) + _xml_members(service, shape, error)
    ids = f"<RequestId>{request_id}</RequestId><HostId>{host_id(request_id)}</HostId>"
    return f"{xml.PROLOGUE}<Error>{said}{ids}</Error>".encode()


def _ec2(service: Any, shape: Any, error: AwsError, status: int, request_id: str, headers: Headers) -> bytes:
    headers.append(("content-type", "text/xml"))
    inside = _code_and_message(shape, error) + _xml_members(service, shape, error)
    errors = f"<Errors><Error>{inside}</Error></Errors>"
    return f"{xml.PROLOGUE}<Response>{errors}<RequestID>{request_id}</RequestID></Response>".encode()


def _code_and_message(shape: ErrorShape | None, error: AwsError, always: bool = False) -> str:
    """S3 always has a message, even an empty one."""
    code = shape.code if shape else error.code
    message = (
        f"<Message>{xml.escape(xml.sayable(error.message))}</Message>" if error.message or always else ""
    )
    return f"<Code>{xml.escape(code)}</Code>{message}"


def _xml_members(service: Any, shape: ErrorShape | None, error: AwsError) -> str:
    """Modelled members by their shapes; others (S3 has many that no model tells of) as text."""
    parts: list[str] = []
    modelled = dict(shape.shape.members) if shape else {}
    if modelled:
        said = ("message", "code")
        kept = {
            n: m for n, m in modelled.items() if n.lower() not in said and "location" not in m.serialization
        }
        xml.Writer(service).content(kept)(error.members, parts.append)
    for name, value in error.members.items():
        if name not in modelled and value is not None:
            parts.append(f"<{name}>{xml.escape(xml.sayable(str(value)))}</{name}>")
    return "".join(parts)


_BODIES: dict[str, Callable[..., bytes]] = {
    "json": _json,
    "smithy-rpc-v2-cbor": _cbor,
    "rest-json": _rest_json,
    "query": _query,
    "rest-xml": _rest_xml,
    "ec2": _ec2,
}
