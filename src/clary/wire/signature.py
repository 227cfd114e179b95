"""How a request says that it is signed, as one value. Read in signed.py, verified in sigv2.py and sigv4.py."""

from __future__ import annotations

from typing import Literal, NamedTuple

from clary.wire import canonical

Scheme = Literal["AWS", "AWS4-HMAC-SHA256"]
Place = Literal["header", "query"]

# The two schemes, by the names that S3's condition key s3:signatureversion has for them.
V2: Scheme = "AWS"
V4: Scheme = "AWS4-HMAC-SHA256"


class Signature(NamedTuple):
    """What a request says of its signature.

    `expires` is for presigned requests: seconds after `amz_date` in Version 4, a moment in epoch seconds in Version 2.
    `payload_hash` is the value of `x-amz-content-sha256`, None where the request has none (most services). Version 2 is
    S3's and names no region: `region` is empty until the bucket is known.

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
    place: Place = "header"
    scheme: Scheme = V4

    @property
    def presigned(self) -> bool:
        return self.place == "query"

    @property
    def streams_body(self) -> bool:
        """Whether the request may be verified before its body is there. S3 signs what the client says of its body, to which
        that is held as it is read; all other services sign the body itself."""
        return self.service in canonical.S3_NAMES

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"

    @property
    def time(self) -> float:
        """When the request was signed, in epoch seconds."""
        return canonical.parse_amz_date(self.amz_date)
