"""Tag keys that AWS reserves: users' keys must not begin with `aws:`, ignoring case. Knows no resource.

Source: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html.
"""

from __future__ import annotations

from collections.abc import Iterable

from clary.kernel import AwsError


def refuse_reserved(keys: Iterable[str], code: str) -> None:
    """Raise the error `code` if one of the keys is reserved. Most services use this message; S3 and IAM have
    their own."""
    if any(key.lower().startswith("aws:") for key in keys):
        raise AwsError(code, "aws: prefixed tag key names are not allowed for external use.")
