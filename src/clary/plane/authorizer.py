"""Decides every call by IAM policies: gathers the documents, asks the evaluator, says no in AWS's words.

Knows no service: what is special about one is in its actions' targets and its `resource_policy` and `owner` hooks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from clary.kernel import Arn, Caller
from clary.plane.authorize import Credential, Directory, Policies
from clary.plane.denials import denial, foreign_role
from clary.plane.identity import canonical_user
from clary.plane.policy import Decision, Document, Judges, Principal, compile_stored, evaluate
from clary.plane.recent import Recent
from clary.plane.request_keys import RequestKeys
from clary.plane.targets import arns_of

if TYPE_CHECKING:
    from clary.plane.context import Context
    from clary.plane.service import Action, Service
    from clary.store.api import Store, Tx

Params = Mapping[str, Any]

# Nobody gets to these by identity policies alone: the role's trust policy must name the caller, too.
_GATED = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
_NOBODY = '{"Version":"2012-10-17","Statement":[]}'


class PolicyAuthorizer:
    """The Authorizer of a real platform."""

    def __init__(self, directory: Directory, store: Store) -> None:
        self._directory = directory
        self._store = store
        self._allowed: Recent[tuple[str, str, str], bool] = Recent()
        self._credentials: Recent[str, Credential] = Recent()

    # who -------------------------------------------------------------------------------------------------------

    async def credential(self, access_key_id: str) -> Credential | None:
        """The access key of this id, as it is or was within the last second."""
        known = self._credentials.get(access_key_id)
        if known is None:
            known = await self._store.run(
                lambda tx: self._directory.credential(tx, access_key_id), write=False
            )
            if known is not None:
                self._credentials.put(access_key_id, known)
        return known

    def forget(self) -> None:
        """Remember nothing: policies or keys change at this moment."""
        self._allowed.clear()
        self._credentials.clear()

    # may they --------------------------------------------------------------------------------------------------

    def authorize(self, ctx: Context, action: Action, params: Params) -> None:
        """Raises AccessDenied unless the caller may make this call. Needs `ctx.tx`."""
        if _changes(ctx):
            self.forget()
        if action.open or ctx.caller.service:
            return
        service = ctx.platform.services[ctx.op.service.name]
        if _nobody_judges(ctx, service, action):
            return
        self._require_all(ctx, service, action.name, arns_of(ctx, action, params), params, {})

    async def authorize_hot(self, ctx: Context, action: Action, params: Params) -> None:
        """The same, from what was decided within the last second where that decision hangs on nothing else."""
        if _changes(ctx):
            self.forget()
        caller = ctx.caller
        if action.open or caller.service:
            return
        arns = arns_of(ctx, action, params)
        if len(arns) == 1 and self._allowed.get((caller.access_key_id, action.name, arns[0])):
            return
        service = ctx.platform.services[ctx.op.service.name]

        def work(tx: Tx) -> tuple[bool, str]:
            inner = replace(ctx, tx=tx)
            return self._require_all(inner, service, action.name, arns, params, {}), inner.account

        steady, owner = await self._store.run(work, write=False)
        ctx.account = owner
        if steady and len(arns) == 1 and owner == caller.account:
            self._allowed.put((caller.access_key_id, action.name, arns[0]), True)

    def require(self, ctx: Context, action: str, resources: Sequence[str], keys: Mapping[str, str]) -> None:
        """Raises AccessDenied unless the caller may also do `action` on all of `resources`."""
        if ctx.caller.service:
            return
        service = _service_of(ctx, action)
        account = ctx.account
        for arn in resources:
            _refuse_foreign_role(ctx, action, arn)
            self._require_all(ctx, service, action, (arn,), _params_of(arn), keys)
        ctx.account = account

    def _require_all(
        self,
        ctx: Context,
        service: Service | None,
        action: str,
        arns: Sequence[str],
        params: Params,
        keys: Mapping[str, str],
    ) -> bool:
        """Whether all of it hangs on the caller, the action and the resource alone; raises when any of it is refused."""
        owner = (service.owner(ctx, dict(params)) if service and service.owner else None) or ctx.account
        text = service.resource_policy(ctx, dict(params)) if service and service.resource_policy else None
        if text is None and action in _GATED:
            text = _NOBODY
        policy = compile_stored(text) if text else None
        judges = self._judges(ctx)
        own = service.condition_keys if service else None
        steady = True
        for arn in arns:
            context = RequestKeys(ctx, action, params, arn, owner, keys, own)
            decision = decide(ctx.caller, action, arn, context, judges, policy, owner)
            if not decision.allowed:
                raise denial(ctx, action, arn, decision, foreign=owner != ctx.caller.account)
            steady = steady and decision.steady
        ctx.account = owner
        return steady

    def _judges(self, ctx: Context) -> Judges:
        caller = ctx.caller
        if caller.is_anonymous or (caller.is_root and not caller.session_policies):
            return Judges()
        return judges_of(self._directory.policies(ctx.tx, caller))


def decide(
    caller: Caller,
    action: str,
    arn: str,
    keys: Any,
    judges: Judges,
    policy: Document | None,
    owner: str,
) -> Decision:
    """The evaluator's answer for a caller."""
    return evaluate(
        action,
        arn,
        keys,
        judges,
        principal_of(caller),
        policy,
        owner=owner,
        root=caller.is_root,
        gated=action in _GATED,
    )


