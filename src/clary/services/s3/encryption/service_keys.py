"""S3's own keys (SSE-S3)."""

from clary.plane.service_keys import ServiceKeys
from clary.services.s3.service import s3

service_keys = ServiceKeys(s3)
