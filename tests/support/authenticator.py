"""An authenticator application: what shows the codes of a virtual MFA device (RFC 6238)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from typing import Any

from clary.kernel import FakeClock


def code_at(seed: bytes, moment: float, digits: int = 6) -> str:
    """Return the code of a moment, in seconds since the epoch."""
    digest = hmac.new(seed, struct.pack(">Q", int(moment) // 30), hashlib.sha1).digest()
    place = digest[-1] & 0xF
    (number,) = struct.unpack(">I", digest[place : place + 4])
    return str((number & 0x7FFFFFFF) % 10**digits).zfill(digits)


class Authenticator:
    """A device that was just made, with a clock that may be ahead by some seconds."""

    def __init__(self, iam: Any, name: str, clock: FakeClock, ahead: float = 0.0) -> None:
        made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
        self.serial: str = made["SerialNumber"]
        self.seed = base64.b32decode(made["Base32StringSeed"])
        self._clock = clock
        self.ahead = ahead

    def code(self, later: float = 0.0) -> str:
        """Return the code that is shown now, or some seconds later."""
        return code_at(self.seed, self._clock.now() + self.ahead + later)

    def codes(self) -> dict[str, str]:
        """Return the code of before and that of now, as EnableMFADevice and ResyncMFADevice take them."""
        return {"AuthenticationCode1": self.code(-30), "AuthenticationCode2": self.code()}

    def given(self) -> dict[str, str]:
        """Return the code of now as STS takes it."""
        return {"SerialNumber": self.serial, "TokenCode": self.code()}

    def enable(self, iam: Any, user: str) -> None:
        """Assign the device to a user; its next code is another one."""
        iam.enable_mfa_device(UserName=user, SerialNumber=self.serial, **self.codes())
        self._clock.advance(30)