@lru_cache(maxsize=4096)
def judges_of(policies: Policies) -> Judges:
    """The compiled documents of policies. Compiled once for each set of texts."""
    return Judges(
        identity=tuple(compile_stored(text) for text in policies.identity),
        boundary=compile_stored(policies.boundary) if policies.boundary else None,
        session=tuple(compile_stored(text) for text in policies.session) or None,
    )


@lru_cache(maxsize=4096)
def principal_of(caller: Caller) -> Principal:
    """How resource policies name a caller."""
    if caller.service:
        return Principal(account="", service=caller.service)
    return Principal(
        account=caller.account,
        arn=caller.arn,
        principal_arn=caller.principal_arn,
        user_id=caller.user_id,
        canonical=canonical_user(caller.account) if caller.account else "",
    )


def _nobody_judges(ctx: Context, service: Service, action: Action) -> bool:
    """Whether there is no document to ask: no identity policy binds a root user ("Policy evaluation logic"), and what the
    service has belongs to the caller's own account and carries no policy of its own."""
    caller = ctx.caller
    if not caller.is_root or caller.session_policies or caller.account != ctx.account:
        return False
    return not (service.owner or service.resource_policy or action.name in _GATED)


def _changes(ctx: Context) -> bool:
    """Whether this call may change what anybody is allowed to do."""
    name = ctx.op.name
    if name.startswith(("Get", "List", "Describe", "Head", "Simulate")):
        return False
    if ctx.op.service.name == "iam":
        return True
    return any(word in name for word in ("Policy", "Acl", "PublicAccess", "Ownership")) or name in (
        "CreateBucket",
        "DeleteBucket",
    )


def _refuse_foreign_role(ctx: Context, action: str, arn: str) -> None:
    """A role is passed within its account only, whoever asks: what it trusts is not asked about the caller."""
    if action == "iam:PassRole" and Arn.parse(arn).account != ctx.account:
        raise foreign_role(ctx)


def _service_of(ctx: Context, action: str) -> Service | None:
    prefix = action.partition(":")[0]
    return ctx.platform.services.get(prefix)


def _params_of(arn: str) -> dict[str, Any]:
    """The members that a call about this ARN would carry, for the hooks of the service: S3's and STS's."""
    try:
        parsed = Arn.parse(arn)
    except ValueError:
        return {}
    if parsed.service == "iam" and parsed.kind == "role":
        return {"RoleArn": arn}
    if parsed.service != "s3":
        return {}
    bucket, _, key = parsed.resource.partition("/")
    return {"Bucket": bucket, "Key": key} if key else {"Bucket": bucket}
