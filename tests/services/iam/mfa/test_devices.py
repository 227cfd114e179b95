"""Virtual MFA devices, as boto3 sees them. Oracle: API reference (VirtualMFADevice, EnableMFADevice and others), IAM quotas;
messages as users report them from AWS."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.plane.sealing import SealingKey
from clary.services.iam.mfa import devices
from tests.services.iam.conftest import make
from tests.support.authenticator import Authenticator
from tests.support.refusals import error_of, refusal

ACCOUNT = "111122223333"


@pytest.fixture
def iam(client: Callable[..., Any]) -> Any:
    iam = client("iam")
    iam.create_user(UserName="ann")
    return iam


def test_a_device_is_made_with_a_seed_that_is_shown_once(iam: Any) -> None:
    made = iam.create_virtual_mfa_device(
        Path="/phones/", VirtualMFADeviceName="ann", Tags=[{"Key": "a", "Value": "b"}]
    )["VirtualMFADevice"]
    assert made["SerialNumber"] == f"arn:aws:iam::{ACCOUNT}:mfa/phones/ann"
    assert len(made["Base32StringSeed"]) == 64  # as in the API reference's example
    assert len(base64.b32decode(made["Base32StringSeed"])) == 40
    assert made["Tags"] == [{"Key": "a", "Value": "b"}]
    (listed,) = iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    assert listed == {"SerialNumber": made["SerialNumber"], "Tags": [{"Key": "a", "Value": "b"}]}


def test_the_qr_code_says_the_seed(iam: Any) -> None:
    """API reference, VirtualMFADevice: otpauth://totp/$virtualMFADeviceName@$AccountName?secret=$Base32String."""
    segno = pytest.importorskip("segno")
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="ann")["VirtualMFADevice"]
    secret = made["Base32StringSeed"].decode()
    expected = segno.make_qr(f"otpauth://totp/ann@{ACCOUNT}?secret={secret}", error="m")
    assert _modules(made["QRCodePNG"]) == [[bool(one) for one in row] for row in expected.matrix]


