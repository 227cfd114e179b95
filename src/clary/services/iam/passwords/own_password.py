"""AllowUsersToChangePassword: every user of the account may change its own password, and read the policy for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from clary.plane import Context
from clary.services.iam.passwords import policy

# "IAM applies the permissions at the account level for all users" (IAM User Guide, "Setting an account password policy").
_ACTIONS = ("iam:ChangePassword", "iam:GetAccountPasswordPolicy")


def grant(ctx: Context, action: str, arn: str, params: Mapping[str, Any]) -> str | None:
    """Return a policy that allows an IAM user what the account's password policy allows all of them; else None."""
    caller = ctx.caller
    if (
        action not in _ACTIONS
        or caller.is_root
        or caller.arn != caller.principal_arn
        or not caller.principal_id
    ):
        return None
    found = policy.of_account(ctx.tx, caller.account)
    if found is None or not found["AllowUsersToChangePassword"]:
        return None
    statement = {"Effect": "Allow", "Principal": {"AWS": caller.arn}, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
