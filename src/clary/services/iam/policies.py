"""Customer managed policies and their versions: CreatePolicy, GetPolicy, CreatePolicyVersion and others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.access.policy_checks import check_identity_policy
from clary.plane import Context
from clary.services.iam import aws_managed_policies, entities, errors, relations
from clary.services.iam.entities import Entity
from clary.services.iam.managed_policies import find, find_own
from clary.services.iam.service import all_of, document, named, operation, tag_list, tagged
from clary.services.iam.tags import put_tags

Params = dict[str, Any]
_LONGEST = 6144  # characters without white space (IAM quotas)
_MOST_VERSIONS = 5
_LONGEST_NUMBER = 9  # digits of a version


@operation(on=named("policy"), also=tagged("policy"))
def create_policy(ctx: Context, params: Params) -> Params:
    text = params["PolicyDocument"]
    _check(ctx, text)
    doc = {"description": params.get("Description"), "last": 1, "default": 1, "updated": ctx.now}
    policy = entities.create(ctx, "policy", params["PolicyName"], params.get("Path", "/"), doc=doc)
    _add_version(ctx, policy.id, 1, text, chosen=True)
    put_tags(ctx, policy.arn, params.get("Tags"))
    return {"Policy": without_description(shown(ctx, policy)) | _tags(ctx, policy)}


@operation(on="{PolicyArn}")
def get_policy(ctx: Context, params: Params) -> Params:
    policy = find(ctx, params["PolicyArn"])
    return {"Policy": {**shown(ctx, policy), "Tags": tag_list(ctx.tx.tags(policy.arn))}}


@operation(on=all_of("policy"), lane="heavy_read")
def list_policies(ctx: Context, params: Params) -> Params:
    scope = params.get("Scope", "All")
    prefix = params.get("PathPrefix", "/")
    found: list[Entity] = []
    if scope != "Local":
        managed = [policy.entity for policy in aws_managed_policies.policies(ctx.partition).values()]
        found += [policy for policy in managed if policy.path.startswith(prefix)]
    if scope != "AWS":
        found += entities.list_all(ctx.tx, ctx.account, "policy", prefix)
    if params.get("OnlyAttached"):
        found = [policy for policy in found if relations.attachment_count(ctx, policy.arn)]
    wanted = params.get("PolicyUsageFilter")
    if wanted:
        count = relations.attachment_count if wanted == "PermissionsPolicy" else relations.boundary_count
        found = [policy for policy in found if count(ctx, policy.arn)]
    page, more = entities.paginate(ctx, params, found, lambda policy: f"{policy.name.lower()} {policy.arn}")
    return {"Policies": [without_description(shown(ctx, policy)) for policy in page], **more}


@operation(on="{PolicyArn}")
def delete_policy(ctx: Context, params: Params) -> Params:
    policy = find_own(ctx, params["PolicyArn"])
    if relations.attachment_count(ctx, policy.arn) or relations.boundary_count(ctx, policy.arn):
        raise errors.conflict("Cannot delete a policy attached to entities.")
    if len(_numbers(ctx, policy)) > 1:
        raise errors.conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's "
            "versions. The default version is deleted with the policy."
        )
    ctx.tx.sql("DELETE FROM iam_version WHERE policy = ?", policy.id)
    entities.delete(ctx.tx, policy)
    return {}


@operation(on="{PolicyArn}")
def create_policy_version(ctx: Context, params: Params) -> Params:
    policy = find_own(ctx, params["PolicyArn"])
    _check(ctx, params["PolicyDocument"])
    if len(_numbers(ctx, policy)) >= _MOST_VERSIONS:
        raise errors.limit_exceeded(
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an "
            "existing version."
        )
    number = policy.doc["last"] + 1
    chosen = bool(params.get("SetAsDefault"))
    _add_version(ctx, policy.id, number, params["PolicyDocument"], chosen=False)
    _touch(ctx, policy, last=number)
    if chosen:
        _choose(ctx, policy.evolve(doc={**policy.doc, "last": number}), number)
    return {"PolicyVersion": {"VersionId": f"v{number}", "IsDefaultVersion": chosen, "CreateDate": ctx.now}}


@operation(on="{PolicyArn}")
def get_policy_version(ctx: Context, params: Params) -> Params:
    policy = find(ctx, params["PolicyArn"])
    text, version = _version(ctx, policy, params["VersionId"])
    return {"PolicyVersion": {"Document": document(text), **version}}


@operation(on="{PolicyArn}")
def list_policy_versions(ctx: Context, params: Params) -> Params:
    policy = find(ctx, params["PolicyArn"])
    newest_first = sorted(_numbers(ctx, policy), reverse=True)
    page, more = entities.paginate(ctx, params, newest_first, lambda number: f"{(1 << 31) - number:012d}")
    return {"Versions": [_version(ctx, policy, f"v{number}")[1] for number in page], **more}


@operation(on="{PolicyArn}")
def set_default_policy_version(ctx: Context, params: Params) -> Params:
    policy = find_own(ctx, params["PolicyArn"])
    _version(ctx, policy, params["VersionId"])
    _choose(ctx, policy, int(params["VersionId"][1:]))
    return {}


@operation(on="{PolicyArn}")
def delete_policy_version(ctx: Context, params: Params) -> Params:
    policy = find_own(ctx, params["PolicyArn"])
    _, version = _version(ctx, policy, params["VersionId"])
    if version["IsDefaultVersion"]:
        raise errors.conflict("Cannot delete the default version of a policy.")
    number = int(params["VersionId"][1:])
    ctx.tx.sql("DELETE FROM iam_version WHERE policy = ? AND number = ?", policy.id, number)
    return {}


def shown(ctx: Context, policy: Entity) -> Params:
    """Return a policy as GetPolicy shows it."""
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": f"v{policy.doc['default']}",
        "AttachmentCount": relations.attachment_count(ctx, policy.arn),
        "PermissionsBoundaryUsageCount": relations.boundary_count(ctx, policy.arn),
        "IsAttachable": True,
        "Description": policy.doc.get("description"),
        "CreateDate": policy.created,
        "UpdateDate": policy.doc["updated"],
    }


def versions(ctx: Context, policy: Entity) -> list[Params]:
    """Return all versions with their documents, for GetAccountAuthorizationDetails."""
    found = [_version(ctx, policy, f"v{number}") for number in sorted(_numbers(ctx, policy), reverse=True)]
    return [{"Document": document(text), **version} for text, version in found]


def without_description(policy: Params) -> Params:
    """Return a policy without its description, which only GetPolicy shows (API reference, Policy)."""
    return {name: value for name, value in policy.items() if name != "Description"}


def _tags(ctx: Context, policy: Entity) -> Params:
    tags = tag_list(ctx.tx.tags(policy.arn))
    return {"Tags": tags} if tags else {}


def _check(ctx: Context, text: str) -> None:
    check_identity_policy(text, ctx.partition)
    if len("".join(text.split())) > _LONGEST:
        raise errors.over_quota("PolicySize", _LONGEST)


def _numbers(ctx: Context, policy: Entity) -> list[int]:
    if policy.account == "aws":
        return [1]
    return [row[0] for row in ctx.tx.sql("SELECT number FROM iam_version WHERE policy = ?", policy.id)]


def _version(ctx: Context, policy: Entity, version_id: str) -> tuple[str, Params]:
    """Return the text and the other members of a version. Raise NoSuchEntity."""
    row = _row(ctx, policy, version_id)
    if row is None:
        raise errors.no_such_entity(
            f"Policy {policy.arn} version {version_id} does not exist or is not attachable."
        )
    text, created, chosen = row
    return text, {"VersionId": version_id, "IsDefaultVersion": bool(chosen), "CreateDate": created}


def _row(ctx: Context, policy: Entity, version_id: str) -> Any:
    number = _number(version_id)
    if policy.account == "aws":
        only = (aws_managed_policies.document(policy.partition, policy.arn), policy.created, 1)
        return only if number == 1 else None
    rows = ctx.tx.sql(
        "SELECT document, created, chosen FROM iam_version WHERE policy = ? AND number = ?", policy.id, number
    )
    return rows[0] if rows else None


def _number(version_id: str) -> int:
    """Return the number of `v1`; 0, which no version has, for other ids that the model lets through."""
    digits = version_id[1:]
    return int(digits) if digits.isdecimal() and len(digits) <= _LONGEST_NUMBER else 0


def _add_version(ctx: Context, policy: str, number: int, text: str, *, chosen: bool) -> None:
    ctx.tx.sql(
        "INSERT INTO iam_version (policy, number, document, created, chosen) VALUES (?, ?, ?, ?, ?)",
        policy, number, text, ctx.now, int(chosen),
    )  # fmt: skip


def _choose(ctx: Context, policy: Entity, number: int) -> None:
    ctx.tx.sql("UPDATE iam_version SET chosen = 0 WHERE policy = ?", policy.id)
    ctx.tx.sql("UPDATE iam_version SET chosen = 1 WHERE policy = ? AND number = ?", policy.id, number)
    _touch(ctx, policy, default=number)


def _touch(ctx: Context, policy: Entity, **changes: Any) -> None:
    doc: Mapping[str, Any] = {**policy.doc, **changes, "updated": ctx.now}
    entities.update(ctx.tx, policy, policy.evolve(doc=doc))
