"""What holds for every set of policies, whatever is in them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.access.asking import ACCOUNT, OBJECT, OTHER, ROLE, USER, ask, doc, say

BUCKET = "arn:aws:s3:::data"
actions = st.sampled_from(["s3:GetObject", "s3:PutObject", "sagemaker:CreateModel", "iam:PassRole"])
patterns = st.sampled_from(["*", "s3:*", "s3:Get*", "iam:PassRole", "sagemaker:?reateModel", "sqs:*"])
resources = st.sampled_from([OBJECT, BUCKET, ROLE, "*"])
resource_patterns = st.sampled_from(
    ["*", "arn:aws:s3:::data*", "arn:aws:s3:::data/*", "arn:aws:iam::*:role/*"]
)
conditions = st.sampled_from(
    [
        {},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}},
    ]
)
principals = st.sampled_from(
    [{}, {"Principal": "*"}, {"Principal": {"AWS": USER}}, {"Principal": {"AWS": ACCOUNT}}]
)
key_sets = st.fixed_dictionaries(
    {},
    optional={
        "aws:securetransport": st.sampled_from([("true",), ("false",)]),
        "aws:requestedregion": st.sampled_from([("us-east-1",), ("eu-west-1",)]),
    },
)


@st.composite
def statements(draw: Any, effects: Any = st.sampled_from(["Allow", "Deny"])) -> dict[str, Any]:
    return say(draw(effects), draw(patterns), draw(resource_patterns), **draw(conditions))


policies = st.lists(statements(), max_size=4).map(lambda s: doc(*s))
allows = statements(st.just("Allow"))
denies = statements(st.just("Deny"))


@given(st.lists(policies, max_size=3), denies, actions, resources, key_sets)
def test_a_deny_that_matches_always_wins(held: Any, deny: Any, action: str, resource: str, keys: Any) -> None:
    alone = ask(doc(deny), action=action, resource=resource, keys=keys).reason
    decision = ask(*held, doc(deny), action=action, resource=resource, keys=keys)
    if alone == "explicitDeny":
        assert decision.reason == "explicitDeny"
    else:
        assert decision.reason == ask(*held, action=action, resource=resource, keys=keys).reason


@given(st.lists(policies, max_size=3), allows, actions, resources, key_sets)
def test_one_more_allow_never_takes_anything_away(
    held: Any, allow: Any, action: str, resource: str, keys: Any
) -> None:
    if ask(*held, action=action, resource=resource, keys=keys).allowed:
        assert ask(*held, doc(allow), action=action, resource=resource, keys=keys).allowed


@given(st.lists(policies, max_size=3), policies, actions, resources, key_sets)
def test_a_boundary_and_a_session_policy_only_narrow(
    held: Any, narrow: Any, action: str, resource: str, keys: Any
) -> None:
    free = ask(*held, action=action, resource=resource, keys=keys).allowed
    inside = ask(narrow, action=action, resource=resource, keys=keys).allowed
    assert ask(*held, boundary=narrow, action=action, resource=resource, keys=keys).allowed is (
        free and inside
    )
    assert ask(*held, sessions=(narrow,), action=action, resource=resource, keys=keys).allowed is (
        free and inside
    )


@given(st.lists(policies, max_size=3), policies, actions, resources, key_sets, key_sets)
def test_a_steady_permission_holds_for_every_request(
    held: Any, narrow: Any, action: str, resource: str, keys: Any, others: Any
) -> None:
    decision = ask(*held, boundary=narrow, action=action, resource=resource, keys=keys)
    if decision.allowed and decision.cacheable:
        assert ask(*held, boundary=narrow, action=action, resource=resource, keys=others).allowed


@given(st.lists(policies, min_size=1, max_size=3), actions, resources, key_sets)
def test_the_order_of_policies_does_not_matter(held: Any, action: str, resource: str, keys: Any) -> None:
    one = ask(*held, action=action, resource=resource, keys=keys).reason
    assert ask(*reversed(held), action=action, resource=resource, keys=keys).reason == one


@given(
    st.lists(policies, max_size=2),
    st.lists(statements(), max_size=3),
    principals,
    actions,
    resources,
    key_sets,
)
def test_across_accounts_is_never_more_than_within(
    held: Any, granted: Any, principal: Any, action: str, resource: str, keys: Any
) -> None:
    policy = doc(*({**s, **(principal or {"Principal": "*"})} for s in granted))
    foreign = ask(*held, policy=policy, owner=OTHER, action=action, resource=resource, keys=keys)
    within = ask(*held, policy=policy, action=action, resource=resource, keys=keys)
    assert within.allowed or not foreign.allowed
