"""The evaluator against the IAM User Guide: each test names the rule it checks."""

from __future__ import annotations

import timeit
from typing import Any

import pytest

from clary.access.evaluator import PolicySet, Principal, compile_policy, evaluate, missing_keys
from clary.services.iam import aws_managed_policies
from tests.access.asking import ACCOUNT, OBJECT, OTHER, ROLE, USER, ask, doc, say

SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/work/s1"
session = Principal(ACCOUNT, SESSION, ROLE, "AROAWORK:s1")
nobody = Principal()


# identity policies -----------------------------------------------------------------------------------------------


def test_nothing_is_allowed_by_default() -> None:
    assert ask().reason == "implicitDeny"


def test_an_explicit_deny_beats_every_allow() -> None:
    decision = ask(doc(say()), doc(say("Deny")))
    assert (decision.reason, decision.kind) == ("explicitDeny", "identity-based policy")
    assert [m.statement.allow for m in decision.matched] == [False]


@pytest.mark.parametrize(
    ("pattern", "action", "hit"),
    [
        ("s3:GetObject", "s3:GetObject", True),
        ("S3:getobject", "s3:GetObject", True),  # "action names are case-insensitive"
        ("s3:Get*", "s3:GetObject", True),
        ("s3:*Object", "s3:GetObject", True),
        ("s3:Get?bject", "s3:GetObject", True),
        ("s3:Get?", "s3:GetObject", False),
        ("*", "sagemaker:CreateModel", True),
        ("s3:Get*", "s3:PutObject", False),
        ("s3:Get", "s3:GetObject", False),
    ],
)
def test_actions_match_by_wildcards_whatever_their_case(pattern: str, action: str, hit: bool) -> None:
    assert ask(doc(say(action=pattern)), action=action).allowed is hit


@pytest.mark.parametrize(
    ("pattern", "resource", "hit"),
    [
        ("*", OBJECT, True),
        ("arn:aws:s3:::data/*", OBJECT, True),
        ("arn:aws:s3:::data", OBJECT, False),
        ("arn:aws:s3:::DATA/*", OBJECT, False),  # resources are compared with regard to case
        ("arn:aws:s3:::d?ta/*.csv", OBJECT, True),
        ("arn:aws:s3:::*/b.*", OBJECT, True),
        ("arn:aws:sagemaker:*:*:endpoint/*", "arn:aws:sagemaker:eu-west-1:1:endpoint/e", True),
        # "You cannot use a wildcard to match characters in other segments"
        ("arn:aws:sagemaker:*:endpoint/*", "arn:aws:sagemaker:eu-west-1:1:endpoint/e", False),
        ("arn:aws:logs:*:*:log-group:/a:*", "arn:aws:logs:us-east-1:1:log-group:/a:log-stream:x", True),
        ("arn:aws:s3", OBJECT, True),  # an incomplete ARN is completed with wildcards
        ("arn:aws:s3:::*", "*", False),
    ],
)
def test_resources_match_part_by_part(pattern: str, resource: str, hit: bool) -> None:
    assert ask(doc(say(resource=pattern)), resource=resource).allowed is hit


def test_not_action_and_not_resource_are_everything_else() -> None:
    power = doc({"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"})
    assert ask(power).allowed
    assert not ask(power, action="iam:CreateUser").allowed
    but = doc({"Effect": "Allow", "Action": "s3:*", "NotResource": ["arn:aws:s3:::data/*"]})
    assert not ask(but).allowed
    assert ask(but, resource="arn:aws:s3:::other/x").allowed


def test_variables_are_filled_in_and_never_become_patterns() -> None:
    home = doc(say(resource="arn:aws:s3:::data/${aws:username}/*"))
    assert ask(home, keys={"aws:username": ("a",)}).allowed
    assert not ask(home, keys={"aws:username": ("b",)}).allowed
    assert not ask(home, keys={"aws:username": ("*",)}).allowed
    assert not ask(home).allowed  # a variable without a value matches nothing


