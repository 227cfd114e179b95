"""Create, assign, take back and delete virtual MFA devices."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from clary.plane import Context
from clary.plane.action import Also
from clary.services.iam import entities, errors
from clary.services.iam.mfa import devices, qr, totp
from clary.services.iam.mfa.devices import Device
from clary.services.iam.service import named, operation, tag_list
from clary.services.iam.tags import put_tags
from clary.services.iam.users import named_user

Params = dict[str, Any]
_SEED = 40  # bytes: 64 characters of base32
_MOST = 8  # IAM quotas: MFA devices of a user
# Time steps by which a device's clock may be wrong: as much as two codes in a row can be told from chance.
_DRIFT = 40


def _new(ctx: Context, params: Params) -> list[str]:
    return [devices.serial_of(ctx, params.get("Path", "/"), params["VirtualMFADeviceName"])]


@operation(on=_new, also=(Also("iam:TagMFADevice", ("Tags",)),))
def create_virtual_mfa_device(ctx: Context, params: Params) -> Params:
    """Make a device with a random seed, which is shown this once."""
    (serial,) = _new(ctx, params)
    if devices.get(ctx.tx, serial) is not None:
        raise errors.entity_exists("MFADevice entity at the same path and name already exists.")
    seed = secrets.token_bytes(_SEED)
    devices.add(ctx, serial, seed)
    put_tags(ctx, serial, params.get("Tags"))
    tags = tag_list(ctx.tx.tags(serial))
    base32 = base64.b32encode(seed).decode()
    image = qr.png(params["VirtualMFADeviceName"], ctx.account, base32)
    shown = {"SerialNumber": serial, "Base32StringSeed": base32.encode(), "QRCodePNG": image}
    return {"VirtualMFADevice": shown | ({"Tags": tags} if tags else {})}


@operation(on="{SerialNumber}")
def delete_virtual_mfa_device(ctx: Context, params: Params) -> Params:
    device = devices.find(ctx, params["SerialNumber"])
    if device.owner:
        raise errors.conflict("MFA VirtualDevice in use. Must deactivate first.")
    devices.delete(ctx.tx, device)
    return {}


@operation(on=named("user"))
def enable_mfa_device(ctx: Context, params: Params) -> Params:
    """Assign a device to a user who shows two consecutive codes of it."""
    user = entities.find(ctx, "user", params["UserName"])
    device = devices.find(ctx, params["SerialNumber"])
    if device.owner:
        raise errors.entity_exists("MFA Device is already in use.")
    if len(devices.of_user(ctx.tx, ctx.account, user.id)) >= _MOST:
        raise errors.over_quota("MFADevicesPerUser", _MOST)
    _set_clock(ctx, device, user.id, params)
    return {}


@operation(on=named("user"))
def resync_mfa_device(ctx: Context, params: Params) -> Params:
    """Set the clock of a user's device again by two consecutive codes."""
    user = entities.find(ctx, "user", params["UserName"])
    _set_clock(ctx, _assigned(ctx, params["SerialNumber"], user.id), user.id, params)
    return {}


@operation(on=named("user"))
def deactivate_mfa_device(ctx: Context, params: Params) -> Params:
    user = named_user(ctx, params)
    devices.release(ctx.tx, _assigned(ctx, params["SerialNumber"], user.id))
    return {}


def _assigned(ctx: Context, serial: str, owner: str) -> Device:
    """Return a user's device. Raise NoSuchEntity."""
    found = next((one for one in devices.of_user(ctx.tx, ctx.account, owner) if one.serial == serial), None)
    if found is None:
        raise errors.no_such_entity("MFA Device invalid for user.")
    return found


def _set_clock(ctx: Context, device: Device, owner: str, params: Params) -> None:
    """Assign the device with the drift that two consecutive codes show. Raise InvalidAuthenticationCode."""
    today = totp.step_of(ctx.now)
    seed = devices.seed_of(ctx.platform.settings.sealing_key, device)
    steps = range(max(today - _DRIFT, device.last_step + 1), today + _DRIFT)
    step = totp.find_pair(seed, params["AuthenticationCode1"], params["AuthenticationCode2"], steps)
    if step is None:
        message = "Authentication code for device is not valid."
        raise errors.AwsError("InvalidAuthenticationCode", message, 403)
    devices.assign(ctx, device, owner, drift=_drift(step - today), step=step)


def _drift(steps: int) -> int:
    """Return the drift that a second code shows. A device with the right clock shows it now or in the step before, when its
    user has typed it."""
    return 0 if -1 <= steps <= 1 else steps
