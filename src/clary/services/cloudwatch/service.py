"""The service itself; the modules beside it register what answers its operations."""

from clary.plane import Service

cloudwatch = Service("cloudwatch", schema="clary.services.cloudwatch", actions="cloudwatch")
