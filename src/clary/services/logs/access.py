"""CloudWatch Logs' facts for access control. Source of the condition keys: Service Authorization Reference."""

from clary.plane import Access
from clary.services.logs.service import logs

_MEMBERS = {
    "logs:destinationarn": ("destinationArn",),
}

logs.access = Access(members=_MEMBERS)
