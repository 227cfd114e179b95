"""CloudWatch's facts for access control. Source of the condition keys: Service Authorization Reference."""

from clary.plane import Access
from clary.services.cloudwatch.service import cloudwatch

_MEMBERS = {
    "cloudwatch:namespace": ("Namespace",),
}

cloudwatch.access = Access(members=_MEMBERS, denial=("AccessDenied", 403), names_any=False)
