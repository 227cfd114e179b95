"""PutParameter: the next version of a parameter (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html).

What takes time, a user's pattern and KMS, comes before the transaction that writes. That one looks again at what it found.
"""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Also, Context, Members
from clary.services.ssm import policies, policy_clock, rows, sealing, values
from clary.services.ssm.names import Params, arn_of, check_new, key_of, target
from clary.services.ssm.rows import Version
from clary.services.ssm.service import ssm
from clary.services.ssm.tags import RULES, pairs_in

_MOST = {"Standard": 10_000, "Advanced": 100_000}  # "Parameter Store" in Systems Manager's quotas
_MOST_VERSIONS = 100
_ATTEMPTS = 5
# What a version keeps of the one before, where the request does not say it.
_KEPT = ("Description", "AllowedPattern", "KeyId", "DataType", "Policies", "Tier")

_ACCEPTS = Members("Name Description Value Type KeyId Overwrite AllowedPattern Tags Tier Policies DataType")


@ssm.operation(on=target, accepts=_ACCEPTS, also=(Also("ssm:AddTagsToResource", "Tags"),), lane="compute")
def put_parameter(ctx: Context, params: Params) -> Params:
    """Write the next version of a parameter. Raise ParameterAlreadyExists unless it may be written over, and TooManyUpdates
    where others come in between each time."""
    _check_request(params)
    for _ in range(_ATTEMPTS):
        version = _attempt(ctx, params, key_of(params["Name"]))
        if version is not None:
            return {"Version": version.number, "Tier": version.facts["Tier"]}
    said = "There are concurrent updates for a resource that supports one update at a time."
    raise AwsError("TooManyUpdates", said)


def _attempt(ctx: Context, params: Params, key: str) -> Version | None:
    """Write the version after the newest one; None where another came in between."""
    with ctx.transaction() as at:
        old = rows.newest(at, key)
        facts = _facts(at, params, old)
    values.check_pattern(facts.get("AllowedPattern", ""), params["Value"])
    stored = _stored(ctx, key, facts, params["Value"])
    version = Version(key, params["Name"], old.number + 1 if old else 1, stored, facts)
    with ctx.transaction(write=True) as at:
        if rows.newest(at, key) != old:
            return None
        _write(at, params, version, old)
    return version


def _stored(ctx: Context, key: str, facts: dict[str, Any], value: str) -> str:
    """Return a value as it is stored: a SecureString's as a ciphertext."""
    if facts["Type"] != "SecureString":
        return value
    return sealing.close(ctx, facts["KeyId"], facts["Tier"], arn_of(ctx, key), value)


def _check_request(params: Params) -> None:
    """Raise AWS's errors for what no parameter may be, whatever there is."""
    check_new(params["Name"])
    values.check_value(params["Value"])
    if params.get("Tags") and params.get("Overwrite"):
        raise validation(
            "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please "
            "remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or "
            "RemoveTagsFromResource."
        )
    RULES.check(pairs_in(params))


def _facts(ctx: Context, params: Params, old: Version | None) -> dict[str, Any]:
    """Return what is stored of the next version beside its value. Raise AWS's errors for what cannot follow the old one."""
    if old and not params.get("Overwrite"):
        said = "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
        raise AwsError("ParameterAlreadyExists", said)
    facts = _kept(params, old)
    facts["Type"] = _type(params, old)
    _check_key(params, facts)
    if policies.parse(facts.get("Policies", "[]")) == []:
        facts.pop("Policies", None)
    facts["Tier"] = _tier(ctx, params, facts, old)
    values.check_data_type(facts)
    values.check_size(params["Value"], facts["Tier"])
    return {**facts, "LastModifiedDate": ctx.now, "LastModifiedUser": ctx.caller.arn}


def _kept(params: Params, old: Version | None) -> dict[str, Any]:
    before = {name: old.facts[name] for name in _KEPT if name in old.facts} if old else {"DataType": "text"}
    return before | {name: params[name] for name in _KEPT if params.get(name)}


def _type(params: Params, old: Version | None) -> str:
    given = params.get("Type") or (old.facts["Type"] if old else "")
    if not given:
        raise validation("A parameter type is required when you create a parameter.")
    if old and given != old.facts["Type"]:
        said = (
            "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a "
            "parameter from a String type to a SecureString type. You must create a new, unique parameter."
        )
        raise AwsError("HierarchyTypeMismatchException", said)
    return given


def _check_key(params: Params, facts: dict[str, Any]) -> None:
    if facts["Type"] == "SecureString":
        facts.setdefault("KeyId", sealing.DEFAULT_KEY)
    elif params.get("KeyId"):
        raise validation("KeyId is for parameters of the type SecureString.")


def _tier(ctx: Context, params: Params, facts: dict[str, Any], old: Version | None) -> str:
    """Return the tier of the next version: Standard or Advanced. Raise ValidationException for a step down."""
    needed = len(params["Value"]) > values.STANDARD or "Policies" in facts
    asked = facts.get("Tier", "Standard")
    if asked == "Intelligent-Tiering":
        full = old is None and rows.count(ctx, "Standard") >= _MOST["Standard"]
        asked = "Advanced" if needed or full or (old and old.facts["Tier"] == "Advanced") else "Standard"
    if old and old.facts["Tier"] == "Advanced" and asked == "Standard":
        raise validation(
            "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the "
            "advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter "
            "and recreate it as a standard parameter."
        )
    if asked == "Standard" and "Policies" in facts:
        raise validation("Parameter policies are for parameters of the tier Advanced.")
    return asked


def _write(ctx: Context, params: Params, version: Version, old: Version | None) -> None:
    """Write a version and all that depends on it."""
    if old is None and rows.count(ctx, version.facts["Tier"]) >= _MOST[version.facts["Tier"]]:
        raise rows.too_many(_MOST[version.facts["Tier"]])
    _make_room(ctx, version)
    rows.write(ctx, version.name, version)
    arn = arn_of(ctx, version.key)
    policy_clock.follow(ctx, version, arn)
    if params.get("Tags"):
        ctx.tx.tag(arn, dict(pairs_in(params)))
    rows.changed(ctx, "updated" if old else "created", version)


def _make_room(ctx: Context, version: Version) -> None:
    """Delete the oldest of 100 versions. Raise ParameterMaxVersionLimitExceeded where it has a label."""
    count, oldest = rows.oldest(ctx, version.key)
    if count < _MOST_VERSIONS:
        return
    if oldest in rows.labels(ctx, version.key).values():
        said = (
            f"You attempted to create a new version of {version.name} by calling the PutParameter API with the overwrite "
            f"flag. Version {oldest}, the oldest version, can't be deleted because it has a label associated with it. Move "
            "the label to another version of the parameter, and try again."
        )
        raise AwsError("ParameterMaxVersionLimitExceeded", said)
    rows.drop_version(ctx, version.key, oldest)
