"""What a platform was started with. Read once, by the server; nobody else looks at the environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from clary.wire import Version2, regions


@dataclass(frozen=True, slots=True)
class Settings:
    """`home` is the platform's folder, `endpoint` its own address as jobs reach it, `bells` the paths of the unix
    datagram sockets on which our processes are woken, `token_key` signs page tokens, `ca_bundle` is what
    programs need to reach AWS's own host names through us. `partition` and `regions` say where the platform is: every
    ARN is of this partition, and a request for another region is refused. `s3_signature_v2` says where S3 takes
    signatures of Version 2."""

    home: Path
    endpoint: str = ""
    bells: tuple[str, ...] = ()
    ca_bundle: str = ""
    token_key: bytes = field(default=b"", repr=False)
    partition: str = "aws"
    regions: frozenset[str] = field(default_factory=lambda: regions("aws"), repr=False)
    s3_signature_v2: Version2 = "presigned"
