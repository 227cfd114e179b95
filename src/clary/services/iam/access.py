"""IAM's facts for access control. Source of the condition keys: IAM's page of the Service Authorization
Reference."""

from clary.plane import Access
from clary.services.iam.passwords import own_password
from clary.services.iam.service import iam

_MEMBERS = {
    "iam:policyarn": ("PolicyArn",),
    "iam:permissionsboundary": ("PermissionsBoundary",),
    "iam:awsservicename": ("AWSServiceName",),
}

# Any of IAM's writing operations may change what somebody is allowed to do.
iam.access = Access(
    scope="global", members=_MEMBERS, changes=lambda operation: True, grants=own_password.grant
)
