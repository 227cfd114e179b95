"""What access control must know of IAM. Condition keys: IAM's page of the Service Authorization Reference."""

from clary.plane import Access
from clary.services.iam.service import iam

_MEMBERS = {
    "iam:policyarn": ("PolicyArn",),
    "iam:permissionsboundary": ("PermissionsBoundary",),
    "iam:awsservicename": ("AWSServiceName",),
}

# Whatever is written here may change what somebody is allowed to do.
iam.access = Access(scope="global", members=_MEMBERS, changes=lambda operation: True)
