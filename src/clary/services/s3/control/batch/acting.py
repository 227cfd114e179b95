"""What is done as the job's role: the caller, and the questions of permission that no operation asks."""

from __future__ import annotations

from typing import Any

from clary.access.directory import Directory
from clary.kernel import Caller
from clary.plane import Context, Record, World
from clary.plane.port import Plane
from clary.services.s3.control.service import control
from clary.services.s3.service import s3
from clary.store.api import Tx


def caller(platform: Plane, tx: Tx, job: Record) -> Caller:
    """Return Batch Operations as a session of the job's role. Raise AccessDenied where the role is not there or does not trust it."""
    directory: Directory = platform.extras["directory"]
    account = job.scope.partition("/")[0]
    service = Caller.of_service(control.principal, account, job.arn)
    return directory.acting(tx, job.spec["RoleArn"], _session(job), service)


def call(world: World, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """Call an operation of S3 as the role of the job whose controller this is."""
    job = world.record
    return world.call("s3", operation, params, role=job.spec["RoleArn"], session=_session(job))


def _session(job: Record) -> str:
    return f"s3-batch-operations-{job.id}"


def context(platform: Plane, tx: Tx, job: Record, operation: str) -> Context:
    """Return the context of what is done as the role as if by an operation of S3."""
    return of(platform, job, caller(platform, tx, job), operation, tx)


def of(platform: Plane, job: Record, who: Caller, operation: str, tx: Tx | None = None) -> Context:
    return Context(
        platform, who, who.account, job.scope.partition("/")[2], platform.clock.now(),
        s3.model.operations[operation], platform.ids.uuid(), tx=tx, inside=True,  # type: ignore[arg-type]
    )  # fmt: skip


def require(ctx: Context, action: str, arn: str, params: dict[str, Any]) -> None:
    """Raise AccessDenied unless the role may do something."""
    ctx.platform.authorizer.require(ctx, action, [arn], {}, params)
