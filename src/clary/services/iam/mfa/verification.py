"""Verify the code that a caller of STS gives with the serial number of its device."""

from __future__ import annotations

from clary.access.directory import Unsealer
from clary.kernel import AwsError, Caller
from clary.services.iam.attempts import Attempts
from clary.services.iam.mfa import devices, totp
from clary.store.api import Tx

_TOLERANCE = 1  # time steps by which a code may be early or late (RFC 6238, section 5.2)


def accepted_step(
    tx: Tx, sealer: Unsealer, attempts: Attempts, caller: Caller, serial: str, code: str, now: float
) -> int:
    """Return the time step whose code was given. Raise AccessDenied for a device that is not the caller's, for a wrong
    code and for one that was used before."""
    device = devices.get(tx, serial)
    if device is None or not device.owner or device.owner != caller.principal_id:
        raise _denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is "
            "valid and associated with this user."
        )
    if not attempts.may_try(serial, now):
        raise _wrong_code()
    today = totp.step_of(now) + device.drift
    steps = range(max(today - _TOLERANCE, device.last_step + 1), today + _TOLERANCE + 1)
    found = totp.find(devices.seed_of(sealer, device), code, steps)
    if found is None:
        attempts.fail(serial, now)
        raise _wrong_code()
    return found


def _wrong_code() -> AwsError:
    return _denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")


def _denied(message: str) -> AwsError:
    return AwsError("AccessDenied", message, 403)
