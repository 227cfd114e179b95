"""AssumeRole as boto3 sees it. Oracle: recorded answers (sts) and the STS API reference."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import AwsError, Caller, FakeClock
from clary.plane import Platform
from clary.server.accounts import ensure_account
from tests.support.principals import ACCOUNT, OTHER, Client, allow, as_session, policy, role, trust, user
from tests.support.refusals import refusal


@pytest.fixture
def ann(client: Client) -> dict[str, str]:
    return user(client, "ann", allow(["sts:AssumeRole", "sts:TagSession"]))


@pytest.fixture
def work(client: Client) -> str:
    return role(client, trust({"AWS": ACCOUNT}, ["sts:AssumeRole", "sts:TagSession"]), allow("iam:ListRoles"))


def test_an_assumed_role_is_who_it_says(client: Client, ann: Any, work: str) -> None:
    """Recorded: test_assume_role."""
    answer = client("sts", **ann).assume_role(RoleArn=work, RoleSessionName="s-1")
    who = answer["AssumedRoleUser"]
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/work/s-1"
    assert who["AssumedRoleId"].startswith("AROA")
    assert who["AssumedRoleId"].endswith(":s-1")
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert "PackedPolicySize" not in answer
    session = as_session(answer["Credentials"])
    assert client("sts", **session).get_caller_identity()["Arn"] == who["Arn"]
    assert client("sts", **session).get_caller_identity()["UserId"] == who["AssumedRoleId"]
    assert client("iam", **session).list_roles()["Roles"]


def test_the_session_may_what_the_role_may_and_no_more(client: Client, ann: Any, work: str) -> None:
    session = as_session(client("sts", **ann).assume_role(RoleArn=work, RoleSessionName="ss")["Credentials"])
    assert refusal(lambda: client("iam", **session).list_users()) == (
        "AccessDenied",
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/work/ss is not authorized to perform: iam:ListUsers on resource: "
        f"arn:aws:iam::{ACCOUNT}:user/ because no identity-based policy allows the iam:ListUsers action",
    )


def test_a_session_policy_narrows(client: Client, ann: Any, work: str) -> None:
    narrow = policy(allow("iam:ListUsers"))
    answer = client("sts", **ann).assume_role(RoleArn=work, RoleSessionName="ss", Policy=narrow)
    assert answer["PackedPolicySize"] > 0
    session = as_session(answer["Credentials"])
    code, message = refusal(lambda: client("iam", **session).list_roles())
    assert code == "AccessDenied"
    assert message.endswith("because no session policy allows the iam:ListRoles action")
    wide = ["arn:aws:iam::aws:policy/IAMReadOnlyAccess"]
    answer = client("sts", **ann).assume_role(
        RoleArn=work, RoleSessionName="ss", PolicyArns=[{"arn": arn} for arn in wide]
    )
    assert client("iam", **as_session(answer["Credentials"])).list_roles()


def test_who_is_not_trusted_is_refused(client: Client, ann: Any) -> None:
    arn = role(client, trust({"Service": "sagemaker.amazonaws.com"}))
    said = f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: sts:AssumeRole on resource: "
    sts = client("sts", **ann)
    assert refusal(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="ss")) == ("AccessDenied", said + arn)
    ghost = arn.replace("work", "ghost")
    assert refusal(lambda: sts.assume_role(RoleArn=ghost, RoleSessionName="ss")) == (
        "AccessDenied",
        said + ghost,
    )


def test_the_trust_in_an_account_leaves_it_to_the_account(client: Client, work: str) -> None:
    bob = user(client, "bob")
    assert (
        refusal(lambda: client("sts", **bob).assume_role(RoleArn=work, RoleSessionName="ss"))[0]
        == "AccessDenied"
    )
    arn = role(client, trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}), name="bobs")
    assert client("sts", **bob).assume_role(RoleArn=arn, RoleSessionName="ss")["Credentials"]


def test_root_assumes_no_role(client: Client, work: str) -> None:
    refused = refusal(lambda: client("sts").assume_role(RoleArn=work, RoleSessionName="ss"))
    assert refused == ("AccessDenied", "Roles may not be assumed by root accounts.")


def test_across_accounts(client: Client, platform: Platform, work: str) -> None:
    with platform.store.write() as tx:
        ensure_account(tx, OTHER, "AKIAOTHEROTHEROTHER1", "other-secret-other-secret")

    def there(service: str, **more: Any) -> Any:
        return client(
            service, **({"key": "AKIAOTHEROTHEROTHER1", "secret": "other-secret-other-secret"} | more)
        )

    eve = user(there, "eve", allow("sts:AssumeRole"))
    assert (
        refusal(lambda: client("sts", **eve).assume_role(RoleArn=work, RoleSessionName="ss"))[0]
        == "AccessDenied"
    )
    shared = role(client, trust({"AWS": OTHER}), allow("iam:ListRoles"), name="shared")
    answer = client("sts", **eve).assume_role(RoleArn=shared, RoleSessionName="ss")
    session = as_session(answer["Credentials"])
    assert client("sts", **session).get_caller_identity()["Account"] == ACCOUNT
    assert [r["RoleName"] for r in client("iam", **session).list_roles()["Roles"]] == ["shared", "work"]
    mallory = user(there, "mallory")
    refused = refusal(lambda: client("sts", **mallory).assume_role(RoleArn=shared, RoleSessionName="ss"))
    assert refused[0] == "AccessDenied"


def test_the_external_id_must_be_the_one(client: Client, ann: Any) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "secret-handshake"}}
    arn = role(client, trust({"AWS": ACCOUNT}, Condition=condition))
    sts = client("sts", **ann)
    assert refusal(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="ss"))[0] == "AccessDenied"
    assert sts.assume_role(RoleArn=arn, RoleSessionName="ss", ExternalId="secret-handshake")


def test_durations(client: Client, clock: FakeClock, ann: Any, work: str) -> None:
    sts = client("sts", **ann)
    too_long = refusal(lambda: sts.assume_role(RoleArn=work, RoleSessionName="ss", DurationSeconds=7200))
    said = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    assert too_long == ("ValidationError", said)
    answer = sts.assume_role(RoleArn=work, RoleSessionName="ss", DurationSeconds=900)
    assert abs(answer["Credentials"]["Expiration"].timestamp() - clock.now() - 900) < 1
    client("iam").update_role(RoleName="work", MaxSessionDuration=7200)
    assert sts.assume_role(RoleArn=work, RoleSessionName="ss", DurationSeconds=7200)
    chain = role(client, trust({"AWS": ACCOUNT}), name="chain", MaxSessionDuration=7200)
    client("iam").put_role_policy(
        RoleName="work", PolicyName="q", PolicyDocument=policy(allow("sts:AssumeRole"))
    )
    chained = client("sts", **as_session(answer["Credentials"]))
    too_long = refusal(lambda: chained.assume_role(RoleArn=chain, RoleSessionName="ss", DurationSeconds=3700))
    assert too_long[1].startswith("The requested DurationSeconds exceeds the 1 hour session limit for roles")
    assert chained.assume_role(RoleArn=chain, RoleSessionName="ss")


def test_a_session_ends(client: Client, clock: FakeClock, ann: Any, work: str) -> None:
    answer = client("sts", **ann).assume_role(RoleArn=work, RoleSessionName="ss", DurationSeconds=900)
    session = as_session(answer["Credentials"])
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        client("sts", **{**session, "token": "x" * 20}).get_caller_identity()
    client("iam").delete_role_policy(RoleName="work", PolicyName="p")
    client("iam").delete_role(RoleName="work")
    role(client, trust({"AWS": ACCOUNT}))  # a new role of the old name does not wake the old sessions
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        client("sts", **session).get_caller_identity()


@pytest.mark.parametrize(
    "arn",
    [
        "nothing-valid-in-here",
        "arn:a::::something/test-role",
        "arn:a:::something/test-role",
        "arn::b:::something/test-role",
        "arn:a:a::aaaaaaaaaa:",
    ],
)
def test_what_is_no_arn(client: Client, ann: Any, arn: str) -> None:
    """Recorded: test_sts_invalid_parameters."""
    refused = refusal(lambda: client("sts", **ann).assume_role(RoleArn=arn, RoleSessionName="Session1"))
    assert refused == ("ValidationError", f"{arn} is invalid")


def test_transitive_tags_go_down_the_chain(client: Client, ann: Any, work: str) -> None:
    """Recorded: iam_role_chaining_override_transitive_tags."""
    everything = policy(allow("sts:*"))
    client("iam").put_role_policy(RoleName="work", PolicyName="q", PolicyDocument=everything)
    tagged = client("sts", **ann).assume_role(
        RoleArn=work,
        RoleSessionName="ss",
        Tags=[{"Key": "Team", "Value": "a"}, {"Key": "own", "Value": "b"}],
        TransitiveTagKeys=["Team"],
    )
    first = client("sts", **as_session(tagged["Credentials"]))
    condition = {"StringEquals": {"aws:PrincipalTag/Team": "a"}}
    arn = role(
        client,
        trust({"AWS": ACCOUNT}, ["sts:AssumeRole", "sts:TagSession"], Condition=condition),
        allow(["sts:AssumeRole", "sts:TagSession"]),
        name="next",
    )
    second = first.assume_role(RoleArn=arn, RoleSessionName="tt")
    third = client("sts", **as_session(second["Credentials"])).assume_role(RoleArn=arn, RoleSessionName="uu")
    assert third["Credentials"]
    for tags in ([{"Key": "Team", "Value": "x"}], [{"Key": "team", "Value": "x"}]):
        refused = refusal(
            lambda tags=tags: first.assume_role(
                RoleArn=arn, RoleSessionName="tt", Tags=tags, TransitiveTagKeys=[tags[0]["Key"]]
            )
        )
        assert refused == (
            "InvalidParameterValue",
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from "
            "the calling session.",
        )


def test_tags_need_a_right_of_their_own(client: Client) -> None:
    arn = role(client, trust({"AWS": ACCOUNT}))
    bob = user(client, "bob", allow("sts:AssumeRole"))
    tags = [{"Key": "a", "Value": "b"}]
    code, message = refusal(
        lambda: client("sts", **bob).assume_role(RoleArn=arn, RoleSessionName="ss", Tags=tags)
    )
    assert code == "AccessDenied"
    assert "sts:TagSession" in message


def test_a_service_takes_a_role_that_trusts_it(platform: Platform, client: Client) -> None:
    arn = role(client, trust({"Service": "sagemaker.amazonaws.com"}), allow("iam:ListRoles"))
    directory = platform.extras["directory"]
    job = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/j"
    trusted = Caller.of_service("sagemaker.amazonaws.com", ACCOUNT, job)
    other = Caller.of_service("lambda.amazonaws.com", ACCOUNT, job)
    stranger = Caller.of_service("sagemaker.amazonaws.com", "999988887777", job)
    with platform.store.write() as tx:
        assert directory.trusts(tx, arn, trusted)
        assert not directory.trusts(tx, arn + "x", trusted)
        credential = directory.session_for_role(tx, arn, "a job/1", trusted)
        for service in (other, stranger):
            assert not directory.trusts(tx, arn, service)
            for take in (directory.session_for_role, directory.acting):
                with pytest.raises(AwsError, match="not authorized to perform: sts:AssumeRole"):
                    take(tx, arn, "job", service)
    session = {"key": credential.access_key_id, "secret": credential.secret, "token": credential.token}
    who = client("sts", **session).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/work/a-job-1"
    assert client("iam", **session).list_roles()
