"""ReplicateKey and UpdatePrimaryRegion: one key in several Regions, with the same id and material.

Each Region has a record of its own, whose state, policy, tags and aliases are its own; which is the primary and how it
rotates is the same for all ("Multi-Region keys in AWS KMS", Developer Guide).
"""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Also, Context, Document, Record, revise
from clary.services.kms import errors, targets
from clary.services.kms.keys import noun, policy_documents, relatives, states, tags, waits
from clary.services.kms.keys.default_policies import default_policy
from clary.services.kms.keys.metadata import metadata
from clary.services.kms.keys.noun import KEY, PENDING_IMPORT
from clary.services.kms.materials import rows
from clary.services.kms.service import kms

Params = dict[str, Any]
_CREATING = "Creating"


@kms.operation(
    on=targets.on_plain_key,
    also=(Also("kms:CreateKey", on="*"), Also("kms:TagResource", "Tags", on=targets.new_key)),
)
def replicate_key(ctx: Context, params: Params) -> Params:
    """Make a replica of a primary key in another Region. Raise AlreadyExistsException where it is already."""
    key = _primary(ctx, params)
    region = params["ReplicaRegion"]
    _check_region(ctx, key, region)
    given = tags.checked(params.get("Tags", []), {})
    policy = _policy(ctx, params)
    replica = ctx.tx.insert(_replica(ctx, key, region, policy, params.get("Description", "")))
    if not params.get("BypassPolicyLockoutSafetyCheck"):
        policy_documents.refuse_lockout(ctx, replica.arn, policy)
    ctx.tx.tag(replica.arn, given)
    rows.copy_all(ctx.tx, key, replica)
    relatives.tell(
        ctx.tx,
        [key, *relatives.others(ctx.tx, key)],
        key.private["primary"],
        replica.private["replicas"],
        ctx.now,
    )
    ctx.wake()
    shown = {"ReplicaKeyMetadata": metadata(replica), "ReplicaPolicy": policy}
    return shown | ({"ReplicaTags": params["Tags"]} if given else {})


@kms.operation(on=targets.on_plain_key)
def update_primary_region(ctx: Context, params: Params) -> Params:
    """Make a replica the primary key, and the primary key a replica."""
    key = _primary(ctx, params)
    region, replicas = params["PrimaryRegion"], key.private["replicas"]
    if region not in replicas:
        raise errors.no_key(noun.named(key)._replace(region=region).arn(ctx.partition))
    family = [key, *relatives.others(ctx.tx, key)]
    for one in family:
        states.require_enabled(one)
    rotation = key.private.get("rotation")
    family = [
        revise(one, private={"rotation": rotation if noun.region_of(one) == region else None})
        for one in family
    ]
    new = [noun.region_of(key), *(one for one in replicas if one != region)]
    relatives.tell(ctx.tx, family, region, new, ctx.now)
    _wait_again(ctx, key)
    return {}


def _wait_again(ctx: Context, key: Record) -> None:
    """Let the new primary wait for the next rotation, and the former one no more."""
    here = noun.load(ctx, noun.named(key))
    for one in [here, *relatives.others(ctx.tx, here)]:
        waits.write(ctx, one)


def _primary(ctx: Context, params: Params) -> Record:
    key = targets.plain_key_of(ctx, params)
    if not noun.is_multi_region(key) or noun.is_replica(key):
        raise errors.unsupported(f"{key.arn} is not a multi-region primary key.")
    states.require_enabled(key) if key.status != PENDING_IMPORT else None
    return key


def _check_region(ctx: Context, key: Record, region: str) -> None:
    if region not in ctx.platform.settings.regions:
        raise validation(f"ReplicaRegion {region} is not a valid Region.")
    place = noun.named(key)._replace(region=region)
    if region == noun.region_of(key) or noun.find(ctx.tx, place):
        raise AwsError(
            "AlreadyExistsException",
            f"Unable to replicate {key.arn}: {place.arn(ctx.partition)} already exists.",
        )


def _policy(ctx: Context, params: Params) -> str:
    if "Policy" not in params:
        return default_policy(ctx.partition, ctx.caller.account)
    return policy_documents.checked(ctx, params["Policy"])


def _replica(ctx: Context, key: Record, region: str, policy: str, description: str) -> Record:
    place = noun.named(key)._replace(region=region)
    spec = {**key.spec, "Description": description}
    private = {
        **{name: value for name, value in key.private.items() if name != "rotation"},
        "policy": policy,
        "replicas": sorted([*key.private["replicas"], region]),
    }
    return Record(
        KEY.kind,
        place.scope,
        key.id,
        arn=place.arn(ctx.partition),
        status=PENDING_IMPORT if noun.is_imported(key) else _CREATING,
        doc=Document(private=private).over(spec),
        created=ctx.now,
        modified=ctx.now,
        due=ctx.now,
    )
