"""Questions to the evaluator: who asks, what the policies say, what comes of it."""

from __future__ import annotations

import json
from typing import Any

from clary.access.evaluator import Decision, PolicySet, Principal, compile_policy, evaluate

ACCOUNT = "111122223333"
OTHER = "444455556666"
USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/work"
OBJECT = "arn:aws:s3:::data/a/b.csv"

ann = Principal(ACCOUNT, USER, USER, "AIDAANN")


def doc(*statements: dict[str, Any], version: str = "2012-10-17") -> Any:
    return compile_policy(json.dumps({"Version": version, "Statement": list(statements)}))


def say(
    effect: str = "Allow", action: Any = "s3:GetObject", resource: Any = "*", **more: Any
) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def ask(
    *identity: Any,
    action: str = "s3:GetObject",
    resource: str = OBJECT,
    keys: dict[str, tuple[str, ...]] | None = None,
    who: Principal = ann,
    policy: Any = None,
    boundary: Any = None,
    sessions: tuple[Any, ...] | None = None,
    **more: Any,
) -> Decision:
    judges = PolicySet(tuple(identity), boundary, sessions)
    return evaluate(action, resource, keys or {}, judges, who, policy, **more)
