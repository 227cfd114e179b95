"""How services use keys on their callers' behalf, and the keys that services make for themselves.

Sources: "Forward access sessions" (IAM User Guide); "kms:ViaService" and "AWS managed keys" (KMS Developer Guide).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import AwsError, Caller
from clary.plane import Context, Platform
from tests.support.principals import ACCOUNT, allow, policy, user

USER = f"arn:aws:iam::{ACCOUNT}:user/u"
ALIAS = "alias/aws/s3"


@pytest.fixture
def within(client: Callable[..., Any], platform: Platform) -> Callable[..., Any]:
    """`within("s3", operation, …)`: S3 calls KMS for a user without any rights, in the middle of a transaction."""
    keys = user(client, "u")

    def call(service: str, operation: str, *, write: bool = True, **params: Any) -> Any:
        with platform.store.read() as tx:
            caller = platform.extras["directory"].credential(tx, keys["key"]).caller
        with platform.transaction(write=write) as unit:
            return _inside(platform, service, caller, unit).call("kms", operation, params, forwarded=True)

    return call


def _inside(platform: Platform, service: str, caller: Caller, unit: Any) -> Context:
    operation = {"s3": "PutObject", "sagemaker": "CreateModel", "logs": "PutLogEvents"}[service]
    ctx = platform.context(service, operation, caller, "us-east-1")
    ctx.tx, ctx.unit = unit.tx, unit
    return ctx


def test_a_service_makes_its_key_at_first_use(within: Callable[..., Any], kms: Any) -> None:
    made = within("s3", "GenerateDataKey", KeyId=ALIAS, KeySpec="AES_256")
    read = within("s3", "Decrypt", write=False, CiphertextBlob=made["CiphertextBlob"])
    assert read["Plaintext"] == made["Plaintext"]
    shown = kms.describe_key(KeyId=ALIAS)["KeyMetadata"]
    assert (shown["Arn"], shown["KeyManager"]) == (made["KeyId"], "AWS")
    assert within("s3", "GenerateDataKey", KeyId=ALIAS, KeySpec="AES_256")["KeyId"] == made["KeyId"]
    assert [alias["AliasName"] for alias in kms.list_aliases()["Aliases"]] == [ALIAS]


def test_its_key_is_for_calls_through_it_alone(within: Callable[..., Any], kms: Any) -> None:
    made = within("s3", "GenerateDataKey", KeyId=ALIAS, KeySpec="AES_256")
    for call in (
        lambda: kms.decrypt(CiphertextBlob=made["CiphertextBlob"]),
        lambda: kms.disable_key(KeyId=made["KeyId"]),
        lambda: kms.schedule_key_deletion(KeyId=made["KeyId"]),
        lambda: kms.put_key_policy(KeyId=made["KeyId"], Policy="{}"),
    ):
        with pytest.raises(ClientError, match="AccessDeniedException"):
            call()
    with pytest.raises(AwsError, match="AccessDeniedException"):
        within("logs", "Decrypt", CiphertextBlob=made["CiphertextBlob"])


def test_nothing_is_made_for_who_may_not(client: Callable[..., Any], kms: Any) -> None:
    with pytest.raises(ClientError, match="is not found"):
        kms.encrypt(KeyId=ALIAS, Plaintext=b"x")
    poor = client("kms", **user(client, "poor"))
    with pytest.raises(ClientError, match="AccessDeniedException"):
        poor.describe_key(KeyId=ALIAS)
    assert kms.list_keys()["Keys"] == []
    assert kms.describe_key(KeyId=ALIAS)["KeyMetadata"]["KeyManager"] == "AWS"
    assert len(kms.list_keys()["Keys"]) == 1


def test_the_caller_needs_the_right_to_use_a_customers_key(
    within: Callable[..., Any], client: Callable[..., Any], kms: Any, key: str
) -> None:
    """A policy can let somebody use a key through a service, and not otherwise."""
    with pytest.raises(AwsError, match=f"User: {USER} is not authorized to perform: kms:GenerateDataKey"):
        within("s3", "GenerateDataKey", KeyId=key, KeySpec="AES_256")
    through = {
        "StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"},
        "Bool": {"aws:ViaAWSService": "true"},
    }
    statement = {**allow("kms:GenerateDataKey"), "Condition": through}
    client("iam").put_user_policy(UserName="u", PolicyName="p", PolicyDocument=policy(statement))
    assert within("s3", "GenerateDataKey", KeyId=key, KeySpec="AES_256")["KeyId"] == key
    with pytest.raises(AwsError, match="AccessDeniedException"):
        within("logs", "GenerateDataKey", KeyId=key, KeySpec="AES_256")
    last = {"ForAnyValue:StringEquals": {"aws:CalledVia": "logs.amazonaws.com"}}
    statement = {**allow("kms:GenerateDataKey"), "Condition": last}
    client("iam").put_user_policy(UserName="u", PolicyName="p", PolicyDocument=policy(statement))
    assert within("logs", "GenerateDataKey", KeyId=key, KeySpec="AES_256")["KeyId"] == key


def test_a_handler_on_the_event_loop_makes_the_key_as_well(
    platform: Platform, client: Callable[..., Any]
) -> None:
    """A read that has to write begins again in a transaction that writes."""
    keys = user(client, "u")
    with platform.store.read() as tx:
        caller = platform.extras["directory"].credential(tx, keys["key"]).caller
    ctx = platform.context("s3", "PutObject", caller, "us-east-1")

    async def call() -> dict[str, Any]:
        return await ctx.acall(
            "kms", "GenerateDataKey", {"KeyId": ALIAS, "KeySpec": "AES_256"}, forwarded=True
        )

    assert asyncio.run(call())["KeyId"] == client("kms").describe_key(KeyId=ALIAS)["KeyMetadata"]["Arn"]


@pytest.mark.parametrize("service", ["s3", "ssm", "secretsmanager", "sagemaker"])
def test_the_policies_of_managed_keys(kms: Any, service: str) -> None:
    key = kms.describe_key(KeyId=f"alias/aws/{service}")["KeyMetadata"]["KeyId"]
    text = kms.get_key_policy(KeyId=key)["Policy"]
    assert f'"kms:ViaService" : "{service}.us-east-1.amazonaws.com"' in text
    assert f'"kms:CallerAccount" : "{ACCOUNT}"' in text
