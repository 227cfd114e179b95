"""SimulatePrincipalPolicy, SimulateCustomPolicy and GetContextKeysFor*: run the evaluator on hypothetical
requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import thread_time
from typing import Any

from clary.access.evaluator import Document, PolicySet, Principal, compile_stored, evaluate, missing_keys
from clary.access.policy_checks import check_identity_policy, check_resource_policy
from clary.kernel import Arn, AwsError
from clary.plane import Context
from clary.plane.paging import read_token, sign_token
from clary.services.iam import effective_policies, entities, errors
from clary.services.iam.entities import Entity
from clary.services.iam.service import operation
from clary.services.iam.statement_positions import span_of

Params = dict[str, Any]
Keys = dict[str, tuple[str, ...]]
_MOST_CHARACTERS = 262_144  # of all policies in one call
_MOST_WORK = 0.5  # seconds of CPU; a page may have fewer results than MaxItems although there are more
_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9*]+")


@dataclass(frozen=True, slots=True)
class _Case:
    """What to simulate. `sources` maps each policy text to its name and type."""

    policies: PolicySet
    sources: Mapping[str, tuple[str, str]]
    principal: Principal
    policy: Document | None
    owner: str
    keys: Keys


@operation(on="{PolicySourceArn}", lane="heavy_read")
def simulate_principal_policy(ctx: Context, params: Params) -> Params:
    source = _source(ctx, params["PolicySourceArn"])
    held = effective_policies.policies_of(ctx.tx, source)
    bound = effective_policies.boundary_of(ctx.tx, source)
    caller = _caller(params) or _as_principal(source)
    keys = _own_keys(ctx, source) | _given_keys(params)
    return _simulate(ctx, params, _case(ctx, params, held, bound, caller, keys, source.account))


@operation(lane="heavy_read")
def simulate_custom_policy(ctx: Context, params: Params) -> Params:
    caller = _caller(params) or Principal(account=ctx.account, arn="-", principal_arn="-")
    return _simulate(ctx, params, _case(ctx, params, [], None, caller, _given_keys(params), ctx.account))


@operation(on="{PolicySourceArn}", lane="heavy_read")
def get_context_keys_for_principal_policy(ctx: Context, params: Params) -> Params:
    held = effective_policies.policies_of(ctx.tx, _source(ctx, params["PolicySourceArn"]))
    return {"ContextKeyNames": _asked([text for _, text in held] + _inputs(ctx, params, "PolicyInputList"))}


@operation(lane="heavy_read")
def get_context_keys_for_custom_policy(ctx: Context, params: Params) -> Params:
    return {"ContextKeyNames": _asked(_inputs(ctx, params, "PolicyInputList"))}


def _case(
    ctx: Context,
    params: Params,
    held: list[tuple[str, str]],
    bound: str | None,
    principal: Principal,
    keys: Keys,
    account: str,
) -> _Case:
    inputs = _inputs(ctx, params, "PolicyInputList")
    bounds = _inputs(ctx, params, "PermissionsBoundaryPolicyInputList")
    bound = bounds[0] if bounds else bound
    policy = params.get("ResourcePolicy")
    sources = {text: (name, "IAM Policy") for name, text in held}
    sources |= {text: (f"PolicyInputList.{n}", "IAM Policy") for n, text in enumerate(inputs, 1)}
    if bound:
        sources.setdefault(bound, ("PermissionsBoundaryPolicyInputList.1", "IAM Permissions Boundary Policy"))
    if policy:
        sources.setdefault(policy, ("ResourcePolicy", "Resource Policy"))
    owner = params.get("ResourceOwner")
    return _Case(
        policies=PolicySet(
            identity=tuple(compile_stored(text) for text in [t for _, t in held] + inputs),
            boundary=compile_stored(bound) if bound else None,
        ),
        sources=sources,
        principal=principal,
        policy=_resource_policy(policy),
        owner=_account_of(owner) if owner else account,
        keys=keys,
    )


def _simulate(ctx: Context, params: Params, case: _Case) -> Params:
    for action in params["ActionNames"]:
        if not _ACTION.fullmatch(action):
            raise errors.invalid_input(f"Invalid Entity Action: {action}")
    actions, resources = params["ActionNames"], params.get("ResourceArns") or ["*"]
    place, every = _place(ctx, params), len(actions) * len(resources)
    end = min(every, place + int(params.get("MaxItems") or 100))
    results: list[Params] = []
    began = thread_time()
    while place < end and thread_time() - began < _MOST_WORK:
        action, resource = divmod(place, len(resources))
        results.append(_result(actions[action], resources[resource], case))
        place += 1
    left = place < every
    more = {"Marker": sign_token(ctx, place)} if left else {}
    return {"EvaluationResults": results, "IsTruncated": left, **more}


def _place(ctx: Context, params: Params) -> int:
    """Return how many pairs of action and resource earlier pages have shown. Raise ValidationError."""
    try:
        return int(read_token(ctx, params["Marker"])) if params.get("Marker") else 0
    except AwsError:
        raise errors.validation_error("Invalid Marker.") from None


def _result(action: str, arn: str, case: _Case) -> Params:
    decision = evaluate(
        action, arn, case.keys, case.policies, case.principal, case.policy, owner=case.owner
    )  # fmt: skip
    documents = [*case.policies.identity, *filter(None, (case.policies.boundary, case.policy))]
    matched = [_shown(m.document, m.statement.place, case) for m in decision.matched]
    missing = missing_keys(documents, action, case.keys)
    result: Params = {
        "EvalActionName": action,
        "EvalResourceName": arn,
        "EvalDecision": decision.reason,
        "EvalDecisionDetails": {},
        "MatchedStatements": matched,
        "MissingContextValues": missing,
        "OrganizationsDecisionDetail": {"AllowedByOrganizations": True},
        "ResourceSpecificResults": [
            {
                "EvalResourceName": arn,
                "EvalResourceDecision": decision.reason,
                "MatchedStatements": matched,
                "MissingContextValues": missing,
            }
        ],
    }
    if case.policies.boundary is not None:
        inside = evaluate(
            action, arn, case.keys, PolicySet((case.policies.boundary,)), case.principal
        ).allowed
        result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": inside}
    return result


def _shown(document: Document, place: int, case: _Case) -> Params:
    name, kind = case.sources[document.text]
    start, end = span_of(document.text, place)
    return {
        "SourcePolicyId": name,
        "SourcePolicyType": kind,
        "StartPosition": {"Line": start[0], "Column": start[1]},
        "EndPosition": {"Line": end[0], "Column": end[1]},
    }


def _source(ctx: Context, arn: str) -> Entity:
    """Return the user, group or role whose policies to simulate. Raise InvalidInput or NoSuchEntity."""
    try:
        parsed = Arn.parse(arn)
    except ValueError:
        raise errors.invalid_input(f"Invalid Entity Arn: {arn}") from None
    if parsed.service != "iam" or parsed.kind not in ("user", "group", "role") or "/" not in parsed.resource:
        raise errors.invalid_input(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    found = entities.by_arn(ctx.tx, arn)
    if found is None or found.account != ctx.account:
        raise errors.no_such(parsed.kind, parsed.name)
    return found


def _inputs(ctx: Context, params: Params, member: str) -> list[str]:
    texts = params.get(member) or []
    if sum(map(len, texts)) > _MOST_CHARACTERS:
        raise errors.invalid_input(f"The policies of {member} exceed {_MOST_CHARACTERS} characters in all.")
    for text in texts:
        try:
            check_identity_policy(text, ctx.partition)
        except AwsError as error:
            raise errors.invalid_input(error.message) from None
    return texts


def _resource_policy(text: str | None) -> Document | None:
    if not text:
        return None
    try:
        check_resource_policy(text)
    except AwsError as error:
        raise errors.invalid_input(error.message) from None
    return compile_stored(text)


def _caller(params: Params) -> Principal | None:
    arn = params.get("CallerArn")
    return Principal(account=_account_of(arn), arn=arn, principal_arn=arn) if arn else None


def _account_of(arn: str) -> str:
    """Return the account in an ARN. Raise InvalidInput if it is malformed."""
    try:
        return Arn.parse(arn).account
    except ValueError:
        raise errors.invalid_input(f"Invalid Entity Arn: {arn}") from None


def _as_principal(source: Entity) -> Principal:
    return Principal(account=source.account, arn=source.arn, principal_arn=source.arn, unique_id=source.id)


def _own_keys(ctx: Context, source: Entity) -> Keys:
    """Return the condition keys that every request of this principal has."""
    keys: Keys = {"aws:principalarn": (source.arn,), "aws:principalaccount": (source.account,)}
    if source.kind == "user":
        keys |= {"aws:username": (source.name,), "aws:userid": (source.id,)}
    tags = ctx.tx.tags(source.arn)
    return keys | {f"aws:principaltag/{key.lower()}": (value,) for key, value in tags.items()}


def _given_keys(params: Params) -> Keys:
    return {
        entry["ContextKeyName"].lower(): tuple(entry.get("ContextKeyValues") or ())
        for entry in params.get("ContextEntries") or ()
        if entry.get("ContextKeyName")
    }


def _asked(texts: Iterable[str]) -> list[str]:
    statements = (s for text in texts for s in compile_stored(text).statements)
    return sorted({key for statement in statements for key in statement.asks})
