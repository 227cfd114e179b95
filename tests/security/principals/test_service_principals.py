"""AWS services as principals: what they may do by themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from clary.access.service_principals import BY_ITSELF
from clary.kernel import AwsError, Caller
from clary.plane import Platform, Record, Step, World
from clary.server.loop import Controllers
from tests.inprocess import ENDPOINT, InProcess, Loop
from tests.security.principals.facts import BUCKET, REGION, SOURCE, Client
from tests.support.principals import ACCOUNT, OTHER, allow, policy, user
from tests.support.samples import smallest

SAGEMAKER = "sagemaker.amazonaws.com"


def let_in(call: Callable[[], Any]) -> bool:
    """Whether a call from inside is allowed; anything but AccessDenied is a mistake of the test."""
    try:
        call()
    except AwsError as error:
        if not error.code.startswith(("AccessDenied", "AuthorizationError")):  # the latter is SNS's
            raise
        return False
    return True


KMS_NAMES = ("AliasName", "KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId")


# What is refused before anybody is judged: the request names what cannot be.
_BEFORE = (
    "InvalidGrantTokenException",
    "NoSuchBucket",
    "ResourceNotFoundException",
    "ValidationException",
    "InvalidParameter",
    "InvalidAddress",
    "InvalidParameterValue",
)


class TestByItself:
    """What a service principal may do."""

    def ask(self, platform: Platform, caller: Caller) -> bool:
        """Whether the caller may list the bucket."""
        return let_in(lambda: platform.perform("s3", "ListObjectsV2", {"Bucket": "bucket"}, caller, REGION))

    @pytest.mark.parametrize(
        ("condition", "lets_in"),
        [
            ({}, True),
            ({"ArnLike": {"aws:SourceArn": "arn:aws:sagemaker:*:*:endpoint/*"}}, True),
            ({"ArnLike": {"aws:SourceArn": "arn:aws:sagemaker:*:*:training-job/*"}}, False),
            ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, True),
            ({"StringEquals": {"aws:SourceAccount": OTHER}}, False),
            ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, True),
            ({"StringEquals": {"aws:PrincipalServiceName": SAGEMAKER}}, True),
            (
                {
                    "ForAnyValue:StringEquals": {
                        "aws:PrincipalServiceNamesList": ["s3.amazonaws.com", SAGEMAKER]
                    }
                },
                True,
            ),
            ({"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}, False),
            ({"StringLike": {"aws:PrincipalArn": "*"}}, False),
        ],
        ids=json.dumps,
    )
    @pytest.mark.parametrize("owner", [ACCOUNT, OTHER])
    def test_the_policy_of_the_resource_decides(
        self,
        platform: Platform,
        client: Client,
        stranger: Client,
        owner: str,
        condition: dict[str, Any],
        lets_in: bool,
    ) -> None:
        s3 = client("s3") if owner == ACCOUNT else stranger("s3")
        s3.create_bucket(Bucket="bucket")
        service = Caller.of_service(SAGEMAKER, ACCOUNT, SOURCE)
        assert not self.ask(platform, service), "no policy lets it in"
        grant = {**allow("s3:ListBucket", BUCKET[0]), "Principal": {"Service": SAGEMAKER}}
        s3.put_bucket_policy(Bucket="bucket", Policy=policy({**grant, "Condition": condition}))
        assert self.ask(platform, service) is lets_in
        for other in ("lambda.amazonaws.com", "monitoring.amazonaws.com"):
            assert not self.ask(platform, Caller.of_service(other, ACCOUNT, SOURCE))
        deny = {**grant, "Effect": "Deny", "Principal": "*"}
        s3.put_bucket_policy(Bucket="bucket", Policy=policy(grant, deny))
        assert not self.ask(platform, service), "a deny wins"

    def test_a_request_that_no_service_made_has_no_source(self, client: Client) -> None:
        # aws:SourceArn and aws:SourceAccount: "only when the call is made directly by an AWS service principal".
        keys = ["aws:SourceArn", "aws:SourceAccount", "aws:PrincipalServiceName"]
        absent = {**allow("iam:ListUsers"), "Condition": {"Null": dict.fromkeys(keys, "true")}}
        not_a_service = {
            **allow("iam:ListRoles"),
            "Condition": {"Bool": {"aws:PrincipalIsAWSService": "false"}},
        }
        ann = client("iam", **user(client, "ann", absent, not_a_service))
        assert ann.list_users()
        assert ann.list_roles()

    def test_a_refusal_says_what_is_missing(self, platform: Platform, client: Client) -> None:
        client("s3").create_bucket(Bucket="bucket")
        service = Caller.of_service(SAGEMAKER, ACCOUNT, SOURCE)
        with pytest.raises(AwsError) as caught:
            platform.perform("s3", "ListObjectsV2", {"Bucket": "bucket"}, service, REGION)
        assert caught.value.message == (
            f'User: {SAGEMAKER} is not authorized to perform: s3:ListBucket on resource: "{BUCKET[0]}" because no '
            "resource-based policy allows the s3:ListBucket action"
        )

    def test_by_itself_it_may_do_what_one_short_table_says(self, platform: Platform) -> None:
        assert len(BY_ITSELF) <= 20
        assert all(page.startswith("https://docs.aws.amazon.com/") for page in BY_ITSELF.values())
        every = [
            (action.name, service.name, operation)
            for service in platform.services.values()
            for operation, action in service.actions.items()
        ]
        let_in = {
            (principal, name)
            for principal in {service.principal for service in platform.services.values()}
            for name, service, operation in every
            if self.may(platform, Caller.of_service(principal, ACCOUNT, SOURCE), service, operation, ACCOUNT)
        }
        assert len(every) > 200
        assert let_in == set(BY_ITSELF)

    def test_what_a_service_may_is_not_remembered_for_those_without_a_key(
        self, platform: Platform, client: Client, app: InProcess, loop: Loop
    ) -> None:
        s3, service = client("s3"), Caller.of_service(SAGEMAKER, ACCOUNT, SOURCE)
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="k", Body=b"x")
        grant = {**allow("s3:GetObject", BUCKET[1]), "Principal": {"Service": SAGEMAKER}}
        s3.put_bucket_policy(Bucket="bucket", Policy=policy(grant))
        platform.authorizer = type(platform.authorizer)(platform.extras["directory"], platform.store)
        for _ in range(2):
            found = loop.run(
                platform.aperform("s3", "GetObject", {"Bucket": "bucket", "Key": "k"}, service, REGION)
            )
            assert found["Body"] == b"x"
        assert app.request("GET", f"{ENDPOINT}/bucket/k", {})[0] == 403

    @pytest.mark.parametrize(("principal", "action"), BY_ITSELF)
    def test_and_that_only_in_the_account_of_its_source(
        self, platform: Platform, principal: str, action: str
    ) -> None:
        service, _, operation = action.partition(":")
        caller = Caller.of_service(principal, ACCOUNT, SOURCE)
        assert self.may(platform, caller, service, operation, ACCOUNT)
        assert not self.may(platform, caller, service, operation, OTHER)

    def may(self, platform: Platform, caller: Caller, service: str, operation: str, account: str) -> bool:
        ctx = platform.context(service, operation, caller, REGION, account)
        shape = ctx.op.botocore.input_shape
        members = shape.members if shape else {}
        params = {name: smallest(members[name], f"arn:aws:iam::{account}:role/x") for name in members}
        params.pop("logGroupIdentifier", None)  # it may not stand beside logGroupName
        if service == "kms":  # which knows by their form what cannot be names of its keys
            key = f"arn:aws:kms:{REGION}:{account}:key/00000000-0000-4000-8000-000000000000"
            params |= {
                name: "alias/x" if name == "AliasName" else key for name in params if name in KMS_NAMES
            }
        if service == "s3" and "Bucket" in params:
            params["Bucket"] = self.bucket_of(platform, account)
            params.pop("VersionId", None)  # it would be an action of another name
        action = platform.action(service, operation)
        with platform.store.read() as ctx.tx:
            try:
                return let_in(lambda: platform.authorizer.authorize(ctx, action, params))
            except AwsError as error:
                if error.code not in _BEFORE:
                    raise
                return False

    def bucket_of(self, platform: Platform, account: str) -> str:
        """A bucket of an account."""
        made: set[str] = platform.extras.setdefault("buckets of accounts", set())
        if account not in made:
            root = f"arn:aws:iam::{account}:root"
            caller = Caller(account, root, account, root, is_root=True)
            platform.perform("s3", "CreateBucket", {"Bucket": f"of-{account}"}, caller, REGION)
            made.add(account)
        return f"of-{account}"

    def test_each_kinds_controller_acts_as_its_own_service(
        self, platform: Platform, controllers: Controllers
    ) -> None:
        seen: dict[str, Caller] = {}

        def watch(record: Record, world: World) -> Step:
            seen[record.kind] = world.service
            return Step()

        for service in platform.services.values():
            for kind in service.controllers:
                controllers._reconcilers[kind] = watch
                arn = f"arn:aws:{service.name}:{REGION}:{OTHER}:{kind}/x"
                with platform.store.write() as tx:
                    record = tx.insert(Record(kind, f"{OTHER}/{REGION}", "x", arn=arn, status="s", doc={}))
                controllers.step(record)
                assert seen[kind] == Caller.of_service(service.principal, OTHER, arn)
        others = (
            "cloudwatch", "ecr", "events", "kms", "s3", "batchoperations.s3", "secretsmanager", "ssm", "states", "lambda",
        )  # fmt: skip
        assert {one.service for one in seen.values()} == {
            SAGEMAKER,
            *(f"{one}.amazonaws.com" for one in others),
        }
