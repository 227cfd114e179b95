"""ListGrants and ListRetirableGrants."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Context
from clary.services.kms import key_ids, pages, targets
from clary.services.kms.grants import rows
from clary.services.kms.grants.rows import Grant
from clary.services.kms.key_ids import Named
from clary.services.kms.keys import noun
from clary.services.kms.service import kms

Params = dict[str, Any]


@kms.operation(on=targets.on_plain_key)
def list_grants(ctx: Context, params: Params) -> Params:
    """Return a page of the grants of a key: all, one, or those for a principal."""
    named = key_ids.read_key(ctx, params["KeyId"])
    noun.load(ctx, named)
    limit, after = pages.read(ctx, params, 50, 100)
    grantee = params.get("GranteePrincipal") or params.get("GranteeServicePrincipal")
    members = {"id": params.get("GrantId"), "grantee": grantee}
    chosen = {column: value for column, value in members.items() if value}
    found = [shown(ctx, named, grant) for grant in rows.of_key(ctx.tx, named, after, limit + 1, **chosen)]
    return pages.page(ctx, "Grants", found, limit, lambda grant: grant["GrantId"])


@kms.operation
def list_retirable_grants(ctx: Context, params: Params) -> Params:
    """Return a page of the grants, on keys of any account, that a principal of this account may retire."""
    principal = params.get("RetiringPrincipal") or params.get("RetiringServicePrincipal")
    if not principal:
        raise validation("RetiringPrincipal or RetiringServicePrincipal must be specified.")
    _check_own(ctx, principal)
    limit, after = pages.read(ctx, params, 50, 100)
    place = tuple(after.split(" ")) if after else ("", "", "")
    found = rows.of_retiring(ctx.tx, ctx.region, principal, place, limit + 1)
    grants = [shown(ctx, Named(account, ctx.region, one.key_id), one) for account, one in found]
    return pages.page(ctx, "Grants", grants, limit, _place)


def _place(grant: Params) -> str:
    *_, account, resource = grant["KeyId"].split(":")
    return f"{account} {resource.removeprefix('key/')} {grant['GrantId']}"


def _check_own(ctx: Context, principal: str) -> None:
    """Refuse a principal of another account (API reference: "You must specify a principal in your AWS account")."""
    if principal.startswith("arn:") and principal.split(":", 5)[4:5] != [ctx.caller.account]:
        message = (
            f"User: {ctx.caller.arn} is not authorized to perform: kms:ListRetirableGrants for {principal}"
        )
        raise AwsError("AccessDeniedException", message)


def shown(ctx: Context, named: Named, grant: Grant) -> Params:
    """Return a grant as the List operations show it."""
    members: Params = {
        "KeyId": named.arn(ctx.partition),
        "GrantId": grant.id,
        "Name": grant.name,
        "CreationDate": grant.created,
        "IssuingAccount": grant.issuer,
        "Operations": sorted(grant.allows),
        _member("Grantee", grant.grantee): grant.grantee,
    }
    if grant.retiring:
        members[_member("Retiring", grant.retiring)] = grant.retiring
    return members | ({"Constraints": grant.within} if grant.constraints else {})


def _member(role: str, principal: str) -> str:
    return f"{role}Principal" if principal.startswith("arn:") else f"{role}ServicePrincipal"
