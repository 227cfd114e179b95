"""Sessions have no more than who they are of: their tags need a right, an account's number names no federated user, and
a user who gets a name after them lends them nothing.

Oracle: "Pass session tags in AWS STS", "AWS JSON policy elements: Principal", "AWS global condition context keys" and
"Identifiers: unique IDs" (IAM User Guide); GetFederationToken (API reference).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from clary.plane import Platform
from tests.support.principals import ACCOUNT, allow, as_session, policy, role, trust, user
from tests.support.refusals import refusal

Client = Callable[..., Any]
EVERYTHING = policy(allow("*"))
TEAM = [{"Key": "team", "Value": "secret"}]


def federated(client: Client, keys: dict[str, str], **more: Any) -> dict[str, str]:
    answer = client("sts", **keys).get_federation_token(Name="fed", Policy=EVERYTHING, **more)
    return as_session(answer["Credentials"])


def grant(principal: Any, **more: Any) -> str:
    statement = {**allow("s3:GetObject", "arn:aws:s3:::vault/*"), "Principal": principal, **more}
    return policy(statement)


@pytest.fixture
def vault(client: Client) -> Any:
    """Root's S3 client, with a bucket that has something in it."""
    s3 = client("s3")
    s3.create_bucket(Bucket="vault")
    s3.put_object(Bucket="vault", Key="secret", Body=b"x")
    return s3


def reads(client: Client, keys: dict[str, str]) -> bool:
    """Whether these keys open the vault."""
    s3 = client("s3", **keys)
    try:
        return s3.get_object(Bucket="vault", Key="secret")["Body"].read() == b"x"
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in ("AccessDenied", "InvalidAccessKeyId"):
            raise
        return False


# --- tags --------------------------------------------------------------------------------------------------------


def test_a_federated_users_tags_need_a_right_of_their_own(client: Client, vault: Any) -> None:
    tagged = {"StringEquals": {"aws:PrincipalTag/team": "secret"}}
    ann = user(
        client,
        "ann",
        {**allow("s3:GetObject", "arn:aws:s3:::vault/*"), "Condition": tagged},
        allow("sts:GetFederationToken"),
    )
    assert refusal(lambda: federated(client, ann, Tags=TEAM)) == (
        "AccessDenied",
        f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: sts:TagSession on resource: "
        f"arn:aws:iam::{ACCOUNT}:user/ann",
    )
    assert not reads(client, federated(client, ann))
    client("iam").put_user_policy(
        UserName="ann", PolicyName="q", PolicyDocument=policy(allow("sts:TagSession"))
    )
    assert reads(client, federated(client, ann, Tags=TEAM))


@pytest.mark.parametrize(
    ("condition", "works"),
    [
        ({"StringEquals": {"aws:RequestTag/team": "secret"}}, True),
        ({"StringEquals": {"aws:RequestTag/team": "open"}}, False),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["colour"]}}, False),
        ({"StringEquals": {"aws:ResourceTag/unit": "a"}}, True),
        ({"StringEquals": {"aws:ResourceTag/unit": "b"}}, False),
    ],
)
def test_the_right_may_be_to_some_tags_only(client: Client, condition: Any, works: bool) -> None:
    ann = user(
        client, "ann", allow("sts:GetFederationToken"), {**allow("sts:TagSession"), "Condition": condition}
    )
    client("iam").tag_user(UserName="ann", Tags=[{"Key": "unit", "Value": "a"}])
    if works:
        assert federated(client, ann, Tags=TEAM)
    else:
        assert refusal(lambda: federated(client, ann, Tags=TEAM))[0] == "AccessDenied"


def test_root_tags_its_federated_users(client: Client) -> None:
    assert client("sts").get_federation_token(Name="fed", Tags=TEAM)["Credentials"]


@pytest.mark.parametrize("call", ["federate", "assume"])
@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([{"Key": "aws:team", "Value": "a"}], "InvalidParameterValue"),
        ([{"Key": "AWS:team", "Value": "a"}], "InvalidParameterValue"),
        ([{"Key": "team", "Value": "aws:a"}], "InvalidParameterValue"),
        ([{"Key": "Team", "Value": "a"}, {"Key": "team", "Value": "b"}], "InvalidParameterValue"),
        ([{"Key": f"k{n}", "Value": ""} for n in range(51)], "ValidationError"),
        ([{"Key": "k" * 129, "Value": ""}], "ValidationError"),
        ([{"Key": "k", "Value": "v" * 257}], "ValidationError"),
        ([{"Key": "k*", "Value": "v"}], "ValidationError"),
    ],
)
def test_what_is_no_set_of_session_tags(client: Client, call: str, tags: Any, code: str) -> None:
    # "Rules for tagging in IAM and AWS STS" (IAM User Guide); AssumeRole, Tags (API reference).
    sts = client("sts", **user(client, "ann", allow("sts:*")))
    arn = role(client, trust({"AWS": ACCOUNT}, ["sts:AssumeRole", "sts:TagSession"]))
    calls = {
        "federate": lambda: sts.get_federation_token(Name="fed", Tags=tags),
        "assume": lambda: sts.assume_role(RoleArn=arn, RoleSessionName="ss", Tags=tags),
    }
    assert refusal(calls[call])[0] == code


