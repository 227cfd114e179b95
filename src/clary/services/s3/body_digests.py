"""Holds a document (a body of XML or JSON) to the digests that came with it. Objects are held to theirs in intake.py."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from clary.kernel import AwsError
from clary.services.s3 import object_checksums, request_body
from clary.wire import checksums


def given(headers: Mapping[str, str]) -> dict[str, str]:
    """The digests of a request, by the members that they are of an upload."""
    found = {
        f"Checksum{n}": headers[h]
        for n in object_checksums.LENGTHS
        if (h := f"x-amz-checksum-{n.lower()}") in headers
    }
    return found | ({"ContentMD5": headers["content-md5"]} if "content-md5" in headers else {})


def check(headers: Mapping[str, str], body: bytes) -> None:
    """Raises InvalidDigest, InvalidRequest or BadDigest for a digest that is not the body's."""
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