def test_a_variable_without_a_value_allows_nothing_and_denies_as_ever() -> None:
    """ "Policy variables with no value": inverted operators match them, and a resource with one is no resource. So a deny
    holds; an allow that would hold by that alone does not, which is narrower than the guide."""
    inverted = {"Condition": {"StringNotEquals": {"s3:prefix": "${aws:PrincipalTag/team}"}}}
    but = {"NotResource": ["arn:aws:s3:::other/*", "arn:aws:s3:::${aws:PrincipalTag/team}/*"]}
    known = {"aws:principaltag/team": ("a",), "s3:prefix": ("b",)}
    for keys in ({"s3:prefix": ("b",)}, {}):
        assert not ask(doc(say(**inverted)), keys=keys).allowed
        assert ask(doc(say(), say("Deny", **inverted)), keys=keys).reason == "explicitDeny"
    assert ask(doc(say(**inverted)), keys=known).allowed
    allow, deny = ({"Effect": effect, "Action": "s3:*", **but} for effect in ("Allow", "Deny"))
    assert not ask(doc(allow)).allowed
    assert ask(doc(say(), deny)).reason == "explicitDeny"
    assert ask(doc(allow), keys=known).allowed


def test_other_values_beside_a_variable_without_one_count() -> None:
    """ "A resource that includes a policy variable with no value will not match any resource": the others may."""
    homes = ["arn:aws:s3:::data/${aws:username}/*", "arn:aws:s3:::data/a/*"]
    assert ask(doc(say(resource=homes))).allowed
    prefixes = {"Condition": {"StringLike": {"s3:prefix": ["${aws:username}/*", "shared/*"]}}}
    assert ask(doc(say(**prefixes)), keys={"s3:prefix": ("shared/x",)}).allowed


def test_no_value_takes_the_meaning_from_a_wildcard_behind_it() -> None:
    ends = doc(say("Deny", Condition={"StringLike": {"s3:delimiter": "${s3:prefix}*"}}))
    keys = {"s3:prefix": ("a\x00",), "s3:delimiter": ("a\x00bc",)}
    assert ask(doc(say()), ends, keys=keys).reason == "explicitDeny"
    literal = doc(say(Condition={"StringEquals": {"s3:prefix": "a\x00b"}}))
    assert ask(literal, keys={"s3:prefix": ("a\x00b",)}).allowed
    assert not ask(literal, keys={"s3:prefix": ("ab",)}).allowed


def test_a_variable_may_have_a_default() -> None:
    team = doc(say(resource="arn:aws:s3:::data/${aws:PrincipalTag/team, 'a'}/*"))
    assert ask(team).allowed
    assert not ask(team, keys={"aws:principaltag/team": ("z",)}).allowed


def test_special_variables_stand_for_their_characters() -> None:
    star = doc(say(resource="arn:aws:s3:::data/${*}"))
    assert ask(star, resource="arn:aws:s3:::data/*").allowed
    assert not ask(star).allowed


def test_the_old_version_knows_no_variables() -> None:
    old = doc(say(resource="arn:aws:s3:::data/${aws:username}/*"), version="2008-10-17")
    assert not ask(old, keys={"aws:username": ("a",)}).allowed
    assert ask(old, resource="arn:aws:s3:::data/${aws:username}/x").allowed


