"""Answer for S3 features that Clary does not have: reading them says that nothing is configured.

Storing such a configuration raises NotImplemented, except for an empty one, which switches the feature off.
"""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.s3 import errors
from clary.services.s3.bucket_rows import load_bucket
from clary.services.s3.service import bucket_arn, s3

Params = dict[str, Any]

_EMPTY = {
    "GetBucketNotificationConfiguration": "GetBucketNotification",
}


def _empty(ctx: Context, params: Params) -> Params:
    load_bucket(ctx.tx, params)
    return {}


for _name, _action in _EMPTY.items():
    s3.answer(_name, _empty, bucket_arn, _action)


@s3.operation(on=bucket_arn, action="PutBucketNotification")
def put_bucket_notification_configuration(ctx: Context, params: Params) -> Params:
    load_bucket(ctx.tx, params)
    if any(params["NotificationConfiguration"].values()):
        raise errors.not_implemented("s3 event notifications")
    return {}
