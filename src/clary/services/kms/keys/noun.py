"""The record of a key, and how it is found. Knows no operation.

`spec` is what was asked for. `private` has the key policy (`policy`), who manages it (`manager`: CUSTOMER or AWS), the
id of its current material (`material`), an asymmetric key's public half (`public`, base64 of DER), and how it rotates.
"""

from __future__ import annotations

from clary.plane import Context, Noun, Record, States, generated
from clary.services.kms import errors
from clary.services.kms.key_ids import Named
from clary.services.kms.key_specs import SPECS, Spec
from clary.services.kms.service import kms
from clary.store.api import Tx

ENABLED, DISABLED = "Enabled", "Disabled"
PENDING_IMPORT, PENDING_DELETION = "PendingImport", "PendingDeletion"
PENDING_REPLICAS = "PendingReplicaDeletion"

KEY = kms.declare(
    Noun(
        "Key", arn="key/{KeyId}", key=generated("{hex32}", "KeyId"), states=States("KeyState", start=ENABLED)
    )
)


def find(tx: Tx, named: Named) -> Record | None:
    """Return the key with this account, Region and id."""
    return tx.get(KEY.kind, named.scope, named.id)


def load(ctx: Context, named: Named) -> Record:
    """Return the key. Raise NotFoundException."""
    found = find(ctx.tx, named)
    if found is None:
        raise errors.no_key(named.arn(ctx.partition))
    return found


def account_of(key: Record) -> str:
    return key.scope.partition("/")[0]


def region_of(key: Record) -> str:
    return key.scope.partition("/")[2]


def named(key: Record) -> Named:
    """Return how a key is named."""
    return Named(account_of(key), region_of(key), key.id)


def spec_of(key: Record) -> Spec:
    return SPECS[key.spec["KeySpec"]]


def usage_of(key: Record) -> str:
    return key.spec["KeyUsage"]


def algorithms_of(key: Record) -> tuple[str, ...]:
    """Return the algorithms that the key may be used with."""
    return spec_of(key).usages[usage_of(key)]


def is_imported(key: Record) -> bool:
    return key.spec["Origin"] == "EXTERNAL"


def is_multi_region(key: Record) -> bool:
    return bool(key.spec.get("MultiRegion"))


def is_replica(key: Record) -> bool:
    return is_multi_region(key) and key.private["primary"] != region_of(key)
