"""Decides every call by IAM policies: gathers the documents, asks the evaluator, says no in AWS's words.

Knows no service: what is special about one is in the targets of its actions and in its Access (facts.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from clary.access.directory import Credential, Directory, Policies
from clary.access.evaluator import Decision, Document, PolicySet, Principal, compile_stored, evaluate
from clary.access.identity import canonical_user
from clary.access.recent_cache import RecentCache
from clary.access.request_keys import RequestFacts, RequestKeys
from clary.access.service_principals import acts_by_itself
from clary.kernel import Arn, Caller
from clary.plane.authorization.denials import denial, foreign_role
from clary.plane.authorization.facts import Access, Guard
from clary.plane.authorization.questions import Question, questions_of

if TYPE_CHECKING:
    from clary.plane.action import Action
    from clary.plane.context import Context
    from clary.store.api import Store, Tx
    from clary.wire import Operation

Params = Mapping[str, Any]

_NOBODY = '{"Version":"2012-10-17","Statement":[]}'


class PolicyAuthorizer:
    """The Authorizer of a real platform."""

    def __init__(self, directory: Directory, store: Store) -> None:
        self._directory = directory
        self._store = store
        self._allowed: RecentCache[tuple[str, str, str], bool] = RecentCache()
        self._calls: RecentCache[tuple[str, ...], bool] = RecentCache()
        self._credentials: RecentCache[str, Credential] = RecentCache()
        self._changing: dict[Operation, bool] = {}

    # who -------------------------------------------------------------------------------------------------------

    async def credential(self, access_key_id: str) -> Credential | None:
        """Return the access key of this id, as it is now or was within the last second."""
        known = self._credentials.get(access_key_id)
        if known is None:
            known = await self._store.run(
                lambda tx: self._directory.credential(tx, access_key_id), write=False
            )
            if known is not None:
                self._credentials.put(access_key_id, known)
        return known

    def known_credential(self, access_key_id: str) -> Credential | None:
        """Return the access key of this id if it was looked up within the last second."""
        return self._credentials.get(access_key_id)

    def forget(self) -> None:
        """Remember nothing: policies or keys change at this moment."""
        self._allowed.clear()
        self._calls.clear()
        self._credentials.clear()

    # may they --------------------------------------------------------------------------------------------------

    def authorize(self, ctx: Context, action: Action, params: Params) -> None:
        """Raise AccessDenied unless the caller may make this call. Needs `ctx.tx`."""
        if self._changes(ctx):
            self.forget()
        if action.open and not ctx.caller.service:
            return
        if _nobody_judges(ctx, action):
            return
        questions = questions_of(ctx, action, params)
        if action.remembered and all(self._remembers(ctx.caller, question) for question in questions):
            return
        cacheable, ctx.account = self._require_all(ctx, questions, params, {})
        if action.remembered:
            self._keep(ctx.caller, questions, cacheable, ctx.account)

    async def authorize_hot(self, ctx: Context, action: Action, params: Params) -> None:
        """Do the same, but reuse a decision up to one second old if it depends on nothing else."""
        if self._changes(ctx):
            self.forget()
        caller = ctx.caller
        if action.open and not caller.service:
            return
        questions = questions_of(ctx, action, params)
        if all(self._remembers(caller, question) for question in questions):
            return
        key = _call_key(ctx, action, params)
        ctx.account = await self._judge(ctx, questions, params)
        # Only what was decided just now: two memories in a row would hold for two seconds.
        if key is not None and len(questions) == 1 and self._remembers(caller, questions[0]):
            self._calls.put(key, True)

    def allows_still(self, ctx: Context, action: Action, params: Params) -> bool:
        """Whether this call, with all that its decision hangs on, was allowed within the last second."""
        if self._changes(ctx):
            return False
        key = _call_key(ctx, action, params)
        return key is not None and self._calls.get(key) is True

    def _changes(self, ctx: Context) -> bool:
        """Tell whether this call may change what anybody is allowed to do."""
        found = self._changing.get(ctx.op)
        if found is None:
            found = self._changing[ctx.op] = _may_change_access(ctx)
        return found

    async def _judge_hot(self, ctx: Context, questions: Sequence[Question], params: Params) -> str:
        """Return whose resources the call is about; raise AccessDenied. It may be what was decided within the last second."""
        if all(self._remembers(ctx.caller, question) for question in questions):
            return ctx.account
        return await self._judge(ctx, questions, params)

    async def _judge(self, ctx: Context, questions: Sequence[Question], params: Params) -> str:
        def work(tx: Tx) -> tuple[bool, str]:
            return self._require_all(replace(ctx, tx=tx), questions, params, {})

        cacheable, owner = await self._store.run(work, write=False)
        self._keep(ctx.caller, questions, cacheable, owner)
        return owner

    def _remembers(self, caller: Caller, question: Question) -> bool:
        if len(question.arns) != 1:
            return False
        return self._allowed.get((caller.access_key_id, question.actions[0], question.arns[0])) is True

    def _keep(self, caller: Caller, questions: Sequence[Question], cacheable: bool, owner: str) -> None:
        """Remember what was allowed and hangs on nothing else."""
        if cacheable and owner == caller.account:
            for question in questions:
                self._remember(caller, question)

    def _remember(self, caller: Caller, question: Question) -> None:
        """Only of who has a key: all that have none would be taken for one."""
        if caller.access_key_id and len(question.arns) == 1:
            self._allowed.put((caller.access_key_id, question.actions[0], question.arns[0]), True)

    def require(
        self,
        ctx: Context,
        action: str,
        resources: Sequence[str],
        keys: Mapping[str, str],
        params: Params,
    ) -> None:
        """Raise AccessDenied unless the caller may also do `action` on all of `resources`."""
        for arn in resources:
            _refuse_foreign_role(ctx, action, arn)
        self._require_all(ctx, [Question((action,), resources)], params, keys)

    async def require_hot(self, ctx: Context, action: str, resources: Sequence[str], params: Params) -> None:
        """Do the same for a handler without a transaction, by a decision of the last second where there is one."""
        await self._judge_hot(ctx, [Question((action,), resources)], params)

    def _require_all(
        self, ctx: Context, questions: Sequence[Question], params: Params, keys: Mapping[str, str]
    ) -> tuple[bool, str]:
        """Return whether all of it depends on the caller, the action and the resource alone, and whose the resources are.
        Raise AccessDenied when any of it is refused."""
        case = Case(ctx, params, keys, self._judges(ctx))
        cacheable = True
        for actions, arns in questions:
            for arn in arns:
                action, decision = _first_allowed(actions, arn, case.decide)
                if not decision.allowed:
                    owner = case.guard(action, arn).owner
                    raise denial(ctx, action, arn, decision, foreign=owner != ctx.caller.account)
                # Another of several actions may be denied to the next request, whatever this one says.
                cacheable = cacheable and decision.cacheable and action == actions[0]
        return cacheable, case.owner

    def _judges(self, ctx: Context) -> PolicySet:
        caller = ctx.caller
        if caller.is_anonymous or caller.service or (caller.is_root and not caller.session_policies):
            return PolicySet()
        return judges_of(self._directory.policies(ctx.tx, caller))


class Case:
    """One call before its judges: for each action and ARN it finds the resource's owner and policy, and the condition keys.
    `owner` is the account of the first resource that was asked about."""

    def __init__(self, ctx: Context, params: Params, given: Mapping[str, str], judges: PolicySet) -> None:
        self._ctx, self._params, self._given, self._judges = ctx, params, given, judges
        self._guards: dict[str, Guard] = {}
        self.owner = ctx.account
        tags = ctx.tx.tags if ctx.tx is not None else None
        self._facts = RequestFacts(ctx.caller, ctx.region, ctx.now, ctx.op.name, ctx.request, tags)

    def decide(self, action: str, arn: str) -> Decision:
        """Return the evaluator's answer."""
        ctx, guard, access = self._ctx, self.guard(action, arn), self._ctx.platform.access_of(action)
        own = partial(access.keys, ctx) if access.keys else None
        owner = guard.owner or ctx.account
        keys = RequestKeys(self._facts, action, self._params, arn, owner, self._given, access.members, own)
        policy = compile_stored(guard.policy) if guard.policy else None
        gated = is_gated(access, action, arn)
        decision = decide(ctx.caller, action, arn, keys, self._judges, policy, owner, gated)
        if access.grants is None or decision.reason != "implicitDeny":
            return decision
        granted = access.grants(ctx, action, arn, self._params)
        if granted is None:
            return decision
        return decide(ctx.caller, action, arn, keys, self._judges, compile_stored(granted), owner, gated)

    def guard(self, action: str, arn: str) -> Guard:
        """Return who owns a resource and its policy. Looked up once: several actions may be about one resource."""
        if arn not in self._guards:
            find = self._ctx.platform.access_of(action).guard
            found = find(self._ctx, arn, self._params) if find and arn != "*" else Guard()
            owner = found.owner or self._ctx.account
            if not self._guards:
                self.owner = owner
            self._guards[arn] = Guard(owner, found.policy)
        return self._guards[arn]


