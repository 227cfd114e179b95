"""Get and list MFA devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.plane import Context
from clary.services.iam import entities, errors, users
from clary.services.iam.mfa import devices
from clary.services.iam.mfa.devices import Device
from clary.services.iam.service import named, operation, tag_list

Params = dict[str, Any]


def _user_or_all(ctx: Context, params: Mapping[str, Any]) -> list[str]:
    return named("user")(ctx, params)


@operation(on=_user_or_all)
def list_mfa_devices(ctx: Context, params: Params) -> Params:
    """List the devices of a user, or of the caller."""
    if not params.get("UserName") and ctx.caller.is_root:
        return {"MFADevices": [], "IsTruncated": False}
    user = users.named_user(ctx, params)
    found = devices.of_user(ctx.tx, ctx.account, user.id)
    page, more = entities.paginate(ctx, params, found, lambda device: device.serial)
    shown = [{"UserName": user.name, "SerialNumber": one.serial, "EnableDate": one.enabled} for one in page]
    return {"MFADevices": shown, **more}


@operation(on=_user_or_all)
def get_mfa_device(ctx: Context, params: Params) -> Params:
    """Show a device; with `UserName` only one of this user."""
    device = devices.get(ctx.tx, params["SerialNumber"])
    owner = entities.by_id(ctx.tx, device.owner) if device and device.owner else None
    named = params.get("UserName")
    wanted = entities.find(ctx, "user", named).id if named else device.owner if device else ""
    if device is None or device.account != ctx.account or device.owner != wanted:
        raise errors.no_such_entity(f"MFA Device with serial number {params['SerialNumber']} doesn't exist.")
    shown: Params = {"SerialNumber": device.serial}
    return shown | ({"UserName": owner.name, "EnableDate": device.enabled} if owner else {})


@operation(lane="heavy_read")
def list_virtual_mfa_devices(ctx: Context, params: Params) -> Params:
    """List the account's devices without their seeds."""
    status = params.get("AssignmentStatus", "Any")
    found = [
        device
        for device in devices.all_of(ctx.tx, ctx.account)
        if status == "Any" or bool(device.owner) == (status == "Assigned")
    ]
    page, more = entities.paginate(ctx, params, found, lambda device: device.serial)
    return {"VirtualMFADevices": [_shown(ctx, device) for device in page], **more}


def _shown(ctx: Context, device: Device) -> Params:
    tags = tag_list(ctx.tx.tags(device.serial))
    shown: Params = {"SerialNumber": device.serial} | ({"Tags": tags} if tags else {})
    owner = entities.by_id(ctx.tx, device.owner) if device.owner else None
    if owner is None:
        return shown
    return shown | {"User": users.shown(ctx, owner), "EnableDate": device.enabled}
