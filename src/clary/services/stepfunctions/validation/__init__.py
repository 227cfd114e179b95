"""Checks definitions as CreateStateMachine and ValidateStateMachineDefinition do. Knows no store."""

from clary.services.stepfunctions.validation.definitions import diagnose
from clary.services.stepfunctions.validation.findings import Finding

__all__ = ["Finding", "diagnose"]
