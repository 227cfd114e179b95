"""The error of a denied call, with AWS's code, status and message. Decides nothing.

Source of the messages: "Troubleshoot access denied error messages" (IAM User Guide). Codes and statuses are
those of each protocol.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clary.access.evaluator import Decision
from clary.kernel import AwsError

if TYPE_CHECKING:
    from clary.kernel import Caller
    from clary.plane.authorization.facts import Access
    from clary.plane.context import Context

# Wire protocol -> error code and HTTP status. A service with others declares them in its `access.py`.
_BY_PROTOCOL = {
    "json": ("AccessDeniedException", 400),
    "rest-json": ("AccessDeniedException", 403),
    "smithy-rpc-v2-cbor": ("AccessDeniedException", 400),
    "query": ("AccessDenied", 403),
    "rest-xml": ("AccessDenied", 403),
    "ec2": ("UnauthorizedOperation", 403),
}
# Of another account's resource this is said only where the resource's own policy allows the call.
_NOT_ALLOWED_BY_IDENTITY = Decision("implicitDeny", "identity-based policy")
_PLAIN_ACTIONS = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")


def denial(ctx: Context, action: str, arn: str, decision: Decision, *, foreign: bool) -> AwsError:
    """Return the error for an action that is denied on a resource; `foreign` if the resource is another
    account's."""
    model = ctx.op.service
    code, status = _code(ctx)
    if ctx.caller.is_anonymous or (model.name == "s3" and foreign):
        return AwsError(code, "Access Denied", status)
    conceals = _own(ctx).conceals
    if foreign and conceals is not None and decision != _NOT_ALLOWED_BY_IDENTITY:
        return AwsError(code, _concealed(ctx.caller, action, conceals(action)), status)
    return AwsError(code, sentence(ctx.caller, action, _named(ctx, arn), decision), status)


def _concealed(caller: Caller, action: str, resource: str) -> str:
    """Return the message that is the same whether the resource exists or not."""
    return (
        f"User: {caller.arn} is not authorized to perform: {action} on {resource} because the resource does not exist "
        "in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
    )


def foreign_role(ctx: Context) -> AwsError:
    """Return the error for passing another account's role, which is the same for every service."""
    code, status = _code(ctx)
    return AwsError(code, "Cross-account pass role is not allowed.", status)


def _code(ctx: Context) -> tuple[str, int]:
    model = ctx.op.service
    return _own(ctx).denial or _BY_PROTOCOL[model.protocols[0]]


def _own(ctx: Context) -> Access:
    """Return the access facts of the called service."""
    return ctx.platform.services[ctx.op.service.name].access


def _named(ctx: Context, arn: str) -> str:
    """Return how a service's message names the resource.

    S3 puts it in quotation marks. Some services leave it out for a call about no resource (`… to perform:
    s3:ListAllMyBuckets because …`); ECR, KMS and Lambda say `on resource: *`.
    """
    if arn == "*" and not _own(ctx).names_any:
        return ""
    return f' on resource: "{arn}"' if ctx.op.service.name == "s3" else f" on resource: {arn}"


def sentence(caller: Caller, action: str, resource: str, decision: Decision) -> str:
    """Return `User: … is not authorized to perform: …`, with the kind of policy that decided."""
    said = f"User: {caller.arn} is not authorized to perform: {action}{resource}"
    if decision.reason == "explicitDeny":
        article = "an" if decision.kind[0] in "aeiou" else "a"
        return f"{said} with an explicit deny in {article} {decision.kind}"
    if action in _PLAIN_ACTIONS:
        return said  # STS reveals nothing about another account's trust policies
    return f"{said} because no {decision.kind} allows the {action} action"
