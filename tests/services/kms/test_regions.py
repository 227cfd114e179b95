"""Multi-Region keys (https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html).

Members, codes and sentences were recorded from the service.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.server.loop import Controllers
from tests.support.principals import ACCOUNT
from tests.support.turns import turn

DAY = 86_400
HERE, THERE = "us-east-1", "eu-west-1"
Client = Callable[..., Any]


@pytest.fixture
def there(client: Client) -> Any:
    return client("kms", region_name=THERE)


@pytest.fixture
def primary(kms: Any) -> str:
    """The id of a multi-Region key."""
    return kms.create_key(MultiRegion=True, Description="first")["KeyMetadata"]["KeyId"]


@pytest.fixture
def replicated(kms: Any, primary: str, controllers: Controllers, clock: FakeClock) -> str:
    kms.replicate_key(KeyId=primary, ReplicaRegion=THERE)
    turn(controllers, clock, 2)
    return primary


def shown(client: Any, key: str) -> dict[str, Any]:
    return client.describe_key(KeyId=key)["KeyMetadata"]


def test_a_key_of_one_region_has_a_configuration(kms: Any, primary: str) -> None:
    key = shown(kms, primary)
    assert primary.startswith("mrk-")
    assert key["MultiRegionConfiguration"] == {
        "MultiRegionKeyType": "PRIMARY",
        "PrimaryKey": {"Arn": key["Arn"], "Region": HERE},
        "ReplicaKeys": [],
    }


def test_a_replica(kms: Any, there: Any, primary: str, controllers: Controllers, clock: FakeClock) -> None:
    arn = f"arn:aws:kms:{THERE}:{ACCOUNT}:key/{primary}"
    with pytest.raises(ClientError, match=f"Key '{arn}' does not exist"):
        there.describe_key(KeyId=primary)
    tags = [{"TagKey": "a", "TagValue": "b"}]
    made = kms.replicate_key(KeyId=primary, ReplicaRegion=THERE, Tags=tags)
    assert (made["ReplicaKeyMetadata"]["KeyState"], made["ReplicaKeyMetadata"]["Enabled"]) == (
        "Creating",
        False,
    )
    assert json.loads(made["ReplicaPolicy"])["Id"] == "key-default-1"
    assert made["ReplicaTags"] == tags
    turn(controllers, clock, 2)
    replica, first = shown(there, primary), shown(kms, primary)
    assert (replica["KeyState"], replica["Description"], replica["Arn"]) == ("Enabled", "", arn)
    assert replica["CurrentKeyMaterialId"] == first["CurrentKeyMaterialId"]
    places = {
        "ReplicaKeys": [{"Arn": arn, "Region": THERE}],
        "PrimaryKey": {"Arn": first["Arn"], "Region": HERE},
    }
    assert replica["MultiRegionConfiguration"] == {"MultiRegionKeyType": "REPLICA", **places}
    assert first["MultiRegionConfiguration"] == {"MultiRegionKeyType": "PRIMARY", **places}


def test_what_one_region_encrypts_the_other_decrypts(kms: Any, there: Any, replicated: str) -> None:
    blob = kms.encrypt(KeyId=replicated, Plaintext=b"x", EncryptionContext={"a": "1"})["CiphertextBlob"]
    read = there.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "1"})
    assert (read["Plaintext"], read["KeyId"]) == (b"x", shown(there, replicated)["Arn"])
    there.disable_key(KeyId=replicated)
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "1"})["Plaintext"] == b"x"


def test_what_cannot_be_replicated(kms: Any, there: Any, replicated: str, key: str) -> None:
    arn = shown(there, replicated)["Arn"]
    with pytest.raises(ClientError) as refused:
        there.replicate_key(KeyId=replicated, ReplicaRegion="eu-west-2")
    says = f"{arn} is not a multi-region primary key."
    assert refused.value.response["Error"] == {"Code": "UnsupportedOperationException", "Message": says}
    with pytest.raises(ClientError, match="UnsupportedOperationException"):
        kms.replicate_key(KeyId=key, ReplicaRegion=THERE)
    for region in (HERE, THERE):
        with pytest.raises(ClientError, match="AlreadyExistsException"):
            kms.replicate_key(KeyId=replicated, ReplicaRegion=region)
    with pytest.raises(ClientError, match="ValidationException"):
        kms.replicate_key(KeyId=replicated, ReplicaRegion="xx-nowhere-1")


def test_a_rotation_is_for_all_regions(
    kms: Any,
    there: Any,
    replicated: str,
    move: Callable[[float], None],
    controllers: Controllers,
    clock: FakeClock,
) -> None:
    kms.rotate_key_on_demand(KeyId=replicated)
    assert shown(there, replicated)["CurrentKeyMaterialId"] == shown(kms, replicated)["CurrentKeyMaterialId"]
    with pytest.raises(ClientError, match="UnsupportedOperationException"):
        there.enable_key_rotation(KeyId=replicated)
    kms.enable_key_rotation(KeyId=replicated, RotationPeriodInDays=100)
    assert there.get_key_rotation_status(KeyId=replicated)["RotationPeriodInDays"] == 100
    move(101 * DAY)
    turn(controllers, clock, 3)
    assert shown(there, replicated)["CurrentKeyMaterialId"] == shown(kms, replicated)["CurrentKeyMaterialId"]
    assert len(there.list_key_rotations(KeyId=replicated)["Rotations"]) == 2
    blob = kms.encrypt(KeyId=replicated, Plaintext=b"x")["CiphertextBlob"]
    assert there.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_the_primary_key_changes_its_place(kms: Any, there: Any, replicated: str) -> None:
    kms.enable_key_rotation(KeyId=replicated)
    with pytest.raises(ClientError, match="NotFoundException"):
        kms.update_primary_region(KeyId=replicated, PrimaryRegion="eu-west-2")
    kms.update_primary_region(KeyId=replicated, PrimaryRegion=THERE)
    first, second = (shown(client, replicated)["MultiRegionConfiguration"] for client in (kms, there))
    assert (first["MultiRegionKeyType"], second["MultiRegionKeyType"]) == ("REPLICA", "PRIMARY")
    assert [key["Region"] for key in second["ReplicaKeys"]] == [HERE]
    assert kms.get_key_rotation_status(KeyId=replicated)["KeyRotationEnabled"] is True
    there.disable_key_rotation(KeyId=replicated)
    assert kms.get_key_rotation_status(KeyId=replicated)["KeyRotationEnabled"] is False


def test_a_primary_key_goes_after_its_replicas(
    kms: Any,
    there: Any,
    replicated: str,
    move: Callable[[float], None],
    controllers: Controllers,
    clock: FakeClock,
) -> None:
    answer = kms.schedule_key_deletion(KeyId=replicated, PendingWindowInDays=10)
    assert (answer["KeyState"], "DeletionDate" in answer) == ("PendingReplicaDeletion", False)
    with pytest.raises(ClientError, match=r"is pending replica deletion\."):
        kms.encrypt(KeyId=replicated, Plaintext=b"x")
    move(30 * DAY)
    turn(controllers, clock, 2)
    assert shown(kms, replicated)["KeyState"] == "PendingReplicaDeletion"
    there.schedule_key_deletion(KeyId=replicated, PendingWindowInDays=7)
    move(8 * DAY)
    turn(controllers, clock, 2)
    with pytest.raises(ClientError, match="NotFoundException"):
        there.describe_key(KeyId=replicated)
    left = shown(kms, replicated)
    assert (left["KeyState"], left["MultiRegionConfiguration"]["ReplicaKeys"]) == ("PendingDeletion", [])
    move(11 * DAY)
    turn(controllers, clock, 2)
    with pytest.raises(ClientError, match="NotFoundException"):
        kms.describe_key(KeyId=replicated)


def test_imported_material_is_imported_in_each_region(kms: Any, there: Any) -> None:
    key = kms.create_key(MultiRegion=True, Origin="EXTERNAL")["KeyMetadata"]["KeyId"]
    made = kms.replicate_key(KeyId=key, ReplicaRegion=THERE)["ReplicaKeyMetadata"]
    assert (made["KeyState"], shown(there, key)["Origin"]) == ("PendingImport", "EXTERNAL")
