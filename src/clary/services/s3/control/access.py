"""S3 Control's facts for access control: a call is about the account, and changes what its buckets let in."""

from __future__ import annotations

from clary.plane import Access
from clary.services.s3.control.service import control

control.access = Access(
    scope="nameless",
    changes=lambda operation: "PublicAccess" in operation or "AccessPoint" in operation,
    names_any=False,
    unsigned=True,
)
