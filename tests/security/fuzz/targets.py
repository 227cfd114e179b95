"""Every parser of something that a stranger may send, with the pieces of its language."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from wsproto.connection import ConnectionState

from clary.access.document import compile_policy, compile_stored
from clary.access.policy_checks import check_identity_policy, check_resource_policy, check_trust_policy
from clary.access.public_policies import is_public
from clary.kernel import Arn, AwsError
from clary.plane.expressions import Linear, Unsupported
from clary.plane.outbound import allowed_networks
from clary.plane.sites import Bounds, Place
from clary.plane.sites.place import segments_of
from clary.server.http.websocket import WebSocket
from clary.server.proxy import read_connect
from clary.server.site_table import SiteTable
from clary.services.cloudwatch.math import MathError, syntax
from clary.services.logs.patterns import compile_pattern
from clary.services.s3 import copy_object, cors, object_headers, preconditions, ranges
from clary.services.s3.policy_validation import check_document
from clary.services.sagemaker.pipelines.definition import parse as parse_definition
from clary.services.sagemaker.pipelines.definition.durations import seconds
from clary.services.sagemaker.pipelines.definition.paths import parse_path
from clary.wire import Request, chunked, eventstream, load, signed, sigv2, timestamps
from clary.wire.parse import cbor, form, query, xml
from clary.wire.parse import json as wire_json
from tests.security.fuzz.batch_targets import batch_targets
from tests.security.fuzz.harness import Target
from tests.security.fuzz.identity_targets import identity_targets
from tests.security.fuzz.registry_targets import registry_targets
from tests.security.fuzz.select_targets import select_targets


def text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    """A parser of text as one of bytes."""
    return lambda data: parse(data.decode("utf-8", "replace"))


def header(name: str, parse: Callable[[Request], object]) -> Callable[[bytes], object]:
    """A parser of requests as one of a header's value; headers are Latin-1."""
    return lambda data: parse(Request("GET", "/", "", {name: data.decode("latin-1")}, b""))


def in_query(parse: Callable[[Request], object]) -> Callable[[bytes], object]:
    """A parser of requests as one of query strings."""
    return lambda data: parse(Request("GET", "/", data.decode("latin-1"), {}, b""))


def operation(service: str, name: str, protocol: str) -> Callable[[bytes], object]:
    """Parse and check a body as the input of an operation."""
    from clary.wire.parse import compile_parser

    found = load(service).operations[name]
    parse = compile_parser(found, protocol)
    labels = {"Bucket": "b", "Key": "k", "EndpointName": "e"}

    def run(data: bytes) -> None:
        found.check(parse(Request("POST", "/", "", {}, data), labels))

    return run


def chunks(kind: str) -> Callable[[bytes], object]:
    """Decode a body in aws-chunked."""
    headers = {
        "x-amz-content-sha256": kind,
        "x-amz-decoded-content-length": "5",
        "x-amz-trailer": "x-amz-checksum-crc32",
    }

    async def read(data: bytes) -> None:
        async def body() -> AsyncIterator[bytes]:
            yield data

        async for _ in chunked.decode(body(), Request("PUT", "/", "", headers, b""), None, None):
            pass

    return lambda data: asyncio.run(read(data))


def frames(data: bytes) -> None:
    """Decode a stream of events."""
    while (found := eventstream.decode(data)) is not None:
        data = data[found[1] :]


def pattern(data: bytes) -> None:
    """Compile a filter pattern and match it with itself and with a long message."""
    said = data.decode("utf-8", "replace")
    accepts = compile_pattern(said)
    for message in (said, "a" * 2000, '{"a": "' + "a" * 2000 + '"}', "[1 2 3 a b] " * 100):
        accepts(message)


def expression(data: bytes) -> None:
    """Compile a regular expression in linear time, if it can be, and try it on a text."""
    try:
        compiled = Linear(data.decode("utf-8", "replace"))
    except (Unsupported, ValueError):
        return
    compiled.matches("a" * 1_000)


def policy(check: Callable[[str], None]) -> Callable[[str], None]:
    """Check a policy's grammar and compile it."""

    def run(said: str) -> None:
        check(said)
        compile_policy(said)

    return run


