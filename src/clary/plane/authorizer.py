"""Decides every call by IAM policies: gathers the documents, asks the evaluator, says no in AWS's words.

Knows no service: what is special about one is in its actions' targets and its `resource_policy` and `owner` hooks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from clary.plane.service_principals import acts_by_itself
from clary.plane.targets import Question, questions_of

if TYPE_CHECKING:
    from clary.plane.context import Context
    from clary.plane.service import Action, Service
    from clary.store.api import Store, Tx

Params = Mapping[str, Any]

# Nobody takes a role by identity policies alone: its trust policy must name the caller, too.
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
        if action.open and not ctx.caller.service:
            return
        service = ctx.platform.services[ctx.op.service.name]
        if _nobody_judges(ctx, service, action):
            return
        self._require_all(ctx, service, questions_of(ctx, action, params), params, {})

    async def authorize_hot(self, ctx: Context, action: Action, params: Params) -> None:
        """The same, from what was decided within the last second where that decision hangs on nothing else."""
        if _changes(ctx):
            self.forget()
        caller = ctx.caller
        if action.open and not caller.service:
            return
        questions = questions_of(ctx, action, params)
        if all(self._remembers(caller, question) for question in questions):
            return
        service = ctx.platform.services[ctx.op.service.name]

        def work(tx: Tx) -> tuple[bool, str]:
            inner = replace(ctx, tx=tx)
            return self._require_all(inner, service, questions, params, {}), inner.account

        steady, owner = await self._store.run(work, write=False)
        ctx.account = owner
        if steady and owner == caller.account:
            for question in questions:
                self._remember(caller, question)

    def _remembers(self, caller: Caller, question: Question) -> bool:
        if len(question.arns) != 1:
            return False
        return self._allowed.get((caller.access_key_id, question.actions[0], question.arns[0])) is True

    def _remember(self, caller: Caller, question: Question) -> None:
        """Only of who has a key: all that have none would be taken for one."""
        if caller.access_key_id and len(question.arns) == 1:
            self._allowed.put((caller.access_key_id, question.actions[0], question.arns[0]), True)

    def require(self, ctx: Context, action: str, resources: Sequence[str], keys: Mapping[str, str]) -> None:
        """Raises AccessDenied unless the caller may also do `action` on all of `resources`."""
        service = _service_of(ctx, action)
        account = ctx.account
        for arn in resources:
            _refuse_foreign_role(ctx, action, arn)
            self._require_all(ctx, service, [Question((action,), (arn,))], _params_of(arn), keys)
        ctx.account = account

    def _require_all(
        self,
        ctx: Context,
        service: Service | None,
        questions: Sequence[Question],
        params: Params,
        keys: Mapping[str, str],
    ) -> bool:
        """Whether all of it hangs on the caller, the action and the resource alone; raises when any of it is refused."""
        owner = (service.owner(ctx, dict(params)) if service and service.owner else None) or ctx.account
        text = service.resource_policy(ctx, dict(params)) if service and service.resource_policy else None
        policy = compile_stored(text) if text else None
        judges = self._judges(ctx)
        own = service.condition_keys if service else None

        def answer(action: str, arn: str) -> Decision:
            context = RequestKeys(ctx, action, params, arn, owner, keys, own)
            return decide(ctx.caller, action, arn, context, judges, policy, owner)

        steady = True
        for actions, arns in questions:
            for arn in arns:
                action, decision = _first_allowed(actions, arn, answer)
                if not decision.allowed:
                    raise denial(ctx, action, arn, decision, foreign=owner != ctx.caller.account)
                # Another of several actions may be denied to the next request, whatever this one says.
                steady = steady and decision.steady and action == actions[0]
        ctx.account = owner
        return steady

    def _judges(self, ctx: Context) -> Judges:
        caller = ctx.caller
        if caller.is_anonymous or caller.service or (caller.is_root and not caller.session_policies):
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
    """The evaluator's answer for a caller; for a service also what it may do by itself, unless a policy denies it."""
    gated = _is_gated(action, arn)
    if gated and policy is None:
        policy = compile_stored(_NOBODY)
    decision = evaluate(
        action,
        arn,
        keys,
        judges,
        principal_of(caller),
        policy,
        owner=owner,
        root=caller.is_root,
        gated=gated,
    )
    if not caller.service or decision.reason != "implicitDeny":
        return decision
    if acts_by_itself(caller, action, owner):
        return Decision("allowed")
    return Decision("implicitDeny", "resource-based policy")


def _first_allowed(
    actions: Sequence[str], arn: str, answer: Callable[[str, str], Decision]
) -> tuple[str, Decision]:
    """The first of several actions that is allowed, and why; else the first of all. One that is denied ends it."""
    first = answer(actions[0], arn)
    for action in actions[1:] if first.reason == "implicitDeny" else ():
        decision = answer(action, arn)
        if decision.reason != "implicitDeny":
            return action, decision
    return actions[0], first


def _is_gated(action: str, arn: str) -> bool:
    """Whether a trust policy must have its say. The session of a user is tagged by the right of the user alone: there
    is no such policy ("Pass session tags in AWS STS", GetFederationToken)."""
    if action not in _GATED:
        return False
    return action == "sts:AssumeRole" or Arn.parse(arn).kind not in ("user", "root")


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
        unique_id=caller.principal_id,
        canonical=canonical_user(caller.account) if caller.account else "",
    )


def _nobody_judges(ctx: Context, service: Service, action: Action) -> bool:
    """Whether there is no document to ask: no identity policy binds a root user ("Policy evaluation logic") or a service
    that acts by itself, and what the called service has belongs to the caller's own account and carries no policy."""
    caller = ctx.caller
    if caller.account != ctx.account or service.owner or service.resource_policy or action.name in _GATED:
        return False
    if caller.service:
        return acts_by_itself(caller, action.name, ctx.account)
    return caller.is_root and not caller.session_policies


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
