"""Makes the record of a key with its first material: for CreateKey, for AWS managed keys, for replicas."""

from __future__ import annotations

import base64
from typing import Any

from clary.kernel import BusinessTime
from clary.plane import Context, Document, Record
from clary.services.kms.key_ids import MULTI_REGION
from clary.services.kms.keys.noun import ENABLED, KEY, PENDING_IMPORT
from clary.services.kms.materials import rows
from clary.services.kms.materials.secrets import Secret

Params = dict[str, Any]
DAY = 86_400.0


def make(
    ctx: Context, spec: Params, policy: str, secret: Secret | None, *, manager: str = "CUSTOMER"
) -> Record:
    """Insert a key of the caller's account and Region and return it. One without material waits for its import."""
    id = f"{MULTI_REGION}{ctx.platform.ids.hex(32)}" if spec.get("MultiRegion") else ctx.platform.ids.uuid()
    key = Record(
        KEY.kind,
        f"{ctx.caller.account}/{ctx.region}",
        id,
        arn=f"arn:{ctx.partition}:kms:{ctx.region}:{ctx.caller.account}:key/{id}",
        status=ENABLED if secret else PENDING_IMPORT,
        doc=Document(private=_private(ctx, spec, policy, manager, secret)).over(spec),
        created=ctx.now,
        modified=ctx.now,
    )
    if secret:
        material = rows.add(ctx.tx, ctx.platform.settings.sealing_key, key, secret.private)
        key.doc["private"]["material"] = material
    return ctx.tx.insert(key)


def _private(ctx: Context, spec: Params, policy: str, manager: str, secret: Secret | None) -> Params:
    made: Params = {"policy": policy, "manager": manager}
    if spec.get("MultiRegion"):
        made |= {"primary": ctx.region, "replicas": []}
    if secret and secret.public:
        made["public"] = base64.b64encode(secret.public).decode()
    return made


def in_days(business: BusinessTime, days: int) -> float:
    """Return the moment of business time that is so many days away."""
    return business.now + days * DAY
