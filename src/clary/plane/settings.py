"""What a platform was started with. The server reads it once; no other code reads the environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from clary.plane.sealing import SealingKey
from clary.wire import Version2, regions


@dataclass(frozen=True, slots=True)
class Settings:
    """`home` is the platform's folder, `endpoint` its own address as jobs reach it.

    `bells` are the paths of the Unix datagram sockets that wake the platform's processes. `token_key` signs
    page tokens. `ca_bundle` is what programs need to reach AWS's host names through the platform. Every ARN
    is of the partition `partition`; requests for regions other than `regions` are rejected. `s3_signature_v2`
    says whether S3 accepts Signature Version 2, `s3_encryption` whether it encrypts objects that ask for nothing. `sealing_key` seals secrets in the store (sealing.py).
    """

    home: Path
    endpoint: str = ""
    bells: tuple[str, ...] = ()
    ca_bundle: str = ""
    token_key: bytes = field(default=b"", repr=False)
    partition: str = "aws"
    regions: frozenset[str] = field(default_factory=lambda: regions("aws"), repr=False)
    s3_signature_v2: Version2 = "presigned"
    s3_encryption: bool = True
    sealing_key: SealingKey = field(default_factory=SealingKey, repr=False)
