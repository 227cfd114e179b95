"""What access control must know of Parameter Store. Condition keys: Systems Manager's page of the Service Authorization
Reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.access.request_keys import Values
from clary.plane import Access, Context
from clary.services.ssm.service import ssm

# Flags of requests, which policies compare with "true" and "false" even where a request does not say them.
_FLAGS = {
    ("ssm:PutParameter", "ssm:overwrite"): "Overwrite",
    ("ssm:GetParametersByPath", "ssm:recursive"): "Recursive",
}


def find(ctx: Context, action: str, params: Mapping[str, Any], key: str) -> Values:
    """Return the values of `ssm:Overwrite` and `ssm:Recursive`."""
    member = _FLAGS.get((action, key))
    return None if member is None else ("true" if params.get(member) else "false",)


ssm.access = Access(members={"ssm:policies": ("Policies",)}, keys=find)
