"""STS: temporary credentials."""

from __future__ import annotations

from tests.conftest import ACCOUNT, ROOT_KEY
from tests.security.matrix.callers import document
from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.inputs import sts_federation
from tests.security.matrix.world import World


def assume_role(w: World) -> Params:
    """The trust names the account, so that it takes the caller's own policies as well."""
    name = w.fresh("role")
    principal = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    trust = document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
    arn = w.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    return {"RoleArn": arn, "RoleSessionName": "session"}


CASES = sts_federation.CASES | {
    "AssumeRole": Case(assume_role),
    "GetAccessKeyInfo": Case(lambda w: {"AccessKeyId": ROOT_KEY}),
    "GetCallerIdentity": Case(lambda w: {}),
    "GetFederationToken": Case(lambda w: {"Name": "guest"}, Outcome.OWN),
    "GetSessionToken": Case(lambda w: {}),
}