def _modules(png: bytes, scale: int = 4, border: int = 4) -> list[list[bool]]:
    """Read the dark modules of a QR code from its image: one bit a pixel, no filter."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth = struct.unpack(">IIB", png[16:25])
    assert depth == 1
    place, data = 8, b""
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        if png[place + 4 : place + 8] == b"IDAT":
            data += png[place + 8 : place + 8 + length]
        place += 12 + length
    raw, row = zlib.decompress(data), 1 + (width + 7) // 8
    lines = [raw[at * row : (at + 1) * row] for at in range(height)]
    inside = range(scale * border, width - scale * border, scale)  # the first pixel of each module
    assert {lines[y][0] for y in inside} == {0}  # the rows are not filtered
    return [[not lines[y][1 + x // 8] >> (7 - x % 8) & 1 for x in inside] for y in inside]


def test_a_device_is_assigned_by_two_codes_in_a_row(iam: Any, clock: FakeClock) -> None:
    phone = Authenticator(iam, "ann", clock)
    wrong = {"AuthenticationCode1": phone.code(), "AuthenticationCode2": phone.code()}
    named = {"UserName": "ann", "SerialNumber": phone.serial}
    expected = ("InvalidAuthenticationCode", "Authentication code for device is not valid.", 403)
    assert error_of(lambda: iam.enable_mfa_device(**named, **wrong)) == expected
    assert iam.list_mfa_devices(UserName="ann")["MFADevices"] == []
    iam.enable_mfa_device(**named, **phone.codes())
    (listed,) = iam.list_mfa_devices(UserName="ann")["MFADevices"]
    assert (listed["UserName"], listed["SerialNumber"]) == ("ann", phone.serial)
    assert listed["EnableDate"].timestamp() == clock.now()
    shown = iam.get_mfa_device(SerialNumber=phone.serial)
    assert (shown["UserName"], shown["EnableDate"]) == ("ann", listed["EnableDate"])
    again = error_of(lambda: iam.enable_mfa_device(**named, **phone.codes()))
    assert again == ("EntityAlreadyExists", "MFA Device is already in use.", 409)


def test_assigned_devices_are_listed_apart(iam: Any, clock: FakeClock) -> None:
    used, free = Authenticator(iam, "used", clock), Authenticator(iam, "free", clock)
    used.enable(iam, "ann")

    def listed(**asked: Any) -> list[str]:
        found = iam.list_virtual_mfa_devices(**asked)["VirtualMFADevices"]
        return [device["SerialNumber"] for device in found]

    assert listed() == [free.serial, used.serial]
    assert listed(AssignmentStatus="Any") == [free.serial, used.serial]
    assert listed(AssignmentStatus="Assigned") == [used.serial]
    assert listed(AssignmentStatus="Unassigned") == [free.serial]
    (device,) = iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
    assert device["User"]["UserName"] == "ann"
    assert not {"Base32StringSeed", "QRCodePNG"} & set(device)


def test_a_device_in_use_stays(iam: Any, clock: FakeClock) -> None:
    phone = Authenticator(iam, "ann", clock)
    phone.enable(iam, "ann")
    in_use = error_of(lambda: iam.delete_virtual_mfa_device(SerialNumber=phone.serial))
    assert in_use == ("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.", 409)
    user = error_of(lambda: iam.delete_user(UserName="ann"))
    assert user == ("DeleteConflict", "Cannot delete entity, must delete MFA device first.", 409)
    iam.create_user(UserName="bob")
    other = error_of(lambda: iam.deactivate_mfa_device(UserName="bob", SerialNumber=phone.serial))
    assert other == ("NoSuchEntity", "MFA Device invalid for user.", 404)
    iam.deactivate_mfa_device(UserName="ann", SerialNumber=phone.serial)
    iam.delete_virtual_mfa_device(SerialNumber=phone.serial)
    missing = error_of(lambda: iam.delete_virtual_mfa_device(SerialNumber=phone.serial))
    message = f"VirtualMFADevice with serial number {phone.serial} doesn't exist."
    assert missing == ("NoSuchEntity", message, 404)
    iam.delete_user(UserName="ann")


def test_two_devices_of_one_path_and_name(iam: Any) -> None:
    iam.create_virtual_mfa_device(VirtualMFADeviceName="ann")
    iam.create_virtual_mfa_device(Path="/other/", VirtualMFADeviceName="ann")
    taken = error_of(lambda: iam.create_virtual_mfa_device(VirtualMFADeviceName="ann"))
    message = "MFADevice entity at the same path and name already exists."
    assert taken == ("EntityAlreadyExists", message, 409)


def test_eight_devices_are_all_there_are(iam: Any, clock: FakeClock) -> None:
    for number in range(8):
        Authenticator(iam, f"phone-{number}", clock).enable(iam, "ann")
    ninth = Authenticator(iam, "phone-9", clock)
    refused = refusal(lambda: ninth.enable(iam, "ann"))
    assert refused == ("LimitExceeded", "Cannot exceed quota for MFADevicesPerUser: 8")


def test_a_renamed_user_keeps_its_device(iam: Any, clock: FakeClock) -> None:
    phone = Authenticator(iam, "ann", clock)
    phone.enable(iam, "ann")
    iam.update_user(UserName="ann", NewUserName="anna")
    assert iam.list_mfa_devices(UserName="anna")["MFADevices"][0]["SerialNumber"] == phone.serial
    assert iam.get_mfa_device(SerialNumber=phone.serial)["UserName"] == "anna"


def test_a_device_whose_clock_is_wrong_is_set_anew(
    iam: Any, client: Callable[..., Any], clock: FakeClock
) -> None:
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    sts = client("sts", key["AccessKeyId"], key["SecretAccessKey"])
    phone = Authenticator(iam, "ann", clock)
    phone.enable(iam, "ann")
    phone.ahead = 300.0
    assert refusal(lambda: sts.get_session_token(**phone.given()))[0] == "AccessDenied"
    named = {"UserName": "ann", "SerialNumber": phone.serial}
    wrong = {"AuthenticationCode1": "000000", "AuthenticationCode2": "000000"}
    assert refusal(lambda: iam.resync_mfa_device(**named, **wrong))[0] == "InvalidAuthenticationCode"
    iam.resync_mfa_device(**named, **phone.codes())
    clock.advance(30)
    assert sts.get_session_token(**phone.given())["Credentials"]


def test_tags_of_a_device(iam: Any, clock: FakeClock) -> None:
    serial = Authenticator(iam, "ann", clock).serial
    iam.tag_mfa_device(SerialNumber=serial, Tags=[{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}])
    iam.untag_mfa_device(SerialNumber=serial, TagKeys=["a"])
    assert iam.list_mfa_device_tags(SerialNumber=serial)["Tags"] == [{"Key": "c", "Value": "d"}]
    missing = refusal(lambda: iam.list_mfa_device_tags(SerialNumber=f"{serial}x"))
    assert missing[0] == "NoSuchEntity"


def test_a_seed_is_sealed_and_bound_to_its_device(iam: Any, platform: Platform, clock: FakeClock) -> None:
    phone, other = Authenticator(iam, "ann", clock), Authenticator(iam, "other", clock)
    with platform.store.write() as tx:
        rows = dict(tx.sql("SELECT serial, seed FROM iam_mfa"))
        assert all(phone.seed not in bytes(sealed) for sealed in rows.values())
        tx.sql("UPDATE iam_mfa SET seed = ? WHERE serial = ?", rows[phone.serial], other.serial)
    moved = refusal(lambda: iam.enable_mfa_device(UserName="ann", SerialNumber=other.serial, **phone.codes()))
    assert moved[0] == "ServiceFailure"


def test_a_seed_outlives_a_rotation_of_the_sealing_key(
    iam: Any, platform: Platform, clock: FakeClock
) -> None:
    phone = Authenticator(iam, "ann", clock)
    another = SealingKey(lambda make: bytes(32))
    with platform.store.write() as tx:
        for reseal in platform.services["iam"].resealing:
            reseal(tx, platform.settings.sealing_key, another)
        device = devices.get(tx, phone.serial)
    assert device is not None
    assert devices.seed_of(another, device) == phone.seed


def test_what_is_left_of_a_user_without_a_device(iam: Any) -> None:
    assert iam.list_mfa_devices()["MFADevices"] == []  # of the root user, who has none here
    make(iam)
    missing = error_of(lambda: iam.list_mfa_devices(UserName="nobody"))
    assert missing == ("NoSuchEntity", "The user with name nobody cannot be found.", 404)
