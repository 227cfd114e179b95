"""The members that each writing operation acts on. The service rejects every other member by name."""

from __future__ import annotations

from clary.plane import Members

ACCEPTS: dict[str, Members] = {
    "AssumeRole": Members(
        "RoleArn RoleSessionName PolicyArns Policy DurationSeconds Tags TransitiveTagKeys "
        "ExternalId SourceIdentity SerialNumber TokenCode"
    ),
    "GetFederationToken": Members("Name Policy PolicyArns DurationSeconds Tags"),
    "GetSessionToken": Members("DurationSeconds SerialNumber TokenCode"),
}
