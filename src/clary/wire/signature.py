"""What a request says of its Signature Version 4. Read and verified in sigv4.py."""

from __future__ import annotations

from typing import NamedTuple

from clary.wire import canonical


class Signature(NamedTuple):
    """What a request says of its signature. `expires` is in seconds, for presigned requests; `payload_hash` the value
    of `x-amz-content-sha256`, None where the request has none (most services).

    A tuple, because one is made for every request and a frozen dataclass takes four times as long.
    """

    access_key_id: str
    date: str  # of the scope, 20261121
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    amz_date: str  # 20261121T041201Z
    expires: int | None = None
    token: str | None = None
    payload_hash: str | None = None
    presigned: bool = False

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"

    @property
    def time(self) -> float:
        """When the request was signed, in epoch seconds."""
        return canonical.parse_amz_date(self.amz_date)
