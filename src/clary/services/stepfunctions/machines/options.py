"""What nothing here acts on: keys of the customer, and traces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.kernel.errors import not_implemented


def refuse_keys(params: Mapping[str, Any], operation: str) -> None:
    """Raise NotImplemented for a key of the customer."""
    if params.get("encryptionConfiguration", {}).get("type", "AWS_OWNED_KEY") != "AWS_OWNED_KEY":
        raise not_implemented("stepfunctions", f"{operation} with encryptionConfiguration.kmsKeyId")


def refuse_traces(params: Mapping[str, Any], operation: str) -> None:
    """Raise NotImplemented for a trace by X-Ray."""
    if params.get("tracingConfiguration", {}).get("enabled"):
        raise not_implemented("stepfunctions", f"{operation} with tracingConfiguration.enabled")
    if params.get("traceHeader"):
        raise not_implemented("stepfunctions", f"{operation} with traceHeader")
