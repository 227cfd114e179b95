"""Requests that are changed before they are signed: what no client of a model sends."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSRequest
from hypothesis import strategies as st

_TOKEN = re.compile(rb"<[^<>]*>|[^<>]+|.", re.DOTALL)
_XML = (
    *(b"<a>", b"</a>", b"<a/>", b"</", b"<", b">", b"&", b"&amp;", b"&#0;", b"&#x110000;", b"&x;", b"<!-- a -->", b"<![CDATA[a]]>"),
    *(b"<?a b?>", b"<?xml version='1.1'?>", b"<?xml version='1.0' encoding='utf-16'?>", b"<!DOCTYPE a [<!ENTITY x 'y'>]>", b"\x00", b"\xff"),
    *(b"", b" ", b"0", b"-1", b"99999999999999999999", b"1e3", b"true", b"True", b"x" * 2000, b"2026-01-01T00:00:00Z", b"\xef\xbb\xbf"),
    *(b'<a xmlns="x">', b'<Key xsi:type="y">', b'<b:Key xmlns:b="c">', b"<Rule>", b"</Rule>", b"<Filter>", b"<And>", b"<Prefix/>", b"{", b"[" * 500),
)  # fmt: skip
_HEADERS = (
    *("range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "content-type", "content-encoding", "expires"),
    *("x-amz-copy-source", "x-amz-copy-source-range", "x-amz-copy-source-if-modified-since", "x-amz-metadata-directive", "x-amz-tagging"),
    *("x-amz-meta-a", "x-amz-meta-", "x-amz-acl", "x-amz-grant-read", "x-amz-storage-class", "x-amz-server-side-encryption", "origin"),
    *("x-amz-server-side-encryption-aws-kms-key-id", "x-amz-server-side-encryption-context", "x-amz-website-redirect-location"),
    *("x-amz-server-side-encryption-customer-algorithm", "x-amz-server-side-encryption-customer-key", "x-amz-object-lock-mode"),
    *("x-amz-object-lock-retain-until-date", "x-amz-checksum-crc32", "x-amz-checksum-sha256", "x-amz-checksum-xxhash3", "x-amz-trailer"),
    *("x-amz-sdk-checksum-algorithm", "x-amz-checksum-algorithm", "x-amz-checksum-type", "x-amz-decoded-content-length", "content-md5"),
    *("x-amz-mp-object-size", "x-amz-expected-bucket-owner", "x-amz-request-payer", "x-amz-mfa", "x-amz-object-attributes", "x-amz-date"),
    *("x-amz-bypass-governance-retention", "x-amz-max-parts", "x-amz-part-number-marker", "x-amz-write-offset-bytes", "cookie", "accept"),
)  # fmt: skip
_VALUES = (
    *("", " ", "0", "-1", "1", "99999999999999999999", "true", "null", "a", "a,b", ",", "*", '"', '"a"', 'W/"a"', '*, "a"', "=", "%", "%00", "%ff"),
    *("bytes=0-0", "bytes=-1", "bytes=5-2", "bytes=0-0,2-3", "bytes=99999999999999999999-", "bytes 0-1", "Thu, 01 Jan 2026 00:00:00 GMT"),
    *("Thu, 01 Jan 0000 00:00:00 GMT", "Thu, 99 Foo 2026 25:61:61 GMT", "2026-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "20260101T000000Z"),
    *("AAAAAA==", "AAAA", "AAAAAA==-1", "gzip", "aws-chunked", "aws-chunked,gzip", "identity", "deflate", "application/xml; charset=utf-16"),
    *("multipart/form-data", "multipart/form-data; boundary=", "bucket-2/secret", "/bucket-2/secret?versionId=null", "bucket-2", "AES256"),
    *("aws:kms", "eyJhIjogImIifQ==", "e30=", "W10=", "a=b", "a=b&a=b", "a=%zz", 'id="1"', 'uri="http://x"', "/x", "http://x\ty", "CRC32", "SHA1"),
    *("COMPOSITE", "FULL_OBJECT", "GLACIER", "x" * 3000, "\xe4", "=?UTF-8?B?w6Q=?=", "=?UTF-8?Q?=ZZ?=", "=?x?y?z?=", "ETag,Checksum,ObjectParts"),
)  # fmt: skip
_QUERIES = (
    *("acl", "versionId=", "versionId=null", "versionId=%00", "versionId=x", "partNumber=0", "partNumber=1", "partNumber=99999", "partNumber=a"),
    *("max-keys=-1", "max-keys=0", "max-keys=a", "max-keys=99999999999", "encoding-type=url", "encoding-type=x", "list-type=2", "list-type=3"),
    *("continuation-token=AAAA", "continuation-token=", "start-after=%ff", "marker=%00", "delimiter=", "delimiter=%2F", "delimiter=%ff%fe"),
    *("prefix=%00", "prefix=%F0%9F%98%80", "key-marker=a", "version-id-marker=x", "upload-id-marker=x", "uploads", "uploadId=x", "uploadId="),
    *("response-content-type=%0d%0aa:b", "response-expires=x", "response-content-disposition=%e4", "response-cache-control=", "x-id=Nothing"),
    *("tagging", "select&select-type=2", "restore", "delete", "torrent", "policyStatus", "id=", "id=%00", "fetch-owner=true", "fetch-owner=maybe"),
    *("max-uploads=0", "max-parts=-1", "part-number-marker=a", "a=b", "=", "&&", "%", "%zz=%zz", "attributes", "legal-hold", "retention"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Changes:
    """What is changed of a request."""

    edits: list[tuple[int, str, bytes]] = field(default_factory=list)  # where, how, by what
    headers: dict[str, str] = field(default_factory=dict)
    query: str = ""

    def make(self, request: AWSRequest, **_: Any) -> None:
        """Change a request that is not signed yet. A changed body has a digest of its own."""
        if self.edits and isinstance(request.data, bytes | bytearray) and request.data:
            request.data = self._edited(bytes(request.data))
            for name in [name for name in request.headers if "checksum" in name.lower()]:
                del request.headers[name]
            del request.headers["content-md5"]
            request.headers["content-md5"] = base64.b64encode(hashlib.md5(request.data).digest()).decode()
        for name, value in self.headers.items():
            del request.headers[name]
            request.headers[name] = value
        if self.query:
            request.url += ("&" if "?" in request.url else "?") + self.query

    def _edited(self, body: bytes) -> bytes:
        tokens = _TOKEN.findall(body)
        for at, how, piece in self.edits:
            at %= len(tokens) + 1
            if how == "again":
                tokens[at:at] = tokens[at : at + 2] * 2
            else:
                tokens[at : at + (how == "instead")] = [piece]
        return b"".join(tokens)


def changes() -> st.SearchStrategy[Changes]:
    """Return what changes a request at one place, or nowhere."""
    edit = st.tuples(
        st.integers(0, 200), st.sampled_from(("instead", "before", "again")), st.sampled_from(_XML)
    )
    headers = st.dictionaries(st.sampled_from(_HEADERS), st.sampled_from(_VALUES), min_size=1, max_size=2)
    return st.one_of(
        st.just(Changes()),
        st.lists(edit, min_size=1, max_size=3).map(lambda edits: Changes(edits)),
        headers.map(lambda found: Changes(headers=found)),
        st.sampled_from(_QUERIES).map(lambda query: Changes(query=query)),
    )
