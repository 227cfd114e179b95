"""The authoriser through the real application: sentences and context keys. Oracle: the IAM User Guide and the wording
of AWS's own refusals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clary.access.request_members import members, requested_tags
from clary.kernel import AwsError, Caller
from clary.plane import Platform
from clary.plane.authorization.questions import arns_of
from tests.inprocess import ENDPOINT, InProcess
from tests.support.principals import ACCOUNT, Client, allow, as_session, policy, role, trust, user
from tests.support.refusals import error_of

ANN = f"arn:aws:iam::{ACCOUNT}:user/ann"


def test_no_policy_allows_in_iams_words(client: Client) -> None:
    ann = user(client, "ann")
    arn = f"arn:aws:iam::{ACCOUNT}:role/x"
    assert error_of(lambda: client("iam", **ann).get_role(RoleName="x")) == (
        "AccessDenied",
        f"User: {ANN} is not authorized to perform: iam:GetRole on resource: {arn} because no identity-based policy "
        "allows the iam:GetRole action",
        403,
    )


def test_an_explicit_deny_in_iams_words(client: Client) -> None:
    deny = {"Effect": "Deny", "Action": "iam:GetRole", "Resource": "*"}
    ann = user(client, "ann", allow("*"), deny)
    arn = f"arn:aws:iam::{ACCOUNT}:role/x"
    assert error_of(lambda: client("iam", **ann).get_role(RoleName="x"))[1] == (
        f"User: {ANN} is not authorized to perform: iam:GetRole on resource: {arn} with an explicit deny in an "
        "identity-based policy"
    )


def test_a_boundary_in_iams_words(client: Client) -> None:
    ann = user(client, "ann", allow("*"))
    edge = client("iam").create_policy(PolicyName="edge", PolicyDocument=policy(allow("s3:*")))["Policy"][
        "Arn"
    ]
    client("iam").put_user_permissions_boundary(UserName="ann", PermissionsBoundary=edge)
    message = error_of(lambda: client("iam", **ann).list_roles())[1]
    assert message.endswith("because no permissions boundary allows the iam:ListRoles action")


def test_a_json_service_says_access_denied_exception(client: Client) -> None:
    ann = user(client, "ann")
    code, message, status = error_of(lambda: client("sagemaker", **ann).describe_endpoint(EndpointName="e"))
    assert (code, status) == ("AccessDeniedException", 400)
    assert message == (
        f"User: {ANN} is not authorized to perform: sagemaker:DescribeEndpoint on resource: "
        f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/e because no identity-based policy allows the "
        "sagemaker:DescribeEndpoint action"
    )


@pytest.mark.parametrize(
    ("service", "call", "action"),
    [
        ("s3", "list_buckets", "s3:ListAllMyBuckets"),
        ("sagemaker", "list_endpoints", "sagemaker:ListEndpoints"),
    ],
)
def test_a_call_about_nothing_names_no_resource(client: Client, service: str, call: str, action: str) -> None:
    # What `aws s3 ls` and `aws sagemaker list-endpoints` are reported to print for users without the right.
    said = error_of(getattr(client(service, **user(client, "ann")), call))[1]
    sentence = (
        f"is not authorized to perform: {action} because no identity-based policy allows the {action} action"
    )
    assert said == f"User: {ANN} {sentence}"


def test_a_bucket_policy_lets_in_and_shuts_out(client: Client) -> None:
    ann = user(client, "ann")
    s3 = client("s3")
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="k", Body=b"x")
    mine = client("s3", **ann)
    code, message, status = error_of(lambda: mine.get_object(Bucket="data", Key="k"))
    assert (code, status) == ("AccessDenied", 403)
    assert message == (
        f'User: {ANN} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::data/k" because no '
        "identity-based policy allows the s3:GetObject action"
    )
    grant = {"Effect": "Allow", "Principal": {"AWS": ANN}, **allow("s3:GetObject", "arn:aws:s3:::data/*")}
    s3.put_bucket_policy(Bucket="data", Policy=policy(grant))
    assert mine.get_object(Bucket="data", Key="k")
    s3.put_bucket_policy(Bucket="data", Policy=policy({**grant, "Effect": "Deny", "Principal": "*"}))
    assert error_of(lambda: s3.get_object(Bucket="data", Key="k"))[1].endswith(
        "with an explicit deny in a resource-based policy"
    )


def test_passing_a_role_needs_a_right_of_its_own(platform: Platform, client: Client) -> None:
    ann = user(client, "ann")
    passing = allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/*")
    passing["Condition"] = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    client("iam").put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=policy(passing))
    with platform.store.read() as tx:
        credential = platform.extras["directory"].credential(tx, ann["key"])
        ctx = platform.context("iam", "ListRoles", credential.caller, "us-east-1")
        ctx.tx = tx
        role = f"arn:aws:iam::{ACCOUNT}:role/work"
        ctx.authorize("iam:PassRole", role, {"iam:PassedToService": "sagemaker.amazonaws.com"})
        with pytest.raises(AwsError, match="not authorized to perform: iam:PassRole on resource"):
            ctx.authorize("iam:PassRole", role, {"iam:PassedToService": "lambda.amazonaws.com"})
        with pytest.raises(AwsError, match="iam:PassRole"):
            ctx.authorize("iam:PassRole", role)


@pytest.mark.parametrize(
    ("condition", "works"),
    [
        ({"StringEquals": {"aws:PrincipalArn": ANN}}, True),
        ({"StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:username": "ann"}}, True),
        ({"StringEquals": {"aws:PrincipalType": "User"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, False),
        ({"StringEquals": {"aws:PrincipalTag/Team": "a"}}, True),
        ({"StringEquals": {"aws:RequestTag/Team": "a"}}, True),
        ({"StringEquals": {"aws:RequestTag/Team": "b"}}, False),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["Team", "x"]}}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["x"]}}, False),
        ({"Bool": {"aws:SecureTransport": "false"}}, True),
        ({"Bool": {"aws:ViaAWSService": "true"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
        ({"NumericLessThan": {"aws:EpochTime": "1000"}}, False),
        ({"StringLike": {"aws:UserAgent": "Boto3/*"}}, True),
        ({"StringLike": {"aws:userid": "AIDA*"}}, True),
        ({"Null": {"aws:MultiFactorAuthPresent": "true", "aws:SourceVpc": "true"}}, True),
        ({"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}, True),
        ({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "127.0.0.0/8"]}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "127.0.0.1"}}, False),
        ({"Null": {"aws:TokenIssueTime": "true", "aws:SourceIdentity": "true"}}, True),
    ],
)
def test_the_context_of_a_request(client: Client, condition: dict[str, Any], works: bool) -> None:
    ann = user(client, "ann", {**allow(["iam:CreateUser", "iam:TagUser"]), "Condition": condition})
    client("iam").tag_user(UserName="ann", Tags=[{"Key": "team", "Value": "a"}])

    def create() -> Any:
        return client("iam", **ann).create_user(UserName="new", Tags=[{"Key": "Team", "Value": "a"}])

    if works:
        assert create()
    else:
        assert error_of(create)[0] == "AccessDenied"


def test_what_a_session_says_of_itself(client: Client) -> None:
    # "AWS global condition context keys": aws:TokenIssueTime, aws:SourceIdentity; "Revoking IAM role temporary
    # security credentials" has the policy. A session tag takes the place of the role's ("Passing session tags").
    whole = [allow("iam:ListRoles"), {**allow("iam:ListUsers"), "Condition": {"Null": {}}}]
    whole[1]["Condition"] = {"StringEquals": {"aws:SourceIdentity": "eve", "aws:PrincipalTag/Team": "b"}}
    actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    arn = role(client, trust({"AWS": ACCOUNT}, actions), *whole, Tags=[{"Key": "Team", "Value": "a"}])
    ann = user(client, "ann", allow(actions))
    answer = client("sts", **ann).assume_role(
        RoleArn=arn, RoleSessionName="ss", SourceIdentity="eve", Tags=[{"Key": "team", "Value": "b"}]
    )
    session = client("iam", **as_session(answer["Credentials"]))
    assert session.list_users()
    assert session.list_roles()
    revoke = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    revoke["Condition"] = {"DateLessThan": {"aws:TokenIssueTime": "2999-01-01T00:00:00Z"}}
    client("iam").put_role_policy(RoleName="work", PolicyName="revoke", PolicyDocument=policy(revoke))
    assert error_of(session.list_roles)[1].endswith("with an explicit deny in an identity-based policy")


def test_a_federated_user_has_what_both_grant(client: Client) -> None:
    # GetFederationToken (API reference): the intersection of the user's policies and those that were passed.
    ann = user(client, "ann", allow(["sts:GetFederationToken", "s3:ListAllMyBuckets", "s3:CreateBucket"]))
    narrow = policy(allow(["s3:ListAllMyBuckets", "sagemaker:ListModels"]))
    answer = client("sts", **ann).get_federation_token(Name="guest", Policy=narrow)
    session = as_session(answer["Credentials"])
    assert client("s3", **session).list_buckets()
    assert error_of(lambda: client("s3", **session).create_bucket(Bucket="guests"))[0] == "AccessDenied"
    assert error_of(client("sagemaker", **session).list_models)[0] == "AccessDeniedException"


def test_a_request_that_nobody_signed_has_no_principal(client: Client, app: InProcess) -> None:
    # aws:PrincipalArn: "included in the request context for all signed requests".
    s3 = client("s3")
    s3.create_bucket(Bucket="open")
    s3.put_object(Bucket="open", Key="k", Body=b"x")
    s3.delete_public_access_block(Bucket="open")
    public = {**allow("s3:GetObject", "arn:aws:s3:::open/*"), "Principal": "*"}
    s3.put_bucket_policy(Bucket="open", Policy=policy(public))
    assert app.request("GET", f"{ENDPOINT}/open/k", {})[0] == 200
    public["Condition"] = {"StringLike": {"aws:PrincipalArn": "*"}}
    s3.put_bucket_policy(Bucket="open", Policy=policy(public))
    assert app.request("GET", f"{ENDPOINT}/open/k", {})[0] == 403


@pytest.mark.parametrize(("model", "works"), [("a-1", True), ("b-1", False)])
def test_a_policy_names_models_by_their_arn(client: Client, model: str, works: bool) -> None:
    # Service Authorization Reference: sagemaker:ModelArn of CreateEndpointConfig is of type ARN.
    condition = {"ArnLike": {"sagemaker:ModelArn": f"arn:aws:sagemaker:*:{ACCOUNT}:model/a-*"}}
    ann = user(client, "ann", {**allow("sagemaker:CreateEndpointConfig"), "Condition": condition})
    variant = {
        "VariantName": "v",
        "ModelName": model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    said = error_of(
        lambda: client("sagemaker", **ann).create_endpoint_config(
            EndpointConfigName="c", ProductionVariants=[variant]
        )
    )
    assert said[0] == ("ValidationException" if works else "AccessDeniedException")


def test_tags_of_the_resource_decide(client: Client) -> None:
    condition = {"StringEquals": {"aws:ResourceTag/Team": "${aws:PrincipalTag/Team}"}}
    ann = user(client, "ann", {**allow("iam:GetUser"), "Condition": condition})
    iam = client("iam")
    iam.tag_user(UserName="ann", Tags=[{"Key": "Team", "Value": "a"}])
    for name, team in (("bob", "a"), ("eve", "b")):
        iam.create_user(UserName=name, Tags=[{"Key": "Team", "Value": team}])
    assert client("iam", **ann).get_user(UserName="bob")
    assert error_of(lambda: client("iam", **ann).get_user(UserName="eve"))[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("condition", "trusts"),
    [
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sagemaker:*:*:training-job/*"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sagemaker:*:*:endpoint/*"}}, False),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, True),
        ({"StringNotEquals": {"aws:SourceAccount": ACCOUNT}}, False),
        ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, True),
        ({"StringEquals": {"aws:PrincipalServiceName": "lambda.amazonaws.com"}}, False),
    ],
)
def test_a_trust_policy_knows_on_whose_behalf_a_service_asks(
    platform: Platform, client: Client, condition: dict[str, Any], trusts: bool
) -> None:
    # "Cross-service confused deputy prevention" (SageMaker developer guide)
    arn = role(client, trust({"Service": "sagemaker.amazonaws.com"}, Condition=condition))
    job = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/j"
    service = Caller.of_service("sagemaker.amazonaws.com", ACCOUNT, job)
    with platform.store.read() as tx:
        assert platform.extras["directory"].trusts(tx, arn, service) is trusts


def test_targets_become_arns(platform: Platform) -> None:
    ctx = platform.context(
        "sagemaker", "DescribeEndpoint", Caller.of_service("x", ACCOUNT, "arn:x"), "eu-west-1"
    )
    action = platform.action("sagemaker", "DescribeEndpoint")
    assert arns_of(ctx, action, {"EndpointName": "e"}) == (
        f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:endpoint/e",
    )
    whole = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/z"
    assert arns_of(ctx, action, {"EndpointName": whole}) == (whole,)
    assert arns_of(ctx, action, {}) == (f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:endpoint/*",)


def test_members_are_found_through_lists() -> None:
    request = {"A": [{"B": {"C": 1}}, {"B": {"C": [2, 3]}}, {}], "D": None}
    assert members(request, "A.B.C") == [1, 2, 3]
    assert members(request, "D") == []
    assert members(request, "A.X") == []
    assert requested_tags({"tags": {"a": "b"}}) == {"a": "b"}
    assert requested_tags({"Tags": [{"Key": "a", "Value": "b"}]}) == {"a": "b"}
    assert requested_tags({}) == {}


def test_a_root_asks_nobody_in_its_own_account_alone(platform: Platform) -> None:
    """Policies bind no root user there ("Policy evaluation logic"); elsewhere, and through a narrowed session, they do."""
    arn = f"arn:aws:iam::{ACCOUNT}:root"
    root = Caller(ACCOUNT, arn, ACCOUNT, arn, is_root=True)
    assert platform.perform("sagemaker", "ListModels", {}, root, "us-east-1") == {"Models": []}
    narrowed = replace(root, session_policies=(policy(allow("s3:*")),))
    for caller, account in [(root, "999988887777"), (narrowed, ACCOUNT)]:
        with pytest.raises(AwsError, match="is not authorized to perform: sagemaker:ListModels"):
            platform.perform("sagemaker", "ListModels", {}, caller, "us-east-1", account=account)