# conditions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "values", "holds"),
    [
        ({"StringEquals": {"s3:prefix": "a"}}, ("a",), True),
        ({"StringEquals": {"s3:prefix": ["b", "a"]}}, ("a",), True),
        ({"StringEquals": {"s3:prefix": "A"}}, ("a",), False),
        ({"StringEquals": {"s3:prefix": "a*"}}, ("a*",), True),
        ({"StringEquals": {"s3:prefix": "a"}}, None, False),
        ({"StringNotEquals": {"s3:prefix": "a"}}, None, True),
        ({"StringNotEquals": {"s3:prefix": ["a", "b"]}}, ("b",), False),
        ({"StringEqualsIfExists": {"s3:prefix": "a"}}, None, True),
        ({"StringEqualsIfExists": {"s3:prefix": "a"}}, ("b",), False),
        ({"StringEqualsIgnoreCase": {"s3:prefix": "A"}}, ("a",), True),
        ({"StringLike": {"S3:Prefix": "home/*"}}, ("home/x/y",), True),  # keys are case-insensitive
        ({"StringNotLike": {"s3:prefix": "home/*"}}, ("home/x",), False),
        ({"NumericLessThanEquals": {"s3:prefix": "10"}}, ("10",), True),
        ({"NumericGreaterThan": {"s3:prefix": 10}}, ("9.5",), False),
        ({"NumericEquals": {"s3:prefix": "x"}}, ("1",), False),
        ({"NumericNotEquals": {"s3:prefix": "1"}}, ("2",), True),
        ({"DateGreaterThan": {"s3:prefix": "2020-01-01T00:00:00Z"}}, ("2021-05-05T00:00:00Z",), True),
        ({"DateLessThan": {"s3:prefix": "2020-01-01"}}, ("1577836799",), True),
        # "a date in one of the W3C implementations of the ISO 8601 date formats": a year or a month is one.
        ({"DateLessThan": {"s3:prefix": "2020"}}, ("1577836799",), True),
        ({"DateGreaterThanEquals": {"s3:prefix": "2020-02"}}, ("2020-01-31T23:59:59Z",), False),
        ({"DateGreaterThanEquals": {"s3:prefix": "2020-02"}}, ("2020-02-01T00:00Z",), True),
        ({"Bool": {"s3:prefix": "true"}}, ("true",), True),
        ({"Bool": {"s3:prefix": False}}, ("false",), True),
        ({"Bool": {"s3:prefix": "true"}}, None, False),
        ({"BinaryEquals": {"s3:prefix": "QmluYXJ5"}}, ("QmluYXJ5",), True),
        ({"IpAddress": {"s3:prefix": "10.0.0.0/8"}}, ("10.1.2.3",), True),
        ({"IpAddress": {"s3:prefix": "2001:db8::/32"}}, ("2001:db8::1",), True),
        ({"NotIpAddress": {"s3:prefix": ["10.0.0.0/8"]}}, ("10.1.2.3",), False),
        ({"ArnLike": {"s3:prefix": "arn:aws:iam::*:role/w*"}}, (ROLE,), True),
        ({"ArnEquals": {"s3:prefix": "arn:aws:iam::*:role/w*"}}, (ROLE,), True),
        ({"ArnLike": {"s3:prefix": "arn:aws:*:role/work"}}, (ROLE,), False),
        ({"ArnNotLike": {"s3:prefix": "arn:aws:iam::*:role/w*"}}, (ROLE,), False),
        ({"Null": {"s3:prefix": "true"}}, None, True),
        ({"Null": {"s3:prefix": "false"}}, None, False),
        ({"Null": {"s3:prefix": "false"}}, ("",), True),
        ({"ForAllValues:StringEquals": {"s3:prefix": ["a", "b"]}}, ("a", "b"), True),
        ({"ForAllValues:StringEquals": {"s3:prefix": ["a", "b"]}}, ("a", "c"), False),
        ({"ForAllValues:StringEquals": {"s3:prefix": ["a"]}}, None, True),
        ({"ForAnyValue:StringEquals": {"s3:prefix": ["a"]}}, ("c", "a"), True),
        ({"ForAnyValue:StringEquals": {"s3:prefix": ["a"]}}, None, False),
        ({"ForAllValues:StringNotEquals": {"s3:prefix": ["a"]}}, ("b", "a"), False),
        ({"ForAnyValue:StringNotEquals": {"s3:prefix": ["a"]}}, ("b", "a"), True),
        ({"StringEquals": {"s3:prefix": "a"}, "Bool": {"aws:SecureTransport": "true"}}, ("a",), False),
    ],
)
def test_conditions(condition: dict[str, Any], values: tuple[str, ...] | None, holds: bool) -> None:
    keys = {} if values is None else {"s3:prefix": values}
    assert ask(doc(say(Condition=condition)), keys=keys).allowed is holds


