"""Operations of the API as a visit of the protocol makes them: as the visitor, about the registry that is meant.

Names that the model does not allow are refused as names; authorisation and everything else is the operation's.
"""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.sites import Visit
from clary.services.ecr.distribution.visitors import account_of
from clary.services.ecr.names import arn_in

Params = dict[str, Any]
_BAD = ("InvalidParameterException", "ValidationException", "SerializationException")


async def ask(
    visit: Visit, operation: str, repository: str, params: Params, wrong: str = "NameInvalid"
) -> Params:
    """Return the answer of an operation about a repository. `wrong` is the refusal of a parameter."""
    about = {"registryId": account_of(visit), "repositoryName": repository}
    try:
        return await visit.ctx.acall("ecr", operation, {**about, **params})
    except AwsError as error:
        if error.code in _BAD:
            raise AwsError(wrong, error.message, 400) from None
        raise


async def allowed(visit: Visit, action: str, repository: str) -> Context:
    """Return the context of the account that owns a repository. Raise AccessDeniedException."""
    account = account_of(visit)
    await visit.authorize(f"ecr:{action}", arn_in(visit.ctx, account, repository))
    visit.ctx.account = account
    return visit.ctx
