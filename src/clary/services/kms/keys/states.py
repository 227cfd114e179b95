"""Which states of a key refuse which operations, in AWS's words.

Source: the table of "Key states of AWS KMS keys" (KMS Developer Guide). Where it names two errors for a key that is
pending deletion, AWS answers KMSInvalidStateException.
"""

from __future__ import annotations

from clary.plane import Record
from clary.services.kms import errors
from clary.services.kms.keys.noun import (
    DISABLED,
    ENABLED,
    PENDING_DELETION,
    PENDING_IMPORT,
    PENDING_REPLICAS,
)

_SAYS = {
    PENDING_DELETION: "is pending deletion.",
    PENDING_REPLICAS: "is pending replica deletion.",
    PENDING_IMPORT: "is pending import.",
    "Creating": "is creating.",
    "Updating": "is updating.",
}
LEAVING = (PENDING_DELETION, PENDING_REPLICAS)


def require_enabled(key: Record) -> None:
    """Raise the error of its state unless the key can be used in cryptographic operations."""
    if key.status == DISABLED:
        raise errors.disabled(key.arn)
    if key.status != ENABLED:
        raise _refused(key)


def refuse(key: Record, *states: str) -> None:
    """Raise KMSInvalidStateException if the key is in one of these states."""
    if key.status in states:
        raise _refused(key)


def refuse_leaving(key: Record) -> None:
    """Raise KMSInvalidStateException for a key that is to be deleted."""
    refuse(key, *LEAVING)


def _refused(key: Record) -> Exception:
    return errors.invalid_state(f"{key.arn} {_SAYS.get(key.status, f'is {key.status}.')}")
