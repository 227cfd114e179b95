"""Check the digests that come with an XML or JSON document. Those of object bodies are checked in
request_body.py."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from clary.kernel import AwsError
from clary.services.s3 import object_checksums, request_body
from clary.wire import checksums


def given(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the digests in the headers, by the member names that PutObject uses for them."""
    found = {
        f"Checksum{n}": headers[h]
        for n in object_checksums.LENGTHS
        if (h := f"x-amz-checksum-{n.lower()}") in headers
    }
    return found | ({"ContentMD5": headers["content-md5"]} if "content-md5" in headers else {})


def check(headers: Mapping[str, str], body: bytes) -> None:
    """Raise InvalidDigest or InvalidRequest for a malformed digest, BadDigest for one that does not match the
    body."""
    members = given(headers)
    if not members:
        return
    claim = object_checksums.claim_of(members, None)
    request_body.check_md5(claim, hashlib.md5(body, usedforsecurity=False).digest())
    if claim.algorithm and claim.value:
        object_checksums.check_value(claim.algorithm, claim.value)
        if checksums.of(claim.algorithm, body) != claim.value:
            message = f"The {claim.algorithm} you specified did not match the calculated checksum."
            raise AwsError("BadDigest", message)
