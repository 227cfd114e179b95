"""What an assertion says, once its signature holds: who issued it, of whom, for whom, when, with which attributes.

Source: "Configure SAML assertions for the authentication response" and "Troubleshoot SAML federation with IAM" (IAM User
Guide), SAML 2.0 Core. Knows no signature and no role.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from clary.access.identity import IdentityProvider
from clary.services.sts.federation import errors
from clary.services.sts.federation.saml_attributes import KEYS
from clary.services.sts.federation.signed_xml import invalid_response
from clary.services.sts.session_tags import is_tag

Params = dict[str, Any]
_SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
_AWS = "https://aws.amazon.com/SAML/Attributes/"
_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
_AUDIENCE = re.compile(
    r"urn:amazon:webservices(:cn)?|https://([a-z0-9-]+\.)?signin\.(aws\.amazon\.com|amazonaws\.cn)/(static/)?saml(/acs/[A-Z0-9]+)?"
)
_RECIPIENT = re.compile(
    r"https://([a-z0-9-]+\.)?signin\.(aws\.amazon\.com|amazonaws\.cn)/(static/)?saml(/acs/([A-Z0-9]+))?"
)
_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_SKEW = 300.0  # seconds by which clocks may differ
_AGE = (
    300.0  # seconds after its issue in which an assertion can be used (STS API reference, AssumeRoleWithSAML)
)
_MOST_TAGS = 50
_LONGEST = 1024  # characters of a subject, and of the kind of its name


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion whose form is checked. Times are in epoch seconds; `ends` is the end of the user's session there, if any."""

    issuer: str
    subject: str
    subject_type: str
    recipient: str
    audiences: tuple[str, ...]
    issued: float
    begins: float
    until: float
    ends: float | None
    attributes: Mapping[str, Sequence[str]]

    def one(self, name: str) -> str:
        """Return the first value of one of AWS's attributes, or ''."""
        return next(iter(self.attributes.get(_AWS + name, ())), "")

    def grants(self, role: str, provider: str) -> bool:
        """Return whether the attribute Role names this pair, in either order."""
        wanted = {role, provider}
        return any(
            {part.strip() for part in pair.split(",")} == wanted
            for pair in self.attributes.get(f"{_AWS}Role", ())
        )


def parse(element: Any) -> Assertion:
    """Return what an assertion says. Raise InvalidIdentityToken where a part is missing or given twice."""
    subject, conditions = _single(element, "Subject"), _single(element, "Conditions")
    name, confirmation = _single(subject, "NameID"), _single(subject, "SubjectConfirmation")
    data = _single(confirmation, "SubjectConfirmationData")
    kind = (name.get("Format") or f"{_FORMAT}unspecified").removeprefix(_FORMAT)
    if confirmation.get("Method") != _BEARER or not 0 < len(_text(name)) <= _LONGEST or len(kind) > _LONGEST:
        raise invalid_response()
    restrictions = conditions.findall(f"{_SAML}AudienceRestriction")
    statement = element.find(f"{_SAML}AuthnStatement")
    return Assertion(
        issuer=_text(_single(element, "Issuer")),
        subject=_text(name),
        subject_type=kind,
        recipient=data.get("Recipient") or "",
        audiences=tuple(_text(one) for part in restrictions for one in part.findall(f"{_SAML}Audience")),
        issued=_seconds(element.get("IssueInstant")),
        begins=_seconds(conditions.get("NotBefore", "1970-01-01T00:00:00Z")),
        until=min(
            _seconds(data.get("NotOnOrAfter")),
            _seconds(conditions.get("NotOnOrAfter", "9999-01-01T00:00:00Z")),
        ),
        ends=_seconds(end)
        if statement is not None and (end := statement.get("SessionNotOnOrAfter"))
        else None,
        attributes=_attributes(element),
    )


