"""The claims of a token whose signature holds, or is still to be checked: who it is for, when, and what it says of the user.

Sources: "Create an OpenID Connect (OIDC) identity provider", "Available keys for AWS OIDC federation", "Pass session tags
in AWS STS" (IAM User Guide). Knows no keys and no network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from clary.access.identity import IdentityProvider
from clary.services.sts.federation import errors
from clary.services.sts.session_tags import is_tag

Params = dict[str, Any]
_REQUIRED = ("iss", "sub", "aud", "exp", "iat")
_SKEW = 300.0  # seconds by which clocks may differ
# A subject has at most 255 characters (the model's output); none of them is a control character.
_TEXT = re.compile(r"[^\x00-\x1f\x7f]{1,255}")
_TAGS = "https://aws.amazon.com/tags"
_SOURCE = "https://aws.amazon.com/source_identity"
_SOURCE_IDENTITY = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_MOST_TAGS = 50
# Claims that AWS takes from one issuer only, for trust policies (announced in January 2026).
_OWN = {
    "token.actions.githubusercontent.com": (
        "actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref", "repository",
        "repository_id", "workflow",
    )
}  # fmt: skip


def check_form(claims: Mapping[str, Any]) -> None:
    """Raise InvalidIdentityToken where a claim is missing, or is of another type."""
    for name in _REQUIRED:
        if name not in claims:
            raise errors.invalid(f"Missing a required claim: {name}")
    texts = (claims["iss"], claims["sub"], *audiences(claims))
    if not all(isinstance(text, str) and _TEXT.fullmatch(text) for text in texts) or not texts[2:]:
        raise errors.invalid("A claim of the token is malformed.")
    if not all(_is_time(claims[name]) for name in ("exp", "iat", "nbf") if name in claims):
        raise errors.invalid("A time of the token is malformed.")
    if not isinstance(claims.get("azp", ""), str):
        raise errors.invalid("A claim of the token is malformed.")


def check_times(claims: Mapping[str, Any], now: float) -> None:
    """Raise ExpiredTokenException, or InvalidIdentityToken for a token that is not valid yet."""
    if now >= claims["exp"]:
        raise errors.expired(
            f"Token expired: current date/time {int(now)} must be before the expiration date/time {int(claims['exp'])}"
        )
    if claims["iat"] > now + _SKEW:
        raise errors.invalid("The token was issued in the future.")
    if claims.get("nbf", 0) > now + _SKEW:
        raise errors.invalid("The token is not valid yet.")


def audiences(claims: Mapping[str, Any]) -> list[Any]:
    """Return the values of `aud`."""
    found = claims["aud"]
    return found if isinstance(found, list) else [found]


def audience(claims: Mapping[str, Any], provider: IdentityProvider) -> str:
    """Return the audience that the provider knows: `azp` where the token has it, else one of `aud`.

    Raise InvalidIdentityToken if it knows none.
    """
    named = [claims["azp"]] if claims.get("azp") else audiences(claims)
    found = next((one for one in named if one in provider.clients), None)
    if found is None:
        raise errors.invalid("Incorrect token audience")
    return found


def keys(claims: Mapping[str, Any], provider: IdentityProvider) -> dict[str, list[str]]:
    """Return the condition keys for trust policies, in lower case: `ISSUER:sub`."""
    found = kept_keys(claims, provider)
    if claims.get("azp"):
        found[f"{provider.url}:oaud".lower()] = [*audiences(claims)]
    for name in ("email", *_OWN.get(provider.url, ())):
        if isinstance(claims.get(name), str):
            found[f"{provider.url}:{name}".lower()] = [claims[name]]
    return found


def kept_keys(claims: Mapping[str, Any], provider: IdentityProvider) -> dict[str, list[str]]:
    """Return the condition keys that policies can use throughout the session as well, in lower case."""
    values = {
        "aud": [claims["azp"]] if claims.get("azp") else audiences(claims),
        "sub": [claims["sub"]],
        "amr": _texts(claims.get("amr")),
    }
    return {f"{provider.url}:{name}".lower(): found for name, found in values.items() if found}


def tag_members(claims: Mapping[str, Any]) -> Params:
    """Return the session tags of a token as members `Tags` and `TransitiveTagKeys`. Raise InvalidIdentityToken.

    They come in one claim, or in a claim for each tag.
    """
    pairs, transitive = _nested(claims.get(_TAGS, {})) if _TAGS in claims else _flat(claims)
    if len(pairs) > _MOST_TAGS or not all(is_tag(key, value) for key, value in pairs.items()):
        raise errors.invalid("The session tags of the token are malformed.")
    members: Params = {"Tags": [{"Key": key, "Value": value} for key, value in pairs.items()]}
    return {**members, "TransitiveTagKeys": transitive} if pairs or transitive else {}


def source_identity(claims: Mapping[str, Any]) -> str:
    """Return the source identity, or ''. Raise InvalidIdentityToken."""
    found = claims.get(_SOURCE, "")
    if found == "":
        return ""
    if not isinstance(found, str) or not _SOURCE_IDENTITY.fullmatch(found) or found.startswith("aws:"):
        raise errors.invalid('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"')
    return found


def _nested(claim: Any) -> tuple[dict[str, Any], list[str]]:
    tags = claim.get("principal_tags", {}) if isinstance(claim, dict) else None
    if not isinstance(tags, dict):
        raise errors.invalid("The session tags of the token are malformed.")
    return {key: _single(value) for key, value in tags.items()}, _texts(claim.get("transitive_tag_keys"))


def _flat(claims: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    start = f"{_TAGS}/principal_tags/"
    tags = {name.removeprefix(start): _single(claims[name]) for name in claims if name.startswith(start)}
    return tags, _texts(claims.get(f"{_TAGS}/transitive_tag_keys"))


def _single(value: Any) -> Any:
    """Return the value of a tag, which may stand in a list of one."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _texts(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [text for text in listed if isinstance(text, str)]


def _is_time(value: Any) -> bool:
    """Return whether a value is a number of seconds that dates can hold."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1 << 40
