"""The service itself; the modules beside it register what answers its operations."""

from clary.plane import Service

secretsmanager = Service("secretsmanager", schema="clary.services.secretsmanager")
