"""One user, one policy, one call."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from tests.conftest import ACCOUNT
from tests.security.forging import by_header
from tests.security.matrix import callers
from tests.security.matrix.callers import Caller, document
from tests.security.matrix.world import World

Statement = dict[str, Any]
BUCKET = "arn:aws:s3:::bucket-1"
ROLE = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}


class Subject:
    """A user whose only policy is written again for each question."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.iam = world.client("iam", world.root)
        self.caller = callers.user(self.iam, "subject")

    def holds(self, *statements: Statement) -> None:
        self.iam.put_user_policy(UserName="subject", PolicyName="p", PolicyDocument=document(*statements))

    def may(self, service: str = "s3", call: str = "get_object", **params: Any) -> bool:
        params = params or {"Bucket": "bucket-1", "Key": "secret"}
        return allowed(self.world.client(service, self.caller), call, **params)

    def may_read(
        self, headers: dict[str, str], method: str = "GET", target: str = "/bucket-1/secret"
    ) -> bool:
        """The same with headers of one's own."""
        status, code, _ = by_header(self.caller, method, target, headers=headers).by(self.world)
        assert status == 200 or code == "AccessDenied", (status, code)
        return status == 200


def allowed(client: Any, call: str, **params: Any) -> bool:
    """Whether a call is not refused for want of a right."""
    try:
        getattr(client, call)(**params)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException"):
            raise
        return False
    return True


def allow(**more: Any) -> Statement:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **more}


def deny(**more: Any) -> Statement:
    return {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*", **more}


def session(world: World, caller: Caller, call: str, **params: Any) -> Caller:
    made = getattr(world.client("sts", caller), call)(**params)["Credentials"]
    return Caller("session", made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
