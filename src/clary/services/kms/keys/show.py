"""DescribeKey, ListKeys and GetPublicKey: what a key is, and which there are."""

from __future__ import annotations

import base64
from typing import Any

from clary.kernel.errors import not_implemented
from clary.plane import Context, Query
from clary.services.kms import errors, pages, targets
from clary.services.kms.keys import noun, states
from clary.services.kms.keys.metadata import algorithms, metadata
from clary.services.kms.keys.noun import KEY
from clary.services.kms.service import kms

Params = dict[str, Any]


@kms.operation(on=targets.on_key())
def describe_key(ctx: Context, params: Params) -> Params:
    """Return the metadata of a key, in whatever state it is."""
    return {"KeyMetadata": metadata(targets.key_of(ctx, params["KeyId"]))}


@kms.operation
def list_keys(ctx: Context, params: Params) -> Params:
    """Return a page of the keys of this account and Region, by their ids."""
    if set(params.get("ResourceOwners", ["SELF"])) != {"SELF"}:
        raise not_implemented("kms", "ListKeys with ResourceOwners OTHER_ACCOUNTS_VIA_RAM")
    limit, after = pages.read(ctx, params, 100, 1000)
    query = Query(where=[("id", ">", after)], order="id", limit=limit + 1)
    found = [{"KeyId": key.id, "KeyArn": key.arn} for key in ctx.tx.list(KEY.kind, ctx.scope, query)]
    return pages.page(ctx, "Keys", found, limit, lambda key: key["KeyId"])


@kms.operation(on=targets.on_key())
def get_public_key(ctx: Context, params: Params) -> Params:
    """Return the public half of an asymmetric key as a SubjectPublicKeyInfo (DER)."""
    key = targets.key_of(ctx, params["KeyId"])
    if not noun.spec_of(key).asymmetric:
        raise errors.unsupported(f"{key.arn} is not an asymmetric key.")
    states.require_enabled(key)
    return {
        "KeyId": key.arn,
        "PublicKey": base64.b64decode(key.private["public"]),
        "CustomerMasterKeySpec": key.spec["KeySpec"],
        "KeySpec": key.spec["KeySpec"],
        "KeyUsage": key.spec["KeyUsage"],
        **algorithms(key),
    }
