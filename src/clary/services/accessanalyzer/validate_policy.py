"""ValidatePolicy: the findings of all checks about one policy, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Members
from clary.plane.paging import read_token, sign_token
from clary.services.accessanalyzer.checks import (
    actions,
    conditions,
    principals,
    resources,
    structure,
    variables,
)
from clary.services.accessanalyzer.checks.policy import Policy
from clary.services.accessanalyzer.findings import Finding, Place
from clary.services.accessanalyzer.json_tree import Lines, NoJson, parse
from clary.services.accessanalyzer.service import analyzer

Params = dict[str, Any]
_LONGEST = 65_536  # characters; the longest policies of AWS have half of that (key policies, 32 KB)
_PAGE = 100
_CHECKS: tuple[Callable[[Policy], Iterator[Finding]], ...] = (
    structure.check,
    principals.check,
    actions.check,
    resources.check,
    conditions.check,
    variables.check,
)


@analyzer.operation(
    lane="heavy_read",
    accepts=Members("policyDocument policyType validatePolicyResourceType maxResults nextToken locale"),
)
def validate_policy(ctx: Context, params: Params) -> Params:
    """Return what the checks find in a policy. Raise ValidationException for one that is too long."""
    if params.get("locale", "EN") != "EN":
        raise not_implemented("access-analyzer", f"ValidatePolicy with the locale {params['locale']}")
    if params["policyType"] == "RESOURCE_CONTROL_POLICY":
        raise not_implemented("access-analyzer", "ValidatePolicy with the type RESOURCE_CONTROL_POLICY")
    text: str = params["policyDocument"]
    if len(text) > _LONGEST:
        raise validation(f"The policy document must have at most {_LONGEST} characters.")
    return _page(
        ctx, params, findings_of(text, params["policyType"], params.get("validatePolicyResourceType", ""))
    )


def findings_of(text: str, kind: str, about: str = "") -> list[Params]:
    """Return the findings about a policy, as the answer shows them."""
    lines = Lines(text)
    try:
        root = parse(text)
    except NoJson as error:
        place = lines.position(error.offset)
        words = {"index": error.offset, "line": place["line"], "column": place["column"]}
        where = Place((), error.offset, error.offset)
        return [Finding("JSON_SYNTAX_ERROR", where, **words).shown(lines)]
    policy = Policy(kind, about, text, root)
    found = list(structure.check(policy))
    if root.kind == "object":
        found += [finding for check in _CHECKS[1:] for finding in check(policy)]
    return [finding.shown(lines) for finding in found]


def _page(ctx: Context, params: Params, found: list[Params]) -> Params:
    start = int(read_token(ctx, params["nextToken"])) if params.get("nextToken") else 0
    size = params.get("maxResults") or _PAGE
    if size < 1:
        raise validation("maxResults must be at least 1.")
    more = {"nextToken": sign_token(ctx, start + size)} if len(found) > start + size else {}
    return {"findings": found[start : start + size], **more}
