"""Keys: how they are made, shown, disabled and deleted (https://docs.aws.amazon.com/kms/latest/APIReference/API_Operations.html).

Sentences: recordings of the service, and "Key states of AWS KMS keys" in the KMS Developer Guide.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.server.loop import Controllers
from tests.support.principals import ACCOUNT
from tests.support.turns import turn

DAY = 86_400


def test_a_key_is_shown_as_it_was_made(kms: Any) -> None:
    """The members are those of AWS's recorded answer to DescribeKey."""
    made = kms.create_key(Description="mine", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]
    shown = kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]
    assert shown == made
    assert shown["Arn"] == f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{shown['KeyId']}"
    assert len(shown.pop("CurrentKeyMaterialId")) == 64
    del shown["Arn"], shown["KeyId"], shown["CreationDate"]
    assert shown == {
        "AWSAccountId": ACCOUNT,
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "Description": "mine",
        "Enabled": True,
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "KeyManager": "CUSTOMER",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyState": "Enabled",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "MultiRegion": False,
        "Origin": "AWS_KMS",
    }
    assert kms.list_resource_tags(KeyId=made["KeyId"])["Tags"] == [{"TagKey": "a", "TagValue": "b"}]


@pytest.mark.parametrize(
    ("key_id", "says"),
    [
        ("fake-key-id", "Invalid keyId 'fake-key-id'"),
        ("134f2428cec14b25a1ae9048164dba47", "Invalid keyId '134f2428cec14b25a1ae9048164dba47'"),
        ("mrk-fake-key-id", "Invalid keyId 'mrk-fake-key-id'"),
        (
            "00000000-0000-4000-8000-000000000000",
            f"Key 'arn:aws:kms:us-east-1:{ACCOUNT}:key/00000000-0000-4000-8000-000000000000' does not exist",
        ),
        (
            f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/00000000-0000-4000-8000-000000000000",
            "Invalid arn eu-west-1",
        ),
        ("alias/none", f"Alias arn:aws:kms:us-east-1:{ACCOUNT}:alias/none is not found."),
    ],
)
def test_what_names_no_key(kms: Any, key_id: str, says: str) -> None:
    with pytest.raises(ClientError) as refused:
        kms.describe_key(KeyId=key_id)
    assert refused.value.response["Error"] == {"Code": "NotFoundException", "Message": says}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"KeySpec": "RSA_2048"}, "ValidationException"),
        ({"KeySpec": "HMAC_256", "KeyUsage": "ENCRYPT_DECRYPT"}, "ValidationException"),
        ({"KeySpec": "ECC_SECG_P256K1", "KeyUsage": "KEY_AGREEMENT"}, "ValidationException"),
        ({"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"}, "NotImplemented"),
        ({"Origin": "AWS_CLOUDHSM"}, "NotImplemented"),
        ({"Tags": [{"TagKey": "aws:a", "TagValue": ""}]}, "TagException"),
    ],
)
def test_what_no_key_can_be(kms: Any, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError, match=code):
        kms.create_key(**asked)
    assert kms.list_keys()["Keys"] == []


def test_keys_are_listed_page_by_page(kms: Any) -> None:
    made = sorted(kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(3))
    pages = list(kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["Keys"]) for page in pages] == [2, 1]
    assert [key["KeyId"] for page in pages for key in page["Keys"]] == made
    with pytest.raises(ClientError, match="InvalidMarkerException"):
        kms.list_keys(Marker="x")


def test_a_disabled_key_is_used_for_nothing(kms: Any, key: str) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    for call in (
        lambda: kms.encrypt(KeyId=key, Plaintext=b"x"),
        lambda: kms.decrypt(CiphertextBlob=blob),
        lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256"),
        lambda: kms.create_grant(
            KeyId=key, GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:root", Operations=["Encrypt"]
        ),
    ):
        with pytest.raises(ClientError) as refused:
            call()
        assert refused.value.response["Error"] == {
            "Code": "DisabledException",
            "Message": f"{key} is disabled.",
        }
    kms.enable_key(KeyId=key)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_a_key_is_deleted_when_business_time_reaches_its_date(
    kms: Any,
    key: str,
    move: Callable[[float], None],
    controllers: Controllers,
    clock: FakeClock,
    platform: Platform,
) -> None:
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    answer = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert (answer["KeyState"], answer["PendingWindowInDays"], answer["KeyId"]) == ("PendingDeletion", 7, key)
    assert answer["DeletionDate"].timestamp() == pytest.approx(clock.now() + 7 * DAY, abs=1)
    with pytest.raises(ClientError, match=f"KMSInvalidStateException.*{key} is pending deletion."):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    turn(controllers, clock)
    move(6 * DAY)
    turn(controllers, clock)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    move(DAY)
    turn(controllers, clock, 2)
    with pytest.raises(ClientError, match="does not exist"):
        kms.describe_key(KeyId=key)
    with pytest.raises(ClientError, match="InvalidCiphertextException"):
        kms.decrypt(CiphertextBlob=blob)
    with platform.store.read() as tx:
        assert [tx.sql(f"select count(*) from {table}") for table in ("kms_material", "kms_alias")] == [
            [(0,)]
        ] * 2


def test_a_deletion_is_cancelled(
    kms: Any, key: str, move: Callable[[float], None], controllers: Controllers, clock: FakeClock
) -> None:
    with pytest.raises(ClientError, match=f"{key} is not pending deletion."):
        kms.cancel_key_deletion(KeyId=key)
    kms.schedule_key_deletion(KeyId=key)
    kms.cancel_key_deletion(KeyId=key)
    move(40 * DAY)
    turn(controllers, clock, 2)
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert shown["KeyState"] == "Disabled"
    assert "DeletionDate" not in shown
    with pytest.raises(ClientError, match="ValidationException"):
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=6)


def test_tags_and_description(kms: Any, key: str) -> None:
    kms.update_key_description(KeyId=key, Description="other")
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": "1"}, {"TagKey": "b", "TagValue": "2"}])
    kms.untag_resource(KeyId=key, TagKeys=["a", "c"])
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "other"
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "b", "TagValue": "2"}]
    with pytest.raises(ClientError, match="Tags beginning with aws: are reserved"):
        kms.tag_resource(KeyId=key, Tags=[{"TagKey": "AWS:x", "TagValue": "1"}])
