"""Whether a principal that a policy names is somebody. Knows no policies."""

from __future__ import annotations

from clary.kernel import Arn
from clary.services.iam import entities
from clary.store.api import Tx

_UNIQUE_IDS = ("AIDA", "AROA")


def may_exist(tx: Tx, partition: str, name: str) -> bool:
    """Whether an AWS principal is of this partition and may be there: users and roles of accounts that are here must be,
    as must whoever is named by a unique id; of other accounts nothing can be known."""
    if name.startswith(_UNIQUE_IDS):
        return entities.by_id(tx, name) is not None
    if not name.startswith("arn:"):
        return True
    arn = Arn.parse(name)
    if arn.partition != partition:
        return False
    if not tx.sql("select 1 from iam_account where id = ?", arn.account):
        return True
    if arn.service == "sts" and arn.kind == "assumed-role":
        return entities.get(tx, arn.account, "role", arn.resource.split("/")[1]) is not None
    return arn.service != "iam" or arn.kind not in ("user", "role") or entities.by_arn(tx, name) is not None