def test_condition_values_may_hold_variables() -> None:
    own = doc(say(Condition={"StringLike": {"s3:prefix": "home/${aws:username}/*"}}))
    keys = {"s3:prefix": ("home/ann/x",), "aws:username": ("ann",)}
    assert ask(own, keys=keys).allowed
    assert not ask(own, keys={**keys, "aws:username": ("*",)}).allowed


def test_missing_keys_are_told() -> None:
    own = doc(say(Condition={"StringLike": {"s3:prefix": "home/${aws:username}/*"}}))
    assert missing_keys([own], "s3:GetObject", {}) == ["s3:prefix"]
    assert missing_keys([own], "s3:PutObject", {}) == []


# boundaries and sessions -----------------------------------------------------------------------------------------


def test_a_boundary_narrows_and_grants_nothing() -> None:
    assert ask(doc(say()), boundary=doc(say())).allowed
    assert not ask(boundary=doc(say())).allowed
    decision = ask(doc(say()), boundary=doc(say(action="s3:PutObject")))
    assert (decision.reason, decision.kind) == ("implicitDeny", "permissions boundary")
    assert ask(doc(say()), boundary=doc(say("Deny"))).kind == "permissions boundary"


def test_session_policies_narrow_together() -> None:
    full = doc(say(action="s3:*"))
    assert ask(full, who=session, sessions=(doc(say(action="s3:PutObject")), doc(say()))).allowed
    decision = ask(full, who=session, sessions=(doc(say(action="s3:PutObject")),))
    assert (decision.reason, decision.kind) == ("implicitDeny", "session policy")
    assert not ask(full, who=session, sessions=()).allowed


# resource policies -----------------------------------------------------------------------------------------------


def grant(principal: Any, **more: Any) -> Any:
    return doc(say(Principal=principal, **more))


def test_within_an_account_either_policy_will_do() -> None:
    assert ask(policy=grant({"AWS": USER})).allowed
    assert ask(doc(say()), policy=grant({"AWS": f"arn:aws:iam::{OTHER}:root"})).allowed


