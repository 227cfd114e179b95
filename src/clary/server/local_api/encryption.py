"""Encrypt the objects that lie in the clear, a stretch at a time."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from clary.kernel import AwsError
from clary.plane import Platform
from clary.wire import Request
from clary.wire.parse.body import whole

if TYPE_CHECKING:
    from clary.services.s3.encryption.clear_objects import Place


async def encrypt_some(platform: Platform, request: Request) -> dict[str, Any]:
    """Encrypt behind the row that the body names, `{"after": [BUCKET, KEY, NUMBER]}`, or from the beginning.

    Raise ValidationException for another body, and where S3 does not encrypt.
    """
    after = _after(whole(request))
    if not platform.settings.s3_encryption:
        raise _refused("This platform was started with CLARY_S3_ENCRYPTION=off: start it without that first.")
    await platform.registry.ready("s3")
    from clary.services.s3.encryption import clear_objects

    return asdict(await clear_objects.encrypt_some(platform, after or clear_objects.BEGINNING))


def _after(body: bytes) -> Place | None:
    try:
        given = json.loads(body or b"{}")["after"]
    except KeyError:
        return None
    except (ValueError, TypeError):
        given = None
    match given:
        case [str(bucket), str(key), int(seq)]:
            return bucket, key, seq
    raise _refused('The body must be empty or {"after": [BUCKET, KEY, NUMBER]}, as an answer has it.')


def _refused(message: str) -> AwsError:
    return AwsError("ValidationException", message, 400)
