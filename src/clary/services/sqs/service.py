"""The service itself; the modules beside it register what answers its operations."""

from clary.plane import Service
from clary.plane.service_keys import ServiceKeys

sqs = Service("sqs", schema="clary.services.sqs")
service_keys = ServiceKeys(sqs)  # SSE-SQS
