"""IAM: users, groups, roles, policies, keys, and the directory that the platform asks who may do what."""

from clary.services.iam import (
    access,
    attachments,
    boundaries,
    groups,
    inline,
    keys,
    policies,
    profiles,
    roles,
    service_linked,
    simulate,
    summary,
    tags,
    users,
)
from clary.services.iam.service import iam

service = iam

__all__ = [
    "access",
    "attachments",
    "boundaries",
    "groups",
    "iam",
    "inline",
    "keys",
    "policies",
    "profiles",
    "roles",
    "service",
    "service_linked",
    "simulate",
    "summary",
    "tags",
    "users",
]
