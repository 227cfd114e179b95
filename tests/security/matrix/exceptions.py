"""Where somebody but the owner is not refused by the access error of the protocol, and which page of AWS says so.

The stranger's own account is no exception: whose resources a call means follows from its signature
(https://docs.aws.amazon.com/general/latest/gr/signing_aws_api_requests.html), so each Case says what a stranger finds.
"""

from __future__ import annotations

from typing import NamedTuple

from clary.wire import ServiceModel
from tests.security.matrix.callers import OUTSIDERS
from tests.security.matrix.case import Outcome

_STS = "https://docs.aws.amazon.com/STS/latest/APIReference/"
_IAM = "https://docs.aws.amazon.com/IAM/latest/APIReference/"
_S3 = "https://docs.aws.amazon.com/AmazonS3/latest/API/"
_STRANGERS = ("stranger", "strangers-admin")
_SIGNED = tuple(name for name in OUTSIDERS if name != "nobody")
_SESSIONS = ("other-role", "narrowed")
_LONG_TERM = tuple(name for name in _SIGNED if name not in _SESSIONS)


class Exemption(NamedTuple):
    """`callers` of `operation` see `outcome`; `source` says it."""

    service: str
    operation: str
    callers: tuple[str, ...]
    outcome: Outcome
    source: str


EXEMPTIONS = (
    Exemption(
        "sts", "GetCallerIdentity", _SIGNED, Outcome.OPEN,
        _STS + "API_GetCallerIdentity.html: no permissions are required, an explicit deny does not matter",
    ),
    Exemption(
        "sts", "GetSessionToken", _LONG_TERM, Outcome.OPEN,
        _STS + "API_GetSessionToken.html: no permissions are required, policies cannot control it",
    ),
    Exemption(
        "sts", "GetSessionToken", _SESSIONS, Outcome.SESSION,
        _STS + "API_GetSessionToken.html: must be called with long-term credentials of a user",
    ),
    Exemption(
        "sts", "GetAccessKeyInfo", _STRANGERS, Outcome.OPEN,
        _STS + "API_GetAccessKeyInfo.html: answers for any access key, which may belong to another account",
    ),
    Exemption(
        "sts", "AssumeRoleWithSAML", OUTSIDERS, Outcome.FEDERATED,
        _STS + "API_AssumeRoleWithSAML.html: needs no AWS credentials, the metadata of the provider validates the caller",
    ),
    Exemption(
        "sts", "AssumeRoleWithWebIdentity", OUTSIDERS, Outcome.FEDERATED,
        _STS + "API_AssumeRoleWithWebIdentity.html: needs no AWS credentials, the token is validated instead",
    ),
    Exemption(
        "sts", "AssumeRole", ("root",), Outcome.REFUSED,
        _STS + "API_AssumeRole.html: the root user's credentials cannot be used, access is denied",
    ),
    Exemption(
        "iam", "ChangePassword", ("root", "stranger"), Outcome.UNFIT,
        _IAM + "API_ChangePassword.html: only an IAM user can call it, not the root user (InvalidUserType)",
    ),
    Exemption(
        "s3", "CreateBucket", _STRANGERS, Outcome.OPEN,
        _S3 + "API_CreateBucket.html: by creating the bucket, the caller becomes its owner",
    ),
)  # fmt: skip


def outcome_of(service: ServiceModel, operation: str, caller: str) -> Outcome | None:
    """What an exemption says; None where there is none.

    AWS tells services apart by their hosts. Here one address serves all, and a request by path that is not signed is S3's.
    """
    if caller == "nobody" and service.protocols[0] == "rest-json":
        return Outcome.UNROUTED
    found = (e.outcome for e in EXEMPTIONS if e[:2] == (service.name, operation) and caller in e.callers)
    return next(found, None)
