"""Session tags: their rules, and the permission to set them, for all operations that tag a session.

Source: "Pass session tags in AWS STS" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.access.identity import SessionRequest
from clary.kernel import AwsError
from clary.plane import Context
from clary.services.sts.sessions import SessionTags

Params = dict[str, Any]
_RESERVED = "aws:"


def inherited(chained: SessionRequest | None) -> dict[str, str]:
    """Return the transitive tags of the calling session."""
    if chained is None:
        return {}
    return {key: value for key, value in chained.tags.items() if key in chained.transitive}


def authorized(
    ctx: Context, params: Params, resource: str, passed_on: Mapping[str, str] | None = None
) -> SessionTags:
    """Return the tags of a new session: those of the request and those `passed_on` by the calling session.

    Both need `sts:TagSession` on `resource`, the role to assume or the user to federate. Raise
    InvalidParameterValue for invalid tags, AccessDenied without the permission.
    """
    held = dict(passed_on or {})
    tags, transitive = _given(params), tuple(params.get("TransitiveTagKeys") or ())
    if tags or transitive or held:
        ctx.authorize("sts:TagSession", resource, _keys(params, tags, (*held, *transitive)))
    _check_transitive(tags, transitive, held)
    return SessionTags({**tags, **held}, (*held, *transitive))


def checked(params: Params) -> SessionTags:
    """Return the tags that an identity provider gives a new session. Raise InvalidParameterValue for invalid ones."""
    tags, transitive = _given(params), tuple(params.get("TransitiveTagKeys") or ())
    _check_transitive(tags, transitive, {})
    return SessionTags(tags, transitive)


def is_tag(key: str, value: Any) -> bool:
    """Return whether the model would take a tag (`[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]`): for tags that are not in a request."""
    if not isinstance(value, str) or not 0 < len(key) <= 128 or len(value) > 256:
        return False
    return all(letter.isalnum() or letter in " _.:/=+-@" for letter in key + value)


def request_keys(params: Params) -> dict[str, Any]:
    """Return the condition keys of STS for a call, whatever action is authorised."""
    tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags") or ()}
    return _keys(params, tags, params.get("TransitiveTagKeys") or ())


def _keys(params: Params, tags: Mapping[str, str], transitive: Any) -> dict[str, Any]:
    keys: dict[str, Any] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    keys |= {"aws:TagKeys": list(tags), "sts:TransitiveTagKeys": list(transitive)}
    names = ("ExternalId", "RoleSessionName", "SourceIdentity")
    return keys | {f"sts:{name}": params[name] for name in names if name in params}


def _given(params: Params) -> dict[str, str]:
    """Return the tags of a request. The model limits their number and length."""
    tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags") or ()}
    if len({key.lower() for key in tags}) != len(params.get("Tags") or ()):
        raise _invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    # "You cannot create a tag key or value that begins with the text aws:" (IAM User Guide, rules for session
    # tags).
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
