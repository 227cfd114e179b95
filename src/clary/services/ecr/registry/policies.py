"""The policy of a registry: put, shown, deleted. Access control enforces it for all repositories of the registry (access.py).

Source: "Private registry permissions in Amazon ECR" (Amazon ECR User Guide, registry-permissions).
"""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.services.ecr.names import Params
from clary.services.ecr.policy_documents import check
from clary.services.ecr.registry import settings
from clary.services.ecr.registry.settings import POLICY
from clary.services.ecr.service import ecr


@ecr.operation(accepts=Members("policyText"))
def put_registry_policy(ctx: Context, params: Params) -> Params:
    """Put a policy on the registry in place of the one before. Raise InvalidParameterException for what is no policy."""
    text = params["policyText"]
    check(text, "PolicyText", "Invalid registry policy provided", with_resource=True)
    settings.put(ctx.tx, ctx.scope, POLICY, text)
    return {"registryId": ctx.account, "policyText": text}


@ecr.operation
def get_registry_policy(ctx: Context, params: Params) -> Params:
    """Return the policy of the registry as it was put. Raise RegistryPolicyNotFoundException."""
    text = settings.get(ctx.tx, ctx.scope, POLICY)
    if text is None:
        message = f"Registry policy does not exist in the registry with id '{ctx.account}'"
        raise AwsError("RegistryPolicyNotFoundException", message)
    return {"registryId": ctx.account, "policyText": text}


@ecr.operation(accepts=Members())
def delete_registry_policy(ctx: Context, params: Params) -> Params:
    """Delete the policy of the registry. Raise RegistryPolicyNotFoundException."""
    before = get_registry_policy(ctx, params)
    settings.drop(ctx.tx, ctx.scope, POLICY)
    return before
