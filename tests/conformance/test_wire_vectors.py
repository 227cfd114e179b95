"""botocore's own protocol cases turned round: what it serialises must parse, what we render it must read back.

Source: boto/botocore, tests/unit/protocols (Apache-2.0), read from shared/vectors when present.
"""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from botocore.parsers import create_parser

from clary.kernel import AwsError
from clary.wire import Request, Router, ServiceModel
from tests.support.routers import match

VECTORS = Path(__file__).parents[2].parent / "shared" / "vectors" / "botocore"

# Cases that cannot pass, each with its reason.
_COMPRESSED = "the case tells the headers alone: its body, and so its parameters, are not there"
_REPEATED = "the map repeats what other members say too, and all travel once"
_ROOT_NAME = (
    "botocore takes the name of a structure's root for that of its member (and skips this case as well)"
)
_FLATTENED = "two names for one list: botocore reads the members' (and skips this case as well)"
_HEADER_LIST = "botocore splits headers at every comma (and skips this case as well)"
EXCEPTIONS = {
    "input/*/SDKApp*Content*ncoding*": _COMPRESSED,
    "input/*/SDKAppend*GzipA*": _COMPRESSED,
    "input/rest-json/RestJsonHostWithPath": "the case's endpoint has a path in front, which a request does not tell",
    "input/rest-json/RestJsonAllQueryStringTypes": _REPEATED,
    "input/rest-json/RestJsonQueryStringEscaping": _REPEATED,
    "input/rest-json/RestJsonSupports*FloatQueryValues": _REPEATED,
    "input/rest-json/RestJsonZeroAndFalseQueryValues": _REPEATED,
    "input/rest-*/*QueryPrecedence": "what a named member overrides in the map does not travel",
    "input/rest-xml/BodyWithXmlName": _ROOT_NAME,
    "legacy/input/rest-json/25-7": "the client adds a content type that the parameters lack",
    "output/*XmlLists": _FLATTENED,
    "output/rest-json/RestJsonInputAndOutputWithQuotedStringHeaders": _HEADER_LIST,
    "output/rest-*/*InputAndOutputWithTimestampHeaders": _HEADER_LIST,
    "output/rest-*/*HttpPayloadWithUnsetUnion": "botocore refuses a union without a member (and skips this case)",
    "legacy/output/rest-json/17-2": "a member of a union that the model lacks is a client's business",
    "legacy/output/rest-xml/16-2": "a member of a union that the model lacks is a client's business",
}


def excused(case_id: str) -> str | None:
    return next((reason for pattern, reason in EXCEPTIONS.items() if fnmatch(case_id, pattern)), None)


@dataclass(frozen=True)
class Case:
    model: ServiceModel
    operation: str
    said: dict[str, Any]
    protocol: str


def cases(folder: str) -> list[Any]:
    found = []
    for path in sorted((VECTORS / folder).glob("*.json")):
        for suite_number, suite in enumerate(json.loads(path.read_text())):
            for number, said in enumerate(suite["cases"]):
                name = said.get("id") or f"{suite_number}-{number}"
                id = f"{folder}/{path.stem}/{name}"
                if not excused(id):
                    found.append(pytest.param(case(suite, said), id=id))
    return found or [pytest.param(None, marks=pytest.mark.skip(reason="the vectors are not here"))]


def case(suite: dict[str, Any], said: dict[str, Any]) -> Case:
    given = said["given"]
    name = given.get("name", "OperationName")
    metadata = {"signingName": "vector", "apiVersion": "2014-01-01", **suite["metadata"]}
    metadata["signingName"] = "vector"
    if metadata["protocol"] == "query" and "output" in given and "id" in said:
        given["output"].setdefault("resultWrapper", f"{name}Result")  # which the newer cases take for granted
    protocol = metadata["protocols"][0] if "protocols" in metadata else metadata["protocol"]
    description = {"metadata": metadata, "operations": {name: given}, "shapes": suite["shapes"]}
    return Case(ServiceModel("vector", description), name, said, protocol)


# ---------------------------------------------------------------------------------------------------- requests


