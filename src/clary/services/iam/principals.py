"""Decide whether a principal that a policy names may exist. Knows no policies."""

from __future__ import annotations

from clary.kernel import Arn
from clary.services.iam import entities
from clary.store.api import Tx

_UNIQUE_IDS = ("AIDA", "AROA")


def may_exist(tx: Tx, partition: str, name: str) -> bool:
    """Return whether an AWS principal belongs to this partition and may exist.

    Users and roles of accounts on this platform, and whatever has a unique id, must be there. Nothing is
    known of other accounts, so their principals may exist.
    """
    if name.startswith(_UNIQUE_IDS):
        return entities.by_id(tx, name) is not None
    if not name.startswith("arn:"):
        return True
    arn = Arn.parse(name)
    if arn.partition != partition:
        return False
    if not tx.sql("SELECT 1 FROM iam_account WHERE id = ?", arn.account):
        return True
    if arn.service == "sts" and arn.kind == "assumed-role":
        return entities.get(tx, arn.account, "role", arn.resource.split("/")[1]) is not None
    return arn.service != "iam" or arn.kind not in ("user", "role") or entities.by_arn(tx, name) is not None
