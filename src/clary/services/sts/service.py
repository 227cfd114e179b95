"""The STS service, and the directory that issues its sessions."""

from __future__ import annotations

from typing import Any

from clary.access.directory import Directory
from clary.plane import Context, Service
from clary.services.sts.accepts import ACCEPTS

sts = Service("sts", accepts=ACCEPTS)

Params = dict[str, Any]


def directory(ctx: Context) -> Directory:
    """Return the directory of identities."""
    return ctx.platform.extras["directory"]
