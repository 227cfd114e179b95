"""Virtual MFA devices as rows. Knows no operation.

The seed is sealed under the platform's sealing key and bound to the device's serial number, so a row that is given another
serial number cannot be opened.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from clary.access.directory import Unsealer
from clary.plane import Context
from clary.plane.sealing import Damaged, NoSealingKey, SealingKey
from clary.services.iam import errors
from clary.store.api import Tx

_COLUMNS = "serial, account, owner, seed, created, enabled, drift, last_step"


class Device(NamedTuple):
    """A device. `owner` is a user's id, or '' while it is not assigned; `enabled` is when it was, or None."""

    serial: str
    account: str
    owner: str
    sealed: bytes
    created: float
    enabled: float | None
    drift: int
    last_step: int


def serial_of(ctx: Context, path: str, name: str) -> str:
    """Return the serial number of a new device, which is its ARN."""
    return f"arn:{ctx.partition}:iam::{ctx.account}:mfa{path}{name}"


def get(tx: Tx, serial: str) -> Device | None:
    """Return the device with this serial number, or None."""
    rows = tx.sql(f"SELECT {_COLUMNS} FROM iam_mfa WHERE serial = ?", serial)
    return _device(rows[0]) if rows else None


def find(ctx: Context, serial: str) -> Device:
    """Return a device of the caller's account. Raise NoSuchEntity."""
    found = get(ctx.tx, serial)
    if found is None or found.account != ctx.account:
        raise errors.no_such_entity(f"VirtualMFADevice with serial number {serial} doesn't exist.")
    return found


def all_of(tx: Tx, account: str) -> list[Device]:
    """Return the devices of an account by serial number."""
    rows = tx.sql(f"SELECT {_COLUMNS} FROM iam_mfa WHERE account = ? ORDER BY serial", account)
    return [_device(row) for row in rows]


def of_user(tx: Tx, account: str, owner: str) -> list[Device]:
    """Return the devices of a user by serial number."""
    rows = tx.sql(
        f"SELECT {_COLUMNS} FROM iam_mfa WHERE account = ? AND owner = ? ORDER BY serial", account, owner
    )
    return [_device(row) for row in rows]


def add(ctx: Context, serial: str, seed: bytes) -> None:
    """Insert a device that is not assigned yet. Raise ServiceFailure if the seed cannot be sealed."""
    ctx.tx.sql(
        f"INSERT INTO iam_mfa ({_COLUMNS}) VALUES (?, ?, '', ?, ?, NULL, 0, 0)",
        serial, ctx.account, _seal(ctx.platform.settings.sealing_key, serial, seed), ctx.now,
    )  # fmt: skip


def assign(ctx: Context, device: Device, owner: str, *, drift: int, step: int) -> None:
    """Assign a device to a user, or set its clock again. Codes of `step` and before are used up."""
    ctx.tx.sql(
        "UPDATE iam_mfa SET owner = ?, enabled = ?, drift = ?, last_step = ? WHERE serial = ?",
        owner, device.enabled or ctx.now, drift, step, device.serial,
    )  # fmt: skip


def release(tx: Tx, device: Device) -> None:
    """Take a device from its user. Its codes stay used up."""
    tx.sql("UPDATE iam_mfa SET owner = '', enabled = NULL WHERE serial = ?", device.serial)


def spend(tx: Tx, serial: str, step: int) -> None:
    """Note that the code of a time step was used."""
    tx.sql("UPDATE iam_mfa SET last_step = ? WHERE serial = ? AND last_step < ?", step, serial, step)


def delete(tx: Tx, device: Device) -> None:
    tx.sql("DELETE FROM iam_mfa WHERE serial = ?", device.serial)
    tx.untag(device.serial, tx.tags(device.serial))


def seed_of(sealer: Unsealer, device: Device) -> bytes:
    """Return the seed. Raise ServiceFailure if the sealing key is not the one under which it was sealed."""
    try:
        return sealer.unseal(device.sealed, _bound(device.serial))
    except (NoSealingKey, Damaged):
        raise _unreadable() from None


def reseal(tx: Tx, old: SealingKey, new: SealingKey) -> None:
    """Seal the seeds of all devices under another sealing key. Raise NoSealingKey or Damaged."""
    for serial, sealed in tx.sql("SELECT serial, seed FROM iam_mfa"):
        bound = _bound(serial)
        tx.sql(
            "UPDATE iam_mfa SET seed = ? WHERE serial = ?", new.seal(old.unseal(sealed, bound), bound), serial
        )


def _seal(sealer: SealingKey, serial: str, seed: bytes) -> bytes:
    try:
        return sealer.seal(seed, _bound(serial))
    except NoSealingKey:
        raise _unreadable() from None


def _bound(serial: str) -> bytes:
    return f"iam-mfa/{serial}".encode()


def _unreadable() -> errors.AwsError:
    message = "The sealing key of this platform is missing or is not the one under which its MFA devices were sealed."
    return errors.AwsError("ServiceFailure", message, 500)


def _device(row: Any) -> Device:
    serial, account, owner, seed, created, enabled, drift, last_step = row
    return Device(serial, account, owner, bytes(seed), created, enabled, drift, last_step)