def statement(data: bytes) -> None:
    """A policy with the input as one of its patterns, and a key of its own."""
    said = data.decode("utf-8", "replace")
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": said,
                "Resource": said,
                "Condition": {"StringLike": {said: said}, "ArnLike": {"aws:SourceArn": said}},
            }
        ],
    }
    compile_policy(json.dumps(document))


def step(data: bytes) -> None:
    """Parse a definition whose step has the input as a reference, a path, a join and a name."""
    said = data.decode("utf-8", "replace")
    values = [
        {"Get": said},
        {"Std:JsonGet": {"S3Uri": said, "Path": said}},
        {"Std:Join": {"On": said, "Values": [said]}},
    ]
    steps = [
        {"Name": "a", "Type": "Fail", "DependsOn": [said], "Arguments": {"ErrorMessage": one}}
        for one in values
    ]
    for one in steps:
        with suppress(AwsError):
            parse_definition(json.dumps({"Steps": [one]}))


class _Nowhere:
    """A stream that nobody hears."""

    now = 0.0
    is_over = False
    on_second = on_end = None

    def write_now(self, data: bytes) -> None: ...
    def close(self) -> None: ...


def websocket(data: bytes) -> None:
    """Take bytes as the frames of a WebSocket's client, as they come from the network."""
    socket = WebSocket(_Nowhere(), Bounds(), None)  # type: ignore[arg-type]
    for start in range(0, len(data), 4096):
        socket._frames.receive_data(data[start : start + 4096])
        for event in socket._frames.events():
            socket._see(event)
        if socket._frames.state is ConnectionState.CLOSED:
            return


def host(data: bytes) -> None:
    """Look for a site by a host."""
    SITES.find(Request("GET", "/_x/a", "", {"host": data.decode("latin-1")}))


SITES = SiteTable(
    (Place("s3", "A", ("{a+}.s3-website-{b}.{platform}", "{a}{b}.x.{c+}.aws")), Place("s3", "B", (), "/_x")),
    (),
)
_JSON = tuple(b'{ } [ ] : , "a" "Tags" "Key" "Value" null true 1 -1e9 "\\u0041" "'.split())
_XML = (
    b"<Delete>",
    b"</Delete>",
    b"<Object>",
    b"</Object>",
    b"<Key>a</Key>",
    b"<a/>",
    b"<!-- - -->",
    b"<![CDATA[x]]>",
    b"<?xml version='1.0'?>",
    b"&amp;",
    b"&#65;",
    b" xmlns:x='u'",
    b"<x:a x:b='c'>",
    b"<!DOCTYPE a [",
    b"<!ENTITY a 'b'>",
    b"]>",
)
_POLICY = tuple(
    b'{ } [ ] : , "Version" "2012-10-17" "Statement" "Effect" "Allow" "Deny" "Action" "Resource" "*" "s3:*" "Principal" '
    b'"AWS" "Condition" "StringLike" "ForAllValues:StringEquals" "aws:userid" "${aws:username}" "arn:aws:s3:::b/*" "Sid"'.split()
)
_CBOR = (
    b"\xa0",
    b"\xa1",
    b"\x80",
    b"\x9f",
    b"\xbf",
    b"\xff",
    b"\x61a",
    b"\x01",
    b"\xf6",
    b"\xc1",
    b"\xc2\x41\x01",
    b"\xd8\x23",
    b"\x5f",
    b"\x1b",
)
_FORM = (
    b"Action=GetSessionToken",
    b"&",
    b"=",
    b".",
    b"Tags.member.1.Key=a",
    b"Tags.member.2",
    b"a.",
    b"+",
    b"%41",
    b"%",
    b"99999999",
)
_CREDENTIAL = (
    b"AWS4-HMAC-SHA256 ",
    b"Credential=",
    b"AKIA/20260101/us-east-1/s3/aws4_request",
    b", ",
    b"SignedHeaders=",
    b"host;x-amz-date",
    b"Signature=",
    b"0" * 16,
    b"X-Amz-Credential=",
    b"X-Amz-Algorithm=AWS4-HMAC-SHA256",
    b"X-Amz-Date=20260101T000000Z",
    b"AWSAccessKeyId=",
    b"Expires=",
    b"&",
    b"%2F",
    b"/",
)
_DATES = (
    b"2026-01-01",
    b"T",
    b"00:00:00",
    b"Z",
    b".",
    b"9",
    b"+01:00",
    b"Thu, ",
    b"01 Jan 2026 ",
    b" GMT",
    b"1e9",
    b"-",
    b" ",
)
_PATTERN = (
    b"{", b"}", b"[", b"]", b"(", b")", b"$.a", b"$.a[0].b", b" = ", b" != ", b">", b"*", b'"a"', b"%a+%", b"%", b"&&", b"||", b"IS NULL",
    b"NOT EXISTS", b"?a", b"-b", b"...", b",", b"a*b*", b"1", b"{9999999}",
)  # fmt: skip
_MATH = (
    b"m1",
    b"+",
    b"-",
    b"*",
    b"/",
    b"^",
    b"(",
    b")",
    b"SUM(",
    b"[",
    b"]",
    b"1",
    b",",
    b"IF(",
    b"AND",
    b"==",
    b"METRICS()",
    b'"x"',
    b"FILL(m1,0)",
    b" ",
)
_ARN = (b"arn:", b"aws", b":", b"/", b"s3", b"us-east-1", b"123456789012", b"*", b"?")
_HEADERS = (
    b"bytes=",
    b"0",
    b"-",
    b"9",
    b",",
    b" ",
    b'"',
    b"W/",
    b"*",
    b"a",
    b"=",
    b"&",
    b"%41",
    b"/",
    b"?versionId=",
    b";",
    b"=?UTF-8?B?",
    b"?=",
)

