"""Documents that a parser may stumble over, sent by somebody who may do all: each is a client's mistake, or is read for
what it says; none is an internal error, reads a file, or names an object twice.

Sources: RFC 8949 (CBOR), its registry of tags; RFC 8259 (JSON); "XML External Entity Processing" (OWASP).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.inprocess import Loop
from tests.security.forging import by_header
from tests.security.matrix.inputs import s3 as s3_inputs
from tests.security.matrix.snapshot import change
from tests.security.matrix.world import World

CBOR = {"smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor"}
METRICS = "/service/GraniteServiceVersion20100801/operation/ListMetrics"
JSON = {"content-type": "application/x-amz-json-1.1", "x-amz-target": "SageMaker.ListModels"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, loop: Loop) -> Iterator[World]:
    world = World("s3", tmp_path_factory.mktemp("w"), loop)
    assert s3_inputs.the_bucket(world) == "bucket-1"
    yield world
    world.close()


def said(name: str, value: bytes) -> bytes:
    """A map of one member, whose name is a text of less than 24 letters."""
    return b"\xa1" + bytes([0x60 + len(name)]) + name.encode() + value


IN_CBOR: dict[str, bytes] = {
    "bignum": said("Namespace", b"\xc2\x49\x01" + bytes(8)),
    "negative bignum": said("Namespace", b"\xc3\x49\x01" + bytes(8)),
    "bignum of a megabyte": said("RecentlyActive", b"\xc2\x5a\x00\x10\x00\x00" + b"\xff" * (1 << 20)),
    "decimal": said("Namespace", b"\xc4\x82\x1b\x00\xff\xff\xff\xff\xff\xff\xff\x01"),
    "rational": said("Namespace", b"\xd8\x1e\x82\x01\x00"),
    "date of no time": said("Namespace", b"\xc0\x61\x78"),
    "time beyond all time": said("Namespace", b"\xc1\xfb\x7f\xef\xff\xff\xff\xff\xff\xff"),
    "regular expression": said("Namespace", b"\xd8\x23\x67(a+)+$x"),
    "MIME message": said("Namespace", b"\xd8\x24\x61x"),
    "UUID": said("Namespace", b"\xd8\x25\x50" + bytes(16)),
    "address": said("Namespace", b"\xd9\x01\x04\x44" + bytes(4)),
    "set": said("Dimensions", b"\xd9\x01\x02\x81\xa0"),
    "shared value": said("Dimensions", b"\xd8\x1c\x81\xd8\x1d\x00"),
    "reference to nothing": said("Dimensions", b"\xd8\x1d\x18\x63"),
    "cycle": b"\xd8\x1c\xa1\x6aDimensions\xd8\x1d\x00",
    "undefined": said("Namespace", b"\xf7"),
    "simple value": said("Namespace", b"\xf8\xff"),
    "not a number": said("RecentlyActive", b"\xf9\x7e\x00"),
    "length of 2^63": said("Namespace", b"\x7b\x80" + bytes(7)),
    "list of 2^63": said("Dimensions", b"\x9b\x80" + bytes(7)),
    "lists without end": b"\x9f" * 100_000,
    "maps in maps": b"\xa1\x61a" * 100_000,
    "tags in tags": b"\xc1" * 100_000,
    "break alone": b"\xff",
    "number as a name": b"\xa1\x01\x01",
    "list as a name": b"\xa1\x80\x01",
    "name given twice": b"\xa2\x69Namespace\x61a\x69Namespace\x61b",
    "text that is none": said("Namespace", b"\x62\xff\xfe"),
    "more than one": b"\xa0\xa0",
}
IN_JSON: dict[str, bytes] = {
    "lists in lists": b"[" * 100_000,
    "maps in maps": b'{"a":' * 100_000,
    "number of 100,000 digits": b'{"MaxResults": ' + b"9" * 100_000 + b"}",
    "infinite number": b'{"MaxResults": 1e999}',
    "NaN": b'{"MaxResults": NaN}',
    "name given twice": b'{"MaxResults": 1, "MaxResults": 2}',
    "half a surrogate": b'{"NameContains": "\\ud800"}',
    "NUL": b'{"NameContains": "\\u0000"}',
    "bytes that are no text": b'{"NameContains": "\xff\xfe"}',
    "mark of byte order": b"\xef\xbb\xbf{}",
    "prototype": b'{"__proto__": {"MaxResults": 1}, "__class__": 1}',
    "wrong type": b'{"MaxResults": {"a": [1]}, "NameContains": 5}',
}
IN_XML: dict[str, bytes] = {
    "entity of a file": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><D><Object><Key>&x;</Key></Object></D>',
    "entity of an address": b'<!DOCTYPE d [<!ENTITY x SYSTEM "http://127.0.0.1:4566/">]><D><Key>&x;</Key></D>',
    "entities in entities": b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><D><Key>&b;</Key></D>',
    "parameter entity": b'<!DOCTYPE d [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><D></D>',
    "DTD elsewhere": b'<!DOCTYPE d SYSTEM "http://127.0.0.1:4566/x.dtd"><D></D>',
    "elements in elements": b"<a>" * 100_000,
    "inclusion": b'<D xmlns:x="http://www.w3.org/2001/XInclude"><x:include href="file:///etc/passwd"/></D>',
    "style sheet": b'<?xml-stylesheet href="file:///etc/passwd"?><D></D>',
    "other encoding": '<?xml version="1.0" encoding="utf-16"?><D></D>'.encode("utf-16"),
    "encoding that there is not": b'<?xml version="1.0" encoding="x"?><D></D>',
    "NUL": b"<D><Object><Key>&#0;</Key></Object></D>",
    "prefix of no namespace": b"<x:D></x:D>",
}
IN_FORMS: dict[str, bytes] = {
    "place of 10^9": b"Action=ListUsers&Version=2010-05-08&Tags.member.1000000000.Key=x",
    "places in places": b"Action=ListUsers&Version=2010-05-08&" + b"a.member.1." * 20_000 + b"=x",
    "fields": b"Action=ListUsers&Version=2010-05-08&" + b"a=b&" * 100_000,
    "two actions": b"Action=ListUsers&Action=CreateUser&Version=2010-05-08&UserName=x",
    "bytes that are no text": b"Action=ListUsers&Version=2010-05-08&PathPrefix=%ff%fe",
    "NUL": b"Action=ListUsers&Version=2010-05-08&PathPrefix=/%00/",
}

REQUESTS = [
    pytest.param("POST", path, service, headers, body, id=f"{kind}: {name}")
    for kind, path, service, headers, documents in (
        ("CBOR", METRICS, "monitoring", CBOR, IN_CBOR),
        ("JSON", "/", "sagemaker", JSON, IN_JSON),
        ("XML", "/bucket-1?delete", "s3", {}, IN_XML),
        ("form", "/", "iam", FORM, IN_FORMS),
    )
    for name, body in documents.items()
]


@pytest.mark.parametrize(("method", "path", "service", "headers", "body"), REQUESTS)
def test_a_document_is_read_or_refused(
    world: World, method: str, path: str, service: str, headers: dict[str, str], body: bytes
) -> None:
    before = world.observer.state()
    status, code, answer = by_header(world.owner, method, path, body, service, headers).by(world)
    assert status in (200, 400, 404, 413), (status, code, answer[:300])
    assert b"root:" not in answer
    assert len(answer) < 100_000
    assert not change(before, world.observer.state())