def test_tags_that_are_handed_on_need_the_right_as_well(client: Client) -> None:
    """As chains of roles that begin with EKS Pod Identity, whose tags are transitive, are refused: "not authorized to
    perform: sts:TagSession" on the next role, though AssumeRole names no tags."""
    first = role(
        client, trust({"AWS": ACCOUNT}, ["sts:AssumeRole", "sts:TagSession"]), allow("sts:*"), name="first"
    )
    plain = role(client, trust({"AWS": ACCOUNT}, "sts:AssumeRole"), name="plain")
    open_ = role(client, trust({"AWS": ACCOUNT}, ["sts:AssumeRole", "sts:TagSession"]), name="open")
    ann = user(client, "ann", allow("sts:*"))

    def chained(transitive: list[str]) -> Any:
        answer = client("sts", **ann).assume_role(
            RoleArn=first, RoleSessionName="ss", Tags=TEAM, TransitiveTagKeys=transitive
        )
        return client("sts", **as_session(answer["Credentials"]))

    code, message = refusal(lambda: chained(["team"]).assume_role(RoleArn=plain, RoleSessionName="tt"))
    assert (code, "sts:TagSession" in message) == ("AccessDenied", True)
    assert chained([]).assume_role(RoleArn=plain, RoleSessionName="tt")
    assert chained(["team"]).assume_role(RoleArn=open_, RoleSessionName="tt")


# --- who is named ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("principal", [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"])
def test_an_account_is_no_user_of_it(client: Client, vault: Any, principal: str) -> None:
    """ "You can specify AWS account identifiers": that delegates to the account, whose identity policies decide."""
    ann = user(client, "ann", allow("sts:GetFederationToken"))
    guest = federated(client, ann)
    vault.put_bucket_policy(Bucket="vault", Policy=grant({"AWS": principal}))
    assert not reads(client, ann)
    assert not reads(client, guest)
    client("iam").put_user_policy(
        UserName="ann", PolicyName="q", PolicyDocument=policy(allow("s3:GetObject"))
    )
    assert reads(client, ann)
    assert reads(client, guest)


def test_a_federated_user_named_by_its_own_arn_is_let_in(client: Client, vault: Any) -> None:
    """ "If that policy specifically references the federated user session in the Principal element" (GetFederationToken)."""
    ann = user(client, "ann", allow("sts:GetFederationToken"))
    guest = as_session(client("sts", **ann).get_federation_token(Name="fed")["Credentials"])
    assert not reads(client, guest)
    vault.put_bucket_policy(
        Bucket="vault", Policy=grant({"AWS": f"arn:aws:sts::{ACCOUNT}:federated-user/fed"})
    )
    assert reads(client, guest)


def test_a_user_may_be_named_by_the_unique_id(client: Client, vault: Any) -> None:
    ann = user(client, "ann", allow("sts:GetFederationToken"))
    id = client("iam").get_user(UserName="ann")["User"]["UserId"]
    narrow = policy(allow("s3:ListBucket"))
    guest = client("sts", **ann).get_federation_token(Name="fed", Policy=narrow)["Credentials"]
    vault.put_bucket_policy(Bucket="vault", Policy=grant({"AWS": id}))
    assert reads(client, ann)
    assert reads(client, federated(client, ann))
    # As through the user's ARN: what the session policies leave out stays out.
    assert not reads(client, as_session(guest))


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ({"StringEquals": {"aws:PrincipalType": "FederatedUser"}}, "guest"),
        ({"StringEquals": {"aws:PrincipalType": "User"}}, "ann"),
        ({"StringEquals": {"aws:username": "ann"}}, "ann"),
        ({"ArnEquals": {"aws:PrincipalArn": f"arn:aws:sts::{ACCOUNT}:federated-user/fed"}}, "guest"),
        ({"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/ann"}}, "ann"),
    ],
)
def test_what_a_federated_user_says_of_itself(
    client: Client, vault: Any, condition: dict[str, Any], names: str
) -> None:
    """ "Principal key values": a federated user is a FederatedUser, has no aws:username, and an aws:PrincipalArn of its own."""
    ann = user(client, "ann", allow(["sts:GetFederationToken", "s3:GetObject"]))
    guest = federated(client, ann)
    vault.put_bucket_policy(Bucket="vault", Policy=grant("*", Effect="Deny", Condition=condition))
    assert [reads(client, ann), reads(client, guest)] == [names != "ann", names != "guest"]


