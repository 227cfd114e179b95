"""Tag keys that AWS keeps for itself: no service takes one of a user's that begins with `aws:`, in whatever case
(https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html). Knows no resource."""

from __future__ import annotations

from collections.abc import Iterable

from clary.kernel import AwsError


def refuse_reserved(keys: Iterable[str], code: str) -> None:
    """Raise the error `code` if one of the keys is reserved. The sentence is that of most services; S3 and IAM have
    their own."""
    if any(key.lower().startswith("aws:") for key in keys):
        raise AwsError(code, "aws: prefixed tag key names are not allowed for external use.")
