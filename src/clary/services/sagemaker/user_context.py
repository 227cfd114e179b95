"""UserContext: who created or changed a resource, as Describe shows it
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UserContext.html)."""

from __future__ import annotations

from typing import Any

from clary.kernel import Caller


def user_context(caller: Caller) -> dict[str, Any]:
    """Return the IAM identity of a caller. There are no user profiles, so the other members are left out."""
    identity = {"Arn": caller.arn, "PrincipalId": caller.user_id}
    if caller.source_identity:
        identity["SourceIdentity"] = caller.source_identity
    return {"IamIdentity": identity}
