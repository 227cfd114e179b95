"""Policies of repositories: put, shown, deleted. Access control enforces them (access.py).

Source: "Private repository policies in Amazon ECR" (Amazon ECR User Guide, repository-policies).
"""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Context, Members, Record, revise
from clary.services.ecr import names
from clary.services.ecr.errors import invalid
from clary.services.ecr.names import Params, on_repository
from clary.services.ecr.policy_documents import check
from clary.services.ecr.service import ecr

_LOCKING = "The policy would not let you put another one; say force to put it nevertheless"


@ecr.operation(on=on_repository, accepts=Members("registryId repositoryName policyText force"))
def set_repository_policy(ctx: Context, params: Params) -> Params:
    """Put a policy on a repository in place of the one before. Raise InvalidParameterException for what is no policy, and for
    one after which the caller could put no other one, unless the request says force."""
    record = names.load(ctx, params)
    text = params["policyText"]
    check(text, "PolicyText", "Invalid repository policy provided", with_resource=False)
    ctx.tx.update(revise(record, private={"policy": text}, modified=ctx.now))
    if not params.get("force"):
        _check_not_locked(ctx, record)
    return {**names.about(record), "policyText": text}


def _check_not_locked(ctx: Context, record: Record) -> None:
    """Raise unless the caller may set the policy still. The transaction takes the new one back."""
    try:
        ctx.authorize("ecr:SetRepositoryPolicy", record.arn)
    except AwsError:
        raise invalid("PolicyText", _LOCKING) from None


@ecr.operation(on=on_repository)
def get_repository_policy(ctx: Context, params: Params) -> Params:
    """Return the policy of a repository as it was put. Raise RepositoryPolicyNotFoundException."""
    return _shown(names.load(ctx, params))


@ecr.operation(on=on_repository, accepts=Members("registryId repositoryName"))
def delete_repository_policy(ctx: Context, params: Params) -> Params:
    """Delete the policy of a repository. Raise RepositoryPolicyNotFoundException."""
    record = names.load(ctx, params)
    before = _shown(record)
    ctx.tx.update(revise(record, private={"policy": None}, modified=ctx.now))
    return before


def _shown(record: Record) -> Params:
    if "policy" not in record.private:
        message = (
            f"Repository policy does not exist for the repository with name '{record.id}' in the registry with id "
            f"'{names.registry_of(record)}'"
        )
        raise AwsError("RepositoryPolicyNotFoundException", message)
    return {**names.about(record), "policyText": record.private["policy"]}
