"""KeyMetadata: what DescribeKey, CreateKey and ReplicateKey show of a key."""

from __future__ import annotations

from typing import Any

from clary.plane import Record
from clary.services.kms.key_specs import MEMBERS, SYMMETRIC
from clary.services.kms.keys import noun
from clary.services.kms.keys.noun import ENABLED, account_of, spec_of, usage_of

Params = dict[str, Any]
_OBSERVED = ("DeletionDate", "PendingDeletionWindowInDays", "ValidTo", "ExpirationModel")


def metadata(key: Record) -> Params:
    """Return the KeyMetadata of a key."""
    asked = key.spec
    return {
        "AWSAccountId": account_of(key),
        "KeyId": key.id,
        "Arn": key.arn,
        "CreationDate": key.created,
        "Enabled": key.status == ENABLED,
        "Description": asked["Description"],
        "KeyUsage": asked["KeyUsage"],
        "KeyState": key.status,
        "Origin": asked["Origin"],
        "KeyManager": key.private["manager"],
        "CustomerMasterKeySpec": asked["KeySpec"],
        "KeySpec": asked["KeySpec"],
        "MultiRegion": noun.is_multi_region(key),
        **algorithms(key),
        **{name: key.observed[name] for name in _OBSERVED if name in key.observed},
        **_material(key),
        **_multi_region(key),
    }


def algorithms(key: Record) -> Params:
    """Return the member that lists the key's algorithms."""
    return {MEMBERS[usage_of(key)]: sorted(spec_of(key).usages[usage_of(key)])}


def _material(key: Record) -> Params:
    """Return the id of the current material, which AWS shows of symmetric encryption keys alone."""
    shown = asked_for_symmetric(key) and "material" in key.private
    return {"CurrentKeyMaterialId": key.private["material"]} if shown else {}


def asked_for_symmetric(key: Record) -> bool:
    return key.spec["KeySpec"] == SYMMETRIC


def _multi_region(key: Record) -> Params:
    if not noun.is_multi_region(key):
        return {}
    primary, replicas = key.private["primary"], key.private["replicas"]
    role = "PRIMARY" if noun.region_of(key) == primary else "REPLICA"
    return {
        "MultiRegionConfiguration": {
            "MultiRegionKeyType": role,
            "PrimaryKey": _located(key, primary),
            "ReplicaKeys": [_located(key, region) for region in replicas],
        }
    }


def _located(key: Record, region: str) -> Params:
    parts = key.arn.split(":")
    return {"Arn": ":".join([*parts[:3], region, *parts[4:]]), "Region": region}
