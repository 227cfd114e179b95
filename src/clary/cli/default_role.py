"""The execution role that every account of a platform starts with, created through IAM like any other."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from clary.cli.environment import ROLE
from clary.cli.home import Identity, Location

if TYPE_CHECKING:
    import boto3

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
_POLICIES = ("AmazonSageMakerFullAccess", "AmazonS3FullAccess")


def session_of(identity: Identity, region: str) -> boto3.Session:
    """Return a boto3 session of an account's root user, whatever the shell's profiles say."""
    import boto3  # it takes longer than most commands

    return boto3.Session(
        aws_access_key_id=identity.access_key_id,
        aws_secret_access_key=identity.secret_access_key,
        region_name=region,
    )


def ensure_role(identity: Identity, endpoint: str, location: Location) -> str:
    """Return the ARN of the account's ClaryExecutionRole; create it if it is missing. Idempotent."""
    iam: Any = session_of(identity, location.usual).client("iam", endpoint_url=endpoint)
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(_TRUST))
    # Without any policy, an earlier call was interrupted. If one of the two is left, the user has removed the
    # other.
    if not iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]:
        for name in _POLICIES:
            iam.attach_role_policy(
                RoleName=ROLE, PolicyArn=f"arn:{location.partition}:iam::aws:policy/{name}"
            )
    return iam.get_role(RoleName=ROLE)["Role"]["Arn"]