def request_of(one: Case) -> Request:
    sent = one.said["serialized"]
    headers = {name.lower(): value for name, value in sent.get("headers", {}).items()}
    headers["authorization"] = (
        "AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/vector/aws4_request, Signature=0"
    )
    path, _, query = sent.get("uri", "/").partition("?")
    method = sent.get("method") or one.said["given"].get("http", {}).get("method", "POST")
    if one.protocol in ("query", "ec2"):
        headers["content-type"] = "application/x-www-form-urlencoded"
    elif one.protocol == "json":
        headers.setdefault("x-amz-target", f"{one.model.target_prefix}.{one.operation}")
    return Request(method, path, query, headers, body_of(one, sent.get("body", "")))


def body_of(one: Case, body: Any) -> bytes:
    if isinstance(body, dict):  # the older cases spell a form as an object
        from urllib.parse import urlencode

        return urlencode(body).encode()
    if one.protocol == "smithy-rpc-v2-cbor":
        return base64.b64decode(body)
    return body.encode()


@pytest.mark.parametrize("one", [*cases("input"), *cases("legacy/input")])
def test_what_botocore_serialises_parses_to_its_parameters(one: Case) -> None:
    exchange = match(Router([one.model]), received := request_of(one), "vector")
    assert exchange.operation.name == one.operation
    shape = exchange.operation.input
    expected = normal(shape, one.said.get("params", {})) if shape else {}
    parsed = exchange.parse(received)
    assert full(normal(shape, parsed) if shape else parsed, one) == full(expected, one)


def full(params: dict[str, Any], one: Case) -> dict[str, Any]:
    """Parameters without what need not travel: empty lists, maps and structures, and the token that clients add."""
    token = one.model.operations[one.operation].idempotency_token
    added = {token: "00000000-0000-4000-8000-000000000000"} if token not in one.said.get("params", {}) else {}
    return {n: v for n, v in params.items() if v not in ([], {}) and (n not in added or v != added[n])}


def normal(shape: Any, value: Any) -> Any:
    """Values as comparable ones: bytes for blobs, texts for what is not a number, no nulls."""
    kind = shape.type_name
    if shape.serialization.get("jsonvalue"):
        return json.loads(value) if isinstance(value, str) else value
    if shape.metadata.get("document") or value is None:
        return value
    if kind == "structure":
        return {
            n: normal(shape.members[n], v) for n, v in value.items() if n in shape.members and v is not None
        }
    if kind == "list":
        return [normal(shape.member, item) for item in value]
    if kind == "map":
        return {key: normal(shape.value, item) for key, item in value.items()}
    if kind == "blob" and isinstance(value, str):
        return value.encode()
    if kind in ("float", "double"):
        return str(float(value))
    return float(value) if kind == "timestamp" and not hasattr(value, "timestamp") else value


# --------------------------------------------------------------------------------------------------- responses


def read_by_botocore(one: Case, status: int, headers: Any, body: Any) -> dict[str, Any]:
    operation = one.model.operations[one.operation]
    answer: dict[str, Any] = {"status_code": status, "headers": Headers(headers), "body": body}
    answer["context"] = {"operation_name": one.operation}
    return without_metadata(create_parser(one.protocol).parse(answer, operation.output))


class Headers(dict[str, str]):
    """Header names in any case, as botocore's response has them."""

    def __init__(self, pairs: Any) -> None:
        super().__init__({name.lower(): value for name, value in pairs})

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())


def without_metadata(parsed: dict[str, Any]) -> dict[str, Any]:
    parsed.pop("ResponseMetadata", None)
    return parsed


def outputs(errors: bool) -> list[Any]:
    found = [*cases("output"), *cases("legacy/output")]
    return [one for one in found if one.values[0] is None or ("result" not in one.values[0].said) == errors]


