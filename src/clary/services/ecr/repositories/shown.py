"""What answers show of a repository."""

from __future__ import annotations

from clary.plane import Record
from clary.services.ecr import names
from clary.services.ecr.names import Params


def shown(record: Record) -> Params:
    """Return a repository as DescribeRepositories shows it. Nothing is scanned."""
    return {
        "repositoryArn": record.arn,
        **names.about(record),
        "repositoryUri": names.uri_of(record),
        "createdAt": record.created,
        "encryptionConfiguration": {"encryptionType": "AES256"},
        **record.spec,
        "imageScanningConfiguration": {"scanOnPush": False},
    }
