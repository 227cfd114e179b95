"""Random values for a model's shapes, and requests as botocore serialises them."""

from __future__ import annotations

import string
from random import Random
from typing import Any
from urllib.parse import urlencode

from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from clary.wire import Operation, Request

TEXT = string.ascii_letters + string.digits + " _-./:+=@&<>'\"%#é漢😀"


def value(shape: Any, random: Random, depth: int = 0, place: str = "") -> Any:
    """A value of a shape, of the types that handlers see. `place` is where it travels: some places hold less."""
    kind = shape.type_name
    if shape.metadata.get("document") or (shape.serialization.get("jsonvalue") and place == "header"):
        return {"a": [1, "x", {"b": True}]}
    if kind == "structure":
        return structure(shape, random, depth)
    if kind == "list":
        return [value(shape.member, random, depth + 1, place) for _ in range(random.randint(1, 3))]
    if kind == "map":
        return {f"k{n}": value(shape.value, random, depth + 1, place) for n in range(random.randint(1, 2))}
    if kind == "boolean":
        return random.random() < 0.5
    if kind in ("integer", "long"):
        return random.randint(-1000, 1000)
    if kind in ("float", "double"):
        return random.randint(-64, 64) / 8
    if kind == "timestamp":
        return float(random.randint(0, 2_000_000_000))
    if kind == "blob":
        return text(shape, random, "header").encode()  # botocore makes text of a whole payload
    return text(shape, random, place)


def text(shape: Any, random: Random, place: str) -> str:
    if shape.metadata.get("enum"):
        return random.choice(shape.enum)
    letters = string.ascii_letters + string.digits if place in ("header", "headers") else TEXT
    return "".join(random.choice(letters) for _ in range(random.randint(1, 8)))


def structure(shape: Any, random: Random, depth: int) -> dict[str, Any]:
    """Required members, and some of the others; one member of a union."""
    names = list(shape.members)
    if shape.is_tagged_union:
        plain_ones = [n for n in names if shape.members[n].type_name not in ("structure", "list", "map")]
        names = [random.choice((plain_ones if depth > 5 else names) or names)] if names else []
    else:
        likely = 0.5 if depth < 3 else 0.05
        chosen = [n for n in names if n in shape.required_members or random.random() < likely]
        names = chosen or (names[:1] if depth else [])  # an empty structure in a list is lost by Query
    out = {}
    for name in names:
        member = shape.members[name]
        if depth > 8 and not shape.is_tagged_union and member.type_name in ("structure", "list", "map"):
            continue
        out[name] = value(member, random, depth + 1, member.serialization.get("location", ""))
    return out


def sent(operation: Operation, protocol: str, params: dict[str, Any]) -> Request:
    """The request that botocore would send, signed for no more than telling the service."""
    serializer = create_serializer(protocol, include_validation=False)
    made = serializer.serialize_to_request(params, operation.botocore)
    headers = {name.lower(): str(v) for name, v in made["headers"].items()}
    name = operation.service.signing_name
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/{name}/aws4_request, Signature=0"
    )
    path, _, query = made["url_path"].partition("?")
    extra = made["query_string"]
    more = urlencode(extra, doseq=True) if isinstance(extra, dict) else extra
    body = made["body"]
    if isinstance(body, dict):
        body = urlencode(body, doseq=True)
        headers["content-type"] = "application/x-www-form-urlencoded; charset=utf-8"
    body = body.encode() if isinstance(body, str) else body
    return Request(made["method"], path, "&".join(filter(None, (query, more))), headers, body)


def signed_for(request: Request) -> str | None:
    """The service in the scope of an Authorization header that a test has made; None for an unsigned request."""
    scope = request.headers.get("authorization", "").partition("Credential=")[2].partition(",")[0]
    return scope.rsplit("/", 2)[1] if scope.count("/") == 4 else None


def comparable(shape: Any, params: Any) -> Any:
    """Parameters without what does not travel: empty structures, lists and maps."""
    if shape.metadata.get("document") or shape.serialization.get("jsonvalue") or params is None:
        return params
    kind = shape.type_name
    if kind == "structure":
        kept = {n: comparable(shape.members[n], v) for n, v in params.items()}
        streams = {n for n, m in shape.members.items() if m.serialization.get("streaming")}
        return {n: v for n, v in kept.items() if v not in ({}, []) and not (n in streams and v == b"")}
    if kind == "list":
        return [comparable(shape.member, item) for item in params]
    if kind == "map":
        return {key: comparable(shape.value, item) for key, item in params.items()}
    return params


def read_back(operation: Operation, protocol: str, status: int, headers: Any, body: bytes) -> dict[str, Any]:
    """What botocore's parser makes of a response."""

    answer = {"status_code": status, "headers": HeadersDict(dict(headers)), "body": body}
    answer["context"] = {"operation_name": operation.name}
    parsed = create_parser(protocol).parse(answer, operation.output)
    parsed.pop("ResponseMetadata", None)
    return parsed


def plain(shape: Any, parsed: Any) -> Any:
    """What botocore parsed, with moments as seconds and payloads as bytes, to be compared with a result."""
    if shape.metadata.get("document") or parsed is None:
        return parsed
    kind = shape.type_name
    if kind == "structure":
        kept = {
            n: plain(shape.members[n], v) for n, v in parsed.items() if n in shape.members and v is not None
        }
        return {n: v for n, v in kept.items() if v not in ({}, [], b"")}
    if kind == "list":
        return [plain(shape.member, item) for item in parsed]
    if kind == "map":
        return {key: plain(shape.value, item) for key, item in parsed.items()}
    if kind == "timestamp":
        return parsed.timestamp() if hasattr(parsed, "timestamp") else parsed
    return parsed.encode() if kind == "blob" and isinstance(parsed, str) else parsed
