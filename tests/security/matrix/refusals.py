"""How AWS says no, in each protocol: codes and statuses of access errors, and of what is not there.

Sources: "Common errors" of each API reference, https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and
the AWS JSON 1.1 and REST JSON protocols (https://smithy.io/2.0/aws/protocols/), whose errors of JSON services have
status 400. An unsigned request is MissingAuthenticationToken everywhere but in S3, which has anonymous callers.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from clary.plane import Service
from clary.wire.model import ServiceModel
from tests.security.matrix.callers import Caller
from tests.security.matrix.world import Answer


class Family(NamedTuple):
    """Pairs of code and status for a caller without the right, and for one without a signature."""

    denied: tuple[str, int]
    unsigned: tuple[str, int]


_QUERY = Family(("AccessDenied", 403), ("MissingAuthenticationToken", 403))
_BY_PROTOCOL = {
    "query": _QUERY,
    "rest-xml": Family(("AccessDenied", 403), ("AccessDenied", 403)),
    "json": Family(("AccessDeniedException", 400), ("MissingAuthenticationTokenException", 400)),
    "smithy-rpc-v2-cbor": Family(
        ("AccessDeniedException", 400), ("MissingAuthenticationTokenException", 400)
    ),
    "rest-json": Family(("AccessDeniedException", 403), ("MissingAuthenticationTokenException", 403)),
}
# These spoke Query first and kept their codes (the trait awsQueryCompatible of their models).
_BY_SERVICE = {
    "cloudwatch": _QUERY,
    "sqs": _QUERY,
    "sns": Family(
        ("AuthorizationError", 403), _QUERY.unsigned
    ),  # SNS has a word of its own: each operation's "Errors"
}
_MISSING = {
    "iam": ("NoSuchEntity",),
    "cloudwatch": ("ResourceNotFound", "ResourceNotFoundException"),
    "sagemaker": ("ValidationException", "ResourceNotFound"),
    "sagemaker-runtime": ("ValidationError",),
    "sqs": ("AWS.SimpleQueueService.NonExistentQueue",),
    "stepfunctions": (
        "ActivityDoesNotExist",
        "ExecutionDoesNotExist",
        "ResourceNotFound",
        "StateMachineDoesNotExist",
        "TaskTimedOut",  # "Provided task does not exist anymore"
    ),
    "ssm": ("ParameterNotFound", "InvalidResourceId"),
}
_NOT_FOUND = re.compile(r"NotFound|NoSuch|DoesNotExist")
_NOT_THERE = re.compile(r"not found|does not exist|Could not find|Cannot find")


def family_of(service: ServiceModel) -> Family:
    return _BY_SERVICE.get(service.name) or _BY_PROTOCOL[service.protocols[0]]


def refused(service: ServiceModel, caller: Caller, answer: Answer, head: bool) -> str:
    """What is wrong with a refusal; empty where it is one. HEAD has no body that could say more than the status."""
    family = family_of(service)
    code, status = family.denied if caller.signs else family.unsigned
    if per_key := answer.parsed.get("Errors"):
        said = {entry["Code"] for entry in per_key}
        return "" if said == {code} and not answer.parsed.get("Deleted") else f"some keys: {answer.parsed}"
    expected = (str(status) if head else code, status)
    found = (answer.code, answer.status)
    return "" if found == expected else f"{found} {answer.message!r} and not {expected}"


def _is_missing(service: Service, code: str) -> bool:
    if service.name in _MISSING:
        return code in _MISSING[service.name]
    declared = (noun.says.missing_code for noun in service.nouns.values())
    return _NOT_FOUND.search(code) is not None or code in declared


def missing(service: Service, answer: Answer) -> str:
    """What is wrong with the answer for something that is not there: its code is listed above, says so, or is a noun's."""
    # A validation error may say anything, so its sentence must be that of something that is not there.
    ambiguous = answer.code.startswith("Validation")
    fine = _is_missing(service, answer.code) and (not ambiguous or _NOT_THERE.search(answer.message))
    return "" if fine else f"{answer.code or answer.status} {answer.message!r} and not a not-found"
