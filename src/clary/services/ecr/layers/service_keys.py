"""The registry's own keys, under which layers lie encrypted."""

from clary.plane.service_keys import ServiceKeys
from clary.services.ecr.service import ecr

service_keys = ServiceKeys(ecr)
