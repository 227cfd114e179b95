"""What access control must know of AWS Step Functions. Condition keys: its page of the Service Authorization Reference."""

from clary.plane import Access
from clary.services.stepfunctions.service import stepfunctions

stepfunctions.access = Access()