def decide(
    caller: Caller,
    action: str,
    arn: str,
    keys: Any,
    judges: PolicySet,
    policy: Document | None,
    owner: str,
    gated: bool,
) -> Decision:
    """Return the evaluator's answer for a caller; for a service also what it may do by itself, unless a policy denies it."""
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
    """Return the first of several actions that is allowed, and why; else the first of all. A denied one ends the search."""
    first = answer(actions[0], arn)
    for action in actions[1:] if first.reason == "implicitDeny" else ():
        decision = answer(action, arn)
        if decision.reason != "implicitDeny":
            return action, decision
    return actions[0], first


def is_gated(access: Access, action: str, arn: str) -> bool:
    """Tell whether a resource policy must allow this action whatever the identity's policies say."""
    without = access.gated.get(action)
    return without is not None and (not without or Arn.parse(arn).kind not in without)


@lru_cache(maxsize=4096)
def judges_of(policies: Policies) -> PolicySet:
    """Return the compiled documents of policies. They are compiled once for each set of texts."""
    return PolicySet(
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


def _nobody_judges(ctx: Context, action: Action) -> bool:
    """Whether there is no document to ask: no identity policy binds a root user ("Policy evaluation logic") or a service
    that acts by itself, and what the called service has belongs to the caller's own account and carries no policy."""
    caller = ctx.caller
    access = ctx.platform.access_of(action.name)
    if caller.account != ctx.account or access.guards(action.target) or action.name in access.gated:
        return False
    if caller.service:
        return acts_by_itself(caller, action.name, ctx.account)
    return caller.is_root and not caller.session_policies


def _call_key(ctx: Context, action: Action, params: Params) -> tuple[str, ...] | None:
    """Return the cache key of a call, which is cheaper than its ARN, or None if the ARN depends on several members. Only
    for callers with an access key, in their own account."""
    caller, about = ctx.caller, action.about
    if about is None or not caller.access_key_id or ctx.account != caller.account:
        return None
    value = params.get(about)
    if type(value) is not str or action.asks_more(params):
        return None
    return caller.access_key_id, action.name, action.target, ctx.region, value  # type: ignore[return-value]


def _may_change_access(ctx: Context) -> bool:
    name = ctx.op.name
    if name.startswith(("Get", "List", "Describe", "Head", "Simulate")):
        return False
    return ctx.platform.services[ctx.op.service.name].access.changes(name)


def _refuse_foreign_role(ctx: Context, action: str, arn: str) -> None:
    """Raise AccessDenied for a role of another account: it can only be passed within its own, whatever it trusts."""
    if action == "iam:PassRole" and Arn.parse(arn).account != ctx.account:
        raise foreign_role(ctx)
