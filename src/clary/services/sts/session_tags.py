"""Session tags: what AWS takes for one, and the right to set any. Every call that tags a session comes through here.

Source: "Pass session tags in AWS STS" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from clary.access.identity import SessionRequest
from clary.kernel import AwsError
from clary.plane import Context

Params = dict[str, Any]
_RESERVED = "aws:"


class SessionTags(NamedTuple):
    """The tags that a session is to have, and the keys of those that it hands on to the next role."""

    all: dict[str, str]
    transitive: tuple[str, ...]


def inherited(chained: SessionRequest | None) -> dict[str, str]:
    """The transitive tags of the session that makes the call."""
    if chained is None:
        return {}
    return {key: value for key, value in chained.tags.items() if key in chained.transitive}


def granted(
    ctx: Context, params: Params, resource: str, given_on: Mapping[str, str] | None = None
) -> SessionTags:
    """The tags of a session that a call asks for: its own and those that were `given_on` to it, which need the right as
    well. `resource` is the ARN that `sts:TagSession` is asked about: the role to be taken, or the user to be federated.

    Raises InvalidParameterValue for what is no set of tags, AccessDenied without the right.
    """
    held = dict(given_on or {})
    tags, transitive = _given(params), tuple(params.get("TransitiveTagKeys") or ())
    if tags or transitive or held:
        ctx.authorize("sts:TagSession", resource, _keys(params, tags, (*held, *transitive)))
    _check_transitive(tags, transitive, held)
    return SessionTags({**tags, **held}, (*held, *transitive))


def request_keys(params: Params) -> dict[str, Any]:
    """What the condition keys of STS find in a call, whatever action is asked about."""
    tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags") or ()}
    return _keys(params, tags, params.get("TransitiveTagKeys") or ())


def _keys(params: Params, tags: Mapping[str, str], transitive: Any) -> dict[str, Any]:
    said: dict[str, Any] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    said |= {"aws:TagKeys": list(tags), "sts:TransitiveTagKeys": list(transitive)}
    names = ("ExternalId", "RoleSessionName", "SourceIdentity")
    return said | {f"sts:{name}": params[name] for name in names if name in params}


def _given(params: Params) -> dict[str, str]:
    """The tags of a request. How many there may be and how long they are, the model says."""
    tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags") or ()}
    if len({key.lower() for key in tags}) != len(params.get("Tags") or ()):
        raise _invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    # "You cannot create a tag key or value that begins with the text aws:" (IAM User Guide, rules for tags of sessions).
    if any(text.lower().startswith(_RESERVED) for pair in tags.items() for text in pair):
        raise _invalid("Tag keys and values starting with aws: are reserved for internal use.")
    return tags


def _check_transitive(tags: Mapping[str, str], transitive: tuple[str, ...], held: Mapping[str, str]) -> None:
    taken = {key.lower() for key in held}
    if any(key.lower() in taken for key in (*tags, *transitive)):
        # Recorded: iam_role_chaining_override_transitive_tags.
        raise _invalid(
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
            "from the calling session."
        )
    if any(key not in tags for key in transitive):
        raise _invalid("The specified transitive tag key must be included in the requested tags.")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)
