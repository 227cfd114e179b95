"""XML that cannot be read, and the corners of what can."""

from __future__ import annotations

import pytest

from clary.kernel import AwsError
from clary.wire import Request
from tests.wire.parsing import parsed, signed


def delete_objects(body: bytes) -> Request:
    return Request("POST", "/b", "delete", signed("s3"), body)


def test_xml_with_and_without_a_namespace() -> None:
    expected = {"Objects": [{"Key": "a & b"}, {"Key": "c", "VersionId": "1"}], "Quiet": True}
    inside = b"<Object><Key>a &amp; b</Key></Object><Quiet>true</Quiet><Object><Key>c</Key><VersionId>1</VersionId></Object>"
    for opening in (b"<Delete>", b'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'):
        assert parsed(delete_objects(opening + inside + b"</Delete>"))["Delete"] == expected
    prefixed = b'<x:Delete xmlns:x="u"><x:Object><x:Key>k</x:Key></x:Object></x:Delete>'
    assert parsed(delete_objects(prefixed))["Delete"] == {"Objects": [{"Key": "k"}]}


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b"<Delete><Object>",
        b"<Delete><Quiet>perhaps</Quiet></Delete>",
        b"<Delete><Object><Key><b/></Key></Object></Delete>",
        b'<!DOCTYPE d [<!ENTITY a "b">]><Delete><Object><Key>&a;</Key></Object></Delete>',
        b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><Delete/>',
        b"<Delete>&undefined;</Delete>",
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE d [<!ENTITY a "b">]><Delete/>'.encode("utf-16"),
        '<!DOCTYPE d [<!ENTITY a "b">]><Delete/>'.encode("utf-16-be"),
        '<?xml version="1.0" encoding="cp037"?><!DOCTYPE d [<!ENTITY a "b">]><Delete/>'.encode("cp037"),
        b"<Delete><Object><Key>a\0</Key></Object></Delete>",
        b"\xff\xfe",
    ],
)
def test_xml_that_is_refused(body: bytes) -> None:
    # recorded/s3: MalformedXML
    with pytest.raises(AwsError) as caught:
        parsed(delete_objects(body))
    assert caught.value.code == "MalformedXML"
    assert (
        caught.value.message
        == "The XML you provided was not well-formed or did not validate against our published schema"
    )


def test_xml_that_is_deep_does_no_harm() -> None:
    deep = b"<a>" * 75_000 + b"</a>" * 75_000
    assert parsed(delete_objects(b"<Delete>" + deep + b"</Delete>"))["Delete"] == {}


def test_xml_of_too_many_elements_is_refused_before_any_is_made() -> None:
    with pytest.raises(AwsError) as caught:
        parsed(delete_objects(b"<Delete>" + b"<a/>" * 200_000 + b"</Delete>"))
    assert caught.value.code == "MalformedXML"


def test_attributes_of_elements() -> None:
    body = (
        b'<AccessControlPolicy><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        b'xsi:type="CanonicalUser"><ID>x</ID></Grantee><Permission>READ</Permission></Grant></AccessControlList>'
        b"</AccessControlPolicy>"
    )
    found = parsed(Request("PUT", "/b", "acl", signed("s3"), body))
    assert found["AccessControlPolicy"]["Grants"][0]["Grantee"] == {"Type": "CanonicalUser", "ID": "x"}
