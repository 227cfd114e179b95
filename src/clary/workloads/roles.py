"""The role that a service takes for a program: may the caller pass it, and does it trust the service. Knows no sentence
that a service answers: both functions raise what IAM does."""

from __future__ import annotations

from clary.access.directory import Directory
from clary.kernel import Caller
from clary.plane import Context


def require_pass(ctx: Context, role_arn: str, principal: str) -> None:
    """Raise AccessDenied unless the caller may pass the role to the service `principal`
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html).

    A service that calls another operation on behalf of a user goes on with the role that the user passed to it before.
    """
    if not ctx.caller.service:
        ctx.authorize("iam:PassRole", role_arn, {"iam:PassedToService": principal})


def assume(ctx: Context, role_arn: str, resource: str, principal: str, session: str) -> Caller:
    """Return the service `principal` as a session of the role, on behalf of `resource` (`training-job/x`), the resource
    that the call makes. Raise AccessDenied where there is no such role, or it does not trust the service."""
    directory: Directory = ctx.platform.extras["directory"]
    service = Caller.of_service(principal, ctx.account, ctx.arn(resource))
    return directory.acting(ctx.tx, role_arn, session, service)
