"""Secrets Manager. Secrets are named by their whole ARNs, which strangers may know."""

from __future__ import annotations

import json

from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import MARKER, World

_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "secretsmanager:RotateSecret",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:PrincipalAccount": "000000000000"}},
            }
        ],
    }
)


def secret(w: World) -> Params:
    """A new secret of the owner's, as the member that names it."""
    tags = [{"Key": "note", "Value": MARKER}]
    made = w.client("secretsmanager").create_secret(
        Name=w.fresh("s"), SecretString=MARKER, Description=MARKER, Tags=tags
    )
    return {"SecretId": made["ARN"]}


def the_secret(w: World) -> Params:
    return w.once("secret", secret)


def two_versions(w: World) -> Params:
    """A label that goes from one version of a new secret to another."""
    named = secret(w)
    sm = w.client("secretsmanager")
    first = sm.get_secret_value(**named)["VersionId"]
    second = sm.put_secret_value(**named, SecretString="2", VersionStages=["next"])["VersionId"]
    return {**named, "VersionStage": "AWSCURRENT", "RemoveFromVersionId": first, "MoveToVersionId": second}


def marked(w: World) -> Params:
    named = secret(w)
    w.client("secretsmanager").delete_secret(**named)
    return named


CASES = {
    "BatchGetSecretValue": Case(lambda w: {"SecretIdList": [the_secret(w)["SecretId"]]}, Outcome.OWN),
    "CancelRotateSecret": Case(the_secret, absent="InvalidRequestException"),
    "CreateSecret": Case(lambda w: {"Name": w.fresh("s"), "SecretString": "v"}, Outcome.OWN),
    "DeleteResourcePolicy": Case(secret),
    "DeleteSecret": Case(secret),
    "DescribeSecret": Case(the_secret),
    "GetRandomPassword": Case(lambda w: {}, Outcome.OWN),
    "GetResourcePolicy": Case(the_secret),
    "GetSecretValue": Case(the_secret),
    "ListSecretVersionIds": Case(the_secret),
    "ListSecrets": Case(lambda w: {}, Outcome.OWN),
    "PutResourcePolicy": Case(lambda w: {**secret(w), "ResourcePolicy": _POLICY}),
    "PutSecretValue": Case(lambda w: {**secret(w), "SecretString": "v"}),
    "RestoreSecret": Case(marked),
    "RotateSecret": Case(the_secret, absent="InvalidRequestException"),
    "TagResource": Case(lambda w: {**the_secret(w), "Tags": [{"Key": "a", "Value": "b"}]}),
    "UntagResource": Case(lambda w: {**the_secret(w), "TagKeys": ["note"]}),
    "UpdateSecret": Case(lambda w: {**secret(w), "Description": "new"}),
    "UpdateSecretVersionStage": Case(two_versions),
    "ValidateResourcePolicy": Case(lambda w: {**the_secret(w), "ResourcePolicy": _POLICY}),
}
