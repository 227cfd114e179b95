"""Aliases (https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.principals import ACCOUNT


def test_an_alias_is_another_name_of_a_key(kms: Any, key: str) -> None:
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    for name in ("alias/a", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/a"):
        assert kms.encrypt(KeyId=name, Plaintext=b"x")["KeyId"] == key
    (shown,) = kms.list_aliases()["Aliases"]
    assert (shown["AliasName"], shown["TargetKeyId"]) == ("alias/a", key.rpartition("/")[2])
    another = kms.create_key()["KeyMetadata"]["Arn"]
    kms.update_alias(AliasName="alias/a", TargetKeyId=another)
    assert kms.describe_key(KeyId="alias/a")["KeyMetadata"]["Arn"] == another
    assert kms.list_aliases(KeyId=key)["Aliases"] == []
    kms.delete_alias(AliasName="alias/a")
    with pytest.raises(ClientError, match=f"Alias arn:aws:kms:us-east-1:{ACCOUNT}:alias/a is not found."):
        kms.describe_key(KeyId="alias/a")


def test_what_cannot_be_an_alias(kms: Any, key: str) -> None:
    """The sentence about the prefix was recorded."""
    with pytest.raises(ClientError) as refused:
        kms.create_alias(AliasName="mine", TargetKeyId=key)
    assert refused.value.response["Error"]["Message"].startswith('Alias must start with the prefix "alias/".')
    with pytest.raises(ClientError, match="NotAuthorizedException"):
        kms.create_alias(AliasName="alias/aws/mine", TargetKeyId=key)
    with pytest.raises(ClientError, match="NotFoundException"):
        kms.create_alias(AliasName="alias/b", TargetKeyId="alias/none")
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    with pytest.raises(ClientError, match="AlreadyExistsException"):
        kms.create_alias(AliasName="alias/a", TargetKeyId=key)


def test_the_number_of_a_keys_aliases(kms: Any, key: str) -> None:
    """ "Aliases per KMS key": 50 (KMS quotas). An alias that names the key already takes no place more."""
    for number in range(50):
        kms.create_alias(AliasName=f"alias/{number}", TargetKeyId=key)
    with pytest.raises(ClientError, match="LimitExceededException"):
        kms.create_alias(AliasName="alias/more", TargetKeyId=key)
    kms.update_alias(AliasName="alias/0", TargetKeyId=key)
    another = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/more", TargetKeyId=another)
    with pytest.raises(ClientError, match="LimitExceededException"):
        kms.update_alias(AliasName="alias/more", TargetKeyId=key)


def test_an_alias_stays_with_keys_of_its_kind(kms: Any, key: str) -> None:
    """UpdateAlias: "The current and new KMS key must be the same type …, and they must have the same key usage"."""
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    with pytest.raises(ClientError, match="ValidationException"):
        kms.update_alias(AliasName="alias/a", TargetKeyId=mac)
    assert kms.describe_key(KeyId="alias/a")["KeyMetadata"]["Arn"] == key


def test_operations_that_take_no_alias(kms: Any, key: str) -> None:
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    with pytest.raises(ClientError, match="Invalid keyId 'alias/a'"):
        kms.disable_key(KeyId="alias/a")


def test_aliases_are_listed_page_by_page(kms: Any, key: str) -> None:
    for letter in "abc":
        kms.create_alias(AliasName=f"alias/{letter}", TargetKeyId=key)
    pages = list(kms.get_paginator("list_aliases").paginate(KeyId=key, PaginationConfig={"PageSize": 2}))
    assert [[alias["AliasName"] for alias in page["Aliases"]] for page in pages] == [
        ["alias/a", "alias/b"],
        ["alias/c"],
    ]
