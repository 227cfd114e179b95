"""The STS service itself, and the directory that it issues sessions from."""

from __future__ import annotations

from typing import Any

from clary.access.identity import IssuingDirectory
from clary.plane import Context, Service
from clary.services.sts.accepts import ACCEPTS

sts = Service("sts", accepts=ACCEPTS)

Params = dict[str, Any]


def directory(ctx: Context) -> IssuingDirectory:
    """The identities of this platform."""
    return ctx.platform.extras["directory"]