@pytest.mark.parametrize("path", ["/x:federated-user/", "/x:assumed-role/"])
def test_a_users_path_makes_nobody_else_of_it(client: Client, vault: Any, path: str) -> None:
    iam = client("iam")
    iam.create_user(UserName="eve", Path=path)
    key = iam.create_access_key(UserName="eve")["AccessKey"]
    eve = {"key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}
    users_only = {"StringEquals": {"aws:PrincipalType": "User", "aws:username": "eve"}}
    statement = {**allow("s3:GetObject"), "Condition": users_only}
    iam.put_user_policy(UserName="eve", PolicyName="p", PolicyDocument=policy(statement))
    assert reads(client, eve)


def test_a_roles_path_makes_no_user_of_it(client: Client, vault: Any) -> None:
    ann = user(client, "ann", allow("sts:AssumeRole"))
    named_ann = {"StringEquals": {"aws:username": "ann"}}
    statement = {**allow("s3:GetObject"), "Condition": named_ann}
    arn = role(client, trust({"AWS": ACCOUNT}), statement, name="ann", Path="/x:user/")
    answer = client("sts", **ann).assume_role(RoleArn=arn, RoleSessionName="ss")
    assert not reads(client, as_session(answer["Credentials"]))


# --- who has the name next ---------------------------------------------------------------------------------------


def forget_user(client: Client, name: str, keys: dict[str, str]) -> None:
    iam = client("iam")
    iam.delete_access_key(UserName=name, AccessKeyId=keys["key"])
    for held in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=held)
    iam.delete_user(UserName=name)


def session_of(client: Client, kind: str, keys: dict[str, str]) -> dict[str, str]:
    if kind == "federated":
        return federated(client, keys)
    return as_session(client("sts", **keys).get_session_token()["Credentials"])


@pytest.mark.parametrize("kind", ["federated", "user"])
def test_a_session_ends_with_its_user(client: Client, vault: Any, kind: str) -> None:
    """The very next call is refused, also where the last one was allowed a moment ago, and a new user of the old name
    changes nothing about it."""
    rights = allow(["s3:*", "sts:*"])
    old = user(client, "alice", rights)
    session = session_of(client, kind, old)
    assert reads(client, session)
    forget_user(client, "alice", old)
    assert not reads(client, session)
    new = user(client, "alice", rights)
    assert reads(client, new)
    assert not reads(client, session)
    assert reads(client, session_of(client, kind, new))


@pytest.mark.parametrize("kind", ["federated", "user"])
def test_a_session_of_a_renamed_user_is_not_the_next_ones(client: Client, vault: Any, kind: str) -> None:
    old = user(client, "alice", allow("sts:*"))
    session = session_of(client, kind, old)
    client("iam").update_user(UserName="alice", NewUserName="bob")
    user(client, "alice", allow(["s3:*", "sts:*"]))
    assert not reads(client, session)


def test_a_session_ends_with_its_role(client: Client, vault: Any) -> None:
    ann = user(client, "ann", allow("sts:AssumeRole"))
    arn = role(client, trust({"AWS": ACCOUNT}), allow("s3:*"))

    def assumed() -> dict[str, str]:
        answer = client("sts", **ann).assume_role(RoleArn=arn, RoleSessionName="ss")
        return as_session(answer["Credentials"])

    session = assumed()
    assert reads(client, session)
    client("iam").delete_role_policy(RoleName="work", PolicyName="p")
    client("iam").delete_role(RoleName="work")
    assert not reads(client, session)
    role(client, trust({"AWS": ACCOUNT}), allow("s3:*"))
    assert not reads(client, session)
    assert reads(client, assumed())


def test_two_users_of_one_name_share_no_remembered_policies(client: Client, platform: Platform) -> None:
    """The directory remembers what it has read by the user's id, not by a federated user's text."""
    directory = platform.extras["directory"]

    def caller() -> Any:
        keys = user(client, "alice", allow(["s3:*", "sts:*"]))
        guest = federated(client, keys)
        with platform.store.read() as tx:
            return keys, directory.credential(tx, guest["key"]).caller

    keys, before = caller()
    forget_user(client, "alice", keys)
    _, after = caller()
    assert before.principal_id != after.principal_id
    with platform.store.read() as tx:
        assert directory.policies(tx, after).identity
        assert not directory.policies(tx, before).identity


@pytest.mark.parametrize(("kind", "stands"), [("federated", False), ("user", True)])
def test_sessions_of_before_there_was_an_id(
    client: Client, platform: Platform, vault: Any, kind: str, stands: bool
) -> None:
    """A user's session begins with its id, so it goes on. A federated user's says nowhere which user it was made by: it
    is refused, and to be asked for again."""
    session = session_of(client, kind, user(client, "alice", allow(["s3:*", "sts:*"])))
    with platform.store.write() as tx:
        ((doc,),) = tx.sql("select doc from iam_session where id = ?", session["key"])
        old = {name: value for name, value in json.loads(doc).items() if name != "principal_id"}
        tx.sql("update iam_session set doc = ? where id = ?", json.dumps(old), session["key"])
    assert reads(client, session) is stands
