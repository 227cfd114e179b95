"""MFA delete, which nobody can switch on: "only the root user account can turn on MFA delete", with an MFA device, and no API makes a
device of a root user. So no bucket has it, and who asks for it gets AWS's refusal.

Source: "How do I turn on MFA delete for my Amazon S3 bucket?" (https://repost.aws/knowledge-center/s3-bucket-mfa-delete), and the reports
of users that tests name.
"""

from __future__ import annotations

import re

from clary.kernel import AwsError, Caller
from clary.services.s3 import errors
from clary.services.s3.bucket_rows import Bucket

_HEADER = re.compile(r"\S+ \d{6}", re.ASCII)


def refusal(bucket: Bucket, caller: Caller, header: str | None) -> AwsError:
    """Return what S3 answers to `MFADelete=Enabled` with this value of `x-amz-mfa`. AWS's words for the code of a device that is not the
    root user's are not known."""
    if header is None:
        return errors.access_denied("Mfa Authentication must be used for this request")
    if not _HEADER.fullmatch(header):
        message = (
            "Mfa header is invalid -- the header should be formatted as {serialNumber}(space){tokenCode}"
        )
        return errors.invalid_argument(message, "x-amz-mfa", header)
    if caller.issued is not None:
        return errors.invalid_request("DevPay and Mfa are mutually exclusive authorization methods.")
    if not caller.is_root or caller.account != bucket.owner:
        return errors.access_denied("This operation may only be performed by the bucket owner")
    return errors.access_denied("Mfa Authentication must be used for this request")
