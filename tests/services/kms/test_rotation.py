"""Rotation: by itself on business time, and on demand (https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.server.loop import Controllers
from tests.support.turns import turn

DAY = 86_400


@pytest.fixture
def days(move: Callable[[float], None], controllers: Controllers, clock: FakeClock) -> Callable[[int], None]:
    """`days(90)`: so many days of business time go by, and the controllers look at what is due."""

    def go(number: int) -> None:
        move(number * DAY)
        turn(controllers, clock, 3)

    return go


def material(kms: Any, key: str) -> str:
    return kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]


def test_a_key_rotates_by_itself_and_reads_what_is_old(
    kms: Any, key: str, days: Callable[[int], None]
) -> None:
    first, old = material(kms, key), kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    status = kms.get_key_rotation_status(KeyId=key)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"], status["KeyId"]) == (True, 90, key)
    days(89)
    assert material(kms, key) == first
    days(2)
    second = material(kms, key)
    assert second != first
    assert kms.decrypt(CiphertextBlob=old)["KeyMaterialId"] == first
    assert (
        kms.decrypt(CiphertextBlob=kms.encrypt(KeyId=key, Plaintext=b"y")["CiphertextBlob"])["KeyMaterialId"]
        == second
    )
    (shown,) = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert (shown["KeyMaterialId"], shown["RotationType"], shown["KeyMaterialState"]) == (
        second,
        "AUTOMATIC",
        "CURRENT",
    )
    days(91)
    assert len(kms.list_key_rotations(KeyId=key)["Rotations"]) == 2
    kms.disable_key_rotation(KeyId=key)
    days(400)
    pages = kms.get_paginator("list_key_rotations").paginate(
        KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL", PaginationConfig={"PageSize": 2}
    )
    assert [one["KeyMaterialState"] for page in pages for one in page["Rotations"]] == ["NON_CURRENT"] * 2 + [
        "CURRENT"
    ]


def test_a_disabled_key_rotates_when_it_is_enabled(kms: Any, key: str, days: Callable[[int], None]) -> None:
    """ "AWS KMS does not rotate … a KMS key while it is disabled"; if it is due, it does as soon as it is enabled."""
    first = material(kms, key)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    kms.disable_key(KeyId=key)
    days(200)
    assert material(kms, key) == first
    kms.enable_key(KeyId=key)
    days(0)
    assert material(kms, key) != first


def test_a_key_of_a_service_rotates_every_year(kms: Any, days: Callable[[int], None]) -> None:
    key = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    first = material(kms, key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
    days(366)
    assert material(kms, key) != first


def test_on_demand(kms: Any, key: str) -> None:
    seen = {material(kms, key)}
    for _ in range(25):
        assert kms.rotate_key_on_demand(KeyId=key)["KeyId"] == key
        seen.add(material(kms, key))
    assert len(seen) == 26
    with pytest.raises(ClientError, match="LimitExceededException"):
        kms.rotate_key_on_demand(KeyId=key)
    assert {one["RotationType"] for one in kms.list_key_rotations(KeyId=key)["Rotations"]} == {"ON_DEMAND"}


def test_what_does_not_rotate(kms: Any, key: str) -> None:
    mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]
    for call in (kms.enable_key_rotation, kms.rotate_key_on_demand, kms.list_key_rotations):
        with pytest.raises(ClientError, match="UnsupportedOperationException"):
            call(KeyId=mac)
    assert kms.get_key_rotation_status(KeyId=mac)["KeyRotationEnabled"] is False
    kms.disable_key(KeyId=key)
    for call in (kms.enable_key_rotation, kms.disable_key_rotation, kms.rotate_key_on_demand):
        with pytest.raises(ClientError, match=f"DisabledException.*{key} is disabled."):
            call(KeyId=key)