def test_naming_the_account_hands_the_decision_to_it() -> None:
    for name in (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"):
        assert not ask(policy=grant({"AWS": name})).allowed
        assert ask(doc(say()), policy=grant({"AWS": [name]})).allowed


def test_across_accounts_both_are_needed() -> None:
    theirs = grant({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    assert ask(doc(say()), policy=theirs, owner=OTHER).allowed
    assert ask(policy=theirs, owner=OTHER).kind == "identity-based policy"
    assert ask(doc(say()), owner=OTHER).kind == "resource-based policy"
    assert not ask(policy=grant("*"), owner=OTHER).allowed


def test_a_user_named_directly_is_not_narrowed_by_its_boundary_but_a_role_is() -> None:
    none = doc(say(action="s3:PutObject"))
    assert ask(policy=grant({"AWS": USER}), boundary=none).allowed
    assert not ask(policy=grant({"AWS": ROLE}), who=session, boundary=none).allowed
    assert not ask(policy=grant({"AWS": ROLE}), who=session, sessions=(none,)).allowed
    assert ask(policy=grant({"AWS": SESSION}), who=session, boundary=none, sessions=(none,)).allowed


def test_everybody_means_strangers_too() -> None:
    assert ask(who=nobody, policy=grant("*"), owner=OTHER).allowed
    assert ask(who=nobody, policy=grant({"AWS": "*"}), owner=OTHER).allowed
    assert not ask(who=nobody, policy=grant({"AWS": USER}), owner=OTHER).allowed
    assert not ask(
        who=nobody, policy=grant("*", Condition={"Bool": {"aws:SecureTransport": "true"}}), owner=OTHER
    ).allowed


def test_not_principal_denies_all_but_those() -> None:
    policy = doc(say("Deny", NotPrincipal={"AWS": [USER, f"arn:aws:iam::{ACCOUNT}:root"]}))
    assert ask(doc(say()), policy=policy).allowed
    assert ask(doc(say()), policy=policy, who=session).kind == "resource-based policy"


def test_services_and_federations_are_principals() -> None:
    service = Principal(service="sagemaker.amazonaws.com")
    trust = grant({"Service": ["sagemaker.amazonaws.com", "lambda.amazonaws.com"]}, action="sts:AssumeRole")
    assert ask(who=service, policy=trust, action="sts:AssumeRole", owner=ACCOUNT).allowed
    other = Principal(service="ec2.amazonaws.com")
    assert not ask(who=other, policy=trust, action="sts:AssumeRole", owner=ACCOUNT).allowed
    web = grant({"Federated": "accounts.google.com"}, action="sts:AssumeRoleWithWebIdentity")
    who = Principal(federated="accounts.google.com")
    assert ask(who=who, policy=web, action="sts:AssumeRoleWithWebIdentity", owner=ACCOUNT).allowed


def test_a_role_lets_nobody_in_whom_its_trust_policy_does_not_name() -> None:
    mine = doc(say(action="sts:AssumeRole"))
    ask_role = {"action": "sts:AssumeRole", "resource": ROLE, "gated": True}
    assert not ask(mine, policy=grant({"AWS": f"{USER}2"}, action="sts:AssumeRole"), **ask_role).allowed
    assert ask(policy=grant({"AWS": USER}, action="sts:AssumeRole"), **ask_role).allowed
    account = grant({"AWS": ACCOUNT}, action="sts:AssumeRole")
    assert not ask(policy=account, **ask_role).allowed
    assert ask(mine, policy=account, **ask_role).allowed


def test_root_may_all_in_its_account_but_what_a_resource_denies() -> None:
    root = Principal(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
    assert ask(who=root, root=True).allowed
    assert not ask(who=root, root=True, policy=doc(say("Deny", Principal="*"))).allowed
    assert not ask(who=root, root=True, owner=OTHER).allowed
    assert ask(who=root, root=True, owner=OTHER, policy=grant({"AWS": ACCOUNT})).allowed


# what may be remembered ------------------------------------------------------------------------------------------


def test_a_decision_says_whether_it_hangs_on_the_request() -> None:
    prefix = {"Condition": {"StringLike": {"s3:prefix": "*"}}}
    there = {"s3:prefix": ("x",)}
    assert ask(doc(say())).cacheable
    assert ask(doc(say(resource="arn:aws:s3:::data/${aws:PrincipalTag/t,'a'}/*"))).cacheable
    assert not ask(doc(say(**prefix)), keys=there).cacheable
    assert ask(doc(say(**prefix), say()), keys=there).cacheable  # allowed without the condition as well
    assert not ask(doc(say()), boundary=doc(say(**prefix)), keys=there).cacheable
    assert not ask(policy=grant({"AWS": USER}, **prefix), keys=there).cacheable


def test_a_deny_that_lies_in_wait_makes_a_decision_hang_on_the_request() -> None:
    insecure = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    assert not ask(doc(say(), say("Deny", **insecure))).cacheable
    assert not ask(doc(say()), policy=doc(say("Deny", Principal="*", **insecure))).cacheable
    assert ask(doc(say(), say("Deny", resource="arn:aws:s3:::other/*", **insecure))).cacheable
    assert not ask(doc(say(), say("Deny", resource="arn:aws:s3:::data/${s3:prefix}/*"))).cacheable


def test_no_pattern_makes_matching_slow() -> None:
    """Backtracking over many stars would take longer than anybody waits."""
    hard = doc(say(resource="arn:aws:s3:::" + "*a" * 60 + "b"))
    taken = timeit.timeit(lambda: ask(hard, resource="arn:aws:s3:::" + "a" * 900), number=1)
    assert taken < 0.5


def test_a_usual_decision_takes_microseconds() -> None:
    """The target is 20 us on a quiet machine; ten times as much would mean that something is compiled again."""
    text = aws_managed_policies.document("aws", "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
    assert text
    full = PolicySet((compile_policy(text),))
    arn = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/e"

    def once() -> None:
        assert evaluate("sagemaker:InvokeEndpoint", arn, {}, full, session).allowed

    once()
    assert min(timeit.repeat(once, number=200, repeat=5)) / 200 < 200e-6
