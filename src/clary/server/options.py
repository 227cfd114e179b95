"""The options for starting a platform, from the command line and the environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Options:
    """The options for starting a platform.

    `store` is a PostgreSQL URL, or '' for SQLite in the home. `account`, `access_key_id` and
    `secret_access_key` are those of the first account, random if ''. With `synchronous` FULL every commit
    waits for the disk and survives a power failure; NORMAL survives the death of any process. `partition` is
    AWS's name of the partition, '' for that of the home; `regions` limits its regions, empty for all.

    `host_names` are further names by which clients reach the platform. `outbound_allow` are networks that are
    not public and that the platform may still connect to for its users. `throttle` are limits on calls
    (plane/throttling.py). `s3_signature_v2` says whether S3 accepts Signature Version 2. `slow_turns` is how many
    seconds of CPU a step on the gateway's event loop may take before it is logged, 0 for any number. `sealing_key` is the
    key under which secrets are sealed, in hexadecimal digits, and `sealing_key_command` a command that prints it; both
    are '' where a file of the home holds it; `new_sealing_key` and `new_sealing_key_command` are what replaces it. `s3_encryption` says
    whether S3 encrypts objects for which neither upload nor bucket asks. `gateways` is how many processes answer HTTP on the port.
    """

    host: str = "127.0.0.1"
    port: int = 4566
    allow_reset: bool = False
    gateways: int = 1
    store: str = ""
    account: str = ""
    access_key_id: str = ""
    secret_access_key: str = ""
    synchronous: Literal["NORMAL", "FULL"] = "NORMAL"
    partition: str = ""
    regions: tuple[str, ...] = ()
    host_names: tuple[str, ...] = ()
    outbound_allow: tuple[str, ...] = ()
    throttle: str = ""
    s3_signature_v2: Literal["off", "presigned", "on"] = "presigned"
    slow_turns: float = 0.0
    s3_encryption: Literal["on", "off"] = "on"
    sealing_key: str = field(default="", repr=False)
    sealing_key_command: str = ""
    new_sealing_key: str = field(default="", repr=False)
    new_sealing_key_command: str = ""

    @property
    def endpoint(self) -> str:
        """The address at which jobs on this machine reach the gateway."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "") else self.host
        return f"http://{host}:{self.port}"


def gateways(count: int) -> tuple[str, ...]:
    """Return the names of so many gateways: `gateway`, `gateway-2` …"""
    return ("gateway", *(f"gateway-{number}" for number in range(2, count + 1)))
