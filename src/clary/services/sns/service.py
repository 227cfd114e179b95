"""The service itself; the modules beside it register what answers its operations."""

from clary.plane import Service

sns = Service("sns", schema="clary.services.sns")
