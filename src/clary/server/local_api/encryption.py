"""Encrypt the objects that lie in the clear, and say how far that is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from clary.kernel import AwsError
from clary.plane import Platform


async def begin_encryption(platform: Platform) -> dict[str, Any]:
    """Begin, unless it goes on already; return how far it is. Raise ValidationException where S3 does not encrypt."""
    from clary.services.s3.encryption import clear_objects

    if not platform.settings.s3_encryption:
        message = "This platform was started with CLARY_S3_ENCRYPTION=off: start it without that first."
        raise AwsError("ValidationException", message, 400)
    await platform.registry.ready("s3")
    return asdict(clear_objects.begin(platform))


def encryption_of(platform: Platform) -> dict[str, Any]:
    """Return how far it is."""
    from clary.services.s3.encryption import clear_objects

    return asdict(clear_objects.progress_of(platform))
