"""GetAccountSummary and GetAccountAuthorizationDetails."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.iam import (
    attachments,
    entities,
    groups,
    instance_profiles,
    policies,
    relations,
    roles,
    users,
)
from clary.services.iam.account import token_preferences
from clary.services.iam.certificates import server_certificates, signing_certificates
from clary.services.iam.entities import Entity
from clary.services.iam.mfa import devices as mfa_devices
from clary.services.iam.providers.facts import OIDC, SAML
from clary.services.iam.service import document, operation

Params = dict[str, Any]
# The quotas that this platform enforces (IAM and STS quotas, IAM User Guide).
_QUOTAS = {
    "AccessKeysPerUserQuota": 2,
    "GroupsPerUserQuota": 10,
    "AttachedPoliciesPerUserQuota": attachments.MOST["user"],
    "AttachedPoliciesPerGroupQuota": attachments.MOST["group"],
    "AttachedPoliciesPerRoleQuota": attachments.MOST["role"],
    "VersionsPerPolicyQuota": 5,
    "PolicySizeQuota": 6144,
    "UserPolicySizeQuota": 2048,
    "GroupPolicySizeQuota": 5120,
    "AssumeRolePolicySizeQuota": 2048,
    "ServerCertificatesQuota": server_certificates.MOST,
    "SigningCertificatesPerUserQuota": signing_certificates.MOST,
}
_DETAILS = {"User": "user", "Group": "group", "Role": "role", "LocalManagedPolicy": "policy"}


@operation(lane="heavy_read")
def get_account_summary(ctx: Context, params: Params) -> Params:
    rows = ctx.tx.sql("SELECT kind, COUNT(*) FROM iam_entity WHERE account = ? GROUP BY kind", ctx.account)
    counted = dict(rows)
    versions = ctx.tx.sql(
        "SELECT COUNT(*) FROM iam_version v JOIN iam_entity e ON e.id = v.policy WHERE e.account = ?",
        ctx.account,
    )
    root_keys = ctx.tx.sql("SELECT id FROM iam_key WHERE account = ? AND owner = ''", ctx.account)
    devices = mfa_devices.all_of(ctx.tx, ctx.account)
    counts = {
        "Users": counted.get("user", 0),
        "Groups": counted.get("group", 0),
        "Roles": counted.get("role", 0),
        "Policies": counted.get("policy", 0),
        "Providers": counted.get(OIDC, 0) + counted.get(SAML, 0),
        "InstanceProfiles": counted.get("instance-profile", 0),
        "PolicyVersionsInUse": versions[0][0],
        "AccountAccessKeysPresent": int(bool(root_keys)),
        "AccountMFAEnabled": 0,  # the root user has neither a device, nor a password, nor certificates here
        "AccountPasswordPresent": 0,
        "AccountSigningCertificatesPresent": 0,
        "MFADevices": len(devices),
        "MFADevicesInUse": sum(bool(device.owner) for device in devices),
        "ServerCertificates": counted.get("server-certificate", 0),
        "GlobalEndpointTokenVersion": token_preferences.version_of(ctx.tx, ctx.account),
    }
    return {"SummaryMap": counts | _QUOTAS}


@operation(lane="heavy_read")
def get_account_authorization_details(ctx: Context, params: Params) -> Params:
    wanted = params.get("Filter") or list(_DETAILS)
    kinds = [kind for name, kind in _DETAILS.items() if name in wanted]
    found = [entity for kind in kinds for entity in entities.list_all(ctx.tx, ctx.account, kind)]
    page, more = entities.paginate(ctx, params, found, lambda entity: f"{entity.kind} {entity.name.lower()}")
    out: Params = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    for entity in page:
        member, describe = _DESCRIBE[entity.kind]
        out[member].append(describe(ctx, entity))
    return {**out, **more}


def _user(ctx: Context, user: Entity) -> Params:
    groups = [group.name for group in relations.containers_of(ctx.tx, user.id)]
    return {
        **users.shown(ctx, user),
        "UserPolicyList": _inline(ctx, user),
        "GroupList": sorted(groups),
        "AttachedManagedPolicies": attachments.shown(ctx, user),
    }


def _group(ctx: Context, group: Entity) -> Params:
    return {
        **groups.shown(group),
        "GroupPolicyList": _inline(ctx, group),
        "AttachedManagedPolicies": attachments.shown(ctx, group),
    }


def _role(ctx: Context, role: Entity) -> Params:
    profiles = relations.containers_of(ctx.tx, role.id)
    return {
        **roles.shown(ctx, role),
        **roles.boundary_and_tags(ctx, role),
        "RolePolicyList": _inline(ctx, role),
        "AttachedManagedPolicies": attachments.shown(ctx, role),
        "InstanceProfileList": [instance_profiles.shown(ctx, profile) for profile in profiles],
        **roles.last_used(ctx, role),
    }


def _policy(ctx: Context, policy: Entity) -> Params:
    return {**policies.shown(ctx, policy), "PolicyVersionList": policies.versions(ctx, policy)}


def _inline(ctx: Context, entity: Entity) -> list[Params]:
    held = relations.inline_policies(ctx.tx, entity.id)
    return [{"PolicyName": name, "PolicyDocument": document(text)} for name, text in held.items()]


_DESCRIBE = {
    "user": ("UserDetailList", _user),
    "group": ("GroupDetailList", _group),
    "role": ("RoleDetailList", _role),
    "policy": ("Policies", _policy),
}
