"""What access control must know of CloudWatch Logs. Condition keys: its page of the Service Authorization Reference."""

from clary.plane import Access
from clary.services.logs.service import logs

_MEMBERS = {
    "logs:destinationarn": ("destinationArn",),
}

logs.access = Access(members=_MEMBERS)
