"""IAM: users, groups, roles, policies and access keys, and the directory that access control reads."""

from clary.services.iam import (
    access,
    access_keys,
    account_summary,
    attachments,
    groups,
    inline_policies,
    instance_profiles,
    permissions_boundaries,
    policies,
    roles,
    service_linked_roles,
    simulate,
    tags,
    users,
)
from clary.services.iam.service import iam

service = iam

__all__ = [
    "access",
    "access_keys",
    "account_summary",
    "attachments",
    "groups",
    "iam",
    "inline_policies",
    "instance_profiles",
    "permissions_boundaries",
    "policies",
    "roles",
    "service",
    "service_linked_roles",
    "simulate",
    "tags",
    "users",
]
