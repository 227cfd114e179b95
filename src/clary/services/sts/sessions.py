"""What all operations that issue credentials share: session policies, their packed size, the Credentials
member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from clary.access.directory import Credential
from clary.access.identity import RoleFacts, SessionRequest
from clary.access.policy_checks import check_identity_policy
from clary.kernel import AwsError
from clary.plane import Context
from clary.services.sts.service import directory

Params = dict[str, Any]
HOUR = 3600
# STS quotas: the plain-text limit of an inline session policy. Policy and tags share a packed binary limit,
# which AWS does not publish.
_LONGEST_POLICY = 2048


class SessionTags(NamedTuple):
    """The tags of a session, and the keys of those that it passes on to the next role."""

    all: dict[str, str]
    transitive: tuple[str, ...]


def session_policies(ctx: Context, params: Params, account: str) -> tuple[str, ...] | None:
    """Return the session policies of a request, or None if it has none."""
    texts = [_managed(ctx, account, entry["arn"]) for entry in params.get("PolicyArns") or ()]
    if params.get("Policy"):
        check_identity_policy(params["Policy"], ctx.partition)
        texts.append(params["Policy"])
    return tuple(texts) or None


def packed_size(params: Params) -> Params:
    """Return PackedPolicySize, the used share of the limit in per cent; empty if there is nothing to pack."""
    if not (params.get("Policy") or params.get("PolicyArns") or params.get("Tags")):
        return {}
    size = len(params.get("Policy") or "") + sum(
        len(entry["arn"]) for entry in params.get("PolicyArns") or ()
    )
    size += sum(len(tag["Key"]) + len(tag["Value"]) for tag in params.get("Tags") or ())
    per_cent = -(-size * 100 // _LONGEST_POLICY)
    if per_cent > 100:
        message = f"Packed policy consumes {per_cent}% of allotted space, please use smaller policy."
        if params.get("Tags"):
            message = f"Packed size of session tags consumes {per_cent}% of allotted space."
        raise AwsError("PackedPolicyTooLarge", message)
    return {"PackedPolicySize": per_cent}


def check_duration(duration: int, role: RoleFacts) -> None:
    """Raise ValidationError for a session that is longer than the role lets sessions be."""
    if duration > role.longest:
        message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise AwsError("ValidationError", message)


def open_session(
    ctx: Context,
    params: Params,
    role: RoleFacts,
    duration: int,
    tags: SessionTags,
    source: str,
    stated: Mapping[str, Sequence[str]] | None = None,
) -> Params:
    """Issue credentials of a role for `duration` seconds, and return the members that all answers about them share.

    `source` is the source identity, or ''. `stated` are condition keys that an identity provider answers for.
    """
    name = params["RoleSessionName"]
    partition = role.arn.split(":", 2)[1]
    session = SessionRequest(
        kind="role",
        account=role.account,
        arn=f"arn:{partition}:sts::{role.account}:assumed-role/{role.name}/{name}",
        user_id=f"{role.id}:{name}",
        principal_arn=role.arn,
        principal_id=role.id,
        issued=ctx.now,
        expires=ctx.now + duration,
        policies=session_policies(ctx, params, role.account),
        tags=tags.all,
        transitive=tags.transitive,
        source_identity=source,
        stated=stated or {},
    )
    packed = packed_size(params)
    credential = directory(ctx).issue(ctx.tx, session)
    return {
        "Credentials": credentials_member(credential),
        "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.arn},
        **packed,
        **({"SourceIdentity": source} if source else {}),
    }


def credentials_member(credential: Credential) -> Params:
    """Return the Credentials member of an answer."""
    return {
        "AccessKeyId": credential.access_key_id,
        "SecretAccessKey": credential.secret,
        "SessionToken": credential.token,
        "Expiration": credential.expires,
    }


def _managed(ctx: Context, account: str, arn: str) -> str:
    text = directory(ctx).managed_policy(ctx.tx, account, arn)
    if text is None:
        raise AwsError("InvalidParameterValue", f"PolicyArn {arn} does not exist or is not attachable.")
    return text