@pytest.mark.parametrize("one", outputs(errors=False))
def test_what_we_render_botocore_reads_back(one: Case) -> None:
    from clary.wire.exchange import Codec

    operation = one.model.operations[one.operation]
    result = normal_result(operation.output, one.said["result"]) if operation.output else {}
    ours = Codec(operation, one.protocol).render(result, "request-id")
    body = EventBody(asyncio.run(gathered(ours.body))) if operation.event_stream_out else ours.body
    read = comparable(operation.output, read_by_botocore(one, ours.status, ours.headers, body))
    expected = comparable(operation.output, result)
    for name, member in operation.output_members.items():
        if member.serialization.get("location") == "headers":  # botocore takes every header with the prefix
            read[name] = {key: read[name].get(key.lower()) for key in expected.get(name, {})}
    assert filled(read) == filled(expected)


def filled(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value != {}}


async def gathered(frames: Any) -> bytes:
    return b"".join([frame async for frame in frames])


class EventBody:
    """A body as botocore reads a stream of events from it: in pieces that do not keep to frames."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Any:
        return (self._content[at : at + 7] for at in range(0, len(self._content), 7))


def normal_result(shape: Any, value: Any) -> Any:
    """Results as a handler gives them: bytes for blobs, floats for texts that stand for them."""
    if shape.metadata.get("document") or shape.serialization.get("jsonvalue") or value is None:
        return value
    kind = shape.type_name
    if shape.serialization.get("eventstream"):
        return [{n: normal_result(shape.members[n], v) for n, v in event.items()} for event in value]
    if kind == "structure":
        return {n: normal_result(shape.members[n], v) for n, v in value.items() if n in shape.members}
    if kind == "list":
        return [normal_result(shape.member, item) for item in value]
    if kind == "map":
        return {key: normal_result(shape.value, item) for key, item in value.items()}
    if kind == "blob" and isinstance(value, str):
        return value.encode()
    return float(value) if kind in ("float", "double") else value


def comparable(shape: Any, value: Any) -> Any:
    if (
        shape is None
        or value is None
        or shape.metadata.get("document")
        or shape.serialization.get("jsonvalue")
    ):
        return value
    kind = shape.type_name
    if shape.serialization.get("eventstream"):
        return [{n: comparable(shape.members[n], v) for n, v in event.items()} for event in value]
    if kind == "structure":
        kept = {n: comparable(m, value[n]) for n, m in shape.members.items() if value.get(n) is not None}
        return {n: v for n, v in kept.items() if v not in ({}, [], b"", "")}  # botocore fills in empty ones
    if kind == "list":
        return [comparable(shape.member, item) for item in value]
    if kind == "map":
        return {key: comparable(shape.value, item) for key, item in value.items()}
    if kind == "blob" and isinstance(value, str):
        return value.encode()  # botocore makes text of a whole payload
    if kind == "timestamp":
        return value.timestamp() if hasattr(value, "timestamp") else float(value)
    return str(float(value)) if kind in ("float", "double") else value


@pytest.mark.parametrize("one", outputs(errors=True))
def test_an_error_that_we_render_botocore_reads_back(one: Case) -> None:
    from clary.wire.serialize import render_error

    said = one.said
    status = said["response"]["status_code"]
    error = AwsError(said["errorCode"], said.get("errorMessage", ""), status, said.get("error", {}))
    ours = render_error(one.model, one.protocol, error, "request-id")
    parser = create_parser(one.protocol)
    answer = {"status_code": ours.status, "headers": Headers(ours.headers), "body": ours.body}
    parsed = parser.parse(answer, one.model.operations[one.operation].output)["Error"]
    assert (
        parsed.get("QueryErrorCode", parsed["Code"]) == said["errorCode"]
        or parsed["Code"] == said["errorCode"]
    )
    assert parsed.get("Message", "") == said.get("errorMessage", "")
    shape = next((one.model.shape(e["shape"]) for e in said["given"].get("errors", ())), None)
    if shape is not None:
        assert members_of(parser.parse(answer, shape)) == members_of(said.get("error", {}))


def members_of(parsed: dict[str, Any]) -> dict[str, Any]:
    """What an error carries besides its code; botocore fills in empty structures, which say nothing."""
    beside = ("ResponseMetadata", "Error", "Message", "message", "Status")
    return {name: value for name, value in parsed.items() if name not in beside and value}