def check(found: Assertion, provider: IdentityProvider, now: float) -> None:
    """Raise InvalidIdentityToken unless an assertion is this provider's, for AWS; ExpiredTokenException unless it is of now."""
    if found.issuer != provider.issuer:
        raise errors.invalid("Issuer not present in specified provider")
    place = _RECIPIENT.fullmatch(found.recipient)
    if place is None or place[5] not in (None, provider.id):
        raise invalid_response()
    if not any(_AUDIENCE.fullmatch(audience) for audience in found.audiences):
        raise errors.invalid("Response does not contain the required audience.")
    if found.begins > now + _SKEW or found.issued > now + _SKEW:
        raise errors.invalid("The assertion is not valid yet.")
    if now >= found.until or now >= found.issued + _AGE or now >= (found.ends or now + 1):
        raise errors.expired("Token must be redeemed within 5 minutes of issuance")


def session_name(found: Assertion) -> str:
    """Return the name of the session. Raise InvalidIdentityToken."""
    name = found.one("RoleSessionName")
    if not name:
        raise errors.invalid("RoleSessionName is required in AuthnResponse")
    if not _NAME.fullmatch(name):
        raise errors.invalid("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")
    return name


def source_identity(found: Assertion) -> str:
    """Return the source identity, or ''. Raise InvalidIdentityToken."""
    name = found.one("SourceIdentity")
    if name and (not _NAME.fullmatch(name) or name.startswith("aws:")):
        raise errors.invalid('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"')
    return name


def tag_members(found: Assertion) -> Params:
    """Return the session tags as members `Tags` and `TransitiveTagKeys`. Raise InvalidIdentityToken."""
    start = f"{_AWS}PrincipalTag:"
    tags = {
        name.removeprefix(start): values
        for name, values in found.attributes.items()
        if name.startswith(start)
    }
    fine = all(len(values) == 1 and is_tag(key, values[0]) for key, values in tags.items())
    if len(tags) > _MOST_TAGS or not fine:
        raise errors.invalid("The session tags of the assertion are malformed.")
    transitive = list(found.attributes.get(f"{_AWS}TransitiveTagKeys", ()))
    members: Params = {"Tags": [{"Key": key, "Value": values[0]} for key, values in tags.items()]}
    return {**members, "TransitiveTagKeys": transitive} if tags or transitive else {}


def name_qualifier(found: Assertion, provider: IdentityProvider) -> str:
    """Return the hash that makes a subject unique (STS API reference: BASE64(SHA1(issuer + account + "/" + provider)))."""
    text = f"{found.issuer}{provider.account}/{provider.name}"
    return base64.b64encode(hashlib.sha1(text.encode(), usedforsecurity=False).digest()).decode()


def kept_keys(found: Assertion, provider: IdentityProvider) -> dict[str, list[str]]:
    """Return the condition keys that last as long as the session ("Cross-service SAML-based AWS STS federation context
    keys")."""
    return {
        "saml:namequalifier": [name_qualifier(found, provider)],
        "saml:sub": [found.subject],
        "saml:sub_type": [found.subject_type],
    }


def keys(found: Assertion, provider: IdentityProvider) -> dict[str, list[str]]:
    """Return the condition keys for trust policies, in lower case."""
    said = {f"saml:{KEYS[name]}": [*values] for name, values in found.attributes.items() if name in KEYS}
    own = {
        "saml:aud": [found.recipient],
        "saml:iss": [found.issuer],
        "saml:doc": [f"{provider.account}/{provider.name}"],
    }
    return {**said, **own, **kept_keys(found, provider)}


def _attributes(element: Any) -> dict[str, list[str]]:
    """Return the attributes. One that is given twice has the values of both."""
    found: dict[str, list[str]] = {}
    for attribute in element.iterfind(f"{_SAML}AttributeStatement/{_SAML}Attribute"):
        values = [_text(value) for value in attribute.findall(f"{_SAML}AttributeValue")]
        found.setdefault(attribute.get("Name") or "", []).extend(values)
    return found


def _single(element: Any, name: str) -> Any:
    found = element.findall(f"{_SAML}{name}")
    if len(found) != 1:
        raise invalid_response()
    return found[0]


def _text(element: Any) -> str:
    """Return the text of an element without children."""
    if len(element):
        raise invalid_response()
    return (element.text or "").strip()


def _seconds(text: str | None) -> float:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        raise invalid_response() from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
