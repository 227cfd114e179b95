"""The members that each writing operation acts on. The service rejects every other member by name."""

from __future__ import annotations

from clary.plane import Members

# PutLogEvents (API reference): "The sequence token is now ignored in PutLogEvents actions."
_SEQUENCE = "AWS ignores it as well"

ACCEPTS: dict[str, Members] = {
    "CreateLogGroup": Members(
        "logGroupName tags logGroupClass",
        refused="kmsKeyId deletionProtectionEnabled",
    ),
    "CreateLogStream": Members("logGroupName logStreamName"),
    "DeleteLogGroup": Members("logGroupName"),
    "DeleteLogStream": Members("logGroupName logStreamName"),
    "DeleteRetentionPolicy": Members("logGroupName"),
    "PutLogEvents": Members(
        "logGroupName logStreamName logEvents entity",
        {"sequenceToken": _SEQUENCE},
    ),
    "PutRetentionPolicy": Members("logGroupName retentionInDays"),
    "TagLogGroup": Members("logGroupName tags"),
    "UntagLogGroup": Members("logGroupName tags"),
}
