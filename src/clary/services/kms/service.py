"""The Key Management Service. The modules beside this one register its operations."""

from clary.plane import Service
from clary.services.kms.accepts import ACCEPTS

kms = Service("kms", schema="clary.services.kms", accepts=ACCEPTS)