_DEFINITION = tuple(
    b'{"Version":"2020-12-01","Parameters":[ "Steps":[ ] {"Name":"A" "Type":"Training" "Type":"Condition" "Type":"Fail" "Arguments":{ } , '
    b'"Conditions":[{"Type":"Or" "IfSteps":[ "ElseSteps":[ {"Get":"Steps.A.TrainingJobName"} {"Get":"Parameters.P"} {"Std:Join":{"Values":[ '
    b'{"Std:JsonGet":{"Path":"a[0]" "DependsOn":["A"] null 1 "x" :'.split()
)
_PATHS = (
    b"a",
    b".",
    b"[",
    b"]",
    b"'",
    b'"',
    b"0",
    b"9",
    b"Steps.A.",
    b"Parameters.",
    b"Execution.",
    b"['a b']",
    b"[0]",
)

TARGETS = (
    Target("xml", xml.parse, _XML),
    Target("xml: DeleteObjects", operation("s3", "DeleteObjects", "rest-xml"), _XML),
    Target("xml: PutBucketCors", operation("s3", "PutBucketCors", "rest-xml"), _XML),
    Target("json", wire_json.loads, _JSON),
    Target("json: CreateTrainingJob", operation("sagemaker", "CreateTrainingJob", "json"), _JSON),
    Target("json: Search", operation("sagemaker", "Search", "json"), _JSON),
    Target("json: PutMetricData", operation("cloudwatch", "PutMetricData", "json"), (*_JSON, b'"MetricData"', b"{},")),
    Target("cbor", cbor.loads, _CBOR),
    Target("cbor: PutMetricData", operation("cloudwatch", "PutMetricData", "smithy-rpc-v2-cbor"), _CBOR),
    Target("query", text(query.fields), _FORM),
    Target("query: AssumeRole", operation("sts", "AssumeRole", "query"), (*_FORM, b"PolicyArns.member.1.arn=", b"RoleArn=", b"TokenCode=1")),
    *identity_targets(text, _POLICY),
    Target("query: TagUser", operation("iam", "TagUser", "query"), _FORM),
    Target("form of a request", lambda data: form(Request("POST", "/", "", {}, data)), _FORM),
    Target("signature in the header", header("authorization", signed.read), _CREDENTIAL),
    Target("signature in the query", in_query(signed.read), _CREDENTIAL),
    Target("signature of Version 2", in_query(sigv2.read), _CREDENTIAL),
    Target("aws-chunked", chunks(chunked.UNSIGNED_TRAILER), (b"5\r\n", b"hello", b"\r\n", b"0\r\n", b"x-amz-checksum-crc32:", b"AAAAAA==", b";chunk-signature=")),
    Target("event stream", frames, (b"\0\0\0\x10", b"\0\0\0\0", b"\x05\xc2\x48\xeb", b"\x7d\x98\xc8\xff", b"\x01a\x07"), (eventstream.BadFrame,)),
    Target("timestamp", text(timestamps.parse), _DATES, (ValueError, OverflowError)),
    Target("policy", text(policy(lambda said: check_identity_policy(said, "aws"))), _POLICY),
    Target("trust policy", text(policy(check_trust_policy)), _POLICY),
    Target("resource policy", text(policy(check_resource_policy)), _POLICY),
    Target("bucket policy", text(policy(lambda said: check_document(said, "b", "aws"))), _POLICY),
    Target("what is public", text(is_public), _POLICY, longest=2048),
    Target("stored policy", text(compile_stored), _POLICY),
    Target("regular expression", expression, (b"a", b"(", b")", b"+", b"*", b"{9}", b"[", b"]", b"^", b"|", b"?", b".", b"\\d"), longest=512),
    Target("patterns of a policy", statement, (b"*", b"?", b"s3:", b"a", b"arn:aws:s3:::", b"${aws:username}", b"${", b"}", b"${*}", b"/"), (ValueError,), 2048),
    Target("ARN", text(Arn.parse), _ARN, (ValueError,)),
    Target("filter pattern", pattern, _PATTERN, longest=512),
    Target("metric math", text(syntax.parse), _MATH, (MathError,), 1024),
    *registry_targets(text),
    *batch_targets(),
    Target("xml: CreateJob", operation("s3control", "CreateJob", "rest-xml"), _XML),
    *select_targets(text),
    Target("pipeline definition", text(parse_definition), _DEFINITION),
    Target("step of a pipeline", step, _PATHS),
    Target("path into JSON", text(parse_path), _PATHS, (ValueError,)),
    Target("duration", text(seconds), (b"P", b"T", b"1", b"9", b".", b",", b"D", b"H", b"M", b"S", b"Y", b"W", b"-"), (ValueError,)),
    Target("range", text(lambda said: ranges.span_of(said, 100)), _HEADERS),
    Target("range of a copy", text(lambda said: ranges.copy_span(said, 100)), _HEADERS),
    Target("entity tags", text(lambda said: preconditions.matches(said, "a")), _HEADERS),
    Target("copy source", text(copy_object.read_source), _HEADERS),
    Target("tagging header", text(object_headers.tags_of_header), _HEADERS),
    Target("metadata", text(lambda said: object_headers.readable(object_headers.encoded(said))), _HEADERS, longest=2048),
    Target("metadata as it is sent", lambda data: object_headers.readable(data.decode("latin-1")), _HEADERS, longest=2048),
    Target("CORS origin", text(lambda said: cors._like("https://a*a", said)), (b"https://", b"a", b".", b"*")),
    Target("CORS rule", text(lambda said: cors.check([{"AllowedOrigins": [said], "AllowedMethods": ["GET"]}])), (b"https://", b"a", b".", b"*")),
    Target("CONNECT", read_connect, (b"CONNECT ", b"h:443", b" HTTP/1.1", b"\r\n", b"Proxy-Authorization: Basic ", b"eDp0b2tlbg==", b":", b"[::1]")),
    Target("WebSocket", websocket, (b"\x81\x81\0\0\0\0a", b"\x01\x80\0\0\0\0", b"\x80\x80\0\0\0\0", b"\x89\x80\0\0\0\0", b"\x88\x82\0\0\0\0\x03\xe8", b"\x82\xfe\0\x7e", b"\x82\xff", b"\0", b"\xff")),
    Target("path of a site", lambda data: segments_of("/" + data.decode("latin-1")), (b"/", b"%2F", b".", b"..", b"%", b"%ff", b"a", b"\0")),
    Target("host of a site", host, (b"a", b".", b"-", b"s3-website-", b".localhost", b":", b"[", b"x.", b".aws")),
    Target("networks", text(lambda said: allowed_networks(said.split())), (b"10.0.0.0", b"/", b"8", b" ", b"::", b"loopback"), (ValueError,)),
)  # fmt: skip
