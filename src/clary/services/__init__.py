"""One folder for each AWS endpoint name, all with the same face: a module attribute `service`."""

from __future__ import annotations

from importlib import import_module

from clary.plane import Service

SERVICES = (
    "s3",
    "sts",
    "iam",
    "logs",
    "cloudwatch",
    "sagemaker",
    "sagemaker.runtime",
)


def load_services() -> dict[str, Service]:
    """Every service, by its AWS endpoint name."""
    found = (import_module(f"clary.services.{folder}").service for folder in SERVICES)
    return {service.name: service for service in found}
