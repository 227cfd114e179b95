"""The key policies that nobody wrote: of a key that is made without one, and of the keys that AWS services make.

Sources: "Default key policy" (KMS Developer Guide); the guides of Systems Manager, Secrets Manager and S3 show those of
their keys. Knows no table.
"""

from __future__ import annotations

import json
from typing import Any

Statement = dict[str, Any]


def default_policy(partition: str, account: str) -> str:
    """Return the policy that leaves everything to the account's IAM policies."""
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return _text("key-default-1", [statement])


def managed_policy(partition: str, account: str, region: str, service: str, title: str) -> str:
    """Return the policy of the key that a service makes: everybody in the account may use it through the service, and may
    look at it as IAM allows. `title` is the service's name in the statement's id."""
    through = {
        "Sid": f"Allow access through {title} for all principals in the account that are authorized to use {title}",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [
            "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"
        ],
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "kms:CallerAccount": account,
                "kms:ViaService": f"{service}.{region}.amazonaws.com",
            }
        },
    }  # fmt: skip
    direct = {
        "Sid": "Allow direct access to key metadata to the account",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
        "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
        "Resource": "*",
    }
    return _text(f"auto-{service}-1", [through, direct])


def _text(id: str, statements: list[Statement]) -> str:
    """Return the document as AWS writes it."""
    document = {"Version": "2012-10-17", "Id": id, "Statement": statements}
    return json.dumps(document, indent=2, separators=(",", " : "))
