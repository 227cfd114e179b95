"""How AWS says no, in each protocol: codes and statuses of access errors, and of what is not there.

Sources: "Common errors" of each API reference, https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and
the AWS JSON 1.1 and REST JSON protocols (https://smithy.io/2.0/aws/protocols/), whose errors of JSON services have
status 400. An unsigned request is MissingAuthenticationToken everywhere but in S3, which has anonymous callers.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tests.security.matrix.callers import Caller
from tests.security.matrix.world import Answer


class Family(NamedTuple):
    """`denied` and `unsigned` are pairs of code and status; `missing` the codes for what is not there."""

    denied: tuple[str, int]
    unsigned: tuple[str, int]
    missing: tuple[str, ...]


_QUERY_DENIED = ("AccessDenied", 403)
_QUERY_UNSIGNED = ("MissingAuthenticationToken", 403)
_JSON_DENIED = ("AccessDeniedException", 400)
_JSON_UNSIGNED = ("MissingAuthenticationTokenException", 400)

FAMILIES = {
    "s3": Family(_QUERY_DENIED, _QUERY_DENIED, ()),
    "iam": Family(_QUERY_DENIED, _QUERY_UNSIGNED, ("NoSuchEntity",)),
    "sts": Family(_QUERY_DENIED, _QUERY_UNSIGNED, ()),
    # CloudWatch spoke Query first and kept its codes (the trait awsQueryCompatible of its model).
    "cloudwatch": Family(_QUERY_DENIED, _QUERY_UNSIGNED, ("ResourceNotFound", "ResourceNotFoundException")),
    "logs": Family(_JSON_DENIED, _JSON_UNSIGNED, ("ResourceNotFoundException",)),
    "sagemaker": Family(_JSON_DENIED, _JSON_UNSIGNED, ("ValidationException", "ResourceNotFound")),
    "sagemaker-runtime": Family(
        ("AccessDeniedException", 403), ("MissingAuthenticationTokenException", 403), ("ValidationError",)
    ),
}
_NOT_THERE = re.compile(r"not found|does not exist|Could not find")


def refused(service: str, caller: Caller, answer: Answer, head: bool) -> str:
    """What is wrong with a refusal; empty where it is one. HEAD has no body that could say more than the status."""
    family = FAMILIES[service]
    code, status = family.denied if caller.signs else family.unsigned
    if per_key := answer.parsed.get("Errors"):
        said = {entry["Code"] for entry in per_key}
        return "" if said == {code} and not answer.parsed.get("Deleted") else f"some keys: {answer.parsed}"
    expected = (str(status) if head else code, status)
    found = (answer.code, answer.status)
    return "" if found == expected else f"{found} {answer.message!r} and not {expected}"


def missing(service: str, answer: Answer) -> str:
    """What is wrong with the answer for something that is not there."""
    # A validation error may say anything, so its sentence must be that of something that is not there.
    ambiguous = answer.code.startswith("Validation")
    fine = answer.code in FAMILIES[service].missing and (not ambiguous or _NOT_THERE.search(answer.message))
    return "" if fine else f"{answer.code or answer.status} {answer.message!r} and not a not-found"
